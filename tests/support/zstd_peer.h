// Our zstd decoder beside libzstd: what both accept has the same bytes, ours accepts nothing that
// libzstd refuses, and refuses more only where RFC 8878 calls the frame corrupt (the list stands in
// tests/codec/zstd/decode_bad_input_test.cpp). Thread rule: one thread for each object.
#pragma once

#include <zstd.h>

#include <memory>

#include "codec/zstd/decode/decompress.h"

namespace holt::test {

class ZstdPeer {
  public:
    /// Null where the two agree, else what they disagree in. `data`: any bytes.
    const char* disagreement(ByteView data) {
        const auto ours = decompressor_.decompress(data, our_room_);
        const std::size_t theirs = ZSTD_decompressDCtx(context_.get(), their_room_.data(),
                                                       kCapacity, data.data(), data.size());
        const bool accepted = ZSTD_isError(theirs) == 0;
        if (ours && accepted)
            return equal(ByteView(our_room_).first(*ours), ByteView(their_room_).first(theirs))
                       ? nullptr
                       : "other bytes than libzstd's";
        if (ours) return says_no_sequences_in_two_bytes(data) ? nullptr : "libzstd refuses it";
        if (accepted && !may_refuse(data, ours.error())) return "libzstd accepts it";
        return nullptr;
    }

  private:
    static constexpr std::size_t kCapacity = 1u << 20;

    struct Free {
        void operator()(ZSTD_DCtx* context) const noexcept { ZSTD_freeDCtx(context); }
    };

    /// The one thing that libzstd refuses wrongly up to 1.5.5.
    static bool says_no_sequences_in_two_bytes(ByteView data) {
        for (std::size_t i = 0; i + 1 < data.size(); ++i)
            if (data[i] == 0x80 && data[i + 1] == 0) return true;
        return false;
    }

    static bool may_refuse(ByteView data, const zstd::Error& error) {
        using enum zstd::ErrorCode;
        switch (error.code) {
            case bad_huffman:
            case bad_fse:
            case bad_sequences:
            case bad_offset:
            case bad_block:
                return true;
            case bad_magic: {
                // Formats of before the RFC (v0.1 to v0.7), which Debian's libzstd still reads.
                const std::uint8_t* const magic = data.data() + error.input_offset;
                return magic[0] >= 0x1E && magic[0] <= 0x27 && magic[1] == 0xB5 &&
                       magic[2] == 0x2F && magic[3] == 0xFD;
            }
            default:
                return false;
        }
    }

    zstd::Decompressor decompressor_;
    std::unique_ptr<ZSTD_DCtx, Free> context_{ZSTD_createDCtx()};
    Bytes our_room_ = Bytes(kCapacity), their_room_ = Bytes(kCapacity);
};

}  // namespace holt::test

// Members that state their size: gathered in batches without decoding them, and each decoded in one
// go by libdeflate into a buffer of the size its trailer states. What a member states is believed
// only after its deflate stream, its CRC32 and its length bore it out.
// Thread rule: one thread at a time for each object.
#pragma once

#include <memory>
#include <vector>

#include "codec/gzip/buffer.h"
#include "codec/gzip/reader.h"

struct libdeflate_decompressor;

namespace holt::gzip {

struct KnownMember {
    std::size_t begin = 0, size = 0;     ///< in the batch's input
    std::size_t header = 0;              ///< bytes of its header
    std::uint32_t crc = 0, content = 0;  ///< by its trailer; content in bytes
};

struct Batch {
    Buffer input{}, output{};
    std::vector<KnownMember> members{};
    std::size_t good = 0;  ///< set by decode(): members, from the front, that are what they state

    /// Takes members from the reader as long as they state a size, are of a size worth the memory,
    /// and are there whole; about a MiB of content. False when there is none.
    bool gather(Reader& reader);
};

class KnownMemberDecoder {
  public:
    /// Throws bad_alloc.
    KnownMemberDecoder();
    /// Decodes members until one is not what it states.
    void decode(Batch& batch);

  private:
    struct Free {
        void operator()(libdeflate_decompressor* decompressor) const noexcept;
    };
    std::unique_ptr<libdeflate_decompressor, Free> decompressor_;
};

}  // namespace holt::gzip

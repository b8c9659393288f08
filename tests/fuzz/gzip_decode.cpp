// Whole gzip decoding against zlib: the same verdict and the same bytes, by either library, in one
// piece or many, by the way for members that state their size, and in one go. The input is taken as
// a file; and as a raw deflate stream, put into members whose checksums are right where zlib can
// tell them, so that the checksums do not keep the fuzzer out.
#include <libdeflate.h>
#include <zlib.h>

#include <algorithm>
#include <cstdlib>
#include <optional>

#include "codec/cpu.h"
#include "codec/gzip/decompress.h"

namespace {

using namespace holt;
using namespace holt::gzip;

constexpr std::size_t kCapacity = 1u << 18;

struct Verdict {
    bool good = false, full = false;
    Bytes content{};
    std::size_t used = 0;
};

/// By zlib: all members, or (raw) one deflate stream. What follows the last member is ignored, but
/// for a single byte that is not zero, which gzip takes for a header cut off.
Verdict by_zlib(ByteView input, bool raw) {
    Verdict verdict;
    z_stream stream{};
    if (inflateInit2(&stream, raw ? -MAX_WBITS : 16 + MAX_WBITS) != Z_OK) std::abort();
    stream.next_in = const_cast<Bytef*>(input.data());
    stream.avail_in = static_cast<uInt>(input.size());
    static Bytes room(65536);
    for (;;) {
        stream.next_out = room.data();
        stream.avail_out = static_cast<uInt>(room.size());
        const int code = inflate(&stream, Z_NO_FLUSH);
        verdict.content.insert(verdict.content.end(), room.data(), stream.next_out);
        if (verdict.content.size() > kCapacity) {
            verdict.full = true;
            break;
        }
        if (code == Z_STREAM_END) {
            const uInt left = stream.avail_in;
            const bool more =
                !raw && left >= 2 && stream.next_in[0] == kMagic0 && stream.next_in[1] == kMagic1;
            if (more && inflateReset(&stream) == Z_OK) continue;
            verdict.good = raw || left != 1 || stream.next_in[0] == 0;
            break;
        }
        if (code != Z_OK) break;
    }
    verdict.used = input.size() - stream.avail_in;
    inflateEnd(&stream);
    return verdict;
}

Verdict by_us(ByteView input, const DecodeOptions& options, std::size_t piece) {
    Verdict verdict;
    std::size_t at = 0;
    const Read read = [&](MutableByteView into) {
        const std::size_t size = std::min({into.size(), piece, input.size() - at});
        std::copy_n(input.begin() + static_cast<std::ptrdiff_t>(at), size, into.begin());
        at += size;
        return std::optional(size);
    };
    const auto report = decompress(options, read, [&](ByteView bytes) {
        verdict.content.insert(verdict.content.end(), bytes.begin(), bytes.end());
        verdict.full = verdict.content.size() > kCapacity;
        return !verdict.full;
    });
    verdict.good = report.has_value();
    if (report && report->output_bytes != verdict.content.size()) std::abort();
    if (!report && report.error().output_bytes > verdict.content.size()) std::abort();
    return verdict;
}

void compare(const Verdict& ours, const Verdict& reference) {
    if (reference.full || ours.full) return;
    if (ours.good != reference.good) std::abort();
    if (ours.good && !equal(ours.content, reference.content)) std::abort();
}

void compare(ByteView input, const Verdict& reference) {
    for (const auto level : {codec::CpuLevel::portable, codec::detected_cpu_level()}) {
        codec::force_cpu_level(level);
        for (const std::size_t piece : {input.size() + 1, std::size_t{7}})
            compare(by_us(input, {.threads = 1}, piece), reference);
    }
}

Bytes member_of(ByteView stream, const Verdict& raw, LengthField length) {
    const HeaderFields fields{.length = length};
    const std::size_t head = header_size(fields);
    Bytes out(head + stream.size() + kTrailer);
    write_header(fields, out.size(), out.data());
    std::copy(stream.begin(), stream.end(), out.begin() + static_cast<std::ptrdiff_t>(head));
    write_trailer(libdeflate_crc32(0, raw.content.data(), raw.content.size()),
                  static_cast<std::uint32_t>(raw.content.size()),
                  out.data() + head + stream.size());
    return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView input(data, size);
    compare(input, by_zlib(input, false));
    const Verdict raw = by_zlib(input, true);
    if (raw.full) return 0;
    const ByteView stream = raw.good ? input.first(raw.used) : input;
    for (const LengthField length : {LengthField::none, LengthField::ours, LengthField::bgzf}) {
        if (length == LengthField::bgzf && size > 60'000) continue;
        const Bytes member = member_of(stream, raw, length);
        compare(member, by_zlib(member, false));
    }
    return 0;
}

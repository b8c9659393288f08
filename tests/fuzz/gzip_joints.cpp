// Streams with joints, decoded in parallel, against one thread and zlib: the same verdict, the same
// bytes, and of a damaged stream the same content. The input is a deflate stream; and it
// is content that zlib compresses with a flush after pieces of it, so that there are joints, some
// that matches look back across, and in stored blocks some that are none.
#include <zlib.h>

#include <algorithm>
#include <cstdlib>
#include <optional>

#include "codec/gzip/member_stream.h"
#include "fuzz/flushed_deflate.h"

namespace {

using namespace holt;
using namespace holt::gzip;

constexpr std::size_t kCapacity = 1u << 18;

struct Verdict {
    ErrorCode code = ErrorCode::ok;
    Bytes content{};
    std::uint64_t used = 0;
    std::uint32_t crc = 0;
};

Verdict by_us(ByteView input, unsigned threads, Supply supply, std::size_t piece) {
    std::size_t at = 0;
    const Read read = [&](MutableByteView into) {
        const std::size_t size = std::min({into.size(), piece, input.size() - at});
        std::copy_n(input.begin() + static_cast<std::ptrdiff_t>(at), size, into.begin());
        at += size;
        return std::optional(size);
    };
    Reader reader(read);
    Verdict verdict;
    const auto write = [&](ByteView bytes) {
        verdict.content.insert(verdict.content.end(), bytes.begin(), bytes.end());
        return verdict.content.size() > kCapacity ? ErrorCode::output_limit : ErrorCode::ok;
    };
    MemberStream stream(reader, write, threads, supply,
                        {.joint_after = 1, .patience = 1, .enough = 1});
    verdict.code = stream.decode();
    verdict.used = reader.offset();
    verdict.crc = stream.crc();
    return verdict;
}

/// Whether zlib finds a whole stream, and its content.
bool by_zlib(ByteView input, Bytes& content) {
    z_stream stream{};
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) std::abort();
    content.resize(kCapacity);
    stream.next_in = const_cast<Bytef*>(input.data());
    stream.avail_in = static_cast<uInt>(input.size());
    stream.next_out = content.data();
    stream.avail_out = static_cast<uInt>(content.size());
    const bool whole = inflate(&stream, Z_FINISH) == Z_STREAM_END;
    content.resize(stream.total_out);
    inflateEnd(&stream);
    return whole;
}

void compare(ByteView input) {
    const Verdict one = by_us(input, 1, Supply::as_it_comes, input.size() + 1);
    if (one.code == ErrorCode::output_limit) return;
    Bytes reference;
    const bool whole = by_zlib(input, reference);
    if (whole != (one.code == ErrorCode::ok)) std::abort();
    if (whole && !equal(one.content, reference)) std::abort();
    for (const Supply supply : {Supply::as_it_comes, Supply::ready}) {
        for (const std::size_t piece : {input.size() + 1, std::size_t{50}}) {
            const Verdict many = by_us(input, 2, supply, piece);
            if (many.code != one.code) std::abort();
            if (!equal(many.content, one.content)) std::abort();
            if (whole && (many.used != one.used || many.crc != one.crc)) std::abort();
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView input(data, size);
    compare(input);
    if (size < 2 || size > 20'000) return 0;
    const ByteView content = input.subspan(2);
    const std::size_t piece = 1 + data[0] * std::size_t{8};
    const int level = data[1] % 10, flush = data[1] < 128 ? Z_FULL_FLUSH : Z_SYNC_FLUSH;
    Bytes stream = holt::test::flushed_deflate(content, level, piece, flush);
    compare(stream);
    // Damaged in one place, which the input chooses.
    stream[data[0] * std::size_t{257} % stream.size()] ^= static_cast<std::uint8_t>(1 | data[1]);
    compare(stream);
    return 0;
}

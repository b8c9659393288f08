// The header parser: what it accepts it accepts from exactly those bytes and no fewer, the rest of
// the input has no say, and zlib reads the same name and time from it.
#include <zlib.h>

#include <cstdlib>

#include "codec/gzip/member.h"

namespace {

using namespace holt;
using namespace holt::gzip;

void compare_with_zlib(ByteView input, const Header& header) {
    z_stream stream{};
    if (inflateInit2(&stream, 16 + MAX_WBITS) != Z_OK) std::abort();
    static Bytes name(kMaxHeader + 1);
    gz_header theirs{};
    theirs.name = name.data();
    theirs.name_max = static_cast<uInt>(name.size());
    inflateGetHeader(&stream, &theirs);
    stream.next_in = const_cast<Bytef*>(input.data());
    stream.avail_in = static_cast<uInt>(header.size);
    Bytef out[1];
    stream.next_out = out;
    stream.avail_out = 1;
    inflate(&stream, Z_BLOCK);
    if (theirs.done != 1 || theirs.time != header.mtime) std::abort();
    const char* const text = theirs.name == nullptr ? "" : reinterpret_cast<char*>(theirs.name);
    if (header.name != text) std::abort();
    inflateEnd(&stream);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView input(data, size);
    const auto whole = parse_header(input);
    if (!whole || !*whole) return 0;
    const Header& header = **whole;
    if (header.size > size || header.size < kFixedHeader) std::abort();
    const auto exact = parse_header(input.first(header.size));
    if (!exact || !*exact || (*exact)->size != header.size || (*exact)->name != header.name ||
        (*exact)->member_size != header.member_size)
        std::abort();
    const auto less = parse_header(input.first(header.size - 1));
    if (!less || *less) std::abort();
    compare_with_zlib(input, header);
    return 0;
}

// Trees, snapshot records, pack footers and trailers, stat records and lists behind keys: whatever
// is accepted encodes back to the bytes it was read from. The first byte chooses the format; the
// rest is given to it behind the format's magic, so that no time goes into finding that.
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/endian.h"
#include "store/format/pack_format.h"
#include "store/format/snapshot_record.h"
#include "store/format/stat_codec.h"
#include "store/format/tree.h"
#include "store/keys/key_list.h"

namespace {

using namespace holt;
using namespace holt::store;

Bytes with_head(std::string_view head, ByteView rest) {
    Bytes bytes(head.begin(), head.end());
    bytes.insert(bytes.end(), rest.begin(), rest.end());
    return bytes;
}

void require(bool condition) {
    if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 9) return 0;
    const ByteView rest(data + 1, size - 1);
    switch (data[0] % 6) {
        case 0: {
            const Bytes bytes = with_head({"htre\2", 5}, rest);
            if (const auto tree = decode_tree(bytes, "t")) require(encode_tree(*tree) == bytes);
            break;
        }
        case 1: {
            const Bytes bytes = with_head({"hsnp\2", 5}, rest);
            if (const auto record = decode_record(bytes, "r"))
                require(encode_record(*record) == bytes);
            break;
        }
        case 2: {
            const std::uint64_t place = load_le<std::uint64_t>(rest.data());
            const Bytes bytes = with_head({"hpft\2\0\0\0", 8}, rest.subspan(8));
            // Where the blocks end by themselves, too: few random places do.
            for (const std::uint64_t footer_offset : {place, place % 8192}) {
                const auto footer = decode_footer(bytes, footer_offset, "p");
                if (footer) require(encode_footer(*footer) == bytes);
            }
            break;
        }
        case 3: {
            const std::uint64_t file_size = load_le<std::uint64_t>(rest.data());
            const auto trailer = decode_trailer(rest.subspan(8), file_size, "p");
            if (trailer) require(equal(encode_trailer(*trailer), rest.subspan(8)));
            break;
        }
        case 4: {
            const Bytes bytes = with_head({"hkey\1", 5}, rest);
            if (const auto inputs = decode_inputs(bytes, "k"))
                require(encode_inputs(*inputs) == bytes);
            break;
        }
        default: {
            const Bytes bytes(rest.begin(), rest.end());
            if (const auto stats = decode_stats(bytes, "s")) require(encode_stats(*stats) == bytes);
        }
    }
    return 0;
}

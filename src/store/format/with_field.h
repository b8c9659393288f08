// Adds one extension field (wire.h) to those that a structure has. Thread rule: a pure function.
#pragma once

#include <cstdint>

#include "store/format/wire.h"

namespace holt::store {

/// `encoded` and one more field, in its place among them; what had this tag before is replaced.
inline Bytes with_field(ByteView encoded, std::uint64_t tag, ByteView value) {
    FieldsWriter writer;
    bool is_put = false;
    const auto put_before = [&](std::uint64_t next) {
        if (is_put || next < tag) return;
        writer.put(tag, value);
        is_put = true;
    };
    for_each_field(encoded, [&](std::uint64_t other, ByteView kept) {
        put_before(other);
        if (other != tag) writer.put(other, kept);
    });
    put_before(~std::uint64_t{0});
    return writer.encoded();
}

}  // namespace holt::store

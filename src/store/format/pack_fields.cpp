#include "store/format/pack_fields.h"

#include <limits>

namespace holt::store {
namespace {

constexpr std::uint64_t kLevelTag = 2, kMostLevel = 100;

}  // namespace

int recompressed_level(const PackFooter& footer) noexcept {
    if (footer.fields.empty()) return 0;
    constexpr std::uint64_t kAny = std::numeric_limits<std::uint64_t>::max();
    WireReader reader(footer.fields);
    const std::size_t count = reader.count(2, "");
    for (std::size_t i = 0; i < count && reader.ok(); ++i) {
        const std::uint64_t tag = reader.varint(kAny, "");
        const ByteView value = reader.text(0, kMaxFields, "");
        if (tag != kLevelTag) continue;
        WireReader inner(value);
        return static_cast<int>(inner.varint(kMostLevel, ""));
    }
    return 0;
}

Bytes fields_of_level(int level) {
    Bytes fields;
    if (level <= 0) return fields;
    Bytes value;
    WireWriter(value).varint(static_cast<std::uint64_t>(level));
    WireWriter writer(fields);
    writer.varint(1);
    writer.varint(kLevelTag);
    writer.text(as_text(value));
    return fields;
}

}  // namespace holt::store

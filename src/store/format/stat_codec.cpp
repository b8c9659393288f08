#include "store/format/stat_codec.h"

#include "store/format/wire.h"

namespace holt::store {
namespace {

constexpr std::uint8_t kVersion = 1;

// Differences are taken modulo 2^64, so that any two values have one.
std::int64_t difference(std::uint64_t value, std::uint64_t before) noexcept {
    return static_cast<std::int64_t>(value - before);
}
std::uint64_t add(std::uint64_t before, std::int64_t step) noexcept {
    return before + static_cast<std::uint64_t>(step);
}

}  // namespace

Bytes encode_stats(std::span<const StatRecord> entries) {
    Bytes out;
    out.reserve(8 + 10 * entries.size());
    WireWriter writer(out);
    writer.byte(kVersion);
    writer.varint(entries.size());
    StatRecord before;
    for (const StatRecord& entry : entries) {
        writer.zigzag(difference(entry.dev, before.dev));
        writer.zigzag(difference(entry.ino, before.ino));
        writer.zigzag(difference(entry.ctime, before.ctime));
        before = entry;
    }
    return out;
}

Result<std::vector<StatRecord>> decode_stats(ByteView bytes, const std::string& object) {
    constexpr const char* kWhat = "a stat record is out of range";
    WireReader reader(bytes);
    reader.require(reader.byte() == kVersion, "stat records of an unknown version");
    const std::size_t count = reader.count(3, "more stat records than there are bytes");
    std::vector<StatRecord> entries;
    if (reader.ok()) entries.reserve(count);
    StatRecord entry;
    for (std::size_t i = 0; i < count && reader.ok(); ++i) {
        entry.dev = add(entry.dev, reader.zigzag(kWhat));
        entry.ino = add(entry.ino, reader.zigzag(kWhat));
        entry.ctime = add(entry.ctime, reader.zigzag(kWhat));
        entries.push_back(entry);
    }
    HOLT_TRY(reader.finish("read stat records", object));
    return entries;
}

}  // namespace holt::store

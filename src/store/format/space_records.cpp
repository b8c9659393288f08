#include "store/format/space_records.h"

#include <algorithm>

#include "codec/xxhash64/xxhash64.h"
#include "store/format/wire.h"

namespace holt::store {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr unsigned kKeyBits = 48;

// Modulo 2^64, so that any two values have a difference.
std::int64_t difference(std::uint64_t value, std::uint64_t before) noexcept {
    return static_cast<std::int64_t>(value - before);
}

}  // namespace

std::uint64_t space_key(std::string_view path) noexcept {
    return zstd::xxhash64(as_bytes(path)) >> (64 - kKeyBits);
}

SpaceRecords::SpaceRecords(std::vector<SpaceRecord> records) : records_(std::move(records)) {
    std::ranges::stable_sort(records_, {}, &SpaceRecord::key);
    std::ranges::reverse(records_);
    const auto same = std::ranges::unique(records_, {}, &SpaceRecord::key);  // keeps the last given
    records_.erase(same.begin(), same.end());
    std::ranges::reverse(records_);
    build_index();
}

// As many buckets as records: keys are evenly spread, so a look-up sees one or two records.
std::size_t SpaceRecords::bucket(std::uint64_t key) const noexcept {
    const auto scaled = static_cast<unsigned __int128>(key) * records_.size();
    return static_cast<std::size_t>(scaled >> kKeyBits);
}

void SpaceRecords::build_index() {
    begins_.assign(records_.size() + 1, 0);
    std::size_t at = 0;
    for (std::size_t i = 0; i < records_.size(); ++i) {
        while (at < records_.size() && bucket(records_[at].key) < i) ++at;
        begins_[i] = static_cast<std::uint32_t>(at);
    }
    if (!records_.empty()) begins_.back() = static_cast<std::uint32_t>(records_.size());
}

const SpaceRecord* SpaceRecords::find(std::uint64_t key) const noexcept {
    if (records_.empty()) return nullptr;
    const std::size_t from = bucket(key);
    for (std::size_t i = begins_[from]; i < begins_[from + 1]; ++i)
        if (records_[i].key == key) return &records_[i];
    return nullptr;
}

void SpaceRecords::hold_always() noexcept {
    for (SpaceRecord& record : records_) record.holds = Holds::always;
}

bool SpaceRecords::all_hold_always() const noexcept {
    return std::ranges::all_of(
        records_, [](const SpaceRecord& record) { return record.holds == Holds::always; });
}

Bytes SpaceRecords::encode(Holds holds) const {
    const auto count =
        static_cast<std::size_t>(std::ranges::count(records_, holds, &SpaceRecord::holds));
    Bytes out;
    out.reserve(16 + 14 * count);
    WireWriter writer(out);
    writer.byte(kVersion);
    writer.varint(count);
    SpaceRecord before;
    for (const SpaceRecord& record : records_) {
        if (record.holds != holds) continue;
        writer.varint(record.key - before.key);
        writer.zigzag(difference(record.ino, before.ino));
        writer.zigzag(difference(record.ctime, before.ctime));
        before = record;
    }
    return out;
}

Result<SpaceRecords> SpaceRecords::decode(ByteView bytes, Holds holds, const std::string& object) {
    constexpr const char* kWhat = "a record is out of range";
    constexpr std::uint64_t kMaxKey = (std::uint64_t{1} << kKeyBits) - 1;
    WireReader reader(bytes);
    reader.require(reader.byte() == kVersion, "records of an unknown version");
    const std::size_t count = reader.count(3, "more records than there are bytes");
    SpaceRecords result;
    if (reader.ok()) result.records_.reserve(count);
    SpaceRecord record{.holds = holds};
    for (std::size_t i = 0; i < count && reader.ok(); ++i) {
        const std::uint64_t step = reader.varint(kMaxKey - record.key, kWhat);
        reader.require(i == 0 || step > 0, "records are not sorted");
        record.key += step;
        record.ino += static_cast<std::uint64_t>(reader.zigzag(kWhat));
        record.ctime += static_cast<std::uint64_t>(reader.zigzag(kWhat));
        result.records_.push_back(record);
    }
    HOLT_TRY(reader.finish("read space", object));
    result.build_index();
    return result;
}

}  // namespace holt::store

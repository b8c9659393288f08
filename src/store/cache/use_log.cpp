#include "store/cache/use_log.h"

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/endian.h"
#include "codec/xxhash64/xxhash64.h"
#include "fs/file.h"
#include "fs/lock.h"

namespace holt::store {
namespace {

constexpr const char* kName = "cache.log";
constexpr std::size_t kRecord = 32, kHashed = 24;
constexpr std::uint64_t kLong = 2048 * kRecord;
constexpr std::size_t kMost = 16u << 20;
constexpr std::chrono::milliseconds kPatience{500};

using Record = std::array<std::uint8_t, kRecord>;

Record encode(const CacheCount& count, std::int64_t day) {
    Record record{};
    record[0] = static_cast<std::uint8_t>(static_cast<std::uint8_t>(count.what) + 1);
    store_le<std::uint32_t>(record.data() + 4, static_cast<std::uint32_t>(day));
    store_le<std::uint64_t>(record.data() + 8, count.bytes);
    store_le<std::uint64_t>(record.data() + 16, count.milliseconds);
    store_le<std::uint64_t>(record.data() + kHashed,
                            zstd::xxhash64(ByteView(record).first(kHashed)));
    return record;
}

void add_record(ByteView record, std::vector<CacheDay>& days) {
    using What = CacheCount::What;
    const bool is_sound =
        load_le<std::uint64_t>(record.data() + kHashed) == zstd::xxhash64(record.first(kHashed));
    if (!is_sound || record[0] < 1 || record[0] > 4) return;
    const auto what = static_cast<What>(record[0] - 1);
    const CacheDay day{.day = load_le<std::uint32_t>(record.data() + 4),
                       .hits = what == What::hit,
                       .partial = what == What::partial,
                       .misses = what == What::miss,
                       .saves = what == What::save,
                       .bytes = load_le<std::uint64_t>(record.data() + 8),
                       .milliseconds = load_le<std::uint64_t>(record.data() + 16)};
    add_days(days, {&day, 1});
}

std::vector<CacheDay> add_up(ByteView log) {
    std::vector<CacheDay> days;
    for (; log.size() >= kRecord; log = log.subspan(kRecord)) add_record(log.first(kRecord), days);
    return days;
}

Result<fs::FileLock> lock_log(const StoreFolder& folder) {
    const std::string shown = folder.shown(kName);
    HOLT_TRY_LET(fd, fs::open_or_create(folder.fd(), kName, 0666, shown));
    return fs::FileLock::acquire_open(std::move(fd), shown, {.timeout = kPatience});
}

}  // namespace

void add_days(std::vector<CacheDay>& to, std::span<const CacheDay> days) {
    for (const CacheDay& day : days) {
        auto at = std::ranges::lower_bound(to, day.day, {}, &CacheDay::day);
        if (at == to.end() || at->day != day.day) at = to.insert(at, {.day = day.day});
        at->hits += day.hits;
        at->partial += day.partial;
        at->misses += day.misses;
        at->saves += day.saves;
        at->evictions += day.evictions;
        at->bytes += day.bytes;
        at->milliseconds += day.milliseconds;
    }
}

Result<bool> append_use(const StoreFolder& folder, const CacheCount& count, std::int64_t day) {
    const std::string shown = folder.shown(kName);
    HOLT_TRY_LET(lock, lock_log(folder));
    HOLT_TRY_LET(stat, fs::stat_fd(lock.fd(), shown));
    // Behind the last whole record, whatever a full disk left of one.
    const std::uint64_t end = stat.size / kRecord * kRecord;
    HOLT_TRY(fs::pwrite_full(lock.fd(), encode(count, day), end, shown));
    return end + kRecord >= kLong;
}

Result<std::vector<CacheDay>> read_uses(const StoreFolder& folder) {
    const auto log = fs::read_file(folder.fd(), kName, kMost, folder.shown(kName));
    if (!log && log.error().sys_errno == ENOENT) return std::vector<CacheDay>{};
    if (!log) return std::unexpected(log.error());
    return add_up(*log);
}

Status add_up_uses(const StoreFolder& folder, Catalog& catalog) {
    HOLT_TRY_LET(lock, lock_log(folder));
    HOLT_TRY_LET(days, read_uses(folder));
    if (days.empty()) return {};
    HOLT_TRY(CatalogCache(catalog).add(days));
    return fs::set_size(lock.fd(), 0, folder.shown(kName));
}

}  // namespace holt::store

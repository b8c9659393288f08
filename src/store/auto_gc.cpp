#include "store/auto_gc.h"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

#include "store/catalog/catalog.h"
#include "store/disk/pin.h"
#include "store/disk/settings_file.h"
#include "store/gc.h"
#include "store/gc/collector.h"
#include "store/gc/evict.h"
#include "store/operation/lock_wait.h"
#include "store/operation/log.h"
#include "store/operation/reporter.h"
#include "store/pool/pool_trim.h"

namespace holt::store {
namespace {

constexpr std::string_view kAuto = "gc.auto", kTime = "gc.max-time-ms", kSize = "gc.max-size",
                           kAge = "gc.max-age", kNamed = "gc.evict-named", kPool = "gc.max-pool";
constexpr std::string_view kAll[] = {kAuto, kTime, kSize, kAge, kNamed, kPool};

std::unexpected<Error> bad_setting(const StoreFolder& folder, std::string_view key) {
    return fail(ErrorKind::corrupt, "read settings", folder.shown("settings"),
                "the value of " + std::string(key) + " is none", Advice::set_collection_again);
}

/// The settings as they stand in the file.
class Reader {
  public:
    Reader(const StoreFolder& folder, const Settings& settings)
        : folder_(folder), settings_(settings) {}

    const std::string* find(std::string_view key) const {
        const auto found = settings_.find(std::string(key));
        return found == settings_.end() ? nullptr : &found->second;
    }
    Result<std::optional<std::uint64_t>> number(std::string_view key) const {
        const std::string* text = find(key);
        if (text == nullptr) return std::nullopt;
        std::string_view rest = *text;
        HOLT_TRY_LET(value, take<std::uint64_t>(key, rest));
        if (!rest.empty()) return bad_setting(folder_, key);
        return std::optional(value);
    }
    // Years, months, days, hours.
    Result<std::optional<CalendarSpan>> span(std::string_view key) const {
        const std::string* text = find(key);
        if (text == nullptr) return std::nullopt;
        std::string_view rest = *text;
        CalendarSpan span;
        for (int* part : {&span.years, &span.months, &span.days, &span.hours}) {
            HOLT_TRY_LET(value, take<int>(key, rest));
            if (value < 0) return bad_setting(folder_, key);
            *part = value;
        }
        if (!rest.empty()) return bad_setting(folder_, key);
        return std::optional(span);
    }

  private:
    template <class Number>
    Result<Number> take(std::string_view key, std::string_view& rest) const {
        Number value = 0;
        const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
        if (error != std::errc{}) return bad_setting(folder_, key);
        rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
        if (rest.starts_with(' ')) rest.remove_prefix(1);
        return value;
    }

    const StoreFolder& folder_;
    const Settings& settings_;
};

// Packs that could be joined.
Result<bool> has_many_small_packs(Catalog& catalog) {
    HOLT_TRY_LET(packs, catalog.packs());
    const auto small =
        std::ranges::count_if(packs, [](const PackRow& pack) { return pack.bytes < kSmallPack; });
    return static_cast<std::size_t>(small) > 4 * kManySmall;
}

Result<bool> is_due(const StoreFolder& folder, Catalog& catalog, const AutoGc& settings,
                    const UtcOffset& offset, Reporter& reporter) {
    HOLT_TRY_LET(totals, catalog.totals());
    if (totals.forgotten > 0 || totals.unused_packs > 0 || totals.going_packs > 0) return true;
    if (settings.max_size && totals.pack_bytes + totals.catalog_bytes > *settings.max_size)
        return true;
    if (settings.max_age) {
        const GcOptions by_age{.max_age = settings.max_age, .evict_named = settings.evict_named};
        HOLT_TRY_LET(evicted, choose_evicted(folder, catalog, by_age, offset, reporter));
        if (!std::ranges::all_of(evicted, &Decision::keep)) return true;
    }
    return has_many_small_packs(catalog);
}

constexpr std::uint64_t kLeastPool = std::uint64_t{1} << 30;

}  // namespace

Result<std::optional<AutoGc>> read_auto_gc(const StoreFolder& folder) {
    HOLT_TRY_LET(settings, read_settings(folder));
    const Reader reader(folder, settings);
    const std::string* on = reader.find(kAuto);
    if (on == nullptr || *on != "yes") return std::nullopt;
    AutoGc values;
    HOLT_TRY_LET(time, reader.number(kTime));
    if (time) values.max_time = std::chrono::milliseconds(std::min<std::uint64_t>(*time, 1u << 31));
    HOLT_TRY_LET(size, reader.number(kSize));
    values.max_size = size;
    HOLT_TRY_LET(age, reader.span(kAge));
    values.max_age = age;
    HOLT_TRY_LET(pool, reader.number(kPool));
    values.max_pool = pool;
    const std::string* named = reader.find(kNamed);
    values.evict_named = named != nullptr && *named == "yes";
    return std::optional(values);
}

Status write_auto_gc(const StoreFolder& folder, const OpenOptions& open,
                     const std::optional<AutoGc>& values) {
    HOLT_TRY_LET(pin, Pin::hold(folder, lock_wait(open)));
    auto settings = read_settings(folder).value_or(Settings());
    for (const std::string_view key : kAll) settings.erase(std::string(key));
    const auto put = [&](std::string_view key, std::string value) {
        settings[std::string(key)] = std::move(value);
    };
    if (values) {
        put(kAuto, "yes");
        put(kTime, std::to_string(values->max_time.count()));
        if (values->max_size) put(kSize, std::to_string(*values->max_size));
        if (const auto& age = values->max_age)
            put(kAge, std::to_string(age->years) + " " + std::to_string(age->months) + " " +
                          std::to_string(age->days) + " " + std::to_string(age->hours));
        if (values->evict_named) put(kNamed, "yes");
        if (values->max_pool) put(kPool, std::to_string(*values->max_pool));
    }
    return write_settings(folder, settings);
}

void collect_by_itself(const StoreFolder& folder, const OpenOptions& open, const UtcOffset& offset,
                       const Cancel* cancel, Observer& observer) {
    const Log log = make_log(open.log);
    OpenOptions at_once = open;
    at_once.lock_timeout = {};
    const auto collect = [&]() -> Status {
        HOLT_TRY_LET(settings, read_auto_gc(folder));
        if (!settings) return {};
        Operation op(folder, at_once, cancel, observer);
        {
            HOLT_TRY_LET(catalog,
                         Catalog::open(folder, Catalog::Mode::read_only, lock_wait(at_once)));
            HOLT_TRY_LET(due, is_due(folder, catalog, *settings, offset, op.reporter));
            if (!due) return {};
        }
        const GcOptions options{.max_time = settings->max_time,
                                .max_size = settings->max_size,
                                .max_age = settings->max_age,
                                .evict_named = settings->evict_named,
                                .max_pool = settings->max_pool,
                                .cancel = cancel};
        HOLT_TRY_LET(report, collect_garbage(op, options, offset));
        log->info("collected by itself: {} of {} bytes are left", report.bytes_after,
                  report.bytes_before);
        return {};
    };
    if (const Status done = collect(); !done)
        log->info("not collected by itself: {}", done.error().message());
}

void bound_pool_by_itself(const StoreFolder& folder, const OpenOptions& open) {
    if (open.access == Access::read_only) return;
    const auto bound = [&]() -> Status {
        const auto settings = read_auto_gc(folder).value_or(std::nullopt);
        if (settings && settings->max_pool) {
            HOLT_TRY(bound_pool(folder, *settings->max_pool, PoolFiles::all));
            return {};
        }
        HOLT_TRY_LET(about, estimate_pool(folder, PoolFiles::unshared));
        if (about <= kLeastPool) return {};
        HOLT_TRY_LET(catalog, Catalog::open(folder, Catalog::Mode::read_only, lock_wait(open)));
        HOLT_TRY_LET(totals, catalog.totals());
        HOLT_TRY(
            bound_pool(folder, std::max(kLeastPool, 2 * totals.pack_bytes), PoolFiles::unshared));
        return {};
    };
    if (const Status done = bound(); !done)
        make_log(open.log)->info("the pool is not bounded: {}", done.error().message());
}

}  // namespace holt::store

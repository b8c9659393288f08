// What the options and the environment say, in the order in which they were given.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <limits>
#include <optional>

#include "cli/parse/options.h"
#include "cli/zstd/zstd_args.h"

namespace holt::cli {
namespace {

constexpr unsigned kDefaultLongLog = 27;
constexpr unsigned kMinWindowLog = 10, kMaxWindowLog = 31;
constexpr std::int64_t kMostLevel = std::numeric_limits<std::int32_t>::max();
constexpr std::int64_t kMostNumber = std::numeric_limits<std::uint32_t>::max();  // zstd's own

std::optional<std::int64_t> whole_number(std::string_view text) {
    if (text.starts_with('+')) text.remove_prefix(1);
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

/// "a=1,b=2" taken apart. False for what has another form, or when `take` does not know a name.
enum class NameAlone : std::uint8_t { is_a_switch, refused };
bool each_setting(std::string_view text, NameAlone alone,
                  const std::function<bool(std::string_view, std::uint64_t)>& take) {
    while (!text.empty()) {
        if (text.ends_with(',')) return false;
        const std::string_view setting = text.substr(0, text.find(','));
        text.remove_prefix(std::min(text.size(), setting.size() + 1));
        const std::size_t equals = std::min(setting.find('='), setting.size());
        std::string_view number = setting.substr(std::min(equals + 1, setting.size()));
        unsigned shift = 0;
        for (const auto& [unit, bits] : {std::pair{'K', 10u}, {'M', 20u}})
            if (number.ends_with(unit)) {
                number.remove_suffix(1);
                shift = bits;
            }
        if (equals == setting.size() && alone == NameAlone::refused) return false;
        const auto value =
            equals == setting.size() ? std::optional<std::int64_t>(1) : whole_number(number);
        if (!value || *value < 0 || *value > std::numeric_limits<std::uint32_t>::max())
            return false;
        if (!take(setting.substr(0, equals), static_cast<std::uint64_t>(*value) << shift))
            return false;
    }
    return true;
}

/// A setting of --zstd=, with the range that zstd takes; 0 always stands for the level's own value.
struct TuningSetting {
    std::string_view name, short_name;
    std::uint64_t least, most;
    unsigned ZstdTuning::*value = nullptr;  // none: accepted, and without effect

    bool takes(std::uint64_t number) const noexcept {
        return number == 0 || (number >= least && number <= most);
    }
};

constexpr TuningSetting kTuningSettings[] = {
    {"strategy", "strat", 1, 9, &ZstdTuning::strategy},
    {"windowLog", "wlog", kMinWindowLog, kMaxWindowLog, &ZstdTuning::window_log},
    {"hashLog", "hlog", 6, 30, &ZstdTuning::hash_log},
    {"chainLog", "clog", 6, 30},
    {"searchLog", "slog", 1, 30, &ZstdTuning::search_log},
    {"minMatch", "mml", 3, 7},
    {"targetLength", "tlen", 0, 128 << 10, &ZstdTuning::target_length},
    {"overlapLog", "ovlog", 0, kMostNumber},
    {"ldmHashLog", "lhlog", 6, 30},
    {"ldmMinMatch", "lmml", 4, 4096},
    {"ldmBucketSizeLog", "lblog", 1, 8},
    {"ldmHashRateLog", "lhrlog", 0, 25},
};

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) {
    return std::ranges::find(names, name) != names.end();
}

}  // namespace

Status ZstdArgs::complete(const std::function<void(const std::string&)>& env_words) {
    read_environment(env_words);
    HOLT_TRY(read_all());
    if (ends_) return {};
    clamp_levels();
    HOLT_TRY(check());
    // As zstdcat is meant to be used on anything.
    options.pass_through = options.mode != ZstdMode::compress &&
                           (pass_through_ == PassThrough::yes ||
                            (pass_through_ == PassThrough::automatic && force && data_to_stdout()));
    const bool replaces = action == Action::filter && options.mode != ZstdMode::test && !to_stdout;
    options.remove_source = remove_ && replaces;
    return {};
}

/// Each option with its value, first to last.
Status ZstdArgs::read_all() {
    for (const auto& [option, value] : table_->given()) {
        if (option->has_name("--verbose")) ++verbosity;
        if (option->has_name("--quiet")) --verbosity;
        const auto reader = readers_.find(option);
        if (reader == readers_.end()) continue;
        if (Status read = reader->second(value); !read) {
            if (plain_error.empty())
                incorrect = option->name() + (value.empty() ? "" : '=' + printable(value));
            return read;
        }
        if (ends_) return {};
    }
    return {};
}

void ZstdArgs::read_environment(const std::function<void(const std::string&)>& words) {
    const auto wrong = [&](const char* name, const char* value, std::string_view why) {
        words(fmt::format("Ignore environment variable setting {}={}: {} ", name, printable(value),
                          why));
    };
    if (const char* text = std::getenv("ZSTD_CLEVEL")) {
        const auto level = whole_number(text);
        if (!level)
            wrong("ZSTD_CLEVEL", text, "not a valid integer value");
        else if (*level < -kMostLevel || *level > kMostLevel)
            wrong("ZSTD_CLEVEL", text, "numeric value too large");
        else
            level_ = static_cast<int>(*level);
    }
    if (const char* text = std::getenv("ZSTD_NBTHREADS")) {
        const auto threads = *text == '+' ? std::nullopt : whole_number(text);
        if (!threads || *threads < 0)
            wrong("ZSTD_NBTHREADS", text, "not a valid unsigned value");
        else if (*threads > kMostLevel)
            wrong("ZSTD_NBTHREADS", text, "numeric value too large");
        else
            options.threads = static_cast<unsigned>(std::min<std::int64_t>(*threads, 256));
    }
}

Result<std::uint64_t> ZstdArgs::size_of(std::string_view option, const std::string& text) {
    auto size = parse_size({"zstd", option}, text);
    if (!size)
        plain_error =
            "error: only numeric values with optional suffixes K, KB, KiB, M, MB, MiB are allowed ";
    return size;
}

Result<std::int64_t> ZstdArgs::number_of(std::string_view option, const std::string& text,
                                         std::int64_t least) {
    auto number = parse_integer({"zstd", option}, text, least, kMostNumber);
    const bool digits = text.find_first_not_of("0123456789") == std::string::npos;
    if (!number && digits && text.size() > 1)
        plain_error = "error: numeric value overflows 32-bit unsigned int ";
    return number;
}

Status ZstdArgs::read_level(std::string_view option, const std::string& text) {
    HOLT_TRY_LET(level, number_of(option, text, 0));
    level_ = static_cast<int>(std::min(level, kMostLevel));
    return {};
}

Status ZstdArgs::read_fast(const std::string& text) {
    std::int64_t level = 1;
    if (!text.empty()) {
        HOLT_TRY_LET(given, number_of("--fast", text, 1));
        level = given;
    }
    level_ = static_cast<int>(-std::min(level, kMostLevel));
    return {};
}

/// What is beyond the ends of the range is taken as the end.
void ZstdArgs::clamp_levels() {
    const ZstdLevels levels = zstd_levels();
    const int most = ultra_ || action == Action::bench ? levels.ultra : levels.max;
    if (level_ > most && action != Action::bench)
        clamped = fmt::format("Warning : compression level higher than max, reduced to {} ", most);
    level_ = std::clamp(level_, levels.min, most);
    options.level = level_;
    last_level = last_given_ ? std::min(last_level, levels.ultra) : level_;
}

Status ZstdArgs::read_long(const std::string& text) {
    std::int64_t log = kDefaultLongLog;
    if (!text.empty()) {
        HOLT_TRY_LET(given, parse_integer({"zstd", "--long"}, text, 0, kMostNumber));
        const bool within = given == 0 || (given >= kMinWindowLog && given <= kMaxWindowLog);
        if (!within) return out_of_bound("--long=" + text);
        if (given > 0) log = given;
    }
    options.long_window_log = static_cast<unsigned>(log);
    long_given_ = true;
    return {};
}

Status ZstdArgs::read_tuning(const std::string& text) {
    bool within = true;
    const auto take = [&](std::string_view name, std::uint64_t value) {
        const auto* const setting = std::ranges::find_if(kTuningSettings, [&](const auto& each) {
            return name == each.name || name == each.short_name;
        });
        if (setting == std::end(kTuningSettings)) return false;
        within &= setting->takes(value);
        if (setting->value != nullptr)
            options.tuning.*(setting->value) = static_cast<unsigned>(value);
        return true;
    };
    const bool good = each_setting(text, NameAlone::refused, take);
    if (!good || text.empty())
        return usage_error("zstd", fmt::format("--zstd takes settings such as wlog=23,strategy=6, "
                                               "not '{}'",
                                               printable(text)));
    return within ? Status{} : out_of_bound(text);
}

Status ZstdArgs::out_of_bound(const std::string& text) {
    constexpr int kOutOfBound = 11;  // zstd's exit code
    plain_error = "Parameter is out of bound ";
    plain_code = kOutOfBound;
    return usage_error("zstd", fmt::format("'{}' is out of zstd's range", printable(text)));
}

Status ZstdArgs::read_training(const std::string& text) {
    const auto take = [&](std::string_view name, std::uint64_t value) {
        constexpr std::uint64_t kMostAcceleration = 10;  // fastcover's
        if (name == "k") segment = static_cast<std::size_t>(value);
        if (name == "accel" && (value < 1 || value > kMostAcceleration)) return false;
        return is_one_of(name,
                         {"k", "d", "f", "steps", "split", "accel", "shrink", "s", "selectivity"});
    };
    if (each_setting(text, NameAlone::is_a_switch, take)) return {};
    return usage_error("zstd", fmt::format("training takes settings such as k=200,d=8, not '{}'",
                                           printable(text)));
}

Status ZstdArgs::check_adapt(const std::string& text) {
    std::string_view rest = text;
    std::int64_t least = std::numeric_limits<std::int64_t>::min();
    std::int64_t most = std::numeric_limits<std::int64_t>::max();
    bool known = true;
    while (!rest.empty() && known) {
        const std::string_view setting = rest.substr(0, rest.find(','));
        rest.remove_prefix(std::min(rest.size(), setting.size() + 1));
        const bool is_least = setting.starts_with("min=");
        const auto level = whole_number(setting.substr(std::min<std::size_t>(4, setting.size())));
        known = level && (is_least || setting.starts_with("max="));
        if (known) (is_least ? least : most) = *level;
    }
    if (known && least <= most) return {};
    return usage_error("zstd", fmt::format("--adapt takes settings such as min=1,max=9, not '{}'",
                                           printable(text)));
}

Status ZstdArgs::read_folder(std::string_view option, const std::string& text,
                             std::string& folder) {
    if (text.empty()) {
        plain_error =
            "error: output dir cannot be empty string (did you mean to pass '.' instead?)";
        return usage_error("zstd",
                           fmt::format("{} is empty; '.' is the folder that you are in", option));
    }
    folder = text;
    return {};
}

Status ZstdArgs::check() {
    if (!options.dictionary.empty() && !options.patch_from.empty())
        return usage_error("zstd", "-D does not go with --patch-from");
    const bool list_or_bench = action == Action::list || action == Action::bench;
    if (list_or_bench && !output.empty())
        return usage_error("zstd", "-l and -b write nothing and take no -o");
    if (show_parameters && options.mode != ZstdMode::compress) {
        plain_error = "error : can't use --show-default-cparams in decompression mode ";
        return usage_error("zstd", "--show-default-cparams is about compression");
    }
    if (action == Action::bench && options.format != ZstdFormat::zstd)
        return usage_error("zstd", "-b measures the zstd format only");
    if (action != Action::filter && reads_stdin())
        return usage_error("zstd", "standard input will not do for this; name files");
    // The window that was asked for when compressing is allowed when reading.
    const unsigned window =
        std::max(long_given_ ? options.long_window_log : 0, options.tuning.window_log);
    if (!memory_given_ && window > 0 && window < 64)
        options.window_limit = std::max(options.window_limit, std::uint64_t{1} << window);
    return {};
}

}  // namespace holt::cli

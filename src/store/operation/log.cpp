#include "store/operation/log.h"

#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/null_sink.h>

#include <mutex>
#include <utility>

namespace holt::store {
namespace {

constexpr std::pair<LogLevel, spdlog::level::level_enum> kLevels[] = {
    {LogLevel::off, spdlog::level::off},
    {LogLevel::warning, spdlog::level::warn},
    {LogLevel::info, spdlog::level::info},
    {LogLevel::debug, spdlog::level::debug},
};

spdlog::level::level_enum to_spdlog(LogLevel level) {
    for (const auto& [ours, theirs] : kLevels) {
        if (ours == level) return theirs;
    }
    return spdlog::level::off;
}

LogLevel from_spdlog(spdlog::level::level_enum level) {
    if (level >= spdlog::level::warn) return LogLevel::warning;
    return level == spdlog::level::info ? LogLevel::info : LogLevel::debug;
}

// Hands each line to the caller's function; the base's mutex keeps two threads from doing so at
// once.
class CallbackSink final : public spdlog::sinks::base_sink<std::mutex> {
  public:
    explicit CallbackSink(LogOptions options) : options_(std::move(options)) {}

  private:
    void sink_it_(const spdlog::details::log_msg& line) override {
        options_.sink(from_spdlog(line.level), {line.payload.data(), line.payload.size()});
    }
    void flush_() override {}

    const LogOptions options_;
};

}  // namespace

Log make_log(const LogOptions& options) {
    if (options.level == LogLevel::off || !options.sink) {
        static const Log silent = [] {
            auto log = std::make_shared<spdlog::logger>(
                "holt", std::make_shared<spdlog::sinks::null_sink_st>());
            log->set_level(spdlog::level::off);
            return log;
        }();
        return silent;
    }
    auto log = std::make_shared<spdlog::logger>("holt", std::make_shared<CallbackSink>(options));
    log->set_level(to_spdlog(options.level));
    return log;
}

}  // namespace holt::store

#include "cli/cache/explain.h"

#include <fmt/format.h>

#include <array>
#include <ctime>
#include <utility>

#include "base/error.h"

namespace holt::cli {
namespace {

std::string change_text(const KeyChange& change) {
    const KeyInput& input = change.input;
    std::string text = fmt::format("{} {}", name(input.kind), printable(input.name));
    if (change.how != KeyChange::How::changed) return text + " " + std::string(name(change.how));
    if (input.value.empty() && change.value_before.empty()) return text + " changed";
    return text + fmt::format(" changed ({} -> {})", printable(change.value_before),
                              printable(input.value));
}

}  // namespace

std::string ago(Time then) {
    constexpr std::array<std::pair<std::int64_t, const char*>, 4> kUnits{
        {{86'400, "day"}, {3600, "hour"}, {60, "minute"}, {1, "second"}}};
    const std::int64_t passed = static_cast<std::int64_t>(::time(nullptr)) - then.seconds;
    if (passed < -1) return "in the future";
    for (const auto& [length, unit] : kUnits) {
        const std::int64_t count = passed / length;
        if (count > 0) return fmt::format("{} {}{} ago", count, unit, count == 1 ? "" : "s");
    }
    return "just now";
}

std::vector<std::string> change_lines(const std::vector<KeyChange>& changes) {
    std::vector<std::string> lines;
    for (const KeyChange& change : changes) lines.push_back(change_text(change));
    return lines;
}

Json changes_json(const std::vector<KeyChange>& changes) {
    Json array = Json::array();
    for (const KeyChange& change : changes) {
        Json object = Json::object();
        object["how"] = name(change.how);
        object["kind"] = name(change.input.kind);
        put_bytes(object, "name", change.input.name);
        if (!change.value_before.empty()) put_bytes(object, "before", change.value_before);
        if (!change.input.value.empty() && change.how != KeyChange::How::removed)
            put_bytes(object, "now", change.input.value);
        array.push_back(std::move(object));
    }
    return array;
}

Json inputs_json(const std::vector<KeyInput>& inputs) {
    Json array = Json::array();
    for (const KeyInput& input : inputs) {
        Json object = Json::object();
        object["kind"] = name(input.kind);
        put_bytes(object, "name", input.name);
        object["digest"] = input.digest.hex();
        if (!input.value.empty()) put_bytes(object, "value", input.value);
        array.push_back(std::move(object));
    }
    return array;
}

std::string entry_text(const SnapshotInfo& entry) {
    std::string text = fmt::format("{} (saved {}", entry.id.short_hex(), ago(entry.created));
    if (!entry.producer.empty()) text += " by " + printable(entry.producer);
    return text + ", scope " +
           (entry.scope.empty() ? std::string(kMainScope) : printable(entry.scope)) + ")";
}

std::vector<std::string> miss_lines(const std::string& key, const CacheMiss& miss) {
    std::vector<std::string> lines;
    lines.push_back(miss.evicted ? fmt::format("no entry of '{}': it went {}, {}", printable(key),
                                               ago(miss.evicted_at), printable(miss.evicted_why))
                                 : fmt::format("no entry of '{}' was ever saved", printable(key)));
    if (!miss.nearest) return lines;
    lines.push_back("the nearest is " + entry_text(*miss.nearest) + "; since then:");
    for (const std::string& change : change_lines(miss.changes)) lines.push_back("  " + change);
    return lines;
}

Json miss_json(const CacheMiss& miss) {
    Json object = Json::object();
    object["reason"] = miss.evicted ? "evicted" : "never-saved";
    if (miss.evicted) {
        put_time(object, "evicted_at", miss.evicted_at);
        put_bytes(object, "evicted_why", miss.evicted_why);
    }
    if (miss.nearest) {
        Json nearest = Json::object();
        put_snapshot(nearest, *miss.nearest);
        object["nearest"] = std::move(nearest);
        object["changes"] = changes_json(miss.changes);
    }
    return object;
}

void put_found(Json& object, const std::string& key, const CacheFound& found) {
    put_bytes(object, "key", key);
    object["matched"] = name(found.match);
    if (found.snapshot) {
        Json snapshot = Json::object();
        put_snapshot(snapshot, *found.snapshot);
        object["snapshot"] = std::move(snapshot);
        object["where"] = "local";
    }
    if (found.match != CacheMatch::exact) object["miss"] = miss_json(found.miss);
}

}  // namespace holt::cli

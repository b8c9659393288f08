// The objects that --json prints: one a line, each with a `type`; the last is a `summary` or an
// `error`.
//
// Names, paths, tags and the like are bytes. One that is valid UTF-8 is a plain string. Any other
// is printed twice: under its key with the offending bytes escaped (for people), and under
// KEY_base64 exactly (RFC 4648); whoever reads the lines prefers KEY_base64 where it is present.
// Thread rule: pure functions.
#pragma once

#include <holt/error.hpp>
#include <holt/store.hpp>

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace holt::cli {

using Json = nlohmann::ordered_json;

Json json_line(std::string_view type);
/// Sets `key` to bytes, in the way described above.
void put_bytes(Json& object, const std::string& key, std::string_view bytes);

/// Sets `key` to the time as RFC 3339 writes it, and `key`_seconds, `key`_nanoseconds and, where 64
/// bits hold it, `key`_ns to numbers.
void put_time(Json& object, const std::string& key, Time time);

/// The fields of an error: kind, operation, object, cause, advice, errno (when there is one) and
/// message, the whole as one line.
void put_error(Json& object, const Error& error);
/// The last line of a command that failed.
Json error_json(const Error& error, int exit_code);

void put_snapshot(Json& object, const SnapshotInfo& info);
/// An array with an object for each.
Json snapshots_json(const std::vector<SnapshotInfo>& snapshots);
/// The counts that reports of whole trees share.
template <class Report>
void put_tree_counts(Json& object, const Report& report) {
    object["files"] = report.files;
    object["folders"] = report.folders;
    object["symlinks"] = report.symlinks;
    object["hard_links"] = report.hard_links;
    object["others"] = report.others;
    object["bytes"] = report.bytes;
}
void put_entry(Json& object, const EntryInfo& entry);

/// RFC 4648, with padding.
std::string base64(std::string_view bytes);

/// One line, no newline inside or at its end.
std::string dump(const Json& object);

}  // namespace holt::cli

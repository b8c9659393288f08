#include "cli/output/json.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/rfc3339.h"
#include "base/utf8.h"
#include "cli/output/advice.h"
#include "cli/output/text.h"

namespace holt::cli {

Json json_line(std::string_view type) {
    Json object = Json::object();
    object["type"] = type;
    return object;
}

void put_bytes(Json& object, const std::string& key, std::string_view bytes) {
    if (utf8_valid(bytes)) {
        object[key] = bytes;
        return;
    }
    object[key] = printable(bytes);
    object[key + "_base64"] = base64(bytes);
}

void put_time(Json& object, const std::string& key, Time time) {
    object[key] = rfc3339(time);
    if (const auto ns = ns_since_1970(time)) object[key + "_ns"] = *ns;
    object[key + "_seconds"] = time.seconds;
    object[key + "_nanoseconds"] = time.nanoseconds;
}

void put_error(Json& object, const Error& told) {
    const Error error = in_our_words(told);
    object["kind"] = name(error.kind);
    object["operation"] = printable(error.operation);
    put_bytes(object, "object", error.object);
    std::string cause = error.cause;
    if (error.sys_errno != 0) cause += (cause.empty() ? "" : ": ") + errno_text(error.sys_errno);
    put_bytes(object, "cause", cause);
    put_bytes(object, "advice", error.advice);
    if (error.sys_errno != 0) object["errno"] = error.sys_errno;
    put_bytes(object, "message", error.message());
}

Json error_json(const Error& error, int exit_code) {
    Json object = json_line("error");
    put_error(object, error);
    object["exit_code"] = exit_code;
    return object;
}

void put_snapshot(Json& object, const SnapshotInfo& info) {
    object["id"] = info.id.hex();
    object["root"] = info.root.hex();
    put_bytes(object, "name", info.name);
    put_bytes(object, "key", info.key);
    Json tags = Json::array();
    for (const auto& [key, value] : info.tags) {
        Json tag = Json::object();
        put_bytes(tag, "key", key);
        put_bytes(tag, "value", value);
        tags.push_back(std::move(tag));
    }
    object["tags"] = std::move(tags);
    put_bytes(object, "source", info.source);
    put_time(object, "created", info.created);
    object["files"] = info.files;
    object["folders"] = info.folders;
    object["symlinks"] = info.symlinks;
    object["others"] = info.others;
    object["bytes"] = info.bytes;
    object["left_out"] = info.left_out;
    object["hold"] = info.hold;
    if (info.last_used) put_time(object, "last_used", *info.last_used);
    if (info.key.empty()) return;
    put_bytes(object, "scope", info.scope.empty() ? "main" : info.scope);
    if (!info.producer.empty()) put_bytes(object, "producer", info.producer);
    if (info.build_ms) object["build_seconds"] = static_cast<double>(*info.build_ms) / 1000;
    object["folders_saved"] = info.folders_saved;
}

Json snapshots_json(const std::vector<SnapshotInfo>& snapshots) {
    Json array = Json::array();
    for (const SnapshotInfo& info : snapshots) {
        Json snapshot = Json::object();
        put_snapshot(snapshot, info);
        array.push_back(std::move(snapshot));
    }
    return array;
}

void put_entry(Json& object, const EntryInfo& entry) {
    put_bytes(object, "path", entry.path);
    object["kind"] = name(entry.kind);
    object["mode"] = fmt::format("{:04o}", entry.mode);
    object["uid"] = entry.uid;
    object["gid"] = entry.gid;
    put_time(object, "mtime", entry.mtime);
    if (!entry.left_out.empty()) object["left_out"] = entry.left_out;
    if (entry.kind == EntryKind::file && entry.left_out.empty()) object["size"] = entry.size;
    if (entry.digest) object["digest"] = entry.digest->hex();
    if (entry.kind == EntryKind::symlink) put_bytes(object, "target", entry.symlink_target);
    if (!entry.hard_link_to.empty()) put_bytes(object, "hard_link_to", entry.hard_link_to);
    if (entry.xattrs.empty()) return;
    Json xattrs = Json::array();
    for (const auto& [key, value] : entry.xattrs) {
        Json xattr = Json::object();
        put_bytes(xattr, "name", key);
        put_bytes(xattr, "value", value);
        xattrs.push_back(std::move(xattr));
    }
    object["xattrs"] = std::move(xattrs);
}

std::string base64(std::string_view bytes) {
    static constexpr std::string_view kDigits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    out.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        const std::size_t count = std::min<std::size_t>(3, bytes.size() - at);
        unsigned bits = 0;
        for (std::size_t i = 0; i < 3; ++i)
            bits = bits << 8 | (i < count ? static_cast<unsigned char>(bytes[at + i]) : 0u);
        for (std::size_t i = 0; i < 4; ++i)
            out += i <= count ? kDigits[bits >> (18 - 6 * i) & 63] : '=';
    }
    return out;
}

std::string dump(const Json& object) {
    // `replace` is for texts that are not bytes of the user's (put_bytes); it never throws.
    return object.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace holt::cli

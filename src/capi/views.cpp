#include "capi/views.h"

#include <algorithm>

#include "capi/structs.h"

namespace holt::capi {

holt_time to_c(Time time) noexcept {
    return {.seconds = time.seconds, .nanoseconds = time.nanoseconds};
}

Time to_time(holt_time time) noexcept {
    return {.seconds = time.seconds, .nanoseconds = time.nanoseconds};
}

holt_digest to_c(const Digest& digest) noexcept {
    holt_digest made;
    std::ranges::copy(digest.bytes, made.bytes);
    return made;
}

std::vector<holt_tag> to_c(const Tags& tags) {
    std::vector<holt_tag> made;
    made.reserve(tags.size());
    for (const auto& [key, value] : tags) made.push_back({key.c_str(), value.c_str()});
    return made;
}

std::vector<const char*> to_c(const std::vector<std::string>& list) {
    std::vector<const char*> made;
    made.reserve(list.size());
    for (const std::string& one : list) made.push_back(one.c_str());
    return made;
}

InfoView::InfoView(const SnapshotInfo& info) : tags_(to_c(info.tags)) {
    info_ = {.size = sizeof info_,
             .id = to_c(info.id),
             .root = to_c(info.root),
             .name = info.name.c_str(),
             .key = info.key.c_str(),
             .source = info.source.c_str(),
             .tags = tags_.data(),
             .tag_count = tags_.size(),
             .created = to_c(info.created),
             .files = info.files,
             .folders = info.folders,
             .symlinks = info.symlinks,
             .others = info.others,
             .bytes = info.bytes,
             .left_out = info.left_out,
             .hold = info.hold ? 1 : 0,
             .was_used = info.last_used ? 1 : 0,
             .last_used = to_c(info.last_used.value_or(Time{})),
             .scope = info.scope.c_str(),
             .producer = info.producer.c_str(),
             .build_time_known = info.build_ms ? 1 : 0,
             .build_time_ms = info.build_ms.value_or(0),
             .folders_saved = info.folders_saved};
}

EntryView::EntryView(const EntryInfo& entry) {
    xattrs_.reserve(entry.xattrs.size());
    for (const auto& [name, value] : entry.xattrs)
        xattrs_.push_back({.name = name.c_str(), .value = {value.data(), value.size()}});
    entry_ = {.size = sizeof entry_,
              .path = entry.path.c_str(),
              .kind = static_cast<holt_entry_kind>(entry.kind),
              .mode = entry.mode,
              .uid = entry.uid,
              .gid = entry.gid,
              .bytes = entry.size,
              .mtime = to_c(entry.mtime),
              .digest = to_c(entry.digest.value_or(Digest{})),
              .symlink_target = entry.symlink_target.c_str(),
              .hard_link_to = entry.hard_link_to.c_str(),
              .left_out = entry.left_out.c_str(),
              .xattrs = xattrs_.data(),
              .xattr_count = xattrs_.size()};
}

Tags to_tags(const holt_tag* tags, std::size_t count) {
    Tags made;
    for (std::size_t i = 0; i < count; ++i)
        made.emplace_back(text(tags[i].key), text(tags[i].value));
    return made;
}

std::vector<TagQuery> to_queries(const holt_tag* tags, std::size_t count) {
    std::vector<TagQuery> made;
    for (std::size_t i = 0; i < count; ++i) {
        TagQuery query{.key = text(tags[i].key)};
        if (tags[i].value != nullptr) query.value = text(tags[i].value);
        made.push_back(std::move(query));
    }
    return made;
}

void tell_all(const std::vector<SnapshotInfo>& infos, holt_snapshot_visitor visit, void* user) {
    for (const SnapshotInfo& info : infos)
        if (visit(user, InfoView(info).get()) != 0) return;
}

}  // namespace holt::capi

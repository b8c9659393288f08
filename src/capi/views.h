// The library's values as C structs that point into them. Thread rule: values, which what they show
// outlives.
#pragma once

#include <holt/holt.h>
#include <holt/retention.hpp>
#include <holt/store.hpp>

#include <vector>

namespace holt::capi {

holt_time to_c(Time time) noexcept;
Time to_time(holt_time time) noexcept;
holt_digest to_c(const Digest& digest) noexcept;
std::vector<holt_tag> to_c(const Tags& tags);
/// The texts of a list, which outlives the result.
std::vector<const char*> to_c(const std::vector<std::string>& list);

class InfoView {
  public:
    explicit InfoView(const SnapshotInfo& info);
    InfoView(const InfoView&) = delete;
    InfoView& operator=(const InfoView&) = delete;
    const holt_snapshot_info* get() const noexcept { return &info_; }

  private:
    std::vector<holt_tag> tags_;
    holt_snapshot_info info_{};
};

class EntryView {
  public:
    explicit EntryView(const EntryInfo& entry);
    EntryView(const EntryView&) = delete;
    EntryView& operator=(const EntryView&) = delete;
    const holt_entry* get() const noexcept { return &entry_; }

  private:
    std::vector<holt_xattr> xattrs_;
    holt_entry entry_{};
};

Tags to_tags(const holt_tag* tags, std::size_t count);
std::vector<TagQuery> to_queries(const holt_tag* tags, std::size_t count);

/// Tells of each; not 0 from `visit` ends it.
void tell_all(const std::vector<SnapshotInfo>& infos, holt_snapshot_visitor visit, void* user);

inline Visit to_visit(int answer) noexcept {
    return answer == 0 ? Visit::more : Visit::stop;
}

}  // namespace holt::capi

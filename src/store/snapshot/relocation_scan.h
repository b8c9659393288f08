// Where the files of a snapshot name its folder: found in what was read to be hashed.
//
// A small file is looked at whole, and its stored form put beside it. A large one is searched while
// it is cut into chunks (large_file_reader.h), and looked at whole only when it names the folder.
// A .pyc states the size of its source, which changes when the source names the folder: that is
// settled when both are known.
// Thread rule: const methods from any thread; add_source_places from one.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "relocation/analyze.h"
#include "relocation/finder.h"
#include "relocation/relocation.h"
#include "store/snapshot/snapshot_unit.h"

namespace holt::store {

class RelocationScan {
  public:
    explicit RelocationScan(relocation::Prefixes prefixes)
        : prefixes_(std::move(prefixes)), finder_(prefixes_) {}

    const relocation::Prefixes& prefixes() const noexcept { return prefixes_; }
    const relocation::Finder& finder() const noexcept { return finder_; }

    /// A small file that was read into `data`: if it names the folder, appends its stored form, to
    /// which the item refers then, and returns where the original stands.
    ByteRange place(FileItem& item, const std::string& path, Bytes& data) const;
    /// Of a large file that is stored with placeholders at `hits`. Empty when it has too many.
    Bytes places_of(ByteView content, const std::string& path,
                    const std::vector<relocation::Hit>& hits) const;
    /// Gives the .pyc files among these complete entries the places of their sources. Slices come
    /// in order.
    void add_source_places(Slice& slice) const;

  private:
    relocation::Where where(std::string_view path) const;
    void add_source_place(TreeEntry& pyc, const TreeEntry& source, std::uint32_t size) const;

    relocation::Prefixes prefixes_;
    relocation::Finder finder_;
};

}  // namespace holt::store

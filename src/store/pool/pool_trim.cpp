#include "store/pool/pool_trim.h"

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>
#include <vector>

#include "fs/folder.h"
#include "fs/paths.h"

namespace holt::store {
namespace {

// One folder of so many is looked at for an estimate.
constexpr std::size_t kSample = 16;

struct PoolFile {
    Digest id{};
    std::uint64_t bytes = 0;
    Time linked{};  // each link to a file gives it a new ctime
};

bool counts(const fs::DirEntry& entry, PoolFiles which) noexcept {
    return entry.stat.kind == fs::Kind::file && (which == PoolFiles::all || entry.stat.nlink == 1);
}

// Nothing when there is no pool.
Result<std::optional<Pool>> open_pool(const StoreFolder& folder) {
    auto pool = Pool::open(folder, Access::read_only);
    if (!pool && (pool.error().sys_errno == ENOENT || pool.error().sys_errno == ENOTDIR))
        return std::nullopt;
    if (!pool) return std::unexpected(std::move(pool).error());
    return std::optional<Pool>(*std::move(pool));
}

// What stands in the pool's folders, or in each `every`-th of them. One that cannot be opened is
// passed over, but for want of descriptors or memory.
template <class Visit>
Status for_each_entry(const Pool& pool, const std::string& shown, std::size_t every, Visit visit) {
    HOLT_TRY_LET(folders, fs::list_names(pool.fd(), shown));
    std::ranges::sort(folders);
    for (std::size_t i = 0; i < folders.size(); i += every) {
        const std::string below = shown + "/" + folders[i];
        const auto folder = fs::open_subfolder(pool.fd(), folders[i], below);
        if (!folder && is_shortage(folder.error().sys_errno))
            return std::unexpected(folder.error());
        if (!folder) continue;
        HOLT_TRY_LET(listing, fs::list_folder(folder->get(), below));
        for (const fs::DirEntry& entry : listing.entries)
            HOLT_TRY(visit(folder->get(), folders[i], entry));
    }
    return {};
}

Result<std::vector<PoolFile>> list_files(const Pool& pool, const std::string& shown,
                                         PoolFiles which, std::size_t every = 1) {
    std::vector<PoolFile> files;
    const auto take = [&](int, const std::string& folder, const fs::DirEntry& entry) -> Status {
        const auto id = Digest::from_hex(entry.name);
        if (id && entry.name.starts_with(folder) && counts(entry, which))
            files.push_back({*id, entry.stat.size, entry.stat.ctime});
        return {};
    };
    HOLT_TRY(for_each_entry(pool, shown, every, take));
    return files;
}

// Nothing tells when a note of what a moved file becomes was last of use: those that are no newer
// than the last file that went go with it.
Status remove_notes(const Pool& pool, const std::string& shown, Time newest) {
    const auto remove = [&](int fd, const std::string& folder,
                            const fs::DirEntry& entry) -> Status {
        const bool is_old_note = entry.stat.kind == fs::Kind::symlink &&
                                 entry.name.ends_with(kMovedSuffix) && entry.stat.ctime <= newest;
        if (!is_old_note) return {};
        HOLT_TRY(fs::unlink_file(fd, entry.name, shown + "/" + folder + "/" + entry.name));
        return {};
    };
    return for_each_entry(pool, shown, 1, remove);
}

std::uint64_t bytes_of(const std::vector<PoolFile>& files) noexcept {
    std::uint64_t bytes = 0;
    for (const PoolFile& file : files) bytes += file.bytes;
    return bytes;
}

}  // namespace

Result<PoolTrimmed> trim_pool(const StoreFolder& folder, std::uint64_t bytes, PoolTrim what,
                              PoolFiles which) {
    PoolTrimmed trimmed;
    HOLT_TRY_LET(pool, open_pool(folder));
    if (!pool) return trimmed;
    HOLT_TRY_LET(files, list_files(*pool, folder.shown("pool"), which));
    const std::uint64_t all = bytes_of(files);
    std::ranges::sort(files, {},
                      [](const PoolFile& file) { return std::pair(file.linked, file.id); });
    for (const PoolFile& file : files) {
        if (all - trimmed.bytes <= bytes) break;
        if (what == PoolTrim::remove) HOLT_TRY(pool->remove(file.id));
        ++trimmed.files;
        trimmed.bytes += file.bytes;
    }
    if (what == PoolTrim::remove && trimmed.files > 0)
        HOLT_TRY(remove_notes(*pool, folder.shown("pool"), files[trimmed.files - 1].linked));
    return trimmed;
}

Result<std::uint64_t> estimate_pool(const StoreFolder& folder, PoolFiles which) {
    HOLT_TRY_LET(pool, open_pool(folder));
    if (!pool) return 0;
    HOLT_TRY_LET(files, list_files(*pool, folder.shown("pool"), which, kSample));
    return kSample * bytes_of(files);
}

Result<PoolTrimmed> bound_pool(const StoreFolder& folder, std::uint64_t bytes, PoolFiles which) {
    // A file of many megabytes in the part that is looked at says little, one beside it nothing:
    // what is missed is found by one of the next.
    HOLT_TRY_LET(about, estimate_pool(folder, which));
    if (about <= bytes) return PoolTrimmed{};
    HOLT_TRY_LET(too_much, trim_pool(folder, bytes, PoolTrim::only_tell, which));
    if (too_much.files == 0) return PoolTrimmed{};
    return trim_pool(folder, bytes / 4 * 3, PoolTrim::remove, which);
}

}  // namespace holt::store

#include "store/pool/pool_trim.h"

#include <algorithm>
#include <cerrno>
#include <vector>

#include "fs/folder.h"

namespace holt::store {
namespace {

struct PoolFile {
    Digest id{};
    std::uint64_t bytes = 0;
    Time linked{};  // each link to a file gives it a new ctime
};

Result<std::vector<PoolFile>> list_files(const Pool& pool, const std::string& shown) {
    std::vector<PoolFile> files;
    HOLT_TRY_LET(folders, fs::list_names(pool.fd(), shown));
    for (const std::string& name : folders) {
        const std::string below = shown + "/" + name;
        const auto folder = fs::open_subfolder(pool.fd(), name, below);
        if (!folder && is_shortage(folder.error().sys_errno))
            return std::unexpected(folder.error());
        if (!folder) continue;
        HOLT_TRY_LET(listing, fs::list_folder(folder->get(), below));
        for (const fs::DirEntry& entry : listing.entries) {
            const auto id = Digest::from_hex(entry.name);
            if (id && entry.name.starts_with(name) && entry.stat.kind == fs::Kind::file)
                files.push_back({*id, entry.stat.size, entry.stat.ctime});
        }
    }
    return files;
}

}  // namespace

Result<PoolTrimmed> trim_pool(const StoreFolder& folder, std::uint64_t bytes, PoolTrim what) {
    PoolTrimmed trimmed;
    auto pool = Pool::open(folder, Access::read_only);
    if (!pool && (pool.error().sys_errno == ENOENT || pool.error().sys_errno == ENOTDIR))
        return trimmed;
    if (!pool) return std::unexpected(std::move(pool).error());
    HOLT_TRY_LET(files, list_files(*pool, folder.shown("pool")));
    std::uint64_t all = 0;
    for (const PoolFile& file : files) all += file.bytes;
    std::ranges::sort(files, {},
                      [](const PoolFile& file) { return std::pair(file.linked, file.id); });
    for (const PoolFile& file : files) {
        if (all - trimmed.bytes <= bytes) break;
        if (what == PoolTrim::remove) HOLT_TRY(pool->remove(file.id));
        ++trimmed.files;
        trimmed.bytes += file.bytes;
    }
    return trimmed;
}

}  // namespace holt::store

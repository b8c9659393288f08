#include "store/pool/pool.h"

#include <cerrno>
#include <utility>

#include "fs/file.h"
#include "fs/folder.h"
#include "fs/paths.h"
#include "fs/staging/tree_writer.h"

namespace holt::store {
namespace {

constexpr const char* kPool = "pool";

std::string name_of_moved(const Digest& key) {
    return key.hex() + std::string(kMovedSuffix);
}

}  // namespace

Result<Pool> Pool::open(const StoreFolder& folder, Access access) {
    const std::string shown = folder.shown(kPool);
    auto fd = access == Access::read_write
                  ? fs::make_or_open_folder(folder.fd(), kPool, 0777, shown)
                  : fs::open_subfolder(folder.fd(), kPool, shown);
    // What cannot be made may be there: a store that this user may only read.
    if (!fd && access == Access::read_write) {
        auto existing = fs::open_subfolder(folder.fd(), kPool, shown);
        if (existing) fd = std::move(existing);
    }
    if (!fd) return std::unexpected(std::move(fd).error());
    return Pool(*std::move(fd), shown);
}

Pool::Pool(UniqueFd fd, std::string path) noexcept : fd_(std::move(fd)), path_(std::move(path)) {
    for (auto& subfolder : subfolders_) subfolder.store(-1, std::memory_order_relaxed);
}

Pool::Pool(Pool&& other) noexcept : fd_(std::move(other.fd_)), path_(std::move(other.path_)) {
    for (std::size_t i = 0; i < subfolders_.size(); ++i) {
        subfolders_[i].store(other.subfolders_[i].exchange(-1));
    }
}

Pool::~Pool() {
    for (const auto& subfolder : subfolders_) UniqueFd closed(subfolder.load());
}

std::string Pool::shown(const Digest& id) const {
    const std::string hex = id.hex();
    return path_ + "/" + hex.substr(0, 2) + "/" + hex;
}

Result<Pool::Folder> Pool::subfolder(const Digest& id, Missing missing) {
    std::atomic<int>& known = subfolders_[id.bytes[0]];
    if (const int fd = known.load(std::memory_order_acquire); fd >= 0) return Folder{fd};
    const std::string name = id.hex().substr(0, 2), shown = path_ + "/" + name;
    auto opened = missing == Missing::make ? fs::make_or_open_folder(fd_.get(), name, 0777, shown)
                                           : fs::open_subfolder(fd_.get(), name, shown);
    if (!opened) return std::unexpected(std::move(opened).error());
    Folder folder{opened->get(), *std::move(opened)};
    if (kept_count_.fetch_add(1, std::memory_order_relaxed) >= most_kept_) {
        --kept_count_;
        return folder;
    }
    int expected = -1;
    if (!known.compare_exchange_strong(expected, folder.fd)) {
        --kept_count_;
        return Folder{expected};
    }
    (void)folder.own.release();
    return folder;
}

Result<UniqueFd> Pool::find(const Digest& id) {
    HOLT_TRY_LET(folder, subfolder(id, Missing::fail));
    return fs::open_read(folder.fd, id.hex(), "");
}

Result<fs::FileStat> Pool::stat(const Digest& id) {
    HOLT_TRY_LET(folder, subfolder(id, Missing::fail));
    return fs::stat_at(folder.fd, id.hex(), "");
}

Result<UniqueFd> Pool::make_unnamed(const Digest& id) {
    HOLT_TRY_LET(folder, subfolder(id, Missing::make));
    return fs::make_unnamed_file(folder.fd, shown(id));
}

Status Pool::put(int file, const Digest& id) {
    HOLT_TRY_LET(folder, subfolder(id, Missing::make));
    return fs::link_open_file(file, folder.fd, id.hex(), shown(id));
}

std::optional<Digest> Pool::moved(const Digest& key) {
    const auto folder = subfolder(key, Missing::fail);
    if (!folder) return std::nullopt;
    const auto content = fs::read_symlink(folder->fd, name_of_moved(key), "");
    return content ? Digest::from_hex(*content) : std::nullopt;
}

void Pool::put_moved(const Digest& key, const Digest& content) {
    const auto folder = subfolder(key, Missing::make);
    if (!folder) return;
    const std::string name = name_of_moved(key);
    const auto note = [&] { return fs::make_symlink(folder->fd, name, content.hex(), name); };
    if (const Status noted = note(); noted || noted.error().sys_errno != EEXIST) return;
    if (fs::unlink_file(folder->fd, name, name)) (void)note();
}

void Pool::remove_moved(const Digest& key) {
    const auto folder = subfolder(key, Missing::fail);
    if (folder) (void)fs::unlink_file(folder->fd, name_of_moved(key), "");
}

Status Pool::remove(const Digest& id) {
    HOLT_TRY_LET(folder, subfolder(id, Missing::fail));
    HOLT_TRY(fs::unlink_file(folder.fd, id.hex(), shown(id)));
    return {};
}

}  // namespace holt::store

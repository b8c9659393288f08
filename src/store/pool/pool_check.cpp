#include "store/pool/pool_check.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <random>
#include <utility>

#include "base/cancel.h"
#include "base/sync.h"
#include "codec/blake3/blake3.h"
#include "codec/chunker/cut_window.h"
#include "fs/buffer_pool.h"
#include "fs/file.h"
#include "fs/folder.h"
#include "store/format/pool_key.h"
#include "store/operation/reporter.h"

namespace holt::store {
namespace {

Result<std::optional<Pool>> open_pool(const StoreFolder& folder) {
    auto pool = Pool::open(folder, Access::read_only);
    if (pool) return std::optional<Pool>(*std::move(pool));
    const int err = pool.error().sys_errno;
    if (err == ENOENT || err == ENOTDIR) return std::optional<Pool>();
    return std::unexpected(std::move(pool).error());
}

// The ids of all files, sorted. Other names are nobody's.
Result<std::vector<Digest>> list_pool(const Pool& pool, const std::string& shown) {
    std::vector<Digest> ids;
    HOLT_TRY_LET(folders, fs::list_names(pool.fd(), shown));
    for (const std::string& name : folders) {
        if (name.size() != 2) continue;
        const auto folder = fs::open_subfolder(pool.fd(), name, shown + "/" + name);
        if (!folder && is_shortage(folder.error().sys_errno))
            return std::unexpected(folder.error());
        if (!folder) continue;
        HOLT_TRY_LET(names, fs::list_names(folder->get(), shown + "/" + name));
        for (const std::string& file : names) {
            const auto id = Digest::from_hex(file);
            if (id && id->hex() == file && file.starts_with(name)) ids.push_back(*id);
        }
    }
    return ids;
}

bool is_unreadable(int err) noexcept {
    return err == EACCES || err == EPERM;
}

struct Look {
    std::string change{};    ///< empty: the file is what its name says
    std::uint64_t size = 0;  ///< what was read
    bool shared = false;     ///< it has other names
};

Result<Look> look_at(int fd, const Digest& id, MutableByteView buffer) {
    HOLT_TRY_LET(stat, fs::stat_fd(fd, ""));
    Look look{.shared = stat.nlink > 1};
    if (stat.kind != fs::Kind::file) {
        look.change = "it is not a file";
        return look;
    }
    HOLT_TRY_LET(xattrs, fs::read_xattrs(fd, ""));
    blake3::Hasher hasher;
    for (;;) {
        HOLT_TRY_LET(got, fs::pread_full(fd, buffer, look.size, ""));
        hasher.update(buffer.first(got));
        look.size += got;
        if (got < buffer.size()) break;
    }
    const PoolFile found{.content = hasher.digest(),
                         .size = look.size,
                         .mode = stat.mode,
                         .uid = stat.uid,
                         .gid = stat.gid,
                         .mtime = stat.mtime,
                         .xattrs = &xattrs};
    if (pool_id(found) != id)
        look.change = "its content, mode, owner, time or attributes were changed";
    return look;
}

PoolCheck::Changed changed(const Pool& pool, const Digest& id, std::string cause, bool shared) {
    return {id,
            fail(ErrorKind::corrupt, "verify pool file", pool.shown(id), std::move(cause),
                 shared ? "no restore will use it; trees that share it have the changed file: "
                          "restore them again"
                        : "no snapshot is touched: the next restore that wants it makes it anew")
                .error(),
            shared};
}

}  // namespace

Result<PoolCheck> check_pool(const StoreFolder& folder, unsigned percent, const Cancel* cancel) {
    HOLT_TRY_LET(pool, open_pool(folder));
    if (!pool) return PoolCheck{};
    HOLT_TRY_LET(ids, list_pool(*pool, folder.shown("pool")));
    if (percent < 100) {
        std::ranges::shuffle(ids, std::mt19937_64(std::random_device{}()));
        ids.resize((ids.size() * percent + 99) / 100);
    }
    fs::BufferPool buffers;
    Sync<PoolCheck> found;
    FirstError first;
    const auto check_one = [&](const Digest& id) -> Status {
        if (cancel != nullptr && cancel->requested()) return cancelled("verify");
        const auto fd = pool->find(id);
        const auto buffer = buffers.lease();
        const auto look =
            fd ? look_at(fd->get(), id, buffer.bytes()) : Result<Look>(std::unexpected(fd.error()));
        const auto check = found.lock();
        if (look) {
            ++check->files;
            check->bytes += look->change.empty() ? look->size : 0;
            if (!look->change.empty())
                check->changed.push_back(changed(*pool, id, look->change, look->shared));
            return {};
        }
        const int err = look.error().sys_errno;
        if (is_shortage(err)) return std::unexpected(look.error());
        if (err == ENOENT) return {};  // removed meanwhile
        if (is_unreadable(err)) {
            ++check->unreadable;
            return {};
        }
        check->changed.push_back(
            changed(*pool, id, "it cannot be read: " + errno_text(err), false));
        return {};
    };
    tbb::parallel_for(std::size_t{0}, ids.size(), [&](std::size_t i) {
        if (!first.stopped()) first.keep(check_one(ids[i]));
    });
    HOLT_TRY(first.take());
    PoolCheck check = std::move(found).take();
    std::ranges::sort(check.changed, {}, &PoolCheck::Changed::id);
    return check;
}

Result<PoolTotals> count_pool(const StoreFolder& folder) {
    PoolTotals totals;
    HOLT_TRY_LET(pool, open_pool(folder));
    if (!pool) return totals;
    const std::string shown = folder.shown("pool");
    HOLT_TRY_LET(folders, fs::list_names(pool->fd(), shown));
    for (const std::string& name : folders) {
        const auto sub = fs::open_subfolder(pool->fd(), name, shown + "/" + name);
        if (!sub && is_shortage(sub.error().sys_errno)) return std::unexpected(sub.error());
        if (!sub) continue;
        HOLT_TRY_LET(listing, fs::list_folder(sub->get(), shown + "/" + name));
        for (const fs::DirEntry& entry : listing.entries) {
            if (entry.stat.kind != fs::Kind::file) continue;
            ++totals.files;
            totals.bytes += entry.stat.size;
            if (entry.stat.nlink == 1) totals.unused_bytes += entry.stat.size;
        }
    }
    return totals;
}

Status visit_pool_chunks(const StoreFolder& folder, const ChunkVisitor& visit) {
    HOLT_TRY_LET(pool, open_pool(folder));
    if (!pool) return {};
    HOLT_TRY_LET(ids, list_pool(*pool, folder.shown("pool")));
    chunker::CutWindow window;
    for (const Digest& id : ids) {
        const auto fd = pool->find(id);
        if (!fd && is_shortage(fd.error().sys_errno)) return std::unexpected(fd.error());
        if (!fd) continue;
        window.restart();
        std::uint64_t at = 0;
        const auto read = [&](chunker::CutWindow& to) -> Status {
            const MutableByteView room = to.room(to.missing());
            HOLT_TRY_LET(got, fs::pread_full(fd->get(), room, at, ""));
            to.keep(room, got);
            at += got;
            if (got < room.size()) to.end();
            return {};
        };
        while (window.fill(read)) {  // what cannot be read is no help
            const ByteView chunk = window.cut();
            if (chunk.empty()) break;
            HOLT_TRY(visit(blake3::hash(chunk), chunk));
        }
    }
    return {};
}

}  // namespace holt::store

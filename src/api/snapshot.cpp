#include <holt/snapshot.hpp>

#include <algorithm>
#include <optional>
#include <utility>

#include "api/store_impl.h"
#include "base/no_throw.h"
#include "store/catalog/snapshot_info.h"
#include "store/content/chunk_reader.h"
#include "store/format/left_out.h"
#include "store/trees/listing.h"
#include "store/trees/lookup.h"

namespace holt {

struct Snapshot::Impl {
    Impl(store::StoreFolder its_folder, store::Catalog its_catalog, const store::SnapshotRow& row)
        : folder(std::move(its_folder)),
          catalog(std::move(its_catalog)),
          reader(folder, catalog),
          root(row.record.root),
          info(store::to_info(row)) {}

    Status check_process() const {
        if (process == current_process()) return {};
        return fail(ErrorKind::failed, "use snapshot", folder.path(),
                    "it was opened before a fork()", "open it again in the child");
    }
    /// The entry at `path`. The last one is kept: files are read piece by piece.
    Result<const store::TreeEntry*> entry_at(const std::string& path) {
        HOLT_TRY(check_process());
        HOLT_TRY_LET(clean, store::clean_path(path));
        if (!last || last->first != clean) {
            HOLT_TRY_LET(found, store::find_entry(reader, root, clean));
            last.emplace(std::move(clean), std::move(found));
        }
        return &last->second;
    }

    store::StoreFolder folder;
    store::Catalog catalog;
    store::ChunkReader reader;
    store::TreeEntry root;
    SnapshotInfo info;
    std::optional<std::pair<std::string, store::TreeEntry>> last{};
    int process = current_process();
};

namespace {

Status check_is_file(const store::TreeEntry& entry, const std::string& path) {
    if (entry.left_out != store::LeftOut::no)
        return std::unexpected(store::left_out_error("read", entry, path));
    if (entry.kind == fs::Kind::file) return {};
    return fail(ErrorKind::usage, "read", path, "it is not a file");
}

/// The chunks that hold what is wanted, and where the first of them begins.
struct Stretch {
    std::span<const store::ChunkRef> chunks{};
    std::uint64_t begin = 0;
};

Stretch chunks_of(const store::TreeEntry& file, std::uint64_t offset, std::uint64_t end) {
    std::uint64_t at = 0;
    std::size_t first = 0;
    while (first < file.chunks.size() && at + file.chunks[first].length <= offset)
        at += file.chunks[first++].length;
    std::size_t last = first;
    for (std::uint64_t to = at; last < file.chunks.size() && to < end;)
        to += file.chunks[last++].length;
    return {std::span(file.chunks).subspan(first, last - first), at};
}

}  // namespace

Snapshot::Snapshot(std::unique_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
Snapshot::Snapshot(Snapshot&&) noexcept = default;
Snapshot& Snapshot::operator=(Snapshot&&) noexcept = default;
Snapshot::~Snapshot() = default;

Result<Snapshot> Store::open_snapshot(const std::string& snap) {
    return impl_->use([&]() -> Result<Snapshot> {
        HOLT_TRY_LET(catalog, impl_->catalog());
        HOLT_TRY_LET(row, catalog.find_snapshot(snap));
        HOLT_TRY_LET(folder, store::StoreFolder::open(impl_->folder.path()));
        return Snapshot(
            std::make_unique<Snapshot::Impl>(std::move(folder), std::move(catalog), row));
    });
}

const SnapshotInfo& Snapshot::info() const noexcept {
    return impl_->info;
}

Status Snapshot::list(const std::string& path, const ListOptions& options,
                      const Store::EntryVisitor& visit) {
    return guarded([&]() -> Status {
        HOLT_TRY(impl_->check_process());
        HOLT_TRY_LET(clean, store::clean_path(path));
        return store::list_entries(impl_->reader, impl_->root, clean, options, visit);
    });
}

Result<EntryInfo> Snapshot::stat(const std::string& path) {
    return guarded([&]() -> Result<EntryInfo> {
        HOLT_TRY_LET(entry, impl_->entry_at(path));
        return store::to_info(*entry, impl_->last->first);
    });
}

Result<std::size_t> Snapshot::read_at(const std::string& path, std::uint64_t offset,
                                      std::span<std::uint8_t> bytes) {
    return guarded([&]() -> Result<std::size_t> {
        HOLT_TRY_LET(entry, impl_->entry_at(path));
        HOLT_TRY(check_is_file(*entry, path));
        if (offset >= entry->size || bytes.empty()) return std::size_t{0};
        const std::uint64_t end =
            offset + std::min<std::uint64_t>(bytes.size(), entry->size - offset);
        const Stretch stretch = chunks_of(*entry, offset, end);
        HOLT_TRY_LET(located, impl_->reader.locate(stretch.chunks));
        std::uint64_t at = stretch.begin;
        HOLT_TRY(impl_->reader.read(located, [&](std::size_t, ByteView chunk) -> Status {
            const std::uint64_t from = std::max(at, offset);
            const std::uint64_t to = std::min(at + chunk.size(), end);
            std::copy(chunk.begin() + static_cast<std::ptrdiff_t>(from - at),
                      chunk.begin() + static_cast<std::ptrdiff_t>(to - at),
                      bytes.begin() + static_cast<std::ptrdiff_t>(from - offset));
            at += chunk.size();
            return {};
        }));
        return static_cast<std::size_t>(end - offset);
    });
}

Status Snapshot::cat(const std::string& path, const Store::Sink& sink) {
    return guarded([&]() -> Status {
        HOLT_TRY(impl_->check_process());
        HOLT_TRY_LET(clean, store::clean_path(path));
        return store::write_out(impl_->reader, impl_->root, clean, sink);
    });
}

}  // namespace holt

#include "store/catalog/catalog.h"

#include <algorithm>
#include <numeric>

#include "fs/file.h"
#include "store/catalog/catalog_impl.h"
#include "store/disk/epoch.h"
#include "store/disk/pin.h"

namespace holt::store {
namespace {

// Who is writing to the store, for the error of whoever waited in vain.
std::string pin_holders(int store, const std::string& shown) {
    const Result<std::vector<std::string>> holders = Pin::holders(store, shown);
    std::string text;
    if (!holders) return text;
    for (const std::string& one : *holders) text += (text.empty() ? "" : ", ") + one;
    return text;
}

Database::Mode database_mode(Catalog::Mode mode) noexcept {
    switch (mode) {
        case Catalog::Mode::create:
            return Database::Mode::create;
        case Catalog::Mode::read_write:
            return Database::Mode::read_write;
        case Catalog::Mode::read_only:
            break;
    }
    return Database::Mode::read_only;
}

// Rows of the packs that are being collected: as a rule none.
Result<std::vector<std::uint32_t>> going_packs(Database& db) {
    std::vector<std::uint32_t> rows;
    HOLT_TRY_LET(query, db.prepare("SELECT row FROM pack WHERE state<>0 ORDER BY row"));
    while (true) {
        HOLT_TRY_LET(more, query.step());
        if (!more) return rows;
        rows.push_back(static_cast<std::uint32_t>(query.integer(0)));
    }
}

PackRow read_pack(const Statement& row, const Digest& id) {
    return {.row = static_cast<std::uint32_t>(row.integer(0)),
            .id = id,
            .bytes = static_cast<std::uint64_t>(row.integer(2)),
            .blocks = static_cast<std::uint32_t>(row.integer(3)),
            .chunks = static_cast<std::uint32_t>(row.integer(4)),
            .raw_bytes = static_cast<std::uint64_t>(row.integer(5))};
}

}  // namespace

Catalog::Catalog(std::unique_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
Catalog::Catalog(Catalog&&) noexcept = default;
Catalog& Catalog::operator=(Catalog&&) noexcept = default;
Catalog::~Catalog() = default;

Result<Catalog> Catalog::open(const StoreFolder& folder, Mode mode, const fs::LockWait& wait) {
    // A repair may put another catalog in place between the opening and the first look: then that
    // one is opened.
    HOLT_TRY_LET(fd, fs::duplicate(folder.fd(), folder.path()));
    const auto store = std::make_shared<const UniqueFd>(std::move(fd));
    fs::FileLock epoch;
    if (mode == Mode::read_only) {
        HOLT_TRY_LET(entered, enter_epoch(folder));
        epoch = std::move(entered);
    }
    for (fs::LockWaiter waiter(wait);;) {
        HOLT_TRY_LET(own, fs::duplicate(folder.fd(), folder.path()));
        auto holders = [store, shown = folder.path()] { return pin_holders(store->get(), shown); };
        auto opened = open_catalog_database(
            std::move(own), StoreFolder::kCatalogName, folder.catalog_path(),
            {.mode = database_mode(mode), .wait = wait, .holders = std::move(holders)});
        const bool is_last = !opened && (opened.error().kind != ErrorKind::busy ||
                                         waiter.pause() != fs::LockWaiter::Verdict::again);
        if (is_last) return std::unexpected(std::move(opened).error());
        if (!opened) continue;
        Database database = *std::move(opened);
        if (mode == Mode::create) {
            HOLT_TRY(create_catalog(database));
            // SQLite forces the file, but not the name of a new database.
            HOLT_TRY(fs::sync_fd(folder.fd(), folder.path()));
        }
        Status checked = check_catalog(database);
        if (checked) {
            auto impl = std::make_unique<Impl>(std::move(database), store, folder.path());
            impl->epoch = std::move(epoch);
            impl->only_live = mode != Mode::read_only;
            return Catalog(std::move(impl));
        }
        if (!database.replaced() || waiter.pause() != fs::LockWaiter::Verdict::again)
            return std::unexpected(std::move(checked).error());
    }
}

Status Catalog::find_chunks(std::span<const Digest> digests,
                            std::span<std::optional<ChunkPlace>> places) {
    // In the order of the B-tree, so that neighbours are found on the page that is at hand.
    std::vector<std::uint32_t> order(digests.size());
    std::iota(order.begin(), order.end(), 0u);
    std::ranges::sort(order, {}, [&](std::uint32_t i) -> const Digest& { return digests[i]; });

    // One transaction: otherwise each look-up would take and drop the lock. It is a part of
    // the one that several calls share, when there is one.
    std::optional<Transaction> transaction;
    if (!impl_->shared) {
        HOLT_TRY_LET(begun, Transaction::begin(impl_->db, Transaction::Kind::read));
        transaction.emplace(std::move(begun));
    }
    std::vector<std::uint32_t> going;
    if (impl_->only_live) {
        HOLT_TRY_LET(rows, going_packs(impl_->db));
        going = std::move(rows);
    }
    HOLT_TRY_LET(chunks, ChunkTable::open(impl_->db));
    HOLT_TRY(impl_->absent.refresh(impl_->db));
    for (const std::uint32_t i : order) {
        HOLT_TRY_LET(place, chunks.find(digests[i]));
        if (!place) impl_->absent.add(digests[i]);
        const bool is_going = place && std::ranges::binary_search(going, place->pack);
        places[i] = is_going ? std::nullopt : place;
    }
    return transaction ? transaction->commit() : Status{};
}

Result<std::vector<PackRow>> Catalog::packs() {
    HOLT_TRY_LET(query,
                 impl_->db.prepare("SELECT row, id, bytes, blocks, chunks, raw_bytes FROM pack "
                                   "WHERE state=0 ORDER BY row"));
    std::vector<PackRow> rows;
    while (true) {
        HOLT_TRY_LET(more, query.step());
        if (!more) return rows;
        HOLT_TRY_LET(id, query.digest(1));
        rows.push_back(read_pack(query, id));
    }
}

Result<PackRow> Catalog::pack(std::uint32_t row) {
    HOLT_TRY_LET(query, impl_->db.prepare("SELECT row, id, bytes, blocks, chunks, raw_bytes "
                                          "FROM pack WHERE row=?1"));
    query.bind(row);
    HOLT_TRY_LET(found, query.step());
    if (!found)
        return fail(ErrorKind::corrupt, "read catalog", impl_->db.path(),
                    "it has no pack " + std::to_string(row), Advice::repair_store);
    HOLT_TRY_LET(id, query.digest(1));
    return read_pack(query, id);
}

Result<std::vector<Digest>> Catalog::unknown_packs(const StoreFolder& folder) {
    // The files first: a pack that a commit makes known meanwhile is known then.
    HOLT_TRY_LET(there, folder.list_packs());
    HOLT_TRY_LET(query, impl_->db.prepare("SELECT id FROM pack ORDER BY id"));
    std::vector<Digest> known;
    while (true) {
        HOLT_TRY_LET(more, query.step());
        if (!more) break;
        HOLT_TRY_LET(id, query.digest(0));
        known.push_back(id);
    }
    std::vector<Digest> unknown;
    std::ranges::set_difference(there, known, std::back_inserter(unknown));
    return unknown;
}

Result<Catalog::Totals> Catalog::totals() {
    HOLT_TRY_LET(transaction, Transaction::begin(impl_->db, Transaction::Kind::read));
    Totals totals;
    {
        HOLT_TRY_LET(packs,
                     impl_->db.prepare("SELECT count(*), sum(blocks), sum(chunks), sum(bytes), "
                                       "sum(raw_bytes), sum(duplicate_chunks), "
                                       "sum(duplicate_bytes) FROM pack WHERE state=0"));
        HOLT_TRY(packs.step());
        totals.packs = static_cast<std::uint64_t>(packs.integer(0));
        totals.blocks = static_cast<std::uint64_t>(packs.integer(1));
        totals.pack_bytes = static_cast<std::uint64_t>(packs.integer(3));
        totals.duplicate_chunks = static_cast<std::uint64_t>(packs.integer(5));
        totals.duplicate_bytes = static_cast<std::uint64_t>(packs.integer(6));
        totals.chunks = static_cast<std::uint64_t>(packs.integer(2)) - totals.duplicate_chunks;
        totals.chunk_bytes = static_cast<std::uint64_t>(packs.integer(4)) - totals.duplicate_bytes;
        HOLT_TRY_LET(snapshots, impl_->db.prepare("SELECT count(*), sum(bytes) FROM snapshot"));
        HOLT_TRY(snapshots.step());
        totals.snapshots = static_cast<std::uint64_t>(snapshots.integer(0));
        totals.source_bytes = static_cast<std::uint64_t>(snapshots.integer(1));
        HOLT_TRY_LET(unused, impl_->db.prepare(
                                 "SELECT count(*), sum(bytes) FROM pack AS p WHERE state=0 AND NOT "
                                 "EXISTS (SELECT 1 FROM snapshot_pack AS u JOIN snapshot AS s ON "
                                 "s.row=u.snapshot WHERE u.pack=p.row)"));
        HOLT_TRY(unused.step());
        totals.unused_packs = static_cast<std::uint64_t>(unused.integer(0));
        totals.unused_bytes = static_cast<std::uint64_t>(unused.integer(1));
        HOLT_TRY_LET(going,
                     impl_->db.prepare("SELECT count(*), sum(bytes) FROM pack WHERE state<>0"));
        HOLT_TRY(going.step());
        totals.going_packs = static_cast<std::uint64_t>(going.integer(0));
        totals.going_bytes = static_cast<std::uint64_t>(going.integer(1));
        HOLT_TRY_LET(forgotten, impl_->db.integer("SELECT count(*) FROM forgotten"));
        totals.forgotten = static_cast<std::uint64_t>(forgotten);
    }
    HOLT_TRY_LET(pages, impl_->db.integer("PRAGMA page_count"));
    totals.catalog_bytes = static_cast<std::uint64_t>(pages) * kCatalogPageSize;
    HOLT_TRY(transaction.commit());
    return totals;
}

Result<std::vector<std::string>> Catalog::check() {
    HOLT_TRY_LET(transaction, Transaction::begin(impl_->db, Transaction::Kind::read));
    std::vector<std::string> problems;

    HOLT_TRY_LET(pages, impl_->db.integer("PRAGMA page_count"));
    HOLT_TRY_LET(checked, check_pages(impl_->db, static_cast<std::uint64_t>(pages)));
    for (const std::uint64_t number : checked.damaged)
        problems.push_back("page " + std::to_string(number) + " of " + std::to_string(pages) +
                           " does not have the checksum it was written with");
    if (checked.wrong_length) problems.push_back("the file does not end where its pages do");

    HOLT_TRY_LET(query, impl_->db.prepare("PRAGMA integrity_check"));
    while (true) {
        Result<bool> more = query.step();
        if (!more) {
            if (more.error().kind != ErrorKind::corrupt) return std::unexpected(more.error());
            if (problems.empty()) problems.push_back(more.error().cause);
            return problems;
        }
        if (!*more) return problems;
        if (std::string text = query.text(0); text != "ok") problems.push_back(std::move(text));
    }
}

}  // namespace holt::store

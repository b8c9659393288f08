// Proves: three races that took content from users of other programs cannot take it here. Each is
// played step by step, with the other process's command between two steps of a collection.
#include <holt/gc.hpp>
#include <holt/retention.hpp>

#include "store/catalog/catalog_collect.h"
#include "store/gc/collector.h"
#include "store/operation/operation.h"
#include "support/store_fixture.h"

namespace holt::test {
namespace {

namespace stdfs = std::filesystem;
using store::Catalog;
using store::CatalogCollector;
using store::PackState;

class GcRaces : public StoreTest {
  protected:
    GcRaces()
        : folder_(*store::StoreFolder::open((dir_ / "store").string())),
          catalog_(*Catalog::open(folder_, Catalog::Mode::read_write, {})) {}

    // A snapshot of content that nothing else has; forgotten, so that its packs are dead.
    void put_forgotten(const std::string& name) {
        write_file(source_ / "file", random_bytes(300'000, 7));
        snapshot({.name = name});
        ASSERT_TRUE(store_.forget({.snaps = {name}}));
    }
    std::vector<std::uint32_t> rows_in(PackState state) {
        std::vector<std::uint32_t> rows;
        const auto packs = CatalogCollector(catalog_).in_state(state);
        EXPECT_TRUE(packs);
        for (const store::PackRow& pack : *packs) rows.push_back(pack.row);
        return rows;
    }
    void expect_restores(const std::string& name) {
        restore(name, "out");
        expect_same_tree(source_, dir_ / "out");
        stdfs::remove_all(dir_ / "out");
        EXPECT_TRUE(store_.verify({}, {}, notes_)->damage.empty());
    }

    store::StoreFolder folder_;
    Catalog catalog_;
};

// A prune that had listed what is reachable deleted what a commit referred to in the meantime.
TEST_F(GcRaces, Ostree2337ACommitBetweenMarkingAndCondemning) {
    put_forgotten("old");
    const OpenOptions at_once{.lock_timeout = std::chrono::milliseconds(0)};
    store::Operation op(folder_, at_once, nullptr, notes_);
    store::Marker marker(folder_, catalog_, nullptr, op.reporter);
    ASSERT_TRUE(marker.mark_new());
    snapshot({.name = "new"});  // finds the content of "old" and stores nothing again
    auto pin = store::Pin::hold(folder_, {});
    ASSERT_TRUE(pin);
    GcReport report;
    store::Collector collector(op, catalog_, *pin, store::Deadline(std::nullopt), report);
    ASSERT_TRUE(collector.condemn_dead(marker));
    ASSERT_TRUE(collector.delete_condemned());
    expect_restores("new");
}

// The same beside a pack that is rewritten: the snapshot needs what was not copied.
TEST_F(GcRaces, ACommitBetweenCopyingAndCondemning) {
    write_file(source_ / "gone", random_bytes(600'000, 1));
    write_file(source_ / "kept", random_bytes(100'000, 2));
    snapshot({.name = "both"});
    stdfs::remove(source_ / "gone");
    snapshot({.name = "kept"});
    ASSERT_TRUE(store_.forget({.snaps = {"both"}}));
    write_file(source_ / "gone", random_bytes(600'000, 1));

    store::Operation op(folder_, {}, nullptr, notes_);
    store::Marker marker(folder_, catalog_, nullptr, op.reporter);
    ASSERT_TRUE(marker.mark_new());
    const auto packs = catalog_.packs();
    ASSERT_TRUE(packs);
    const store::GcPlan plan = store::make_plan(*packs, marker, std::nullopt);
    ASSERT_FALSE(plan.rewrite.empty());
    store::Repacker repacker(folder_, op.log);
    for (const store::PackUse* use : plan.rewrite) ASSERT_TRUE(repacker.take(*use));
    ASSERT_TRUE(repacker.finish());

    snapshot({.name = "new"});
    auto pin = store::Pin::hold(folder_, {});
    ASSERT_TRUE(pin);
    GcReport report;
    store::Collector collector(op, catalog_, *pin, store::Deadline(std::nullopt), report);
    ASSERT_TRUE(collector.commit_rewritten(marker, repacker, plan.rewrite));
    ASSERT_TRUE(collector.delete_condemned());
    expect_restores("new");
}

// Two that condemn and delete at once would each take the other's states for its own.
TEST_F(GcRaces, ASecondCollectionWaitsForTheFirst) {
    const auto first = store::lock_collector(folder_, {});
    ASSERT_TRUE(first);
    auto hasty =
        Store::open((dir_ / "store").string(), {.lock_timeout = std::chrono::milliseconds(0)});
    ASSERT_TRUE(hasty);
    const auto second = hasty->gc({}, notes_);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().kind, ErrorKind::busy);
}

// A path that was valid again by the time was deleted because of what had been read before.
TEST_F(GcRaces, Nix7370AStateThatChangesBeforeTheDeletion) {
    put_forgotten("old");
    CatalogCollector changes(catalog_);
    const auto packs = catalog_.packs();
    ASSERT_TRUE(packs);
    std::vector<std::uint32_t> rows;
    for (const store::PackRow& pack : *packs) rows.push_back(pack.row);
    ASSERT_TRUE(changes.condemn(rows));
    ASSERT_EQ(rows_in(PackState::condemned), rows);
    // Whoever had looked the content up before commits a snapshot that needs it.
    const auto gone = catalog_.forgotten();
    ASSERT_TRUE(gone);
    const store::SnapshotRow& old = gone->front();
    const auto committed = catalog_.commit({.id = old.id,
                                            .record = old.record,
                                            .encoded_record = store::encode_record(old.record),
                                            .packs_used = {packs->front().id}});
    ASSERT_TRUE(committed) << committed.error().message();
    ASSERT_TRUE(changes.start_deleting(rows));
    EXPECT_TRUE(rows_in(PackState::deleting).empty());
    ASSERT_TRUE(store_.gc({}, notes_));
    expect_restores("old");
}

// A look-up that was older than the collection said that content was there, and it was not stored.
TEST_F(GcRaces, Borg9748ALookUpThatIsOlderThanTheCollection) {
    write_file(source_ / "gone", random_bytes(600'000, 1));
    write_file(source_ / "kept", random_bytes(100'000, 2));
    snapshot({.name = "both"});
    stdfs::remove(source_ / "gone");
    snapshot({.name = "kept"});

    const auto kept = store_.find("kept");
    ASSERT_TRUE(kept);
    const auto before = catalog_.packs();
    ASSERT_TRUE(before);
    const Digest old_pack = before->front().id;

    ASSERT_TRUE(store_.forget({.snaps = {"both"}}));
    ASSERT_TRUE(store_.gc({}, notes_));
    const auto after = catalog_.packs();
    ASSERT_TRUE(after);
    for (const store::PackRow& pack : *after) ASSERT_NE(pack.id, old_pack) << "it was rewritten";

    // Who looked before the collection now refers to the old pack.
    const auto row = catalog_.snapshot(kept->id);
    ASSERT_TRUE(row);
    Catalog::Commit late{.record = row->record, .packs_used = {old_pack}};
    late.record.name = "late";
    late.encoded_record = store::encode_record(late.record);
    late.id.bytes[0] = 1;
    const auto refused = catalog_.commit(late);
    ASSERT_FALSE(refused) << "it refers to a pack that is gone";
    EXPECT_TRUE(store::is_gone_meanwhile(refused.error())) << refused.error().message();
    expect_restores("kept");
}

}  // namespace
}  // namespace holt::test

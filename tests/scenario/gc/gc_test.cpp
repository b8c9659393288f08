// Proves: a thinned store is as small as a new one; many one-file snapshots leave few packs; what
// snapshots need stays, byte for byte; a collection leaves alone what a running process needs; the
// limits forget what was used longest ago; forgotten snapshots come back until they are collected.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <holt/gc.hpp>

#include <algorithm>

#include "support/store_fixture.h"

namespace holt::test {
namespace {

namespace stdfs = std::filesystem;

class Gc : public StoreTest {
  protected:
    std::string taken(const std::string& name) {
        return snapshot({.name = name}).snapshot.id.hex();
    }
    GcReport gc(const GcOptions& options = {}) {
        const auto report = store_.gc(options, notes_);
        EXPECT_TRUE(report) << report.error().message();
        return report ? *report : GcReport{};
    }
    ForgetReport forget(const ForgetOptions& options) {
        const auto report = store_.forget(options);
        EXPECT_TRUE(report) << report.error().message();
        return report ? *report : ForgetReport{};
    }
    ForgetReport forget(std::vector<std::string> snaps) {
        return forget(ForgetOptions{.snaps = std::move(snaps)});
    }
    std::vector<std::string> names() {
        std::vector<std::string> all;
        const auto listed = store_.list();
        for (const SnapshotInfo& one : *listed) all.push_back(one.name);
        return all;
    }
    static std::vector<stdfs::path> packs_of(const stdfs::path& store) {
        std::vector<stdfs::path> packs;
        for (const auto& entry : stdfs::recursive_directory_iterator(store / "packs"))
            if (entry.path().extension() == ".pack") packs.push_back(entry.path());
        return packs;
    }
    static std::uint64_t pack_bytes(const stdfs::path& store) {
        std::uint64_t bytes = 0;
        for (const stdfs::path& pack : packs_of(store)) bytes += stdfs::file_size(pack);
        return bytes;
    }
    void expect_whole() {
        const auto verified = store_.verify({}, {}, notes_);
        ASSERT_TRUE(verified) << verified.error().message();
        for (const Damage& damage : verified->damage) ADD_FAILURE() << damage.what.message();
        EXPECT_EQ(verified->unknown_packs, 0u);
    }
    void expect_restores(const std::string& snap, const stdfs::path& tree) {
        restore(snap, "out");
        expect_same_tree(tree, dir_ / "out");
        stdfs::remove_all(dir_ / "out");
    }
    void keep_tree(const std::string& name) {
        const std::string command =
            "cp -a '" + source_.string() + "' '" + (dir_ / name).string() + "'";
        ASSERT_EQ(std::system(command.c_str()), 0);
    }
    using Names = std::vector<std::string>;
};

// Each snapshot replaces some files of some folders: blocks are needed in part.
TEST_F(Gc, AThinnedStoreIsAsSmallAsANewOneWithTheSameSnapshots) {
    for (unsigned i = 0; i < 200; ++i)
        write_file(source_ / std::to_string(i % 10) / std::to_string(i),
                   code_like(2000 + 37 * i, i));
    write_file(source_ / "large", random_bytes(3'000'000, 1));
    for (unsigned round = 0; round < 30; ++round) {
        for (unsigned i = 0; i < 12; ++i) {
            const unsigned file = (round * 31 + i * 17) % 200;
            write_file(source_ / std::to_string(file % 10) / std::to_string(file),
                       code_like(2000 + 37 * file, 1000 * round + file));
        }
        std::string large = read_file(source_ / "large");
        large.replace(round * 90'000, 40'000, random_bytes(40'000, 100 + round));
        write_file(source_ / "large", large);
        taken("s" + std::to_string(round));
        if (round >= 27) keep_tree("tree-" + std::to_string(round));
    }
    EXPECT_EQ(forget(ForgetOptions{.keep = {.last = 3}}).forgotten, 27u);
    const GcReport report = gc();
    EXPECT_EQ(report.dropped, 27u);
    EXPECT_LT(report.bytes_after, report.bytes_before);

    auto fresh = Store::init(dir_ / "fresh");
    ASSERT_TRUE(fresh);
    for (unsigned round = 27; round < 30; ++round)
        ASSERT_TRUE(fresh->snapshot(dir_ / ("tree-" + std::to_string(round)), {}, notes_));
    const std::uint64_t thinned = pack_bytes(dir_ / "store"), anew = pack_bytes(dir_ / "fresh");
    RecordProperty("thinned", static_cast<int>(thinned));
    RecordProperty("anew", static_cast<int>(anew));
    EXPECT_LE(thinned * 100, anew * 105) << thinned << " against " << anew;
    expect_whole();
    for (unsigned round = 27; round < 30; ++round)
        expect_restores("s" + std::to_string(round), dir_ / ("tree-" + std::to_string(round)));
    const GcReport again = gc();
    EXPECT_EQ(again.bytes_after, again.bytes_before) << "nothing is left to be done";
}

TEST_F(Gc, HundredsOfOneFileSnapshotsLeaveFewPacks) {
    for (unsigned i = 0; i < 40; ++i)
        write_file(source_ / ("f" + std::to_string(i)), code_like(500, i));
    for (unsigned round = 0; round < 300; ++round) {
        write_file(source_ / ("f" + std::to_string(round % 40)), code_like(600, 100 + round));
        snapshot();
    }
    EXPECT_EQ(packs_of(dir_ / "store").size(), 300u);
    const GcReport report = gc();
    EXPECT_EQ(report.snapshots, 300u);
    EXPECT_LE(packs_of(dir_ / "store").size(), 2u);
    EXPECT_LT(report.bytes_after, report.bytes_before / 2);
    expect_whole();
    keep_tree("last");
    expect_restores("latest", dir_ / "last");
    // The next one builds on what was joined, and finds it.
    write_file(source_ / "one more", "one more");
    const SnapshotReport next = snapshot();
    EXPECT_LE(next.files_read, 2u);
    EXPECT_LE(next.new_chunks, 2u);
    expect_restores("latest", source_);
    expect_whole();
}

TEST_F(Gc, ForgottenSnapshotsComeBackUntilTheyAreCollected) {
    write_file(source_ / "a", random_bytes(50'000, 1));
    taken("a");
    keep_tree("tree-a");
    write_file(source_ / "a", random_bytes(50'000, 2));
    taken("b");
    forget({"a"});
    EXPECT_EQ(names(), Names{"b"});
    EXPECT_EQ(store_.stats()->forgotten, 1u);
    EXPECT_EQ(store_.list_forgotten()->front().name, "a");
    ASSERT_TRUE(store_.undelete({"a"}));
    expect_restores("a", dir_ / "tree-a");
    EXPECT_EQ(names(), (Names{"a", "b"})) << "in its place";

    forget({"a"});
    EXPECT_EQ(store_.stats()->unused_packs, 1u);
    const GcReport report = gc();
    EXPECT_EQ(report.dropped, 1u);
    EXPECT_EQ(report.packs_after, 1u);
    const auto gone = store_.undelete({"a"});
    ASSERT_FALSE(gone);
    EXPECT_EQ(gone.error().kind, ErrorKind::not_found);
    EXPECT_EQ(store_.stats()->forgotten, 0u);
    expect_whole();
    expect_restores("b", source_);
}

TEST_F(Gc, ADryRunTellsAndChangesNothing) {
    write_file(source_ / "a", random_bytes(50'000, 1));
    taken("a");
    write_file(source_ / "a", random_bytes(60'000, 2));
    taken("b");
    forget({"a"});
    const GcReport would = gc({.dry_run = true});
    EXPECT_EQ(would.dropped, 1u);
    ASSERT_EQ(would.packs.size(), 1u);
    EXPECT_EQ(would.packs[0].action, GcPack::Action::remove);
    EXPECT_EQ(would.packs_after, 1u);
    EXPECT_EQ(packs_of(dir_ / "store").size(), 2u);
    ASSERT_TRUE(store_.undelete({"a"}));
    forget({"a"});
    const GcReport did = gc();
    EXPECT_EQ(did.bytes_after, would.bytes_after);
}

TEST_F(Gc, AHoldIsStrongerThanEveryRuleAndLimit) {
    write_file(source_ / "a", random_bytes(50'000, 1));
    taken("held");
    ASSERT_TRUE(store_.tag("held", {.hold = true}));
    for (unsigned i = 0; i < 3; ++i) {
        write_file(source_ / "a", random_bytes(50'000, 10 + i));
        taken("s" + std::to_string(i));
    }
    const auto refused = store_.forget({.snaps = {"s0", "held"}});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().object, "held");
    EXPECT_EQ(names().size(), 4u) << "none of them was forgotten";
    forget(ForgetOptions{.keep = {.last = 1}});
    EXPECT_EQ(names(), (Names{"held", "s2"}));
    gc({.max_size = 1, .evict_named = true});
    EXPECT_EQ(names(), Names{"held"});
    ASSERT_TRUE(store_.tag("held", {.hold = false}));
    forget({"held"});
    EXPECT_EQ(names(), Names{});
    EXPECT_EQ(gc().packs_after, 0u);
}

TEST_F(Gc, TheSizeLimitForgetsWhatWasUsedLongestAgo) {
    std::vector<std::string> ids;
    for (unsigned i = 0; i < 6; ++i) {
        write_file(source_ / "a", random_bytes(400'000, i));
        ids.push_back(snapshot(i == 1 ? SnapshotOptions{.name = "named"} : SnapshotOptions{})
                          .snapshot.id.hex());
    }
    // One use, as a restore notes it: a second later than the newest was taken.
    ::sleep(1);
    restore(ids[0], "out");
    const GcReport report = gc({.max_size = 1'400'000});
    std::vector<std::string> left;
    const auto listed = store_.list();
    for (const SnapshotInfo& one : *listed) left.push_back(one.id.hex());
    EXPECT_EQ(left, (std::vector<std::string>{ids[0], ids[1], ids[5]}))
        << "used last, named, newest";
    EXPECT_LE(report.bytes_after, 1'400'000u);
    expect_whole();
    gc({.max_size = 700'000, .evict_named = true});
    EXPECT_EQ(names(), Names{"named"}) << "a named one goes last";
}

TEST_F(Gc, TheAgeLimitLooksAtTheLastUse) {
    write_file(source_ / "a", "a");
    snapshot();
    gc({.max_age = CalendarSpan{.hours = 1}});
    EXPECT_EQ(names().size(), 1u) << "it was taken just now";
}

TEST_F(Gc, AUseIsNotedAndNeverMakesAReadOnlyRestoreFail) {
    write_file(source_ / "a", "a");
    const std::string id = taken("a");
    EXPECT_FALSE(store_.find("a")->last_used);
    restore("a", "out");
    EXPECT_TRUE(store_.find("a")->last_used);
    write_file(source_ / "a", "b");
    taken("b");
    restore("b:a", "one file");
    EXPECT_TRUE(store_.find("b")->last_used);
    auto reader = Store::open(dir_ / "store", {.access = Access::read_only});
    ASSERT_TRUE(reader);
    EXPECT_TRUE(reader->restore("a", dir_ / "out2", {}, notes_));
}

// A sealed pack of a snapshot that was killed before its commit: nothing refers to it.
TEST_F(Gc, PacksOfKilledSnapshotsAreCountedAndRemoved) {
    write_file(source_ / "a", random_bytes(50'000, 1));
    taken("a");
    auto other = Store::init(dir_ / "other");
    ASSERT_TRUE(other);
    write_file(source_ / "a", random_bytes(50'000, 2));
    ASSERT_TRUE(other->snapshot(source_, {}, notes_));
    const stdfs::path pack = packs_of(dir_ / "other").front();
    const stdfs::path place = dir_ / "store" / "packs" / pack.parent_path().filename();
    stdfs::create_directories(place);
    stdfs::copy_file(pack, place / pack.filename());

    EXPECT_EQ(store_.stats()->unknown_packs, 1u);
    EXPECT_EQ(store_.stats()->unknown_bytes, stdfs::file_size(pack));
    const auto verified = store_.verify({}, {}, notes_);
    EXPECT_EQ(verified->unknown_packs, 1u);
    EXPECT_TRUE(verified->damage.empty());
    const GcReport report = gc();
    EXPECT_EQ(report.unknown_packs, 1u);
    EXPECT_EQ(report.packs_after, 1u);
    EXPECT_EQ(packs_of(dir_ / "store").size(), 1u);
    expect_whole();
}

TEST_F(Gc, RepairLeavesForgottenSnapshotsForgotten) {
    write_file(source_ / "a", random_bytes(50'000, 1));
    taken("a");
    keep_tree("tree-a");
    write_file(source_ / "a", random_bytes(50'000, 2));
    taken("b");
    ASSERT_TRUE(store_.tag("b", {.name = "c", .set = {{"k", "v"}}, .hold = true}));
    forget({"a"});
    for (const bool without_catalog : {false, true}) {
        if (without_catalog) stdfs::remove(dir_ / "store" / "catalog.db");
        const auto repaired = Store::repair(dir_ / "store", {}, notes_);
        ASSERT_TRUE(repaired) << repaired.error().message();
        EXPECT_EQ(repaired->snapshots, 1u);
        EXPECT_EQ(repaired->forgotten, 1u);
        EXPECT_EQ(names(), Names{"c"});
        EXPECT_EQ(store_.stats()->forgotten, 1u);
        if (!without_catalog) {
            EXPECT_TRUE(store_.find("c")->hold);
        }
    }
    ASSERT_TRUE(store_.undelete({"a"}));
    expect_restores("a", dir_ / "tree-a");
    forget({"a"});
    EXPECT_EQ(gc().packs_after, 1u);
    expect_whole();
}

// They are in the catalog that was repaired, and must be in the marks too: the next loss is its.
TEST_F(Gc, RepairKeepsTheLabelsOfForgottenSnapshots) {
    write_file(source_ / "a", random_bytes(50'000, 1));
    taken("a");
    taken("b");
    ASSERT_TRUE(store_.tag("a", {.set = {{"k", "v"}}}));
    forget({"a"});
    ASSERT_TRUE(Store::repair(dir_ / "store", {}, notes_));
    ASSERT_TRUE(store_.undelete({"a"}));
    stdfs::remove(dir_ / "store" / "catalog.db");
    ASSERT_TRUE(Store::repair(dir_ / "store", {}, notes_));
    const auto found = store_.find("a");
    ASSERT_TRUE(found) << found.error().message();
    EXPECT_EQ(found->tags, (Tags{{"k", "v"}}));
}

// Its record stays in a pack that another snapshot of the same tree needs, as all of its content.
TEST_F(Gc, RepairDoesNotBringBackWhatACollectionDropped) {
    write_file(source_ / "a", random_bytes(50'000, 1));
    for (const bool without_catalog : {false, true}) {
        taken("gone");
        taken("kept");
        forget({"gone"});
        EXPECT_EQ(gc().dropped, 1u);
        if (without_catalog) stdfs::remove(dir_ / "store" / "catalog.db");
        const auto repaired = Store::repair(dir_ / "store", {}, notes_);
        ASSERT_TRUE(repaired) << repaired.error().message();
        EXPECT_EQ(repaired->snapshots, 1u);
        EXPECT_EQ(repaired->forgotten, 0u);
        EXPECT_EQ(names(), Names{"kept"});
        EXPECT_EQ(store_.stats()->forgotten, 0u);
        forget({"kept"});
        gc();
    }
}

TEST_F(Gc, TheTimeLimitStopsAndTheNextRunGoesOn) {
    for (unsigned i = 0; i < 20; ++i) {
        write_file(source_ / std::to_string(i), random_bytes(3000, i));
        snapshot();
    }
    const GcReport first = gc({.max_time = std::chrono::milliseconds(0)});
    EXPECT_TRUE(first.out_of_time);
    EXPECT_EQ(first.packs_after, 20u);
    expect_whole();
    const GcReport second = gc();
    EXPECT_FALSE(second.out_of_time);
    EXPECT_EQ(second.packs_after, 1u);
    expect_whole();
}

TEST_F(Gc, ThePoolIsTrimmedAndGoneFoldersAreForgotten) {
    for (unsigned i = 0; i < 10; ++i)
        write_file(source_ / std::to_string(i), random_bytes(10'000, i));
    taken("a");
    restore("a", "out", {.link = LinkMode::hardlink});
    EXPECT_EQ(store_.stats()->pool_files, 10u);
    stdfs::remove_all(dir_ / "out");
    const GcReport report = gc({.max_pool = 35'000});
    EXPECT_EQ(report.pool_files, 7u);
    EXPECT_EQ(report.spaces, 1u);
    EXPECT_EQ(store_.stats()->pool_files, 3u);
    EXPECT_TRUE(stdfs::is_empty(dir_ / "store" / "spaces"));
}

TEST_F(Gc, FindTellsWhereAFileWasLast) {
    write_file(source_ / "sub/gone", "first");
    write_file(source_ / "stays", "stays");
    taken("a");
    write_file(source_ / "sub/gone", "second");
    taken("b");
    stdfs::remove(source_ / "sub/gone");
    taken("c");
    const auto found = [&](const FindOptions& options) {
        Names all;
        const auto visit = [&](const FoundEntry& one) {
            all.push_back(one.snapshot.name + ":" + one.entry.path);
        };
        const auto report = store_.find_entries(options, visit, notes_);
        EXPECT_TRUE(report) << report.error().message();
        EXPECT_EQ(report->found, all.size());
        return all;
    };
    EXPECT_EQ(found({.glob = "gone"}), (Names{"b:sub/gone", "a:sub/gone"}));
    EXPECT_EQ(found({.glob = "stays"}), Names{"c:stays"});
    EXPECT_EQ(found({.glob = "stays", .all = true}), (Names{"c:stays", "b:stays", "a:stays"}));
    EXPECT_EQ(found({.glob = "/sub/*", .snaps = {"a"}}), Names{"a:sub/gone"});
    EXPECT_EQ(found({.min_size = 6, .max_size = 6}), Names{"b:sub/gone"});
    std::string digest;
    ASSERT_TRUE(
        store_.ls("a", "sub/gone", {}, [&](const EntryInfo& e) { digest = e.digest->hex(); }));
    EXPECT_EQ(found({.digest = digest.substr(0, 12)}), Names{"a:sub/gone"});
    EXPECT_EQ(found({.glob = "stays", .newer = Time{.seconds = 4'000'000'000}}), Names{});
    EXPECT_FALSE(store_.find_entries(
        {.digest = "xyz"}, [](const FoundEntry&) {}, notes_));
}

}  // namespace
}  // namespace holt::test

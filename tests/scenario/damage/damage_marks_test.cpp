// Proves: the marks of commits, outside of the catalog, tell when a catalog was lost or put back to
// an older copy; repair brings back exactly the snapshots that were acknowledged, and never one
// that only a pack speaks of; what is lost is named.
#include <holt/archive.hpp>

#include <algorithm>

#include "base/endian.h"
#include "scenario/damage/damage_world.h"

namespace holt::test {
namespace {

namespace stdfs = std::filesystem;

class DamagedMarks : public DamageWorld {
  protected:
    stdfs::path marks() const { return store_path() / "snapshots.log"; }
    void lose_catalog() {
        stdfs::remove(catalog());
        stdfs::remove(catalog().string() + "-journal");
    }
    Result<RepairReport> repair(const RepairOptions& options = {}) {
        return Store::repair(store_path().string(), {}, options, notes_);
    }
    std::vector<std::string> names() {
        const auto listed = store_->list();
        EXPECT_TRUE(listed) << listed.error().message();
        std::vector<std::string> found;
        if (listed)
            for (const SnapshotInfo& info : *listed) found.push_back(info.name);
        return found;
    }
    void expect_verify_is_clean() {
        const auto verified = store_->verify({}, {}, notes_);
        ASSERT_TRUE(verified) << verified.error().message();
        for (const Damage& damage : verified->damage) ADD_FAILURE() << damage.what.message();
    }
    // Verify finds one thing, which touches this snapshot.
    void expect_verify_says(const std::string& snap, const std::string& words) {
        const auto verified = store_->verify({}, {}, notes_);
        ASSERT_TRUE(verified) << verified.error().message();
        ASSERT_EQ(verified->damage.size(), 1u);
        const Damage& damage = verified->damage[0];
        EXPECT_EQ(damage.what.kind, ErrorKind::corrupt);
        EXPECT_EQ(damage.snapshots, std::vector<std::string>{snap});
        EXPECT_NE(damage.what.message().find(words), std::string::npos) << damage.what.message();
        EXPECT_EQ(damage.what.advice_code, Advice::repair_store) << damage.what.message();
    }
    // Leaves a whole snapshot's record in a pack, and nothing that says it was committed: what a
    // snapshot that was killed before its commit leaves.
    void leave_uncommitted(const std::string& name) {
        const std::string before = read_file(catalog()), marked = read_file(marks());
        ASSERT_TRUE(store_->snapshot(source().string(), {.name = name}, notes_));
        overwrite(catalog(), before);
        overwrite(marks(), marked);
    }
    // The record is stored last: the byte before the footer is one of its block.
    static std::string with_damaged_record(std::string pack) {
        const auto footer = load_le<std::uint64_t>(&pack[pack.size() - 64]);
        pack[footer - 1] = static_cast<char>(pack[footer - 1] ^ 1);
        return pack;
    }
    bool names_damage(const RepairReport& report, const std::string& words) {
        return std::ranges::any_of(report.damage, [&](const Damage& damage) {
            return damage.what.message().find(words) != std::string::npos;
        });
    }
};

TEST_F(DamagedMarks, AnOlderCopyOfTheCatalogIsFoundAndMended) {
    const std::string older = read_file(catalog());
    ASSERT_TRUE(store_->snapshot(source().string(), {.name = "third"}, notes_));
    overwrite(catalog(), older);
    EXPECT_EQ(names(), (std::vector<std::string>{"first", "second"}));
    expect_verify_says("third", "older copy");

    // Whatever is committed meanwhile stays, too.
    ASSERT_TRUE(store_->snapshot(source().string(), {.name = "later"}, notes_));
    const auto repaired = repair();
    ASSERT_TRUE(repaired) << repaired.error().message();
    EXPECT_EQ(repaired->brought_back, 1u);
    EXPECT_EQ(repaired->snapshots, 4u);
    EXPECT_TRUE(repaired->damage.empty());
    for (const char* name : {"first", "second", "third", "later"})
        expect_restores(name, name == std::string("first") ? first_tree() : second_tree());
    expect_verify_is_clean();
}

// The name was taken again while the older copy was there: the later one keeps it, and it is told.
TEST_F(DamagedMarks, ANameThatWasTakenAgainIsTheLaterOnes) {
    const std::string older = read_file(catalog());
    const auto lost = store_->snapshot(source().string(), {.name = "third"}, notes_);
    ASSERT_TRUE(lost);
    overwrite(catalog(), older);
    ASSERT_TRUE(store_->snapshot(first_tree().string(), {.name = "third"}, notes_));
    const std::size_t warnings = notes_.count(Severity::warning);
    ASSERT_TRUE(repair());
    EXPECT_EQ(notes_.count(Severity::warning), warnings + 1);
    EXPECT_EQ(names().size(), 4u);
    expect_restores(lost->snapshot.id.hex(), second_tree());
}

TEST_F(DamagedMarks, OfALostCatalogExactlyTheAcknowledgedComeBack) {
    leave_uncommitted("never");
    lose_catalog();
    const auto repaired = repair();
    ASSERT_TRUE(repaired) << repaired.error().message();
    EXPECT_TRUE(repaired->damage.empty());
    EXPECT_EQ(repaired->unacknowledged, 1u);
    EXPECT_EQ(names(), (std::vector<std::string>{"first", "second"}));
    expect_verify_is_clean();

    const auto more = repair({.unacknowledged = true});
    ASSERT_TRUE(more) << more.error().message();
    EXPECT_EQ(names().size(), 3u);
    EXPECT_EQ(store_->find("latest")->name, "second") << "what was acknowledged is the newest";
    expect_restores("never", second_tree());
    expect_verify_is_clean();
}

// A whole catalog decides, too: a record in a pack alone is no snapshot.
TEST_F(DamagedMarks, AWholeCatalogGetsNoUncommittedSnapshot) {
    leave_uncommitted("never");
    ASSERT_TRUE(repair());
    EXPECT_EQ(names(), (std::vector<std::string>{"first", "second"}));
    expect_verify_is_clean();
}

TEST_F(DamagedMarks, LostMarksAreWrittenAnewFromAWholeCatalog) {
    const std::string whole = read_file(marks());
    const auto check = [&](const std::string& what, const std::function<void()>& put) {
        SCOPED_TRACE(what);
        stdfs::remove_all(marks());
        put();
        const auto verified = store_->verify({}, {}, notes_);
        ASSERT_TRUE(verified) << verified.error().message();
        EXPECT_FALSE(verified->damage.empty());
        for (const Damage& damage : verified->damage)
            EXPECT_NE(damage.what.message().find("snapshots.log"), std::string::npos)
                << damage.what.message();
        expect_restores("second", second_tree());
        if (stdfs::is_directory(marks())) stdfs::remove(marks());
        const auto repaired = repair();
        ASSERT_TRUE(repaired) << repaired.error().message();
        EXPECT_TRUE(repaired->damage.empty());
        EXPECT_EQ(read_file(marks()), whole);
        expect_verify_is_clean();
    };
    check("missing", [] {});
    check("empty", [&] { write_file(marks(), ""); });
    check("a folder", [&] { stdfs::create_directory(marks()); });
    check("text", [&] { write_file(marks(), code_like(5000, 1)); });
    check("the last record is gone", [&] { write_file(marks(), whole.substr(0, 128)); });
    check("all records are gone", [&] { write_file(marks(), whole.substr(0, 64)); });
    for (const std::size_t at : {3, 8, 70, 100, 120}) {
        std::string changed = whole;
        changed[at] = static_cast<char>(changed[at] ^ 4);
        check("byte " + std::to_string(at), [&] { write_file(marks(), changed); });
    }
}

// Neither says which snapshots were committed: nothing is invented, and nothing is changed.
TEST_F(DamagedMarks, WithoutBothNothingIsInvented) {
    leave_uncommitted("never");
    lose_catalog();
    stdfs::remove(marks());
    const auto refused = repair();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::corrupt);
    EXPECT_EQ(refused.error().advice_code, Advice::recover_unacknowledged);
    EXPECT_FALSE(stdfs::exists(catalog()));
    EXPECT_FALSE(stdfs::exists(marks()));

    const auto repaired = repair({.unacknowledged = true});
    ASSERT_TRUE(repaired) << repaired.error().message();
    auto all = names();
    std::ranges::sort(all);
    EXPECT_EQ(all, (std::vector<std::string>{"first", "never", "second"}));
    expect_restores("first", first_tree());
    expect_verify_is_clean();
}

// Some marks are damaged, and the catalog is gone: what they said is lost, and that is told.
TEST_F(DamagedMarks, DamagedMarksAndALostCatalogAreTold) {
    const std::string whole = read_file(marks());
    for (const std::size_t at : {std::size_t{64 + 10}, std::size_t{128 + 10}}) {
        SCOPED_TRACE(at);
        std::string changed = whole;
        changed[at] = static_cast<char>(changed[at] ^ 1);
        save_store();
        overwrite(marks(), changed);
        lose_catalog();
        const auto repaired = repair();
        ASSERT_TRUE(repaired) << repaired.error().message();
        EXPECT_TRUE(names_damage(*repaired, "snapshots.log"));
        EXPECT_EQ(repaired->unacknowledged, 1u);
        EXPECT_EQ(names().size(), 1u);
        put_saved_store();
        stdfs::remove_all(dir_ / "saved");
    }
}

// Repair and the order, the names and the ids of snapshots: nothing of them changes.
TEST_F(DamagedMarks, NamesAndOrderSurviveALostCatalog) {
    ASSERT_TRUE(store_->export_to({"second"}, {.path = (dir_ / "file.holt").string()}, {}, notes_));
    auto other = Store::init((dir_ / "other").string());
    ASSERT_TRUE(other);
    ASSERT_TRUE(
        other->import_from({.path = (dir_ / "file.holt").string()}, {.name = "renamed"}, notes_));
    for (const bool lost : {false, true}) {
        if (lost) stdfs::remove(dir_ / "other" / "catalog.db");
        const auto repaired = Store::repair((dir_ / "other").string(), {}, notes_);
        ASSERT_TRUE(repaired) << repaired.error().message();
        EXPECT_EQ(other->list()->at(0).name, "renamed");
    }
}

// A9: the footer of the damaged pack is whole and promises the record; the catalog is gone.
TEST_F(DamagedMarks, ALostRecordIsNamedWithoutACatalog) {
    const std::string id = store_->find("second")->id.hex();
    const std::string whole = read_file(second_pack());
    for (const bool marked : {true, false}) {
        SCOPED_TRACE(marked);
        save_store();
        overwrite(second_pack(), with_damaged_record(whole));
        lose_catalog();
        if (!marked) stdfs::remove(marks());
        const auto repaired = repair({.unacknowledged = !marked});
        ASSERT_TRUE(repaired) << repaired.error().message();
        EXPECT_TRUE(names_damage(*repaired, id));
        if (marked) {
            const bool named = std::ranges::any_of(repaired->damage, [](const Damage& damage) {
                return damage.snapshots == std::vector<std::string>{"second"};
            });
            EXPECT_TRUE(named);
        }
        EXPECT_EQ(names(), std::vector<std::string>{"first"});
        expect_restores("first", first_tree());
        expect_verify_is_clean();
        put_saved_store();
        stdfs::remove_all(dir_ / "saved");
    }
}

// The catalog has the record, and everything else is in other packs: nothing is lost.
TEST_F(DamagedMarks, TheRecordIsTakenFromTheCatalog) {
    const auto before = all_packs();
    ASSERT_TRUE(store_->snapshot(source().string(), {.name = "third"}, notes_));
    for (const stdfs::path& pack : all_packs())
        if (std::ranges::count(before, pack) == 0)
            overwrite(pack, with_damaged_record(read_file(pack)));
    const auto repaired = repair();
    ASSERT_TRUE(repaired) << repaired.error().message();
    EXPECT_EQ(repaired->quarantined.size(), 1u);
    for (const Damage& damage : repaired->damage) ADD_FAILURE() << damage.what.message();
    expect_restores("third", second_tree());
    expect_verify_is_clean();
}

}  // namespace
}  // namespace holt::test

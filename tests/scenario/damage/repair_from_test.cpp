// Proves: what no pack has any more comes back from a folder that has it, from a file, from a .holt
// file and from the pool, known by its digest; what has not is named with its path and put aside;
// an unrelated or changed source gives nothing, and does no harm.
#include <holt/archive.hpp>

#include <algorithm>

#include "scenario/damage/damage_world.h"

namespace holt::test {
namespace {

namespace stdfs = std::filesystem;

class RepairFrom : public DamageWorld {
  protected:
    RepairReport repair_from(std::vector<std::string> from) {
        store_.reset();
        const auto report =
            Store::repair(store_path().string(), {}, {.from = std::move(from)}, notes_);
        EXPECT_TRUE(report) << report.error().message();
        auto opened = Store::open(store_path().string());
        EXPECT_TRUE(opened);
        store_.emplace(*std::move(opened));
        return report ? *report : RepairReport{};
    }
    // A byte in the middle of the only pack of the second snapshot's content.
    void damage_second() {
        ASSERT_EQ(::chmod(second_pack().c_str(), 0644), 0);
        std::fstream file(second_pack(), std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(40);
        file.put('\x7f');
        file.put('\x7f');
    }
    void lose_second() { ASSERT_TRUE(stdfs::remove(second_pack())); }
    void expect_all_restores() {
        expect_restores("first", first_tree());
        expect_restores("second", second_tree());
        const auto verified = store_->verify({}, {}, notes_);
        ASSERT_TRUE(verified);
        EXPECT_TRUE(verified->damage.empty()) << verified->damage.front().what.message();
    }
    static bool names_path(const RepairReport& report, const std::string& path) {
        return std::ranges::any_of(report.damage, [&](const Damage& damage) {
            return damage.what.object.find(path) != std::string::npos &&
                   !damage.snapshots.empty() && damage.snapshots.front() == "second";
        });
    }
};

TEST_F(RepairFrom, AFolderGivesBackADamagedPack) {
    damage_second();
    const RepairReport report = repair_from({second_tree().string()});
    EXPECT_GT(report.regained_chunks, 0u);
    EXPECT_TRUE(report.damage.empty()) << report.damage.front().what.message();
    EXPECT_EQ(report.quarantined.size(), 1u);
    expect_all_restores();
}

// The pack is gone with its trees and the snapshot's record: the catalog still has the record.
TEST_F(RepairFrom, AFolderGivesBackALostPackWithItsTrees) {
    lose_second();
    const RepairReport report = repair_from({second_tree().string()});
    EXPECT_GT(report.regained_chunks, 0u);
    EXPECT_TRUE(report.damage.empty()) << report.damage.front().what.message();
    expect_all_restores();
}

// What is stored of a relocatable snapshot has placeholders where the folder has its path.
TEST_F(RepairFrom, AFolderGivesBackFilesThatNameIt) {
    const std::string named = (dir_ / "named-folder").string();
    for (int i = 0; i < 20; ++i)
        write_file(named + "/f" + std::to_string(i),
                   named + "/x" + std::to_string(i) + std::string(1, '\0') + named + "/y\n");
    write_file(named + "/text", "home=" + named + "\n");
    const auto before = all_packs();
    ASSERT_TRUE(store_->snapshot(named, {.name = "named", .relocatable = true}, notes_));
    for (const auto& pack : all_packs())
        if (std::ranges::find(before, pack) == before.end()) stdfs::remove(pack);
    const RepairReport report = repair_from({named});
    EXPECT_TRUE(report.damage.empty()) << report.damage.front().what.message();
    ASSERT_TRUE(store_->restore("named", out().string(), {.relocate = false}, notes_));
    expect_same_trees(named, out());
    const auto verified = store_->verify({}, {}, notes_);
    ASSERT_TRUE(verified);
    EXPECT_TRUE(verified->damage.empty()) << verified->damage.front().what.message();
}

TEST_F(RepairFrom, AHoltFileGivesBackALostPackAlsoWithoutTheCatalog) {
    const std::string file = dir_ / "backup.holt";
    ASSERT_TRUE(store_->export_to({"first", "second"}, {.path = file}, {}, notes_));
    lose_second();
    ASSERT_TRUE(stdfs::remove(catalog()));
    const RepairReport report = repair_from({file});
    EXPECT_GT(report.regained_chunks, 0u);
    EXPECT_TRUE(report.damage.empty()) << report.damage.front().what.message();
    EXPECT_EQ(report.snapshots, 2u);
    expect_all_restores();
}

// What is whole in a cut .holt file is used all the same.
TEST_F(RepairFrom, ACutHoltFileGivesWhatIsWholeInIt) {
    const std::string file = dir_ / "backup.holt";
    ASSERT_TRUE(store_->export_to({"first", "second"}, {.path = file}, {}, notes_));
    stdfs::resize_file(file, stdfs::file_size(file) - 20);
    damage_second();
    const RepairReport report = repair_from({file});
    EXPECT_TRUE(report.damage.empty()) << report.damage.front().what.message();
    expect_all_restores();
}

// Files that a restored folder shares with the pool come back although the pack is gone.
TEST_F(RepairFrom, ThePoolGivesBackWhatTheFolderLacks) {
    ASSERT_TRUE(store_->restore("second", out().string(), {.link = LinkMode::hardlink}, notes_));
    stdfs::remove_all(out());
    damage_second();
    const RepairReport report = repair_from({});
    EXPECT_GT(report.salvaged_chunks, 0u);
    EXPECT_TRUE(report.damage.empty()) << report.damage.front().what.message();
    expect_all_restores();
}

TEST_F(RepairFrom, SeveralPlacesGiveWhatEachHas) {
    const stdfs::path a = dir_ / "a", b = dir_ / "b";
    write_file(a / "any-name", read_file(second_tree() / "text"));
    write_file(a / "deep" / "x", read_file(second_tree() / "noise"));
    write_file(b, read_file(second_tree() / "sub" / "file"));
    damage_second();
    const RepairReport report = repair_from({a.string(), b.string()});
    EXPECT_TRUE(report.damage.empty()) << report.damage.front().what.message();
    expect_all_restores();
}

TEST_F(RepairFrom, WhatNobodyHasIsNamedByPathAndPutAside) {
    const stdfs::path other = dir_ / "other";
    write_file(other / "text", "something else");
    damage_second();
    const RepairReport report = repair_from({other.string()});
    EXPECT_EQ(report.regained_chunks, 0u);
    EXPECT_TRUE(names_path(report, "text") || names_path(report, "noise") ||
                names_path(report, "file"));
    ASSERT_EQ(report.quarantined.size(), 1u);
    EXPECT_TRUE(
        stdfs::exists(store_path() / "quarantine" / (report.quarantined[0].hex() + ".pack")));
    expect_restores("first", first_tree());
    // Later it is found: the snapshot is whole again.
    const RepairReport later = repair_from({second_tree().string()});
    EXPECT_TRUE(later.damage.empty()) << later.damage.front().what.message();
    expect_all_restores();
}

TEST_F(RepairFrom, AWholeStoreAsksNobody) {
    const RepairReport report = repair_from({second_tree().string()});
    EXPECT_EQ(report.regained_chunks, 0u);
    EXPECT_TRUE(report.damage.empty());
    expect_all_restores();
}

TEST_F(RepairFrom, APlaceThatIsNotThereIsToldBeforeAnythingIsDone) {
    damage_second();
    store_.reset();
    const auto report =
        Store::repair(store_path().string(), {}, {.from = {dir_ / "missing"}}, notes_);
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().kind, ErrorKind::failed) << report.error().message();
    EXPECT_TRUE(stdfs::exists(second_pack()));
    const auto itself =
        Store::repair(store_path().string(), {}, {.from = {store_path().string()}}, notes_);
    ASSERT_FALSE(itself);
    EXPECT_EQ(itself.error().kind, ErrorKind::usage);
}

}  // namespace
}  // namespace holt::test

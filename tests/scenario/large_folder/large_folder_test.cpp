// Proves: a folder whose tree is stored in several chunks, which every operation goes through in
// slices, is saved, told apart, restored, mended and archived as any other.
#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "holt/archive.hpp"
#include "support/store_fixture.h"

namespace holt::test {
namespace {

namespace stdfs = std::filesystem;

constexpr int kFiles = 18'000;

std::string name_of(int i) {
    return std::to_string(100'000 + i) + "-" + std::string(200, 'n');
}

/// Names of 200 bytes: a tree of 4.5 MB. Folders, symlinks and further names stand among them.
class LargeFolder : public StoreTest {
  protected:
    LargeFolder() {
        for (int i = 0; i < kFiles; ++i)
            std::ofstream(source_ / name_of(i)) << (i % 3 == 0 ? "" : std::to_string(i));
        for (const int i : {0, 9000, kFiles - 1}) {
            stdfs::create_directory(source_ / (name_of(i) + "-below"));
            write_file(source_ / (name_of(i) + "-below") / "file", std::to_string(i));
            stdfs::create_symlink(name_of(i), source_ / (name_of(i) + "-symlink"));
            stdfs::create_hard_link(source_ / name_of(i), source_ / (name_of(i) + "-link"));
        }
        // So that every file's record proves what it is.
        ::timespec tick{.tv_sec = 0, .tv_nsec = 50'000'000};
        ::nanosleep(&tick, nullptr);
        first_ = snapshot({.name = "one"});
    }
    std::vector<DiffEntry> differences(const std::string& a, const std::string& b) {
        std::vector<DiffEntry> found;
        const auto report = store_.diff(
            a, b, {}, [&](const DiffEntry& one) { found.push_back(one); }, notes_);
        EXPECT_TRUE(report) << report.error().message();
        return found;
    }
    /// One name taken away, one added, one changed, in each of the first and the last slice.
    void change(const stdfs::path& folder) {
        for (const int i : {3, kFiles - 3}) {
            stdfs::remove(folder / name_of(i));
            write_file(folder / (name_of(i) + "-new"), "new");
            write_file(folder / name_of(i + 1), "changed");
        }
        write_file(folder / "~behind all", "new");
        write_file(folder / "0 before all", "new");
    }
    static constexpr std::size_t kChanges = 8;

    SnapshotReport first_;
};

TEST_F(LargeFolder, IsReadOnce) {
    EXPECT_EQ(first_.files_read, kFiles + 3u);
    const SnapshotReport again = snapshot();
    EXPECT_EQ(again.files_read, 0u);
    EXPECT_EQ(again.new_chunks, 0u);
    EXPECT_EQ(differences(first_.snapshot.id.hex(), again.snapshot.id.hex()).size(), 0u);
    change(source_);
    const SnapshotReport third = snapshot();
    EXPECT_EQ(third.files_read, 6u);
    EXPECT_EQ(differences(first_.snapshot.id.hex(), third.snapshot.id.hex()).size(), kChanges + 1)
        << "and the root's own time";
}

TEST_F(LargeFolder, IsListedWhole) {
    std::vector<std::string> paths;
    ASSERT_TRUE(store_.ls("one", "", {.recursive = true},
                          [&](const EntryInfo& entry) { paths.push_back(entry.path); }));
    EXPECT_EQ(paths.size(), 1u + kFiles + 4 * 3);
    const std::string below = name_of(9000) + "-below";
    const auto folder = std::ranges::find(paths, below);
    ASSERT_LT(folder, paths.end() - 1);
    EXPECT_EQ(folder[1], below + "/file") << "what is in a folder follows it";
}

TEST_F(LargeFolder, ComesBackAsItWas) {
    EXPECT_EQ(restore("one", "back").files, kFiles + 3u);
    expect_same_tree(source_, dir_ / "back");
    EXPECT_EQ(differences("one", (dir_ / "back").string()).size(), 0u);
    const auto verified = store_.verify({"one"}, {}, notes_);
    ASSERT_TRUE(verified);
    EXPECT_TRUE(verified->damage.empty());
}

TEST_F(LargeFolder, WhatChangedInItIsFoundAndMended) {
    restore("one", "back");
    const stdfs::path back = dir_ / "back";
    ::timespec tick{.tv_sec = 0, .tv_nsec = 50'000'000};
    ::nanosleep(&tick, nullptr);
    change(back);
    std::size_t told = 0;
    const auto verified = store_.verify_folder(
        back.string(), {}, [&](const DiffEntry&) { ++told; }, notes_);
    ASSERT_TRUE(verified) << verified.error().message();
    EXPECT_EQ(told, kChanges + 1);
    EXPECT_EQ(differences("one", back.string()).size(), kChanges + 1);
    const RestoreReport mended = restore("one", "back");
    EXPECT_TRUE(mended.in_place);
    EXPECT_EQ(mended.files, 4u);
    EXPECT_EQ(mended.removed, 4u);
    expect_same_tree(source_, back);
}

TEST_F(LargeFolder, AnotherSnapshotIsPutInItsPlace) {
    change(source_);
    snapshot({.name = "two"});
    restore("one", "back");
    const RestoreReport mended = restore("two", "back");
    EXPECT_TRUE(mended.in_place);
    EXPECT_EQ(mended.files, 6u);
    expect_same_tree(source_, dir_ / "back");
}

TEST_F(LargeFolder, ThroughAnArchiveItIsTheSameTree) {
    for (const char* name : {"x.tar", "x.zip"}) {
        const ArchivePlace place{.path = (dir_ / name).string()};
        ASSERT_TRUE(store_.export_to({"one"}, place, {}, notes_));
        const auto imported = store_.import_from(place, {}, notes_);
        ASSERT_TRUE(imported) << imported.error().message();
        if (name == std::string("x.tar")) {
            EXPECT_EQ(imported->new_chunks, 0u);
        }
        std::size_t content = 0;
        ASSERT_TRUE(store_.diff(
            "one", imported->snapshots[0].id.hex(), {},
            [&](const DiffEntry& one) { content += one.change != Change::metadata; }, notes_));
        EXPECT_EQ(content, 0u) << name;
    }
}

TEST_F(LargeFolder, OneThatLostNearlyAllIsFilledAgain) {
    restore("one", "back");
    for (const auto& entry : stdfs::directory_iterator(dir_ / "back"))
        if (entry.path().filename() != name_of(1)) stdfs::remove_all(entry.path());
    const RestoreReport mended = restore("one", "back");
    EXPECT_TRUE(mended.in_place);
    EXPECT_EQ(mended.files, kFiles + 2u);
    expect_same_tree(source_, dir_ / "back");
}

/// 17,000 subfolders, every hundredth with something in it.
class ManyFolders : public StoreTest {
  protected:
    static constexpr int kFolders = 17'000;
    ManyFolders() {
        for (int i = 0; i < kFolders; ++i) {
            const stdfs::path folder = source_ / std::to_string(100'000 + i);
            stdfs::create_directory(folder);
            if (i % 100 != 7) continue;
            write_file(folder / "below" / "file", std::to_string(i));
            stdfs::permissions(folder, stdfs::perms::owner_all);
        }
        ::timespec tick{.tv_sec = 0, .tv_nsec = 50'000'000};
        ::nanosleep(&tick, nullptr);
    }
    std::size_t differences(const std::string& a, const std::string& b) {
        std::size_t found = 0;
        const auto report = store_.diff(
            a, b, {}, [&](const DiffEntry&) { ++found; }, notes_);
        EXPECT_TRUE(report) << report.error().message();
        return found;
    }
};

TEST_F(ManyFolders, AreSavedAgainMendedAndArchived) {
    const SnapshotReport first = snapshot({.name = "one"});
    EXPECT_EQ(first.snapshot.folders, 1u + kFolders + kFolders / 100);
    const SnapshotReport again = snapshot();
    EXPECT_EQ(again.files_read, 0u) << "each is found beside its own";
    EXPECT_EQ(again.snapshot.root, first.snapshot.root);

    restore("one", "back");
    expect_same_tree(source_, dir_ / "back");
    EXPECT_EQ(differences("one", (dir_ / "back").string()), 0u);
    stdfs::remove(dir_ / "back" / "100003");
    stdfs::remove_all(dir_ / "back" / "107007");
    write_file(dir_ / "back" / "116999" / "extra", "x");
    EXPECT_TRUE(restore("one", "back").in_place);
    expect_same_tree(source_, dir_ / "back");

    const ArchivePlace place{.path = (dir_ / "x.tar").string()};
    ASSERT_TRUE(store_.export_to({"one"}, place, {}, notes_));
    const auto imported = store_.import_from(place, {}, notes_);
    ASSERT_TRUE(imported) << imported.error().message();
    EXPECT_EQ(imported->new_chunks, 0u);
    EXPECT_EQ(differences("one", imported->snapshots[0].id.hex()), 0u);
}

}  // namespace
}  // namespace holt::test

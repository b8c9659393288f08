// Proves: which folders are known as restored ones, after a move, a repair, or the loss of the
// catalog; nothing that is remembered is believed of a folder that is another one; other folders
// are refused.
#include <fcntl.h>
#include <unistd.h>

#include "scenario/restore/space_world.h"

namespace holt::test {
namespace {

namespace stdfs = std::filesystem;

TEST_F(Space, AFolderThatIsNoneIsRefused) {
    write_file(dir_ / "mine" / "precious", "mine");
    const auto report = store_.restore("one", (dir_ / "mine").string(), {}, notes_);
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().kind, ErrorKind::failed);
    EXPECT_EQ(read_file(dir_ / "mine" / "precious"), "mine");
    const auto verified =
        store_.verify_folder((dir_ / "mine").string(), {}, [](const DiffEntry&) {}, notes_);
    ASSERT_FALSE(verified);
    EXPECT_EQ(verified.error().kind, ErrorKind::usage);
    EXPECT_TRUE(store_.verify_folder((dir_ / "mine").string(), {.against = "one"},
                                     [](const DiffEntry&) {}, notes_));
}

// Somebody else's folder has taken the space's place, and maybe its inode's number.
TEST_F(Space, AFolderThatTookItsPlaceIsRefused) {
    stdfs::rename(space(), dir_ / "was space");
    stdfs::remove_all(dir_ / "was space");
    write_file(space() / "precious", "mine");
    const auto report = store_.restore("one", space().string(), {}, notes_);
    ASSERT_FALSE(report);
    EXPECT_EQ(read_file(space() / "precious"), "mine");
    // With --force --delete it is made equal all the same, whatever its files are.
    restore("one", "space", {.force = true, .remove_extra = true});
    expect_is(source_);
}

TEST_F(Space, AMovedOneIsHashed) {
    repair();
    let_the_clock_tick();
    repair();
    stdfs::rename(space(), dir_ / "moved");
    write_file(dir_ / "moved" / "extra", "x");
    const auto report = store_.restore("one", (dir_ / "moved").string(), {}, notes_);
    if (!report) {  // where a file system keeps no birth times, it cannot be known
        EXPECT_EQ(report.error().kind, ErrorKind::failed);
        return;
    }
    EXPECT_EQ(report->removed, 1u);
    EXPECT_GT(report->hashed, 10u);
    expect_same_tree(source_, dir_ / "moved");
}

TEST_F(Space, IsKnownAfterARepair) {
    let_the_clock_tick();
    repair();  // now its files have records
    const std::string path = (dir_ / "store").string();
    ASSERT_TRUE(Store::repair(path, {}, notes_));
    store_ = *Store::open(path);
    write_file(space() / "extra", "x");
    const RestoreReport report = repair();
    EXPECT_TRUE(report.in_place);
    EXPECT_EQ(report.removed, 1u);
    EXPECT_EQ(report.hashed, 0u) << "what was known of its files was lost";
    expect_is(source_);
    let_the_clock_tick();
    snapshot();
    ASSERT_TRUE(Store::repair(path, {}, notes_));
    EXPECT_EQ(snapshot().files_read, 0u) << "what was known of the source was lost";
}

TEST_F(Space, IsKnownAfterTheCatalogWasLost) {
    const std::string path = (dir_ / "store").string();
    const auto lose_catalog = [&] {
        stdfs::remove(dir_ / "store" / "catalog.db");
        const auto repaired = Store::repair(path, {}, notes_);
        ASSERT_TRUE(repaired) << repaired.error().message();
        store_ = *Store::open(path);
    };
    lose_catalog();
    write_file(space() / "extra", "x");
    const RestoreReport report = repair();
    EXPECT_TRUE(report.in_place);
    EXPECT_EQ(report.removed, 1u);
    EXPECT_GT(report.hashed, 10u);
    expect_is(source_);

    // Another folder at its path is none, and whatever a folder says of itself is not asked.
    stdfs::rename(space(), dir_ / "kept");
    write_file(space() / "mine", "x");
    stdfs::create_directory(space() / ".space.holt-partial-01234567");
    lose_catalog();
    EXPECT_FALSE(store_.restore("one", space().string(), {}, notes_));
    EXPECT_EQ(read_file(space() / "mine"), "x");

    // What is torn or forged says nothing, and stops nobody.
    for (const auto& entry : stdfs::directory_iterator(dir_ / "store" / "spaces"))
        write_file(entry.path(), code_like(100, 1));
    lose_catalog();
    EXPECT_FALSE(store_.restore("one", (dir_ / "kept").string(), {}, notes_));
}

// Its file goes with what the catalog knows of it.
TEST_F(Space, OneThatIsGoneIsForgottenInItsFileToo) {
    stdfs::remove_all(space());
    for (int i = 0; i < 3; ++i) restore("one", "another" + std::to_string(i));
    std::size_t files = 0;
    for ([[maybe_unused]] const auto& entry : stdfs::directory_iterator(dir_ / "store" / "spaces"))
        ++files;
    EXPECT_EQ(files, 3u);
}

// A store that nobody may write restores and repairs all the same, and stays as it is.
TEST_F(Space, AReadOnlyHandleRemembersNothing) {
    Store reader = *Store::open((dir_ / "store").string(), {.access = Access::read_only});
    const std::string catalog = read_file(dir_ / "store" / "catalog.db");
    ASSERT_TRUE(reader.restore("one", (dir_ / "other").string(), {}, notes_));
    EXPECT_EQ(read_file(dir_ / "store" / "catalog.db"), catalog);
    EXPECT_FALSE(reader.restore("one", (dir_ / "other").string(), {}, notes_));
    // A known space is repaired.
    stdfs::remove(space() / "a");
    ASSERT_TRUE(reader.restore("one", space().string(), {}, notes_));
    expect_is(source_);
    EXPECT_EQ(read_file(dir_ / "store" / "catalog.db"), catalog);
}

TEST_F(Space, ADryRunChangesNothing) {
    stdfs::remove(space() / "a");
    write_file(space() / "extra", "x");
    const auto before = tree_differences(source_, space());
    const RestoreReport report = repair("one", {.dry_run = true});
    EXPECT_EQ(report.files, 1u);
    EXPECT_EQ(report.removed, 1u);
    EXPECT_EQ(tree_differences(source_, space()), before);
}

}  // namespace
}  // namespace holt::test

// Proves: a second snapshot reads nothing that did not change, stores nothing twice, and sees what
// did.
#include <fcntl.h>
#include <sys/stat.h>

#include <thread>

#include "support/store_fixture.h"

namespace holt::test {
namespace {

using Incremental = StoreTest;
using namespace std::chrono_literals;

// Beyond the window in which a file's record could not prove anything (store/file_reading.h).
void let_times_settle() {
    std::this_thread::sleep_for(50ms);
}

TEST_F(Incremental, UnchangedFilesAreNotRead) {
    for (unsigned i = 0; i < 200; ++i) {
        write_file(source_ / std::to_string(i % 5) / std::to_string(i), code_like(3000, i));
    }
    write_file(source_ / "large", random_bytes(2u << 20, 1));
    let_times_settle();
    const SnapshotReport first = snapshot();
    EXPECT_EQ(first.files_read, 201u);
    const SnapshotReport second = snapshot();
    EXPECT_EQ(second.files_read, 0u);
    EXPECT_EQ(second.files_unchanged, 201u);
    EXPECT_EQ(second.bytes_read, 0u);
    EXPECT_EQ(second.new_chunks, 0u);
    EXPECT_EQ(second.snapshot.root, first.snapshot.root);
    EXPECT_LT(second.stored_bytes, 2000u);
    EXPECT_EQ(second.snapshot.files, 201u);
    EXPECT_EQ(second.snapshot.bytes, first.snapshot.bytes);
}

TEST_F(Incremental, AChangeOfTheSameSizeAndMtimeIsSeen) {
    write_file(source_ / "file", "before");
    write_file(source_ / "other", "other");
    let_times_settle();
    snapshot({.name = "one"});
    struct stat st {};
    ASSERT_EQ(::stat((source_ / "file").c_str(), &st), 0);
    write_file(source_ / "file", "after!");
    const timespec times[2] = {st.st_atim, st.st_mtim};
    ASSERT_EQ(::utimensat(AT_FDCWD, (source_ / "file").c_str(), times, 0), 0);
    const SnapshotReport report = snapshot({.name = "two"});
    EXPECT_EQ(report.files_read, 1u);
    restore("two", "out");
    EXPECT_EQ(read_file(dir_ / "out" / "file"), "after!");
    restore("one", "old");
    EXPECT_EQ(read_file(dir_ / "old" / "file"), "before");
}

TEST_F(Incremental, AFileWrittenJustNowIsReadAgain) {
    write_file(source_ / "file", "x");
    snapshot();  // perhaps within the same tick of the file system's clock
    write_file(source_ / "file", "y");
    snapshot({.name = "two"});
    restore("two", "out");
    EXPECT_EQ(read_file(dir_ / "out" / "file"), "y");
}

TEST_F(Incremental, MovedFilesAreStoredOnce) {
    for (unsigned i = 0; i < 20; ++i)
        write_file(source_ / "d" / std::to_string(i), code_like(5000, i));
    let_times_settle();
    snapshot();
    std::filesystem::remove(source_ / "d" / "3");
    std::filesystem::rename(source_ / "d", source_ / "e");
    write_file(source_ / "new", "new");
    const SnapshotReport report = snapshot({.name = "two"});
    EXPECT_LE(report.new_chunks, 3u);  // the new file, the root's tree, e's tree
    restore("two", "out");
    expect_same_tree(source_, dir_ / "out");
}

TEST_F(Incremental, HardLinksSurviveASecondSnapshot) {
    write_file(source_ / "a", "shared");
    std::filesystem::create_hard_link(source_ / "a", source_ / "b");
    let_times_settle();
    snapshot();
    const SnapshotReport report = snapshot({.name = "two"});
    EXPECT_EQ(report.files_read, 0u);
    restore("two", "out");
    expect_same_tree(source_, dir_ / "out");
}

TEST_F(Incremental, ManySnapshotsOfAChangingTree) {
    for (unsigned round = 0; round < 12; ++round) {
        for (unsigned i = 0; i < 15; ++i) {
            const unsigned n = (round * 7 + i * 3) % 40;
            write_file(source_ / std::to_string(n % 4) / std::to_string(n),
                       code_like(1000 + n * 997, round * 100 + i));
        }
        if (round % 3 == 2) std::filesystem::remove_all(source_ / std::to_string(round % 4));
        const std::string name = "round-" + std::to_string(round);
        snapshot({.name = name});
        restore(name, name);
        expect_same_tree(source_, dir_ / name);
    }
    const auto verified = store_.verify({}, {}, notes_);
    ASSERT_TRUE(verified);
    EXPECT_TRUE(verified->damage.empty());
    EXPECT_EQ(verified->snapshots, 12u);
}

}  // namespace
}  // namespace holt::test

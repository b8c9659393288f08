// Proves: in a store that cannot be written everything that reads works and writes nothing; on a
// full disk a snapshot and a restore fail cleanly, leave nothing, and reading goes on.
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scenario/faults/fault_world.h"

namespace holt::test {
namespace {

namespace stdfs = std::filesystem;

class BadStore : public FaultWorld {
  protected:
    // All that needs no writing, with `out()` in a place that can be written.
    void expect_reading_works(const Access access) {
        auto opened = Store::open(store().string(), {.access = access});
        ASSERT_TRUE(opened) << opened.error().message();
        const auto listed = opened->list();
        ASSERT_TRUE(listed) << listed.error().message();
        EXPECT_EQ(listed->size(), 1u);
        EXPECT_TRUE(opened->find("latest"));
        const auto restored = opened->restore("one", out().string(), {}, notes_);
        ASSERT_TRUE(restored) << restored.error().message();
        if (root()) {
            EXPECT_EQ(tree_differences(one(), out()), std::vector<std::string>{});
        }
        std::size_t entries = 0;
        EXPECT_TRUE(
            opened->ls("one", "", {.recursive = true}, [&](const EntryInfo&) { ++entries; }));
        EXPECT_GT(entries, 10u);
        std::string content;
        EXPECT_TRUE(opened->cat("one", "a", [&](std::string_view bytes) -> Status {
            content += bytes;
            return {};
        }));
        EXPECT_EQ(content, read_file(one() / "a"));
        const auto diff = opened->diff(
            "one", out().string(), {}, [](const DiffEntry&) {}, notes_);
        ASSERT_TRUE(diff) << diff.error().message();
        EXPECT_FALSE(diff->differs());
        const auto verified = opened->verify({}, {}, notes_);
        ASSERT_TRUE(verified) << verified.error().message();
        EXPECT_TRUE(verified->damage.empty());
        EXPECT_TRUE(opened->stats());
        stdfs::remove_all(out());
    }
    void expect_writing_is_refused() {
        const auto report = snapshot("new");
        ASSERT_FALSE(report);
        EXPECT_EQ(report.error().kind, ErrorKind::failed) << report.error().message();
        EXPECT_FALSE(report.error().advice.empty()) << report.error().message();
        EXPECT_FALSE(Store::repair(store().string(), {}, notes_));
    }

    // In a child with mounts of its own; false where that may not be had.
    static bool own_mounts() {
        return ::unshare(CLONE_NEWNS) == 0 &&
               ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
    }
    static constexpr int kNoMounts = 77;
    void in_own_mounts(const std::function<void()>& body) {
        const int end = in_child([&] {
            if (!own_mounts()) ::_exit(kNoMounts);
            body();
        });
        if (end == kNoMounts) GTEST_SKIP() << "may not mount";
        EXPECT_EQ(end, 0);
    }
    static void mount_memory(const stdfs::path& at, const char* size) {
        stdfs::create_directories(at);
        if (::mount("tmpfs", at.c_str(), "tmpfs", 0, size) != 0) ::_exit(kNoMounts);
    }
    static void fill_up(const stdfs::path& file) {
        const int fd = ::open(file.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
        ASSERT_GE(fd, 0);
        const std::string noise = random_bytes(4096, 1);
        while (::write(fd, noise.data(), noise.size()) > 0) {
        }
        while (::write(fd, noise.data(), 1) > 0) {
        }
        ::close(fd);
    }
};

TEST_F(BadStore, OfAnotherUserIsReadAndNotWritten) {
    if (ran_in_fresh_process()) return;
    if (!root()) GTEST_SKIP() << "needs root, to become another user";
    put_store_with_one();
    copy_tree(store(), fixed() / "as it was");
    ASSERT_EQ(::chmod(dir_.path().c_str(), 0777), 0);
    const int end = as_user([&] {
        expect_reading_works(Access::read_only);
        expect_reading_works(Access::read_write);
        expect_writing_is_refused();
    });
    EXPECT_EQ(end, 0);
    EXPECT_EQ(tree_differences(fixed() / "as it was", store()), std::vector<std::string>{});
}

TEST_F(BadStore, OnAReadOnlyMountIsReadAndNotWritten) {
    if (ran_in_fresh_process()) return;
    put_store_with_one();
    copy_tree(store(), fixed() / "as it was");
    in_own_mounts([&] {
        const std::string path = store();
        const char* at = path.c_str();
        if (::mount(at, at, nullptr, MS_BIND, nullptr) != 0 ||
            ::mount(nullptr, at, nullptr, MS_BIND | MS_REMOUNT | MS_RDONLY, nullptr) != 0) {
            ::_exit(kNoMounts);
        }
        expect_reading_works(Access::read_only);
        expect_reading_works(Access::read_write);
        expect_writing_is_refused();
    });
    EXPECT_EQ(tree_differences(fixed() / "as it was", store()), std::vector<std::string>{});
}

TEST_F(BadStore, OnAFullDiskASnapshotFailsCleanlyAndReadingGoesOn) {
    if (ran_in_fresh_process()) return;
    clear();
    in_own_mounts([&] {
        mount_memory(store(), "size=3m");
        stdfs::copy(fixed() / "store-with-one", store(), stdfs::copy_options::recursive);
        stdfs::create_directories(fixed() / "large");
        write_file(fixed() / "large" / "file", random_bytes(8u << 20, 1));
        auto opened = Store::open(store().string());
        ASSERT_TRUE(opened);
        for (int round = 0; round < 3; ++round) {
            const auto before = stdfs::space(store()).available;
            const auto report =
                opened->snapshot((fixed() / "large").string(), {.name = "l"}, notes_);
            ASSERT_FALSE(report);
            EXPECT_EQ(report.error().kind, ErrorKind::no_space) << report.error().message();
            EXPECT_FALSE(report.error().advice.empty());
            expect_only_store_files(Left::clean);
            EXPECT_EQ(stdfs::space(store()).available, before) << "something was left";
            expect_store_is_whole({{"one", one()}});
        }
        fill_up(store() / "tmp" / "ballast");
        EXPECT_EQ(stdfs::space(store()).available, 0u);
        expect_reading_works(Access::read_write);
        const auto none = opened->snapshot(source().string(), {.name = "s"}, notes_);
        ASSERT_FALSE(none);
        EXPECT_EQ(none.error().kind, ErrorKind::no_space) << none.error().message();
        stdfs::remove(store() / "tmp" / "ballast");
        ASSERT_TRUE(snapshot("two"));
        expect_store_is_whole({{"one", one()}, {"two", one()}});
    });
}

TEST_F(BadStore, ARestoreToAFullDiskLeavesNothing) {
    if (ran_in_fresh_process()) return;
    put_store_with_one();
    in_own_mounts([&] {
        mount_memory(out(), "size=200k");
        for (const stdfs::path& to : {out() / "new", out()}) {
            const auto report = restore("one", to);
            ASSERT_FALSE(report);
            EXPECT_EQ(report.error().kind, ErrorKind::no_space) << report.error().message();
            EXPECT_EQ(names_in(out()), std::set<std::string>{});
        }
        write_file(out() / "old" / "mine", "mine");
        copy_tree(out() / "old", fixed() / "old");
        const auto over = restore("one", out() / "old", {.force = true, .remove_extra = true});
        ASSERT_FALSE(over);
        EXPECT_EQ(over.error().kind, ErrorKind::no_space) << over.error().message();
        EXPECT_EQ(names_in(out() / "old"), std::set<std::string>{"mine"});
    });
}

}  // namespace
}  // namespace holt::test

// Proves I10 against races: something that is mounted below a destination after the restore has
// looked for mounts, while it writes the new files, is not entered by any of the steps that follow.
#include <sched.h>
#include <sys/mount.h>

#include "scenario/faults/fault_world.h"
#include "support/child.h"

namespace holt::test {
namespace {

namespace stdfs = std::filesystem;

// Mounts one folder over another as soon as the first file is written.
class Mounter : public NoteKeeper {
  public:
    Mounter(stdfs::path from, stdfs::path to) : from_(std::move(from)), to_(std::move(to)) {}
    void progress(const Progress& now) override {
        if (now.stage != "write" || mounted_) return;
        mounted_ = ::mount(from_.c_str(), to_.c_str(), nullptr, MS_BIND, nullptr) == 0;
    }
    bool mounted() const { return mounted_; }

  private:
    stdfs::path from_, to_;
    bool mounted_ = false;
};

class MountRace : public ::testing::Test {
  protected:
    static constexpr int kNoMounts = 77;

    void in_own_mounts(const std::function<void(Store&)>& body) {
        if (!root()) GTEST_SKIP() << "mounting needs root";
        write_file(precious() / "f", "precious");
        write_file(precious() / "vol" / "g", "precious");
        const int end = in_child([&] {
            if (::unshare(CLONE_NEWNS) != 0 ||
                ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
                ::_exit(kNoMounts);
            auto store = *Store::init((dir_ / "store").string());
            write_file(dir_ / "source" / "sub" / "f", "as in the snapshot");
            ASSERT_TRUE(store.snapshot((dir_ / "source").string(), {.name = "one"}, notes_));
            ASSERT_TRUE(store.restore("one", space().string(), {}, notes_));
            write_file(space() / "sub" / "f", "changed");
            write_file(space() / "more" / "file", "too many");
            stdfs::create_directories(space() / "more" / "vol");
            body(store);
        });
        if (end == kNoMounts) GTEST_SKIP() << "may not mount";
        EXPECT_EQ(end, 0);
        EXPECT_EQ(read_file(precious() / "f"), "precious");
        EXPECT_EQ(read_file(precious() / "vol" / "g"), "precious");
    }
    stdfs::path space() const { return dir_ / "space"; }
    stdfs::path precious() const { return dir_ / "precious"; }

    TempDir dir_;
    NoteKeeper notes_;
};

TEST_F(MountRace, OverAFolderOfTheSnapshot) {
    if (ran_in_fresh_process()) return;
    for (const RestoreOptions& options :
         {RestoreOptions{}, RestoreOptions{.force = true},
          RestoreOptions{.force = true, .remove_extra = true}, RestoreOptions{.atomic = true}}) {
        in_own_mounts([&](Store& store) {
            Mounter mounter(precious(), space() / "sub");
            const auto report = store.restore("one", space().string(), options, mounter);
            EXPECT_TRUE(mounter.mounted());
            ASSERT_FALSE(report);
            EXPECT_EQ(report.error().kind, ErrorKind::unsafe_input) << report.error().message();
            EXPECT_NE(report.error().object.find("sub"), std::string::npos)
                << report.error().message();
            EXPECT_EQ(read_file(space() / "sub" / "f"), "precious");
            // It is finished once the mount is gone.
            ASSERT_EQ(::umount2((space() / "sub").c_str(), MNT_DETACH), 0);
            const auto again = store.restore("one", space().string(), options, notes_);
            ASSERT_TRUE(again) << again.error().message();
            EXPECT_EQ(read_file(space() / "sub" / "f"), "as in the snapshot");
        });
        stdfs::remove_all(space());
        stdfs::remove_all(dir_ / "store");
    }
}

TEST_F(MountRace, OverAnExtraFolder) {
    if (ran_in_fresh_process()) return;
    in_own_mounts([&](Store& store) {
        Mounter mounter(precious(), space() / "more" / "vol");
        const auto report = store.restore("one", space().string(), {}, mounter);
        EXPECT_TRUE(mounter.mounted());
        ASSERT_TRUE(report) << report.error().message();
        EXPECT_EQ(report->left_out, 1u);
        ASSERT_EQ(mounter.count(Severity::left_out), 1u);
        EXPECT_EQ(mounter.notes.back().second.object, "more/vol");
        EXPECT_EQ(report->removed, 0u);
        EXPECT_FALSE(stdfs::exists(space() / "more" / "file"));
        EXPECT_EQ(read_file(space() / "sub" / "f"), "as in the snapshot");
    });
}

}  // namespace
}  // namespace holt::test

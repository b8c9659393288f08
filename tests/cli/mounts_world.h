// A store, a folder that was restored out of it, and a folder that is precious: it is mounted below
// the restored one, in a mount namespace of the test's own. Needs root.
#pragma once

#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "cli/store_fixture.h"
#include "support/child.h"
#include "support/tree_compare.h"

namespace holt::test {

namespace stdfs = std::filesystem;

class MountsCli : public StoreTest {
  protected:
    static constexpr int kNoMounts = 77;

    MountsCli() {
        stdfs::create_directories(path("t/keep"));
        write_file(path("t/f"), "x");
        write_file(path("t/keep/g"), "y");
        stdfs::create_directories(path("precious/sub"));
        write_file(path("precious/d"), "d");
        write_file(path("precious/sub/e"), "e");
        EXPECT_EQ(run({"snapshot", "-q", path("t"), "--name", "one"}).code, 0);
        EXPECT_EQ(run({"restore", "-q", "one", path("a")}).code, 0);
    }
    void in_own_mounts(const std::function<void()>& body) {
        if (!root()) GTEST_SKIP() << "mounting needs root";
        const int end = in_child([&] {
            if (::unshare(CLONE_NEWNS) != 0 ||
                ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
                ::_exit(kNoMounts);
            body();
        });
        if (end == kNoMounts) GTEST_SKIP() << "may not mount";
        EXPECT_EQ(end, 0);
    }
    void bind(const std::string& from, const std::string& to) const {
        ASSERT_EQ(::mount(path(from).c_str(), path(to).c_str(), nullptr, MS_BIND, nullptr), 0)
            << to;
    }
    void unmount(const std::string& at) const {
        EXPECT_EQ(::umount2(path(at).c_str(), MNT_DETACH), 0) << at;
    }
    void expect_precious(const std::string& at = "precious") const {
        EXPECT_EQ(read_file(path(at + "/d")), "d");
        EXPECT_EQ(read_file(path(at + "/sub/e")), "e");
    }
    /// The restored tree is as it was, and no restore is under way in it.
    void expect_unchanged(const std::string& dest) const {
        EXPECT_EQ(read_file(path(dest + "/f")), "changed");
        for (const auto& entry : stdfs::directory_iterator(path(dest)))
            EXPECT_FALSE(entry.path().filename().string().starts_with(".")) << entry.path();
    }
    static void expect_told(const Finished& ended, const std::vector<std::string>& lines) {
        for (const std::string& line : lines)
            EXPECT_NE(("\n" + ended.out).find("\n" + line), std::string::npos)
                << line << ":\n"
                << ended.out << ended.err;
    }
    static void expect_named(const Finished& ended, const std::string& name) {
        EXPECT_NE(ended.err.find(name), std::string::npos) << ended.err;
    }
};

// However an existing folder is restored into with all extras going.
inline const std::vector<std::vector<std::string>> kRemoving{
    {}, {"--paranoid"}, {"--force", "--delete"}};
// And with the extras staying, or the whole folder going.
inline const std::vector<std::vector<std::string>> kOthers{{"--force"}, {"--atomic"}};

}  // namespace holt::test

// verify DIR as a script reads it: each path that differs, once, and as diff tells it.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "cli/store_fixture.h"

namespace holt::test {
namespace {

namespace stdfs = std::filesystem;

// Of many folders that the snapshot does not have, all that is in them is told by its own path.
TEST_F(StoreTest, VerifyTellsAllThatIsInManyFurtherFolders) {
    snapshot({"--name", "one"});
    ASSERT_EQ(run({"restore", "-q", "one", path("a")}).code, 0);
    std::vector<std::string> expected;
    for (int i = 0; i < 40; ++i) {
        const std::string folder = "a-further-folder-with-a-long-name-" + std::to_string(i);
        expected.push_back("+ " + folder);
        stdfs::create_directory(path("a/" + folder));
        for (int k = 0; k < 30; ++k) {
            const std::string file = folder + "/file-" + std::to_string(k);
            expected.push_back("+ " + file);
            write_file(path("a/" + file), "x");
        }
    }
    std::ranges::sort(expected);
    const Finished told = run({"verify", path("a")});
    EXPECT_EQ(told.code, 1) << told.err;
    std::vector<std::string> lines;
    std::istringstream out(told.out);
    for (std::string line; std::getline(out, line);)
        if (line.starts_with("+")) lines.push_back(line);
    std::ranges::sort(lines);
    EXPECT_EQ(lines, expected);
}

// What verify DIR and diff SNAP DIR say of every kind of difference, of files of their own and of
// links into the pool. The root's time is not compared: restoring sets it after the mark is gone.
TEST_F(StoreTest, VerifyAndDiffTellTheSame) {
    const auto in = [&](const std::string& folder, const std::string& name) {
        return path(folder + "/" + name);
    };
    for (const std::string name : {"same", "twin", "content", "longer", "mode", "time", "xattr",
                                   "removed", "to-folder", "to-link", "own-1", "own-2"})
        write_file(in("tree", name), name == "twin"            ? "same"
                                     : name.starts_with("own") ? "own"
                                                               : name);
    for (const std::string name : {"gone/in", "to-file"}) {
        stdfs::create_directories(in("tree", name));
        write_file(in("tree", name + "/f"), name);
    }
    const timespec long_ago[2] = {{5, 0}, {5, 0}};
    for (const std::string name : {"same", "twin", "own-1", "own-2"})
        ASSERT_EQ(::utimensat(AT_FDCWD, in("tree", name).c_str(), long_ago, 0), 0);
    ASSERT_EQ(::mkfifo(in("tree", "fifo").c_str(), 0600), 0);
    stdfs::create_symlink("same", in("tree", "turned"));
    snapshot({"--name", "one"});
    for (const std::string link : {"copy", "hardlink"}) {
        ASSERT_EQ(run({"restore", "-q", "one", path(link), "--link", link}).code, 0);
        const Finished untouched = run({"diff", "one", path(link)});
        EXPECT_EQ(untouched.code, 0) << untouched.out;
        const auto anew = [&](const std::string& name, const std::string& content) {
            stdfs::remove_all(in(link, name));
            write_file(in(link, name), content);
        };
        anew("content", "CONTENT");
        anew("longer", "longer than it was");
        anew("to-file", "a file now");
        stdfs::permissions(in(link, "mode"), stdfs::perms(0700));
        ASSERT_EQ(::utimensat(AT_FDCWD, in(link, "time").c_str(), long_ago, 0), 0);
        const bool has_attributes = ::setxattr(in(link, "xattr").c_str(), "user.a", "x", 1, 0) == 0;
        stdfs::remove(in(link, "removed"));
        stdfs::remove(in(link, "to-folder"));
        stdfs::create_directories(in(link, "to-folder/a/b"));
        write_file(in(link, "to-folder/a/f"), "x");
        stdfs::remove(in(link, "to-link"));
        stdfs::create_symlink("same", in(link, "to-link"));
        stdfs::remove(in(link, "turned"));
        stdfs::create_symlink("elsewhere", in(link, "turned"));
        stdfs::remove_all(in(link, "gone"));
        stdfs::remove(in(link, "fifo"));
        stdfs::create_directories(in(link, "added/deep"));
        write_file(in(link, "added/f"), "x");
        stdfs::permissions(in(link, "empty"), stdfs::perms(0700));
        stdfs::remove(in(link, "own-2"));
        stdfs::create_hard_link(in(link, "own-1"), in(link, "own-2"));

        const Finished compared = run({"diff", "one", path(link)});
        EXPECT_EQ(compared.code, 1) << compared.err;
        for (const std::vector<std::string>& how :
             std::vector<std::vector<std::string>>{{}, {"--paranoid"}, {"--against", "one"}}) {
            std::vector<std::string> args{"verify", path(link)};
            args.insert(args.end(), how.begin(), how.end());
            const Finished verified = run(args);
            EXPECT_EQ(verified.code, 1) << verified.err;
            EXPECT_EQ(verified.out, compared.out) << link;
        }
        for (const std::string line :
             {"+ added/deep\n", "M content", "- fifo\n", "- gone/in/f\n", "m mode", "m time",
              "T to-file\n", "- to-file/f\n", "T to-folder\n", "+ to-folder/a/f\n", "T to-link\n",
              "M turned", "m empty"})
            EXPECT_NE(compared.out.find(line), std::string::npos) << line << compared.out;
        EXPECT_EQ(compared.out.find("m xattr") != std::string::npos, has_attributes);
        // Two names of one inode are told where the tree's files are its own.
        EXPECT_EQ(compared.out.find("own-2") != std::string::npos, link == "copy") << compared.out;
        EXPECT_EQ(compared.out.find("same"), std::string::npos) << compared.out;
        EXPECT_EQ(compared.out.find("twin"), std::string::npos) << compared.out;
    }
}

}  // namespace
}  // namespace holt::test

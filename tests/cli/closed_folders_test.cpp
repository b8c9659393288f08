// Proves: an ordinary user mends, merges over and replaces folders that he himself may not read,
// write or search (modes 0, 0300, 0400, 0500, 0555), as deep as they lie, and gets the modes of the
// snapshot; verify and --dry-run change no mode and name what they cannot look into, with 3.
#include <sys/stat.h>
#include <sys/xattr.h>

#include <filesystem>
#include <functional>

#include "cli/store_fixture.h"
#include "support/child.h"
#include "support/tar_maker.h"
#include "support/tree_compare.h"

namespace holt::test {
namespace {

namespace stdfs = std::filesystem;

class ClosedFolders : public StoreTest {
  protected:
    void SetUp() override {
        if (!root()) GTEST_SKIP() << "needs root, to compare what a user may not read";
        stdfs::permissions(dir_.path(), stdfs::perms::all);
        stdfs::remove_all(store());
        write_file(path("one.tar"), archive());
        as_him([&] {
            ASSERT_EQ(run({"init"}).code, 0);
            const Finished imported = run({"import", "-q", path("one.tar"), "--name", "one"});
            ASSERT_EQ(imported.code, 0) << imported.err;
            ASSERT_EQ(run({"restore", "-q", "one", path("fresh")}).code, 0);
            ASSERT_EQ(run({"restore", "-q", "one", path("a")}).code, 0);
        });
        expect_as_fresh("a");
    }
    static void as_him(const std::function<void()>& body) { EXPECT_EQ(as_user(body), 0); }

    static std::string archive() {
        const auto closed = [](const std::string& name, const std::string& mode) {
            return tar_entry({.name = name, .type = '5', .mode = mode});
        };
        const auto file = [](const std::string& name, const std::string& mode = "0000644") {
            return tar_entry({.name = name, .mode = mode}, name);
        };
        return closed("closed", "0000000") + file("closed/f") + closed("closed/deep", "0000000") +
               closed("closed/deep/er", "0000300") + file("closed/deep/er/g") +
               closed("listed", "0000400") + file("listed/a") + closed("searched", "0000300") +
               file("searched/b") + pax(pax_record("SCHILY.xattr.user.note", "n")) +
               closed("readonly", "0000555") + file("readonly/c") +
               closed("readonly/sub", "0000500") + file("readonly/sub/d") +
               hard_link("readonly/again", "closed/f") + file("open") +
               pax(pax_record("SCHILY.xattr.user.note", "n")) + file("read only", "0000444") +
               file("secret", "0000000") + tar_end();
    }
    /// In every folder and file that is closed: as its user can, and puts the mode back.
    void opened(const std::string& at, const std::function<void(const std::string&)>& edit) {
        const std::string where = path(at);
        struct stat st {};
        ASSERT_EQ(::stat(where.c_str(), &st), 0) << at;
        ASSERT_EQ(::chmod(where.c_str(), 0700), 0);
        edit(where);
        ASSERT_EQ(::chmod(where.c_str(), st.st_mode & 07777), 0);
    }
    void vandalise(const std::string& at) {
        opened(at + "/closed", [&](const std::string& closed) {
            write_file(closed + "/f", "changed");
            write_file(closed + "/extra", "too many");
            opened(at + "/closed/deep", [&](const std::string& deep) {
                ASSERT_EQ(::chmod((deep + "/er").c_str(), 0700), 0);
                stdfs::remove_all(deep + "/er");
                write_file(deep + "/er", "a file now");
            });
        });
        opened(at + "/listed", [](const std::string& listed) { stdfs::remove(listed + "/a"); });
        opened(at + "/searched", [](const std::string& searched) {
            stdfs::remove(searched + "/b");
            stdfs::create_directories(searched + "/b/in/it");
            ASSERT_EQ(::chmod((searched + "/b/in").c_str(), 0), 0);
            ASSERT_EQ(::chmod((searched + "/b").c_str(), 0), 0);
        });
        opened(at + "/readonly", [](const std::string& readonly) {
            write_file(readonly + "/c", "changed");
            stdfs::create_directories(readonly + "/extra/in/it");
            write_file(readonly + "/extra/in/it/file", "");
            ASSERT_EQ(::chmod((readonly + "/extra/in").c_str(), 0), 0);
            ASSERT_EQ(::chmod((readonly + "/extra").c_str(), 0555), 0);
            ASSERT_EQ(::removexattr(readonly.c_str(), "user.note"), 0);
        });
        ASSERT_EQ(::chmod(path(at + "/read only").c_str(), 0400), 0);
        ASSERT_EQ(::chmod(path(at + "/open").c_str(), 0), 0);
    }
    void expect_as_fresh(const std::string& at) const {
        EXPECT_EQ(tree_differences(path("fresh"), path(at)), std::vector<std::string>{}) << at;
    }
    std::vector<std::string> differences_from_copy(const std::string& at) const {
        return tree_differences(path("copy"), path(at));
    }
    void copy(const std::string& at) const {
        ASSERT_TRUE(other("cp", {"-a", path(at), path("copy")}));
    }
};

// A folder that may not be opened is there: 13 would say that a snapshot is missing.
TEST_F(ClosedFolders, AreNoMissingSnapshots) {
    stdfs::create_directory(path("shut"));
    ASSERT_EQ(::chmod(path("shut").c_str(), 0), 0);
    as_him([&] {
        const stdfs::path before = stdfs::current_path();
        stdfs::current_path(dir_.path());
        const Finished verified = run({"verify", "shut"});
        EXPECT_EQ(verified.code, 3);
        EXPECT_NE(verified.err.find("Permission denied"), std::string::npos) << verified.err;
        const Finished compared = run({"diff", "one", "shut"});
        EXPECT_EQ(compared.code, 1);
        EXPECT_NE(compared.err.find("Permission denied"), std::string::npos) << compared.err;
        EXPECT_EQ(run({"verify", "no-such"}).code, 13);
        EXPECT_EQ(run({"diff", "one", "no-such"}).code, 13);
        EXPECT_EQ(run({"verify", std::string(400, 'k')}).code, 13);
        EXPECT_EQ(run({"diff", "one", std::string(400, 'k')}).code, 13);
        stdfs::current_path(before);
    });
}

TEST_F(ClosedFolders, AreMendedInPlace) {
    for (const std::vector<std::string>& options : std::vector<std::vector<std::string>>{
             {}, {"--paranoid"}, {"--force", "--delete"}, {"--atomic"}}) {
        as_him([&] {
            std::vector<std::string> args{"restore", "one", path("a")};
            args.insert(args.end(), options.begin(), options.end());
            vandalise("a");
            for (int time = 0; time < 2; ++time) {
                const Finished mended = run(args);
                EXPECT_EQ(mended.code, 0) << mended.err;
            }
        });
        expect_as_fresh("a");
    }
}

TEST_F(ClosedFolders, WhoseOwnAttributesAloneDifferAreMended) {
    as_him([&] {
        opened("a/readonly", [](const std::string& readonly) {
            ASSERT_EQ(::removexattr(readonly.c_str(), "user.note"), 0);
            ASSERT_EQ(::setxattr(readonly.c_str(), "user.other", "o", 1, 0), 0);
        });
        ASSERT_EQ(::chmod(path("a/read only").c_str(), 0400), 0);
        const Finished mended = run({"restore", "one", path("a")});
        EXPECT_EQ(mended.code, 0) << mended.err;
    });
    expect_as_fresh("a");
}

TEST_F(ClosedFolders, TheFolderItself) {
    for (const mode_t mode : {0000, 0300, 0400, 0500, 0100}) {
        for (const std::vector<std::string>& options : std::vector<std::vector<std::string>>{
                 {}, {"--force", "--delete"}, {"--force"}, {"--atomic"}}) {
            as_him([&] {
                write_file(path("a/new"), "too many");
                std::vector<std::string> args{"restore", "one", path("a")};
                args.insert(args.end(), options.begin(), options.end());
                ASSERT_EQ(::chmod(path("a").c_str(), mode), 0);
                const Finished mended = run(args);
                EXPECT_EQ(mended.code, 0) << std::oct << mode << mended.err;
                ::unlink(path("a/new").c_str());
            });
            struct stat a {
            }, fresh{};
            ASSERT_EQ(::stat(path("a").c_str(), &a), 0);
            ASSERT_EQ(::stat(path("fresh").c_str(), &fresh), 0);
            EXPECT_EQ(a.st_mode, fresh.st_mode) << std::oct << mode;
        }
    }
}

TEST_F(ClosedFolders, TheFolderItselfKeepsItsModeWhenNothingIsDone) {
    as_him([&] {
        stdfs::create_directories(path("strange"));
        write_file(path("strange/file"), "somebody's");
        for (const mode_t mode : {0000, 0300, 0500}) {
            ASSERT_EQ(::chmod(path("strange").c_str(), mode), 0);
            EXPECT_EQ(run({"restore", "one", path("strange")}).code, 1);
            struct stat st {};
            ASSERT_EQ(::stat(path("strange").c_str(), &st), 0);
            EXPECT_EQ(st.st_mode & 07777, mode);
        }
    });
}

TEST_F(ClosedFolders, AreMergedOver) {
    as_him([&] {
        vandalise("a");
        stdfs::create_directories(path("b/closed/deep"));
        ASSERT_EQ(::chmod(path("b/closed/deep").c_str(), 0), 0);
        ASSERT_EQ(::chmod(path("b/closed").c_str(), 0), 0);
        for (const std::string at : {"a", "b"}) {
            const Finished merged = run({"restore", "one", path(at), "--force"});
            EXPECT_EQ(merged.code, 0) << merged.err;
        }
    });
    for (const std::string at : {"a", "b"}) {
        for (const std::string below : {"closed/f", "closed/deep/er/g", "listed/a", "searched/b",
                                        "readonly/c", "readonly/sub/d", "open", "secret"})
            EXPECT_EQ(read_file(path(at + "/" + below)), below) << at;
        for (const std::string below : {"closed", "closed/deep", "closed/deep/er", "listed",
                                        "searched", "readonly", "readonly/sub"}) {
            struct stat is {
            }, fresh{};
            ASSERT_EQ(::stat(path(at + "/" + below).c_str(), &is), 0);
            ASSERT_EQ(::stat(path("fresh/" + below).c_str(), &fresh), 0);
            EXPECT_EQ(is.st_mode, fresh.st_mode) << at << below;
        }
    }
}

TEST_F(ClosedFolders, VerifyAndDryRunNameThemAndChangeNothing) {
    as_him([&] { vandalise("a"); });
    copy("a");
    as_him([&] {
        const Finished verified = run({"verify", path("a")});
        EXPECT_EQ(verified.code, 1) << verified.err;
        for (const std::string name : {"'closed'", "'listed'", "'searched'", "'open'"})
            EXPECT_NE(verified.err.find(name), std::string::npos) << name << verified.err;
        EXPECT_EQ(verified.out.find("closed/"), std::string::npos) << verified.out;
        EXPECT_EQ(verified.out.find("listed/"), std::string::npos) << verified.out;
        EXPECT_NE(verified.out.find("M readonly/c"), std::string::npos) << verified.out;
        EXPECT_NE(verified.out.find("+ readonly/extra\n"), std::string::npos) << verified.out;
        const Finished planned = run({"restore", "one", path("a"), "--dry-run"});
        EXPECT_EQ(planned.code, 3) << planned.err;
        EXPECT_NE(planned.err.find("'closed'"), std::string::npos) << planned.err;
    });
    EXPECT_EQ(differences_from_copy("a"), std::vector<std::string>{});
    as_him([&] {
        EXPECT_EQ(run({"restore", "one", path("a")}).code, 0);
        const Finished verified = run({"verify", path("a")});
        EXPECT_EQ(verified.code, 3) << verified.err;
        EXPECT_EQ(verified.out, "");
        ASSERT_EQ(::chmod(path("a").c_str(), 0), 0);
        EXPECT_EQ(run({"verify", path("a")}).code, 3);
        EXPECT_EQ(run({"restore", "one", path("a")}).code, 0);
    });
    expect_as_fresh("a");
}

}  // namespace
}  // namespace holt::test

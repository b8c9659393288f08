// `holt export`, `gzip` and `zstd` into a pipe that nobody reads, onto a full disk, over the limit
// of a file's size, and onto the store itself; `holt import` of what is damaged in its middle.
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "cli/store_fixture.h"
#include "support/child.h"
#include "support/tar_maker.h"

namespace holt::test {
namespace {

namespace stdfs = std::filesystem;

class ArchiveFaultCli : public StoreTest {
  protected:
    ArchiveFaultCli() {
        std::string text;
        for (unsigned i = 0; text.size() < 3'000'000; ++i)
            text += "line " + std::to_string(i * 2654435761u) + "\n";
        write_file(tree() + "/large", text);
        snapshot({"--name", "s"});
        run({"export", "s", "whole.tar"});
    }
    std::string holt_in_store() const {
        return "HOLT_STORE='" + store() + "' '" + HOLT_PROGRAM + "' ";
    }
    Finished shell(const std::string& script) const {
        const auto finished = other("bash", {"-c", "cd '" + path(".") + "'; " + script});
        EXPECT_TRUE(finished);
        return finished.value_or(Finished{});
    }
    bool store_verifies() { return run({"verify"}).code == 0; }
};

// As gzip, zstd and tar do: the shell sees 141, and there is no message; where SIGPIPE is ignored,
// which scripts of some languages hand down, it is one message and an error.
TEST_F(ArchiveFaultCli, AReaderThatGoesAwayEndsAFilterBySigpipe) {
    for (const std::string command :
         {"export s - --format tar", "export s - --format tar.zst", "export s - --format tar.gz",
          "export s - --format zip", "export s - --format holt", "gzip -c whole.tar",
          "gzip -1c -p1 whole.tar", "zstd -c whole.tar", "zstd -T1 -c whole.tar"}) {
        SCOPED_TRACE(command);
        const std::string pipeline = holt_in_store() + command + " | true; echo ${PIPESTATUS[0]}";
        const Finished ended = shell(pipeline);
        EXPECT_EQ(ended.out, "141\n");
        EXPECT_EQ(ended.err, "");
        const Finished told = shell("trap '' PIPE; " + pipeline);
        EXPECT_EQ(told.out, "1\n");
        EXPECT_NE(told.err.find("Broken pipe"), std::string::npos) << told.err;
        EXPECT_EQ(std::ranges::count(told.err, '\n'), 1) << told.err;
    }
    EXPECT_TRUE(store_verifies());
    EXPECT_TRUE(stdfs::is_empty(store() + "/pins"));
}

TEST_F(ArchiveFaultCli, AFileThatMayNotGrowIsOutOfSpace) {
    for (const std::string target : {"x.tar", "x.zip", "x.holt", "- --format tar > x.tar"}) {
        const Finished limited =
            shell("(ulimit -f 64; " + holt_in_store() + "export s " + target + "); echo $?");
        EXPECT_EQ(limited.out, "15\n") << target << limited.err;
        if (!target.starts_with('-')) {
            EXPECT_FALSE(stdfs::exists(path(target)));
        }
    }
    const Finished zipped =
        shell("(ulimit -f 4; " + holt_in_store() + "gzip -k whole.tar); echo $?; ls");
    EXPECT_EQ(zipped.out.substr(0, 2), "1\n");
    EXPECT_EQ(zipped.out.find("whole.tar.gz"), std::string::npos);
    const Finished imported =
        shell("(ulimit -f 160; " + holt_in_store() + "--store new init; " + holt_in_store() +
              "--store new import whole.tar); echo $?; ls new/tmp new/pins");
    EXPECT_EQ(imported.out, "15\nnew/pins:\n\nnew/tmp:\n") << imported.err;
}

// A real full disk, where it may be mounted.
TEST_F(ArchiveFaultCli, AFullDiskLeavesNothingAndLaterItWorks) {
    constexpr int kNoMounts = 77;
    stdfs::create_directory(path("small"));
    const int end = in_child([&] {
        if (::unshare(CLONE_NEWNS) != 0 ||
            ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
            ::mount("tmpfs", path("small").c_str(), "tmpfs", 0, "size=800k") != 0)
            ::_exit(kNoMounts);
        for (const std::string name : {"x.tar", "x.zip"}) {
            const Finished full = run({"export", "s", "small/" + name});
            EXPECT_EQ(full.code, 15) << full.err;
            EXPECT_TRUE(stdfs::is_empty(path("small")));
        }
        const Finished zipped = run({"gzip", "-1", "-c", "whole.tar"});
        EXPECT_EQ(zipped.code, 0);
        ASSERT_EQ(run({"init", "small/store"}).code, 0);
        const Finished full = run({"--store", "small/store", "import", "whole.tar"});
        EXPECT_EQ(full.code, 15) << full.err;
        EXPECT_TRUE(stdfs::is_empty(path("small/store/tmp")));
        EXPECT_TRUE(stdfs::is_empty(path("small/store/pins")));
        EXPECT_EQ(run({"--store", "small/store", "verify"}).code, 0);
        const Finished restored = run({"restore", "whole.tar", "small/out"});
        EXPECT_EQ(restored.code, 15) << restored.err;
        for (const auto& entry : stdfs::directory_iterator(path("small")))
            EXPECT_EQ(entry.path().filename(), "store");
        ASSERT_EQ(::mount("tmpfs", path("small").c_str(), "tmpfs", MS_REMOUNT, "size=32m"), 0);
        EXPECT_EQ(run({"--store", "small/store", "import", "whole.tar"}).code, 0);
        EXPECT_EQ(run({"--store", "small/store", "verify"}).code, 0);
    });
    if (end == kNoMounts) GTEST_SKIP() << "may not mount";
    EXPECT_EQ(end, 0);
}

TEST_F(ArchiveFaultCli, AnArchiveNeverReplacesAFileOfTheStore) {
    for (const std::string name : {"catalog.db", "new.tar", "packs/../reserve"}) {
        const Finished refused =
            run({"export", "s", store() + "/" + name, "--format", "tar", "--force"});
        EXPECT_EQ(refused.code, 2) << refused.err;
    }
    stdfs::create_directory_symlink(store() + "/packs", path("elsewhere"));
    EXPECT_EQ(run({"export", "s", "elsewhere/x.tar"}).code, 2);
    EXPECT_FALSE(stdfs::exists(store() + "/new.tar"));
    EXPECT_TRUE(store_verifies());
}

// The store's own files are no archives; what it exports it can take in at the same time.
TEST_F(ArchiveFaultCli, AStoreReadsItself) {
    for (const auto& entry : stdfs::recursive_directory_iterator(store())) {
        if (entry.path().extension() != ".pack" && entry.path().extension() != ".db") continue;
        EXPECT_EQ(run({"import", entry.path().string()}).code, 12) << entry.path();
    }
    for (const std::string format : {"tar", "holt"}) {
        const Finished both = shell(holt_in_store() + "export s - --format " + format + " | " +
                                    holt_in_store() + "import -q -; echo ${PIPESTATUS[@]}");
        EXPECT_NE(both.out.find("\n0 0\n"), std::string::npos) << both.out << both.err;
    }
    EXPECT_TRUE(store_verifies());
}

TEST_F(ArchiveFaultCli, ACorruptMemberInTheMiddleNamesWhatCameBefore) {
    std::string tar;
    for (int i = 0; i < 40; ++i) {
        std::string content;
        for (int j = 0; content.size() < 100'000; ++j)
            content += std::to_string(i * 7919 + j) + "\n";
        tar += tar_entry({.name = "file" + std::to_string(i)}, content);
    }
    write_file(path("many.tar"), tar + tar_end());
    ASSERT_EQ(run({"gzip", "-k", "--blocks", "many.tar"}).code, 0);  // several members
    std::string packed = read_file(path("many.tar.gz"));
    for (std::size_t i = 0; i < 40; ++i) packed[packed.size() / 2 + i] ^= 0x55;
    write_file(path("many.tar.gz"), packed);
    const Finished imported = run({"import", "many.tar.gz", "--name", "damaged"});
    EXPECT_EQ(imported.code, 14) << imported.err;
    EXPECT_NE(imported.err.find("member that begins at byte"), std::string::npos) << imported.err;
    EXPECT_NE(imported.err.find("entries up to there is 'file"), std::string::npos) << imported.err;
    EXPECT_EQ(run({"show", "damaged"}).code, 13);
    EXPECT_EQ(run({"restore", "many.tar.gz", "out"}).code, 14);
    EXPECT_FALSE(stdfs::exists(path("out")));
    EXPECT_EQ(run({"gzip", "-t", "many.tar.gz"}).code, 1);
    EXPECT_TRUE(store_verifies());
}

}  // namespace
}  // namespace holt::test

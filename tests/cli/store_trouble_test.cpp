// Proves: what stands in a command's way is told by the right exit code: a repair at work, a store
// that may not be written and has an interrupted commit, files of the store that are no files.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <holt/store.hpp>

#include <csignal>
#include <filesystem>
#include <functional>

#include "cli/store_fixture.h"
#include "fs/fault.h"
#include "support/child.h"

namespace holt::test {
namespace {

namespace stdfs = std::filesystem;

class StoreTrouble : public StoreTest {
  protected:
    // What a repair holds while it works.
    class Repairing {
      public:
        explicit Repairing(const std::string& store)
            : fd_(::open((store + "/pins").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
            EXPECT_EQ(::flock(fd_, LOCK_EX | LOCK_NB), 0);
        }
        ~Repairing() { ::close(fd_); }

      private:
        int fd_;
    };
    // Some process waits with the folder of the pins open.
    bool someone_waits() const {
        std::error_code ignored;
        for (const auto& process : stdfs::directory_iterator("/proc", ignored)) {
            const std::string name = process.path().filename();
            if (name.find_first_not_of("0123456789") != name.npos) continue;
            if (name == std::to_string(::getpid())) continue;
            for (const auto& fd : stdfs::directory_iterator(process.path() / "fd", ignored))
                if (stdfs::read_symlink(fd.path(), ignored) == store() + "/pins") return true;
        }
        return false;
    }
    stdfs::path only_pack() const {
        for (const auto& entry : stdfs::recursive_directory_iterator(store() + "/packs"))
            if (entry.path().extension() == ".pack") return entry.path();
        return {};
    }
    void expect_corrupt(const std::vector<std::string>& args, const std::string& names) const {
        const Finished result = run(args);
        EXPECT_EQ(result.code, 14) << args[0] << ": " << result.err;
        EXPECT_NE(result.err.find(names), std::string::npos) << result.err;
    }
};

TEST_F(StoreTrouble, LockTimeoutHoldsWhileRepairWorks) {
    snapshot({"--name", "one"});
    ASSERT_EQ(run({"export", "one", path("one.tar")}).code, 0);
    const Repairing repair(store());
    for (const std::vector<std::string>& args :
         {std::vector<std::string>{"snapshot", tree()}, {"import", path("one.tar")}, {"repair"}}) {
        std::vector<std::string> with_timeout = args;
        with_timeout.insert(with_timeout.end(), {"--lock-timeout", "0"});
        const Finished result = run(with_timeout);
        EXPECT_EQ(result.code, 11) << args[0] << ": " << result.err;
        EXPECT_NE(result.err.find("pid "), std::string::npos) << result.err;
    }
    EXPECT_EQ(run({"list"}).code, 0);
    EXPECT_EQ(run({"restore", "one", path("out")}).code, 0);
}

TEST_F(StoreTrouble, SigtermIsHeardWhileRepairWorks) {
    const Repairing repair(store());
    for (const std::vector<std::string>& args :
         {std::vector<std::string>{"snapshot", tree()}, {"repair"}}) {
        const Finished result =
            program(args).run_and_signal(SIGTERM, [&] { return someone_waits(); });
        EXPECT_EQ(result.code, 143) << args[0] << ": " << result.err;
    }
}

// Reading needs the interrupted commit undone; where that cannot be done on the disk it is done in
// memory.
TEST_F(StoreTrouble, AnInterruptedCommitInAStoreThatMayNotBeWritten) {
    if (!root()) GTEST_SKIP() << "needs two users";
    snapshot({"--name", "one"});
    write_file(tree() + "/new", "new\n");
    const int end = in_child([&] {
        Observer notes;
        Store opened = *Store::open(store());
        const fs::ScopedFaultPlan plan({{.call = fs::Call::unlink,
                                         .at = "catalog_files.cpp",
                                         .action = fs::Fault::Action::kill}});
        static_cast<void>(opened.snapshot(tree(), {.name = "two"}, notes));
    });
    ASSERT_EQ(end, kKilled);
    ASSERT_TRUE(stdfs::exists(store() + "/catalog.db-journal"));
    stdfs::permissions(path(""), stdfs::perms(0755));
    const std::string before = read_file(store() + "/catalog.db");
    stdfs::create_directory(path("mine"));
    ASSERT_EQ(::chown(path("mine").c_str(), 65534, 65534), 0);
    const int read = as_user([&] {
        const auto expect_done = [&](std::vector<std::string> args, int code = 0) {
            const Finished result = run(args);
            EXPECT_EQ(result.code, code) << args[0] << ": " << result.err;
            return result.out;
        };
        const std::string listed = expect_done({"list"});
        EXPECT_NE(listed.find("one"), std::string::npos);
        EXPECT_EQ(listed.find("two"), std::string::npos);
        expect_done({"ls", "one"});
        EXPECT_EQ(expect_done({"cat", "one:README"}), "read me\n");
        expect_done({"diff", "one", "one"});
        expect_done({"verify"});
        expect_done({"stats"});
        expect_done({"export", "one", path("mine/one.tar")});
        expect_done({"restore", "one", path("mine/out")});
        EXPECT_EQ(read_file(path("mine/out/README")), "read me\n");
        expect_done({"snapshot", path("mine")}, 1);
    });
    EXPECT_EQ(read, 0);
    EXPECT_EQ(read_file(store() + "/catalog.db"), before);
    EXPECT_TRUE(stdfs::exists(store() + "/catalog.db-journal"));
    EXPECT_EQ(run({"restore", "one", path("out")}).code, 0);
    EXPECT_FALSE(stdfs::exists(store() + "/catalog.db-journal"));
}

TEST_F(StoreTrouble, ACatalogThatIsNoFileIsDamage) {
    snapshot({"--name", "one"});
    const std::string catalog = store() + "/catalog.db";
    const std::vector<std::function<void()>> kinds = {
        [&] { stdfs::create_directory(catalog); },
        [&] { ASSERT_EQ(::mkfifo(catalog.c_str(), 0666), 0); },
        [&] { stdfs::create_symlink("elsewhere", catalog); },
    };
    for (const auto& make : kinds) {
        stdfs::rename(catalog, store() + "/elsewhere");
        make();
        expect_corrupt({"list"}, "catalog.db");
        expect_corrupt({"restore", "one", path("out")}, "catalog.db");
        expect_corrupt({"verify"}, "catalog.db");
        expect_corrupt({"snapshot", tree()}, "catalog.db");
        const Finished repaired = run({"repair"});
        EXPECT_EQ(repaired.code, 0) << repaired.err;
        EXPECT_EQ(run({"verify"}).code, 0);
        EXPECT_TRUE(stdfs::is_regular_file(stdfs::symlink_status(catalog)));
        EXPECT_TRUE(stdfs::exists(store() + "/elsewhere")) << "it was followed";
        stdfs::remove(store() + "/elsewhere");
    }
}

TEST_F(StoreTrouble, ACatalogThatMayNotBeReadIsNotCalledMissing) {
    if (!root()) GTEST_SKIP() << "needs two users";
    snapshot();
    stdfs::permissions(path(""), stdfs::perms(0755));
    stdfs::permissions(store() + "/catalog.db", stdfs::perms(0600));
    const int end = as_user([&] {
        const Finished result = run({"list"});
        EXPECT_EQ(result.code, 1);
        EXPECT_NE(result.err.find("Permission denied"), std::string::npos) << result.err;
        EXPECT_EQ(result.err.find("repair"), std::string::npos) << result.err;
    });
    EXPECT_EQ(end, 0);
}

TEST_F(StoreTrouble, MissingPacksFolderIsDamage) {
    snapshot({"--name", "one"});
    const std::string packs = store() + "/packs", catalog = read_file(store() + "/catalog.db");
    stdfs::rename(packs, path("packs"));
    const auto expect_all_refuse = [&] {
        expect_corrupt({"restore", "one", path("out")}, "packs");
        expect_corrupt({"verify"}, "packs");
        expect_corrupt({"repair"}, "packs");
        write_file(tree() + "/more", "content that no pack has\n");
        expect_corrupt({"snapshot", tree()}, "packs");
        EXPECT_EQ(run({"list"}).code, 0);
        EXPECT_EQ(read_file(store() + "/catalog.db"), catalog);
    };
    expect_all_refuse();
    stdfs::create_symlink(path("packs"), packs);
    expect_all_refuse();
    stdfs::remove(packs);
    stdfs::rename(path("packs"), packs);
    EXPECT_EQ(run({"restore", "one", path("out")}).code, 0);
    EXPECT_EQ(run({"verify"}).code, 0);
}

TEST_F(StoreTrouble, APackThatIsASymlinkIsDamage) {
    snapshot({"--name", "one"});
    const stdfs::path pack = only_pack();
    const std::string name = pack.filename();
    stdfs::rename(pack, path("pack"));
    stdfs::create_symlink(path("pack"), pack);
    expect_corrupt({"restore", "one", path("out")}, name);
    expect_corrupt({"verify"}, name);
    expect_corrupt({"cat", "one:README"}, name);
    EXPECT_EQ(run({"repair"}).code, 14);
    EXPECT_TRUE(stdfs::is_symlink(store() + "/quarantine/" + name));
    EXPECT_TRUE(stdfs::exists(path("pack")));
}

TEST_F(StoreTrouble, AFolderOfPacksThatIsASymlinkIsDamage) {
    snapshot({"--name", "one"});
    const stdfs::path pack = only_pack(), folder = pack.parent_path();
    stdfs::rename(folder, path("ab"));
    stdfs::create_symlink(path("ab"), folder);
    expect_corrupt({"restore", "one", path("out")}, pack.filename());
    expect_corrupt({"verify"}, pack.filename());
}

}  // namespace
}  // namespace holt::test

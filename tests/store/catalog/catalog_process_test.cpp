// The catalog between processes: locks, fork, races, kills and faults in every system call.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <functional>
#include <thread>

#include "fs/fault.h"
#include "store/catalog/catalog_support.h"
#include "store/disk/pin.h"

namespace holt::store {
namespace {

namespace stdfs = std::filesystem;
using namespace std::chrono_literals;
using test::CatalogTest;
using test::expect_ok;
using test::expect_sound;
using test::sample_commit;
using test::sample_pack;

// Runs `body` in a child; its exit code, or minus the signal that ended it.
class Child {
  public:
    explicit Child(const std::function<int()>& body) : pid_(::fork()) {
        if (pid_ == 0) ::_exit(body());
    }
    int wait() const {
        int status = 0;
        ::waitpid(pid_, &status, 0);
        return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    }
    pid_t pid() const { return pid_; }

  private:
    pid_t pid_;
};

class CatalogProcess : public CatalogTest {
  protected:
    // What a commit must never leave half done: both its packs, or none.
    void expect_old_or_new(bool must_be_new, std::uint64_t k) {
        Result<Catalog> catalog = open(Catalog::Mode::read_write);
        ASSERT_TRUE(catalog) << k << catalog.error().message();
        expect_sound(*catalog);
        const std::size_t snapshots = catalog->snapshots()->size();
        const std::size_t packs = catalog->packs()->size();
        EXPECT_TRUE((snapshots == 1 && packs == 1) || (snapshots == 2 && packs == 3)) << k;
        EXPECT_TRUE(!must_be_new || snapshots == 2) << k;
        if (snapshots == 1) expect_ok(catalog->commit(second_));
    }
    void start_over() {
        stdfs::remove(folder_.catalog_path());
        stdfs::remove(folder_.catalog_path() + "-journal");
        Catalog catalog = create();
        expect_ok(catalog.commit(first_));
    }

    const Catalog::Commit first_ = sample_commit("one", 1, {sample_pack(1, 200)});
    const Catalog::Commit second_ =
        sample_commit("two", 2, {sample_pack(2, 200), sample_pack(3, 200)});
};

// Whatever system call of a commit fails: an error of the right kind or success, a sound catalog,
// the old state or the new one, and the same commit succeeds afterwards.
TEST_F(CatalogProcess, FaultAtEveryCallOfACommit) {
    for (const int err : {ENOSPC, EIO, EMFILE, EACCES}) {
        std::uint64_t calls = 0;
        for (std::uint64_t nth = 1; calls == 0 || nth <= calls; ++nth) {
            start_over();
            bool done = false;
            {
                const fs::ScopedFaultPlan plan({{.nth = nth, .err = err}});
                Result<Catalog> catalog = open(Catalog::Mode::read_write);
                const Status status =
                    catalog ? catalog->commit(second_) : Status(std::unexpected(catalog.error()));
                if (plan.struck() == 0) calls = plan.calls();
                done = status.has_value();
                if (!status) {
                    EXPECT_EQ(status.error().kind,
                              err == ENOSPC ? ErrorKind::no_space : ErrorKind::failed)
                        << nth << " " << status.error().message();
                }
            }
            expect_old_or_new(done, nth);
        }
        EXPECT_GT(calls, 30u);
    }
}

// Each call that forces something to the device counts: one that fails is an error to the user,
// also when it is the last one and all else is done.
TEST_F(CatalogProcess, AnyFsyncThatFailsIsAnError) {
    std::uint64_t syncs = 0;
    for (std::uint64_t nth = 1; syncs == 0 || nth <= syncs; ++nth) {
        start_over();
        bool done = false;
        {
            Catalog catalog = reopen();
            const fs::ScopedFaultPlan plan({{.call = fs::Call::fsync, .nth = nth, .err = EIO}});
            const Status status = catalog.commit(second_);
            if (plan.struck() == 0) syncs = plan.calls(fs::Call::fsync);
            EXPECT_EQ(status.has_value(), plan.struck() == 0) << nth;
            done = status.has_value();
        }
        expect_old_or_new(done, nth);
    }
    EXPECT_GE(syncs, 4u);
}

// The folder is held open from the beginning: a commit that has its journal needs no descriptor
// any more, and a shortage of them can neither stop it half-way nor keep it from being durable.
TEST_F(CatalogProcess, ACommitOpensItsJournalAndTheMarksFirst) {
    start_over();
    Catalog catalog = reopen();
    std::vector<fs::SeenCall> calls;
    {
        const fs::ScopedFaultPlan plan({{.call = fs::Call::open,
                                         .nth = 3,
                                         .repeat = fs::Fault::Repeat::for_ever,
                                         .err = EMFILE}});
        expect_ok(catalog.commit(second_));
        EXPECT_EQ(plan.struck(), 0u);
        calls = plan.sequence();
    }
    std::size_t last = calls.size();
    while (last > 0 && calls[last - 1].call != fs::Call::unlink) --last;
    ASSERT_GT(last, 0u);
    // The folder's, and that of the mark which says that the commit is done.
    EXPECT_EQ(std::ranges::count(calls.begin() + static_cast<std::ptrdiff_t>(last), calls.end(),
                                 fs::Call::fsync, &fs::SeenCall::call),
              2);
}

// Without a descriptor for the journal it is an error that says so, and nothing is damaged.
TEST_F(CatalogProcess, AShortageIsNotCalledDamage) {
    for (const int err : {EMFILE, ENFILE, EACCES, EIO}) {
        start_over();
        {
            const fs::ScopedFaultPlan plan(
                {{.call = fs::Call::open, .repeat = fs::Fault::Repeat::for_ever, .err = err}});
            const auto opened = open(Catalog::Mode::read_only);
            ASSERT_FALSE(opened);
            EXPECT_EQ(opened.error().kind, ErrorKind::failed) << opened.error().message();
            EXPECT_EQ(opened.error().sys_errno, err);
        }
        Catalog catalog = reopen();
        const fs::ScopedFaultPlan plan({{.call = fs::Call::open, .err = err}});
        const Status status = catalog.commit(second_);
        ASSERT_FALSE(status);
        EXPECT_EQ(status.error().kind, ErrorKind::failed) << status.error().message();
        EXPECT_EQ(status.error().sys_errno, err);
    }
    for (const int err : {ENOSPC, EDQUOT}) {
        Catalog catalog = reopen();
        const fs::ScopedFaultPlan plan({{.call = fs::Call::open, .err = err}});
        const Status status = catalog.commit(second_);
        ASSERT_FALSE(status);
        EXPECT_EQ(status.error().kind, ErrorKind::no_space) << status.error().message();
    }
}

// What has the catalog's name and is no file is never waited for, followed or taken for damage of
// the machine.
TEST_F(CatalogProcess, WhatIsNoFileIsNoCatalog) {
    const std::string path = folder_.catalog_path(), elsewhere = temp_ / "elsewhere.db";
    start_over();
    stdfs::rename(path, elsewhere);
    const std::vector<std::function<void()>> kinds = {
        [&] { stdfs::create_directory(path); },
        [&] { ASSERT_EQ(::mkfifo(path.c_str(), 0666), 0); },
        [&] { stdfs::create_symlink(elsewhere, path); },
        [&] { stdfs::create_symlink("catalog.db", path); },
        [] {},
    };
    for (const auto& make : kinds) {
        make();
        for (const auto mode : {Catalog::Mode::read_only, Catalog::Mode::read_write}) {
            const auto opened = open(mode);
            ASSERT_FALSE(opened);
            EXPECT_EQ(opened.error().kind, ErrorKind::corrupt) << opened.error().message();
            EXPECT_NE(opened.error().advice.find("repair"), std::string::npos);
        }
        stdfs::remove(path);
    }
    // Its journal likewise.
    stdfs::rename(elsewhere, path);
    ASSERT_EQ(::mkfifo((path + "-journal").c_str(), 0666), 0);
    const auto opened = open(Catalog::Mode::read_only);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().kind, ErrorKind::corrupt) << opened.error().message();
}

// Whoever waits hears the wish to stop, for the catalog's lock and for a repair to end.
TEST_F(CatalogProcess, WaitingHearsTheWishToStop) {
    start_over();
    Cancel cancel;
    cancel.request();
    const fs::LockWait wait(60'000ms, &cancel);
    {
        Catalog holder = reopen();
        expect_ok(holder.begin_rebuild());
        Result<Catalog> catalog = Catalog::open(folder_, Catalog::Mode::read_write, wait);
        ASSERT_TRUE(catalog) << catalog.error().message();
        const Status status = catalog->commit(second_);
        ASSERT_FALSE(status);
        EXPECT_EQ(status.error().kind, ErrorKind::cancelled) << status.error().message();
    }
    {
        const auto repair = Pin::exclude_writers(folder_, 0ms);
        ASSERT_TRUE(repair);
        const auto pin = Pin::hold(folder_, wait);
        ASSERT_FALSE(pin);
        EXPECT_EQ(pin.error().kind, ErrorKind::cancelled);
        const auto hasty = Pin::hold(folder_, 0ms);
        ASSERT_FALSE(hasty);
        EXPECT_EQ(hasty.error().kind, ErrorKind::busy);
    }
    const auto pin = Pin::hold(folder_, 0ms);
    ASSERT_TRUE(pin);
    const auto second = Pin::exclude_writers(folder_, wait);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().kind, ErrorKind::cancelled);
}

// What makes an acknowledged commit survive a power cut: the journal is forced before the database
// is touched, the database before the journal goes, and the folder after that.
TEST_F(CatalogProcess, CommitIsForcedToTheDevice) {
    start_over();
    Catalog catalog = reopen();
    const fs::ScopedFaultPlan plan;
    expect_ok(catalog.commit(second_));
    EXPECT_GE(plan.calls(fs::Call::fsync), 4u);
    EXPECT_EQ(plan.calls(fs::Call::unlink), 1u);
}

// Killed before call k, for every k: the next one to open finds the old state or the new one.
TEST_F(CatalogProcess, KillAtEveryCallOfACommit) {
    std::uint64_t calls = 0;
    {
        start_over();
        const fs::ScopedFaultPlan plan;
        Catalog catalog = reopen();
        expect_ok(catalog.commit(second_));
        calls = plan.calls();
    }
    for (std::uint64_t k = 1; k <= calls; ++k) {
        start_over();
        const Child child([&] {
            const fs::ScopedFaultPlan plan({{.nth = k, .action = fs::Fault::Action::kill}});
            Result<Catalog> catalog = open(Catalog::Mode::read_write);
            return catalog && catalog->commit(second_) ? 0 : 1;
        });
        EXPECT_EQ(child.wait(), -SIGKILL) << k;
        expect_old_or_new(false, k);
    }
}

// The same while the catalog is made: init then starts over (StoreFolder removes what is left).
TEST_F(CatalogProcess, KillAtEveryCallOfMakingIt) {
    for (std::uint64_t k = 1;; ++k) {
        const Child child([&] {
            const fs::ScopedFaultPlan plan({{.nth = k, .action = fs::Fault::Action::kill}});
            return open(Catalog::Mode::create) ? 0 : 1;
        });
        if (child.wait() == 0) break;
        ASSERT_LT(k, 500u);
        Result<StoreFolder> again = StoreFolder::init(folder_.path());
        ASSERT_TRUE(again) << again.error().message();
        Catalog catalog = create();
        expect_sound(catalog);
        stdfs::remove(folder_.catalog_path());
    }
}

// A commit that was killed before its journal was removed: a handle for reading undoes it where it
// may (and reads without where it may not: catalog_undo_test).
TEST_F(CatalogProcess, InterruptedCommitAndReadOnlyAccess) {
    start_over();
    const Child child([&] {
        const fs::ScopedFaultPlan plan(
            {{.call = fs::Call::unlink, .action = fs::Fault::Action::kill}});
        Result<Catalog> catalog = open(Catalog::Mode::read_write);
        return catalog && catalog->commit(second_) ? 0 : 1;
    });
    ASSERT_EQ(child.wait(), -SIGKILL);
    ASSERT_TRUE(has_journal());
    EXPECT_EQ(reopen(Catalog::Mode::read_only).snapshots()->size(), 1u);
    EXPECT_FALSE(has_journal());
}

// Reading only, with every kind of writing forbidden: nothing is tried, nothing changes.
TEST_F(CatalogProcess, ReadOnlyWritesNothing) {
    start_over();
    const std::vector<std::string> before = files();
    std::vector<fs::Fault> faults;
    for (const fs::Call call : {fs::Call::pwrite, fs::Call::write, fs::Call::truncate,
                                fs::Call::fsync, fs::Call::unlink, fs::Call::rename})
        faults.push_back({.call = call, .repeat = fs::Fault::Repeat::for_ever, .err = EROFS});
    const fs::ScopedFaultPlan plan(faults);
    Catalog catalog = reopen(Catalog::Mode::read_only);
    EXPECT_EQ(catalog.snapshots()->size(), 1u);
    EXPECT_TRUE(catalog.find_snapshot("one"));
    EXPECT_TRUE(catalog.totals());
    expect_sound(catalog);
    EXPECT_EQ(plan.struck(), 0u);
    EXPECT_EQ(files(), before);
    const Status status = catalog.commit(second_);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().kind, ErrorKind::failed);
    EXPECT_EQ(files(), before);
}

// Who waits in vain is told who holds the store, and what to do.
TEST_F(CatalogProcess, BusyNamesTheHolder) {
    start_over();
    int ready[2], done[2];
    ASSERT_EQ(::pipe(ready), 0);
    ASSERT_EQ(::pipe(done), 0);
    char byte = 0;
    const Child child([&] {
        ::close(done[1]);
        const Result<Pin> pin = Pin::hold(folder_, 60'000ms);
        Result<Catalog> catalog = open(Catalog::Mode::read_write);
        if (!pin || !catalog || !catalog->begin_rebuild()) return 1;
        if (::write(ready[1], "x", 1) != 1) return 2;
        return ::read(done[0], &byte, 1) == 0 ? 0 : 3;
    });
    ::close(done[0]);
    ASSERT_EQ(::read(ready[0], &byte, 1), 1);
    Result<Catalog> catalog = open(Catalog::Mode::read_write, 30ms);
    ASSERT_TRUE(catalog) << catalog.error().message();
    EXPECT_EQ(catalog->snapshots()->size(), 1u);  // readers are not in each other's way
    const Status status = catalog->commit(second_);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().kind, ErrorKind::busy);
    EXPECT_NE(status.error().cause.find("pid " + std::to_string(child.pid())), std::string::npos)
        << status.error().message();
    EXPECT_EQ(status.error().advice_code, Advice::wait_longer);
    ::close(done[1]);
    EXPECT_EQ(child.wait(), 0);
    ::close(ready[0]);
    ::close(ready[1]);
    expect_ok(catalog->commit(second_));
}

// A child of fork() is refused, and its exit does not undo what the parent has begun.
TEST_F(CatalogProcess, ChildOfForkIsRefused) {
    start_over();
    auto catalog = std::make_unique<Catalog>(reopen());
    expect_ok(catalog->begin_rebuild());
    expect_ok(catalog->add_pack(sample_pack(9, 10)));
    const Child child([&] {
        const bool refused = !catalog->snapshots() && !catalog->totals() &&
                             !catalog->commit(second_) && !catalog->end_rebuild();
        catalog.reset();
        return refused ? 0 : 1;
    });
    EXPECT_EQ(child.wait(), 0);
    expect_ok(catalog->end_rebuild());
    EXPECT_EQ(catalog->packs()->size(), 2u);
}

// Of several processes with one name exactly one wins, and the others are told of it; with names of
// their own all win. Nobody is left waiting for ever.
TEST_F(CatalogProcess, ManyProcessesCommitAtOnce) {
    constexpr int kProcesses = 6, kRounds = 5;
    { create(); }
    for (int round = 0; round < kRounds; ++round) {
        std::vector<Child> children;
        for (int i = 0; i < kProcesses; ++i) {
            children.emplace_back([&, i] {
                Result<Catalog> catalog = open(Catalog::Mode::read_write);
                if (!catalog) return 50;
                const auto seed = static_cast<std::uint64_t>(round * kProcesses + i + 1);
                const std::string own = std::to_string(round) + "-" + std::to_string(i);
                const Status free = catalog->commit(
                    sample_commit(own, static_cast<std::int64_t>(seed), {sample_pack(seed, 50)}));
                if (!free) return 51;
                const Status same = catalog->commit(sample_commit(
                    "round " + std::to_string(round), static_cast<std::int64_t>(1000 + seed)));
                return same ? 0 : exit_code(same.error().kind);
            });
        }
        int won = 0;
        for (const Child& child : children) {
            const int code = child.wait();
            EXPECT_TRUE(code == 0 || code == exit_code(ErrorKind::usage)) << code;
            won += code == 0;
        }
        EXPECT_EQ(won, 1);
    }
    Catalog catalog = reopen();
    EXPECT_EQ(catalog.snapshots()->size(), std::size_t{kRounds * (kProcesses + 1)});
    EXPECT_EQ(catalog.packs()->size(), std::size_t{kRounds * kProcesses});
    expect_sound(catalog);
}

TEST_F(CatalogProcess, PinsAreHeldNamedAndSwept) {
    const auto pins = [&] {
        return std::distance(stdfs::directory_iterator(folder_.shown("pins")), {});
    };
    {
        Result<Pin> pin = Pin::hold(folder_, 60'000ms);
        ASSERT_TRUE(pin) << pin.error().message();
        EXPECT_EQ(pins(), 1);
        EXPECT_TRUE(Pin::holders(folder_)->empty());  // ours is left out
        const Child child([&] {
            // The parent's pin is named here, and not swept; nor does our end remove it.
            const auto holders = Pin::holders(folder_);
            const std::string parent = "pid " + std::to_string(::getppid());
            if (!holders || holders->size() != 1 || !(*holders)[0].starts_with(parent)) return 1;
            const Result<Pin> own = Pin::hold(folder_, 60'000ms);
            return own ? 0 : 2;
        });
        EXPECT_EQ(child.wait(), 0);
        EXPECT_EQ(pins(), 1);
    }
    EXPECT_EQ(pins(), 0);

    const Child killed([&] {
        const Result<Pin> pin = Pin::hold(folder_, 60'000ms);
        ::raise(SIGKILL);
        return 0;
    });
    EXPECT_EQ(killed.wait(), -SIGKILL);
    EXPECT_EQ(pins(), 1);
    EXPECT_TRUE(Pin::holders(folder_)->empty());
    const Result<Pin> pin = Pin::hold(folder_, 60'000ms);
    ASSERT_TRUE(pin);
    EXPECT_EQ(pins(), 1);
}

}  // namespace
}  // namespace holt::store

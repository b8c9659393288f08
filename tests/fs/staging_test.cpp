// Proves: a destination is what it was or the whole new tree, at every call that may be the last;
// what a killed run leaves is removed by the next; nobody else's work is touched; every bad
// destination is explained.
#include "fs/staging/staging.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/xattr.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "fs/fault.h"
#include "fs/folder.h"
#include "fs/staging/tree_writer.h"
#include "fs/walk/remove_tree.h"
#include "fs_test.h"

namespace holt::fs {
namespace {

namespace stdfs = std::filesystem;
using Action = Fault::Action;
using Repeat = Fault::Repeat;

class StagingTest : public ::testing::Test {
  protected:
    StagingTest() { ::chmod(temp_.path().c_str(), 0777); }
    std::string dest() const { return (temp_ / "dest").string(); }

    static Status build(int fd) {
        HOLT_TRY_LET(sub, make_and_open_folder(fd, "sub", "sub"));
        HOLT_TRY(make_file(sub.get(), "file", "sub/file"));
        HOLT_TRY(make_symlink(fd, "link", "sub", "link"));
        HOLT_TRY(set_mode(sub.get(), 0555, "sub"));
        return set_mode(fd, 0755, "root");
    }
    static Status run(const std::string& path, Durability durability = Durability::none) {
        HOLT_TRY_LET(destination, look_at_new_destination(path));
        HOLT_TRY_LET(staging, Staging::begin(std::move(destination)));
        HOLT_TRY(build(staging.fd()));
        return staging.publish(durability);
    }
    void expect_published() {
        EXPECT_EQ(names_in(dest()), (std::vector<std::string>{"link", "sub"}));
        EXPECT_EQ(names_in(temp_ / "dest" / "sub"), (std::vector<std::string>{"file"}));
        EXPECT_EQ(lstat_of(dest()).st_mode & 07777, 0755u);
        EXPECT_EQ(lstat_of(temp_ / "dest" / "sub").st_mode & 07777, 0555u);
    }
    void clear() { ASSERT_TRUE(remove_contents(open_dir(temp_.path()).get(), "x")); }
    test::TempDir temp_{memory_folder()};
};

TEST_F(StagingTest, PublishesToANewNameAndOverAnEmptyFolder) {
    for (const bool there : {false, true})
        for (const char* suffix : {"", "/", "//"}) {
            if (there) stdfs::create_directory(dest());
            const auto status = run(dest() + suffix, Durability::synced);
            ASSERT_TRUE(status) << status.error().message();
            expect_published();
            EXPECT_EQ(names_in(temp_.path()), (std::vector<std::string>{"dest"}));
            clear();
        }
}

TEST_F(StagingTest, TheStagingFolderIsPrivateAndBesideIt) {
    auto staging = Staging::begin(*look_at_new_destination(dest()));
    ASSERT_TRUE(staging);
    EXPECT_TRUE(staging->name().starts_with(".dest.holt-partial-"));
    EXPECT_EQ(lstat_of(temp_ / staging->name()).st_mode & 07777, 0700u);
    EXPECT_FALSE(stdfs::exists(dest()));
    EXPECT_EQ(staging->new_owner().uid, ::geteuid());
}

TEST_F(StagingTest, UnpublishedIsRemoved) {
    {
        auto staging = Staging::begin(*look_at_new_destination(dest()));
        ASSERT_TRUE(build(staging->fd()));
        Staging moved = *std::move(staging);
        EXPECT_EQ(names_in(temp_.path()).size(), 1u);
    }
    EXPECT_TRUE(names_in(temp_.path()).empty());
}

// The heart of it: SIGKILL before every call of begin, build and publish.
TEST_F(StagingTest, KilledBeforeAnyCallTheNextRunFinishes) {
    for (const bool there : {false, true}) {
        std::uint64_t calls = 0;
        {
            if (there) stdfs::create_directory(dest());
            const ScopedFaultPlan plan;
            ASSERT_TRUE(run(dest(), Durability::synced));
            calls = plan.calls();
            clear();
        }
        for (std::uint64_t k = 1; k <= calls; ++k) {
            if (there) stdfs::create_directory(dest());
            const int end = in_child([&] {
                const ScopedFaultPlan plan({{.nth = k, .action = Action::kill}});
                (void)run(dest(), Durability::synced);
            });
            ASSERT_EQ(end, kKilled) << k;
            bool published = false;
            for (const auto& name : names_in(temp_.path())) {
                if (name == "dest") {
                    published = !stdfs::is_empty(dest());
                    if (published) expect_published();
                } else {
                    EXPECT_TRUE(name.starts_with(".dest.holt-partial-")) << name;
                }
            }
            if (!published) {
                ASSERT_TRUE(run(dest())) << k;
            }
            expect_published();
            EXPECT_EQ(names_in(temp_.path()), (std::vector<std::string>{"dest"})) << k;
            clear();
        }
    }
}

TEST_F(StagingTest, EveryErrorOfEveryCallPublishesAllOrNothing) {
    for (const Repeat repeat : {Repeat::once, Repeat::for_ever})
        for (const int err : {EIO, ENOSPC, EMFILE}) {
            std::uint64_t calls = 0;
            {
                const ScopedFaultPlan plan;
                ASSERT_TRUE(run(dest(), Durability::synced));
                calls = plan.calls();
                clear();
            }
            for (std::uint64_t k = 1; k <= calls; ++k) {
                Status status;
                {
                    const ScopedFaultPlan plan({{.nth = k, .repeat = repeat, .err = err}});
                    status = run(dest(), Durability::synced);
                }
                if (stdfs::exists(dest())) expect_published();
                if (status) {
                    EXPECT_TRUE(stdfs::exists(dest()));
                } else if (repeat == Repeat::once && !stdfs::exists(dest()) &&
                           status.error().object.find("sub") == std::string::npos) {
                    EXPECT_TRUE(names_in(temp_.path()).empty())
                        << k << status.error().message() << names_in(temp_.path())[0];
                }
                clear();
            }
        }
}

TEST_F(StagingTest, StaleOnesAreRemovedLiveOnesAndStrangersAreNot) {
    EXPECT_EQ(in_child([&] {
                  auto staging = Staging::begin(*look_at_new_destination(dest()));
                  EXPECT_TRUE(build(staging->fd()));
                  ::raise(SIGKILL);
              }),
              kKilled);
    const std::string stale = names_in(temp_.path()).at(0);
    stdfs::create_directory(temp_ / ".other.holt-partial-01234567");
    stdfs::create_directory(temp_ / ".dest.holt-partial-xyz");
    write_text(temp_ / ".dest.holt-partial-0123abcd", "a file");
    auto live = Staging::begin(*look_at_new_destination(dest()));
    ASSERT_TRUE(live);
    EXPECT_FALSE(stdfs::exists(temp_ / stale / "sub"));
    {
        auto second = Staging::begin(*look_at_new_destination(dest()));
        ASSERT_FALSE(second);
        EXPECT_EQ(second.error().kind, ErrorKind::busy);
        EXPECT_TRUE(stdfs::exists(temp_ / live->name())) << "in use";
    }
    const auto names = names_in(temp_.path());
    EXPECT_EQ(names.size(), 4u);
    for (const char* kept :
         {".other.holt-partial-01234567", ".dest.holt-partial-xyz", ".dest.holt-partial-0123abcd"})
        EXPECT_TRUE(std::ranges::count(names, kept)) << kept;
}

// The second is told that another is at work, and looks again when that is done.
TEST_F(StagingTest, TwoRunsTakeTurns) {
    for (const bool there : {false, true}) {
        if (there) stdfs::create_directory(dest());
        auto first = Staging::begin(*look_at_new_destination(dest()));
        ASSERT_TRUE(first && build(first->fd()));
        const auto second = Staging::begin(*look_at_new_destination(dest()));
        ASSERT_FALSE(second);
        EXPECT_EQ(second.error().kind, ErrorKind::busy);
        EXPECT_NE(second.error().message().find("pid"), std::string::npos)
            << second.error().message();
        std::jthread publisher([&] {
            ::usleep(50'000);
            EXPECT_TRUE(first->publish(Durability::none));
        });
        const auto waited =
            Staging::begin(*look_at_new_destination(dest()), {std::chrono::seconds(60)});
        ASSERT_FALSE(waited);
        EXPECT_EQ(waited.error().kind, ErrorKind::busy);
        EXPECT_EQ(look_at_destination(dest())->state, DestinationState::folder);
        publisher.join();
        expect_published();
        clear();
    }
}

// Whatever has the name that the first would take, it is not waited for and not removed.
TEST_F(StagingTest, StrangersWithTheNameOfTheFirstStay) {
    const stdfs::path name = temp_ / ".dest.holt-partial-00000000";
    write_text(name, "mine");
    ASSERT_TRUE(run(dest()));
    EXPECT_EQ(read_text(name), "mine");
    clear();
    if (!root()) return;
    ::mkdir(name.c_str(), 0700);
    ASSERT_EQ(::chown(name.c_str(), 1, 1), 0);
    EXPECT_EQ(as_user([&] { EXPECT_TRUE(run(dest())); }), 0);
    EXPECT_EQ(names_in(temp_.path()).size(), 2u);
}

// Many at once, each making what it finds: one publishes, all others see the folder.
TEST_F(StagingTest, OfManyAtOnceOnePublishes) {
    for (int round = 0; round < 20; ++round) {
        std::atomic<int> published{0};
        const auto restore = [&] {
            for (;;) {
                auto destination = look_at_destination(dest());
                ASSERT_TRUE(destination) << destination.error().message();
                if (destination->state == DestinationState::folder) return;
                auto staging = Staging::begin(*std::move(destination), {std::chrono::seconds(60)});
                if (!staging) {
                    ASSERT_EQ(staging.error().kind, ErrorKind::busy) << staging.error().message();
                    continue;
                }
                ASSERT_TRUE(build(staging->fd()));
                const auto done = staging->publish(Durability::none);
                ASSERT_TRUE(done) << done.error().message();
                ++published;
            }
        };
        {
            std::vector<std::jthread> threads;
            for (int i = 0; i < 6; ++i) threads.emplace_back(restore);
        }
        EXPECT_EQ(published, 1);
        expect_published();
        EXPECT_EQ(names_in(temp_.path()), (std::vector<std::string>{"dest"}));
        clear();
    }
}

TEST_F(StagingTest, AFolderThatIsNoLongerEmptyIsNotReplaced) {
    stdfs::create_directory(dest());
    auto staging = Staging::begin(*look_at_new_destination(dest()));
    ASSERT_TRUE(build(staging->fd()));
    write_text(temp_ / "dest" / "user's", "kept");
    const auto published = staging->publish(Durability::none);
    ASSERT_FALSE(published);
    EXPECT_EQ(published.error().kind, ErrorKind::busy) << published.error().message();
    EXPECT_EQ(read_text(temp_ / "dest" / "user's"), "kept");
}

// Of two users' restores neither may open the other's staging folder, so neither waits: who comes
// second is told that somebody was faster (11), and nothing of the first is touched.
TEST_F(StagingTest, OfTwoUsersTheSecondIsToldToRunItAgain) {
    if (!root()) GTEST_SKIP() << "other users can be tested as root only";
    const auto first = Staging::begin(*look_at_new_destination(dest()));
    ASSERT_TRUE(first) << first.error().message();
    for (const int no_replace : {0, EINVAL, ENOSYS}) {
        const int end = as_user([&] {
            auto second = Staging::begin(*look_at_new_destination(dest()));
            ASSERT_TRUE(second) << second.error().message();
            ASSERT_TRUE(build(second->fd()));
            stdfs::create_directory(dest());  // as the first one publishes
            write_text(temp_ / "dest" / "theirs", "kept");
            std::vector<Fault> faults;
            if (no_replace != 0) faults.push_back({.call = Call::rename, .err = no_replace});
            const ScopedFaultPlan plan(faults);
            const auto published = second->publish(Durability::none);
            ASSERT_FALSE(published);
            EXPECT_EQ(published.error().kind, ErrorKind::busy) << published.error().message();
        });
        EXPECT_EQ(end, 0);
        EXPECT_EQ(read_text(temp_ / "dest" / "theirs"), "kept");
        stdfs::remove_all(dest());
    }
}

TEST_F(StagingTest, WithoutNoReplaceRenames) {
    const ScopedFaultPlan plan({{.call = Call::rename, .err = EINVAL}});
    ASSERT_TRUE(run(dest()));
    expect_published();
}

TEST_F(StagingTest, TheWorkingDirectoryKeepsItsInode) {
    stdfs::create_directory(dest());
    const auto ino = lstat_of(dest()).st_ino;
    const int end = as_user([&] {
        if (::chmod(dest().c_str(), 0777) != 0 && ::access(dest().c_str(), W_OK) != 0) return;
        ASSERT_EQ(::chdir(dest().c_str()), 0);
        const auto status = run(".");
        ASSERT_TRUE(status) << status.error().message();
        EXPECT_EQ(names_in("."), (std::vector<std::string>{"link", "sub"}));
    });
    if (root()) {
        // As root the folder is root's: try the same with it.
        const int as_root = in_child([&] {
            ASSERT_EQ(::chdir(dest().c_str()), 0);
            const auto status = run(".", Durability::synced);
            ASSERT_TRUE(status) << status.error().message();
        });
        EXPECT_EQ(as_root, 0);
    } else {
        EXPECT_EQ(end, 0);
    }
    expect_published();
    EXPECT_EQ(lstat_of(dest()).st_ino, ino);
}

TEST_F(StagingTest, AnEmptyFolderBelowAParentThatMayNotBeWritten) {
    stdfs::create_directories(temp_ / "closed" / "dest");
    ::chmod((temp_ / "closed" / "dest").c_str(), 0777);
    if (root()) {
        ASSERT_EQ(::chown((temp_ / "closed" / "dest").c_str(), 65534, 65534), 0);
    }
    ::chmod((temp_ / "closed").c_str(), 0555);
    const int end = as_user([&] {
        const auto status = run((temp_ / "closed" / "dest").string());
        ASSERT_TRUE(status) << status.error().message();
        EXPECT_EQ(names_in(temp_ / "closed" / "dest"), (std::vector<std::string>{"link", "sub"}));
        EXPECT_EQ(lstat_of(temp_ / "closed" / "dest" / "sub").st_mode & 07777, 0555u)
            << "a read-only folder moved, and is read-only again";
    });
    EXPECT_EQ(end, 0);
    ::chmod((temp_ / "closed").c_str(), 0755);
    clear();
}

TEST_F(StagingTest, AnEmptyMountPoint) {
    if (!root()) GTEST_SKIP() << "mounting needs root";
    stdfs::create_directory(dest());
    const int end = in_child([&] {
        if (::unshare(CLONE_NEWNS) != 0 ||
            ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
            ::mount("none", dest().c_str(), "tmpfs", 0, "size=1m") != 0)
            ::_exit(77);
        EXPECT_EQ(in_child([&] {
                      auto staging = Staging::begin(*look_at_new_destination(dest()));
                      EXPECT_TRUE(build(staging->fd()));
                      ::raise(SIGKILL);
                  }),
                  kKilled);
        EXPECT_EQ(names_in(dest()).size(), 1u);
        const auto status = run(dest(), Durability::synced);
        ASSERT_TRUE(status) << status.error().message();
        expect_published();
        EXPECT_EQ(names_in(temp_.path()), (std::vector<std::string>{"dest"}));
    });
    if (end == 77) GTEST_SKIP() << "mounting is not allowed here";
    EXPECT_EQ(end, 0);
}

TEST_F(StagingTest, ADefaultAclOfTheParentIsNotInherited) {
    // version 2; user::rwx, user:7:rwx, group::r-x, mask::rwx, other::r-x
    const std::uint16_t entries[] = {1,      7,      0xffff, 0xffff, 2,      7,     7,
                                     0,      4,      5,      0xffff, 0xffff, 0x10,  7,
                                     0xffff, 0xffff, 0x20,   5,      0xffff, 0xffff};
    const std::uint32_t version = 2;
    const std::string acl = std::string(reinterpret_cast<const char*>(&version), 4) +
                            std::string(reinterpret_cast<const char*>(entries), sizeof entries);
    if (::setxattr(temp_.path().c_str(), "system.posix_acl_default", acl.data(), acl.size(), 0) !=
        0)
        GTEST_SKIP() << "no ACLs here";
    ASSERT_TRUE(run(dest()));
    expect_published();
    for (const char* path : {"dest", "dest/sub", "dest/sub/file"})
        EXPECT_LT(::getxattr((temp_ / path).c_str(), "system.posix_acl_access", nullptr, 0), 0)
            << path;
}

TEST_F(StagingTest, NamesOf255Bytes) {
    const std::string name(255, 'n');
    ASSERT_TRUE(run((temp_ / name).string()));
    EXPECT_EQ(names_in(temp_.path()), (std::vector<std::string>{name}));
    EXPECT_FALSE(run((temp_ / std::string(256, 'n')).string()));
}

TEST_F(StagingTest, AForkedChildLeavesItToItsParent) {
    auto staging = Staging::begin(*look_at_new_destination(dest()));
    ASSERT_TRUE(build(staging->fd()));
    EXPECT_EQ(in_child([&] { const Staging gone = *std::move(staging); }), 0);
    EXPECT_TRUE(staging->publish(Durability::none));
    expect_published();
}

// Destinations that cannot be.
struct BadDestination {
    const char* path;
    ErrorKind kind;
    const char* says;
};

TEST_F(StagingTest, EveryBadDestinationIsExplained) {
    stdfs::create_directories(temp_ / "full" / "x");
    write_text(temp_ / "file", "");
    stdfs::create_symlink("nowhere", temp_ / "dangling");
    stdfs::create_symlink("file", temp_ / "to-file");
    stdfs::create_symlink("loop", temp_ / "loop");
    for (const auto& [path, kind, says] :
         {BadDestination{"none/dest", ErrorKind::failed, "create it first"},
          BadDestination{"file/dest", ErrorKind::failed, "is not a folder"},
          BadDestination{"file", ErrorKind::failed, "is not a folder"},
          BadDestination{"file/", ErrorKind::failed, "is not a folder"},
          BadDestination{"full", ErrorKind::failed, "an empty or new folder"},
          BadDestination{"full/", ErrorKind::failed, "an empty or new folder"},
          BadDestination{"full/.", ErrorKind::failed, "an empty or new folder"},
          BadDestination{"full/x/..", ErrorKind::failed, "an empty or new folder"},
          BadDestination{"dangling", ErrorKind::failed, "leads nowhere"},
          BadDestination{"to-file", ErrorKind::failed, "not a folder"},
          BadDestination{"loop", ErrorKind::failed, "symbolic links"}}) {
        const auto result = look_at_new_destination((temp_ / path).string());
        ASSERT_FALSE(result) << path;
        EXPECT_EQ(result.error().kind, kind) << path << ": " << result.error().message();
        EXPECT_NE(result.error().message().find(says), std::string::npos)
            << path << ": " << result.error().message();
    }
    EXPECT_EQ(look_at_new_destination("").error().kind, ErrorKind::usage);
    EXPECT_EQ(look_at_new_destination("/").error().kind, ErrorKind::usage);
    EXPECT_EQ(look_at_new_destination("//").error().kind, ErrorKind::usage);
}

TEST_F(StagingTest, GoodDestinationsAreSeenAsWhatTheyAre) {
    stdfs::create_directories(temp_ / "empty");
    stdfs::create_directories(temp_ / "full" / "x");
    stdfs::create_directory_symlink("empty", temp_ / "link");
    const auto look = [&](const char* path) {
        return *look_at_destination((temp_ / path).string());
    };
    EXPECT_EQ(look("new").state, DestinationState::absent);
    EXPECT_EQ(look("empty").state, DestinationState::empty_folder);
    EXPECT_EQ(look("full").state, DestinationState::folder);
    EXPECT_EQ(look("full/x/").name, "x");
    const auto link = look("link");
    EXPECT_EQ(link.name, "empty") << "a symlink to a folder means that folder";
    EXPECT_EQ(link.state, DestinationState::empty_folder);
    EXPECT_EQ(look("full/x/..").name, "full");
    EXPECT_EQ(look("full/x/.").name, "x");
}

}  // namespace
}  // namespace holt::fs

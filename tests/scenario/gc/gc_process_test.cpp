// Proves: a collection that runs again and again beside snapshots, restores and forgetting, with
// processes killed anywhere, loses no acknowledged snapshot; readers and writers that were there
// first keep what they need; a collection works on a full disk.
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>
#include <holt/gc.hpp>

#include <fstream>
#include <map>

#include "scenario/faults/fault_world.h"
#include "store/catalog/catalog.h"
#include "store/disk/pin.h"

namespace holt::test {
namespace {

namespace stdfs = std::filesystem;

class GcProcess : public FaultWorld {
  protected:
    void SetUp() override {
        for (unsigned tree = 0; tree < 3; ++tree)
            for (unsigned i = 0; i < 20; ++i)
                write_file(tree_path(tree) / std::to_string(i % 4) / std::to_string(i),
                           code_like(2000 + 100 * i, i % 2 == 0 ? i : i + 1000 * tree));
    }
    stdfs::path tree_path(unsigned tree) const {
        return fixed() / ("tree-" + std::to_string(tree));
    }
    void write_line(const std::string& file, const std::string& line) {
        const int fd =
            ::open((fixed() / file).c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
        EXPECT_EQ(::write(fd, line.data(), line.size()), static_cast<ssize_t>(line.size()));
        ::close(fd);
    }
    std::map<std::string, unsigned> lines(const std::string& file) const {
        std::map<std::string, unsigned> all;
        std::ifstream in(fixed() / file);
        std::string name;
        unsigned tree = 0;
        while (in >> name >> tree) all[name] = tree;
        return all;
    }
    // Takes snapshots and forgets the one before the last of its own: what it will forget is
    // written down before, what it took after.
    void take_and_forget(unsigned writer, unsigned count) {
        for (unsigned n = 0; n < count; ++n) {
            const unsigned tree = (writer + n) % 3;
            const std::string name = "w" + std::to_string(writer) + "-" + std::to_string(n);
            const auto report =
                open_store().snapshot(tree_path(tree).string(), {.name = name}, notes_);
            ASSERT_TRUE(report) << report.error().message();
            write_line("acks", name + " " + std::to_string(tree) + "\n");
            if (n < 2) continue;
            const std::string old = "w" + std::to_string(writer) + "-" + std::to_string(n - 2);
            write_line("goes", old + " 0\n");
            const auto forgot = open_store().forget({.snaps = {old}});
            ASSERT_TRUE(forgot) << forgot.error().message();
        }
    }
    void collect(unsigned count) {
        for (unsigned n = 0; n < count; ++n) {
            const auto report = open_store().gc({}, notes_);
            ASSERT_TRUE(report) << report.error().message();
        }
    }
    void read_some(unsigned reader, unsigned count) {
        for (unsigned n = 0; n < count; ++n) {
            const auto acks = lines("acks");
            if (acks.empty()) continue;
            auto one = acks.begin();
            std::advance(one, (n * 7 + reader) % acks.size());
            const stdfs::path to = fixed() / ("read-" + std::to_string(reader));
            const auto restored = open_store().restore(one->first, to.string(), {}, notes_);
            if (!restored) {
                EXPECT_EQ(restored.error().kind, ErrorKind::not_found)
                    << restored.error().message();
                EXPECT_TRUE(lines("goes").contains(one->first)) << one->first;
                continue;
            }
            EXPECT_EQ(tree_differences(tree_path(one->second), to), std::vector<std::string>{});
            stdfs::remove_all(to);
        }
    }
    void expect_all_acknowledged_restore() {
        const auto acks = lines("acks"), goes = lines("goes");
        Store opened = open_store();
        std::size_t checked = 0;
        for (const auto& [name, tree] : acks) {
            if (goes.contains(name)) continue;
            const auto restored = opened.restore(name, out().string(), {}, notes_);
            ASSERT_TRUE(restored) << restored.error().message();
            EXPECT_EQ(tree_differences(tree_path(tree), out()), std::vector<std::string>{});
            stdfs::remove_all(out());
            ++checked;
        }
        EXPECT_GT(checked, 3u);
        const auto verified = opened.verify({}, {}, notes_);
        ASSERT_TRUE(verified) << verified.error().message();
        for (const Damage& damage : verified->damage) ADD_FAILURE() << damage.what.message();
    }
};

TEST_F(GcProcess, GcInALoopBesideWritersAndReadersThatAreKilled) {
    if (ran_in_fresh_process()) return;
    put_empty_store();
    const unsigned scale = long_tests() ? 10 : 1;
    std::vector<pid_t> children;
    for (unsigned writer = 0; writer < 2; ++writer)
        children.push_back(start_child([&, writer] { take_and_forget(writer, 8 * scale); }));
    children.push_back(start_child([&] { collect(10 * scale); }));
    children.push_back(start_child([&] { read_some(0, 15 * scale); }));
    for (unsigned victim = 10; victim < 10 + 20 * scale; ++victim) {
        const int end = in_child([&] {
            const fs::ScopedFaultPlan plan(
                {{.nth = 20 + (victim * 37) % 700, .action = fs::Fault::Action::kill}});
            victim % 2 == 0 ? collect(3) : take_and_forget(victim, 3);
        });
        EXPECT_TRUE(end == kKilled || end == 0) << end;
    }
    for (const pid_t child : children) EXPECT_EQ(end_of(child), 0);
    EXPECT_EQ(in_child([&] {
                  expect_all_acknowledged_restore();
                  collect(1);
                  expect_all_acknowledged_restore();
                  EXPECT_EQ(names_in(store() / "pins"), std::set<std::string>{});
              }),
              0);
}

// Somebody is reading since before: what it may need stays, and goes with the next collection.
TEST_F(GcProcess, ReadersAndWritersThatBeganBeforeKeepTheirPacks) {
    if (ran_in_fresh_process()) return;
    for (const bool writer : {false, true}) {
        put_empty_store();
        const int end = in_child([&] {
            auto opened =
                Store::open(store().string(), {.lock_timeout = std::chrono::milliseconds(10)});
            ASSERT_TRUE(opened);
            ASSERT_TRUE(opened->snapshot(tree_path(0).string(), {.name = "a"}, notes_));
            auto folder = store::StoreFolder::open(store().string());
            ASSERT_TRUE(folder);
            {
                std::optional<store::Pin> pin;
                std::optional<store::Catalog> reading;
                if (writer) {
                    auto held = store::Pin::hold(*folder, fs::LockWait{});
                    ASSERT_TRUE(held) << held.error().message();
                    pin.emplace(*std::move(held));
                } else {
                    auto catalog = store::Catalog::open(*folder, store::Catalog::Mode::read_only,
                                                        fs::LockWait{});
                    ASSERT_TRUE(catalog);
                    reading.emplace(*std::move(catalog));
                }
                ASSERT_TRUE(opened->forget({.snaps = {"a"}}));
                const auto left = opened->gc({}, notes_);
                ASSERT_TRUE(left) << left.error().message();
                EXPECT_EQ(left->waiting_packs, 1u);
                EXPECT_EQ(left->packs_after, 1u);
                EXPECT_EQ(opened->stats()->going_packs, 1u);
            }
            const auto done = opened->gc({}, notes_);
            ASSERT_TRUE(done) << done.error().message();
            EXPECT_EQ(done->waiting_packs, 0u);
            EXPECT_EQ(done->packs_after, 0u);
        });
        EXPECT_EQ(end, 0);
    }
}

// What is condemned is written again, or revived, by a snapshot of the same content.
TEST_F(GcProcess, ASnapshotOfCondemnedContentIsWhole) {
    if (ran_in_fresh_process()) return;
    put_empty_store();
    const int end = in_child([&] {
        auto opened =
            Store::open(store().string(), {.lock_timeout = std::chrono::milliseconds(10)});
        ASSERT_TRUE(opened->snapshot(tree_path(0).string(), {.name = "a"}, notes_));
        ASSERT_TRUE(opened->forget({.snaps = {"a"}}));
        auto folder = store::StoreFolder::open(store().string());
        {
            auto reading =
                store::Catalog::open(*folder, store::Catalog::Mode::read_only, fs::LockWait{});
            ASSERT_EQ(opened->gc({}, notes_)->waiting_packs, 1u);
            ASSERT_TRUE(opened->snapshot(tree_path(0).string(), {.name = "b"}, notes_));
        }
        ASSERT_TRUE(opened->gc({}, notes_));
        write_line("acks", "b 0\n");
        const auto restored = opened->restore("b", out().string(), {}, notes_);
        ASSERT_TRUE(restored) << restored.error().message();
        EXPECT_EQ(tree_differences(tree_path(0), out()), std::vector<std::string>{});
        const auto verified = opened->verify({}, {}, notes_);
        EXPECT_TRUE(verified->damage.empty());
    });
    EXPECT_EQ(end, 0);
}

TEST_F(GcProcess, OneCollectionAtATime) {
    if (ran_in_fresh_process()) return;
    put_store_with_one();
    std::vector<pid_t> children;
    for (int i = 0; i < 4; ++i) children.push_back(start_child([&] { collect(5); }));
    for (const pid_t child : children) EXPECT_EQ(end_of(child), 0);
    EXPECT_EQ(in_child([&] { expect_store_is_whole({{"one", one()}}); }), 0);
}

TEST_F(GcProcess, WorksWithoutAByteFree) {
    if (ran_in_fresh_process()) return;
    constexpr int kNoMounts = 77;
    const int end = in_child([&] {
        const bool own = ::unshare(CLONE_NEWNS) == 0 &&
                         ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
        const stdfs::path disk = fixed() / "disk";
        stdfs::create_directories(disk);
        if (!own || ::mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=4m") != 0) ::_exit(kNoMounts);
        auto made = Store::init(disk / "store");
        ASSERT_TRUE(made) << made.error().message();
        write_file(fixed() / "big" / "file", random_bytes(1'000'000, 1));
        ASSERT_TRUE(made->snapshot(fixed() / "big", {.name = "big"}, notes_));
        ASSERT_TRUE(made->snapshot(tree_path(0).string(), {.name = "small"}, notes_));
        {
            const int fd = ::open((disk / "filler").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
            const std::string noise = random_bytes(4096, 1);
            while (::write(fd, noise.data(), noise.size()) > 0) {
            }
            ::close(fd);
        }
        write_file(fixed() / "big" / "file", random_bytes(600'000, 2));
        const auto full = made->snapshot(fixed() / "big", {.name = "next"}, notes_);
        ASSERT_FALSE(full);
        EXPECT_EQ(full.error().kind, ErrorKind::no_space);
        const auto forgot = made->forget({.snaps = {"big"}});
        ASSERT_TRUE(forgot) << forgot.error().message();
        const auto report = made->gc({}, notes_);
        ASSERT_TRUE(report) << report.error().message();
        const auto next = made->snapshot(fixed() / "big", {.name = "next"}, notes_);
        ASSERT_TRUE(next) << next.error().message();
        EXPECT_EQ(stdfs::file_size(disk / "store" / "reserve"), 65'536u) << "taken again";
        const auto verified = made->verify({}, {}, notes_);
        ASSERT_TRUE(verified);
        EXPECT_TRUE(verified->damage.empty());
    });
    if (end == kNoMounts) GTEST_SKIP() << "may not mount";
    EXPECT_EQ(end, 0);
}

}  // namespace
}  // namespace holt::test

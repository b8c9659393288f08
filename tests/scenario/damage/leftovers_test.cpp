// Proves: what killed snapshots left in tmp/ is counted by stats and removed by the next writer;
// what a living one is writing stays.
#include <signal.h>
#include <unistd.h>

#include "scenario/faults/fault_world.h"

namespace holt::test {
namespace {

namespace stdfs = std::filesystem;

class Leftovers : public FaultWorld {
  protected:
    // Kills a snapshot while its pack is being written.
    void kill_a_snapshot() {
        const int end = in_child([&] {
            const fs::ScopedFaultPlan plan(
                {{.call = fs::Call::fsync, .at = "file.cpp", .action = fs::Fault::Action::kill}});
            (void)snapshot("killed");
        });
        ASSERT_EQ(end, kKilled);
    }
    static void expect_tmp(Store store, std::uint64_t files) {
        const auto stats = store.stats();
        ASSERT_TRUE(stats) << stats.error().message();
        EXPECT_EQ(stats->tmp_files, files);
        EXPECT_EQ(stats->tmp_bytes > 0, files > 0);
    }
};

TEST_F(Leftovers, OfKilledSnapshotsAreCountedAndSweptByTheNextWriter) {
    if (ran_in_fresh_process()) return;
    use_source_two();
    put_store_with_one();
    for (int i = 0; i < 3; ++i) kill_a_snapshot();
    write_file(store() / "tmp" / "rebuilt.db", "of a repair that was killed");
    write_file(store() / "tmp" / "rebuilt.db-journal", "its journal");
    write_file(store() / "tmp" / "snapshots.log.tmp-0123456789abcdef", "its marks");
    // Each of the three swept what the one before had left.
    ASSERT_EQ(names_in(store() / "tmp").size(), 4u);
    const int end = in_child([&] {
        expect_tmp(open_store(), 4);
        ASSERT_TRUE(snapshot("new"));
        expect_tmp(open_store(), 0);
        expect_only_store_files(Left::clean);
        expect_store_is_whole({{"one", one()}, {"new", two()}});
    });
    EXPECT_EQ(end, 0);
}

TEST_F(Leftovers, WhatALivingWriterWritesStays) {
    if (ran_in_fresh_process()) return;
    use_source_two();
    put_store_with_one();
    kill_a_snapshot();
    const std::set<std::string> dead = names_in(store() / "tmp");
    ASSERT_EQ(dead.size(), 1u);
    // Stops while its pack is being written.
    int ready[2];
    ASSERT_EQ(::pipe(ready), 0);
    const pid_t living = start_child([&] {
        class Stopper : public NoteKeeper {
          public:
            explicit Stopper(const stdfs::path& tmp, int fd) : tmp_(tmp), fd_(fd) {}
            void progress(const Progress&) override {
                if (stopped_ || names_in(tmp_).empty()) return;
                stopped_ = true;
                (void)!::write(fd_, "x", 1);
                ::raise(SIGSTOP);
            }

          private:
            stdfs::path tmp_;
            int fd_;
            bool stopped_ = false;
        } stopper(store() / "tmp", ready[1]);
        const stdfs::path large = dir_ / "out";
        for (unsigned i = 0; i < 40; ++i)
            write_file(large / std::to_string(i), random_bytes(1 << 20, i));
        Store opened = open_store();
        const auto report = opened.snapshot(large.string(), {.name = "living"}, stopper);
        ASSERT_TRUE(report) << report.error().message();
    });
    ::close(ready[1]);
    char byte = 0;
    ASSERT_EQ(::read(ready[0], &byte, 1), 1) << "it did not come to write a pack";
    const std::set<std::string> writing = names_in(store() / "tmp");
    EXPECT_FALSE(writing.contains(*dead.begin())) << "the living one has swept the dead one's";
    EXPECT_GE(writing.size(), 1u);
    const int other = in_child([&] { ASSERT_TRUE(snapshot("other")); });
    EXPECT_EQ(other, 0);
    EXPECT_EQ(names_in(store() / "tmp"), writing);
    ::kill(living, SIGCONT);
    EXPECT_EQ(end_of(living), 0);
    const int end = in_child([&] {
        expect_store_is_whole({{"one", one()}, {"other", two()}, {"living", out()}});
        expect_only_store_files(Left::clean);
    });
    EXPECT_EQ(end, 0);
}

TEST_F(Leftovers, StatsCountTheQuarantine) {
    if (ran_in_fresh_process()) return;
    put_store_with_one();
    const int end = in_child([&] {
        for (const auto& entry : stdfs::recursive_directory_iterator(store() / "packs"))
            if (entry.path().extension() == ".pack") {
                stdfs::permissions(entry.path(), stdfs::perms::owner_write,
                                   stdfs::perm_options::add);
                stdfs::resize_file(entry.path(), 40);
            }
        ASSERT_TRUE(Store::repair(store().string(), {}, notes_));
        const auto stats = open_store().stats();
        ASSERT_TRUE(stats);
        EXPECT_EQ(stats->quarantine_files, 1u);
        EXPECT_EQ(stats->quarantine_bytes, 40u);
    });
    EXPECT_EQ(end, 0);
}

}  // namespace
}  // namespace holt::test

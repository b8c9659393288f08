// Proves: whenever forget, undelete, tag or gc is killed, every snapshot is as it was or as it was
// asked to be, whole, and the next run succeeds; whatever system call fails, the error is clean and
// nothing that a snapshot needs is gone.
#include <holt/gc.hpp>

#include <algorithm>

#include "scenario/faults/fault_world.h"

namespace holt::test {
namespace {

namespace stdfs = std::filesystem;
using Repeat = fs::Fault::Repeat;

class FaultsGc : public FaultWorld {
  protected:
    // Snapshots "one" of tree one, and "old" and "new" of tree two, and what a killed snapshot
    // left.
    void SetUp() override {
        use_source_two();
        put_store_with_one();
        const int made = in_child([&] {
            ASSERT_TRUE(snapshot("old"));
            for (int i = 0; i < 10; ++i) {
                write_file(fixed() / "extra" / "f",
                           random_bytes(3000, 100 + static_cast<unsigned>(i)));
                ASSERT_TRUE(open_store().snapshot(fixed() / "extra",
                                                  {.name = "x" + std::to_string(i)}, notes_));
            }
            ASSERT_TRUE(snapshot("new"));
            stdfs::rename(store(), fixed() / "store-with-many");
        });
        ASSERT_EQ(made, 0);
    }
    void put_store_with_many() {
        clear();
        stdfs::copy(fixed() / "store-with-many", store(), stdfs::copy_options::recursive);
    }
    // All but the newest three of the extras and "one" are forgotten, not collected.
    void put_thinned_store() {
        put_store_with_many();
        ASSERT_EQ(in_child([&] {
                      ASSERT_TRUE(open_store().forget(
                          {.snaps = {"x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "old"}}));
                  }),
                  0);
    }
    std::vector<std::string> names() {
        std::vector<std::string> all;
        const auto listed = open_store().list();
        EXPECT_TRUE(listed) << listed.error().message();
        if (listed)
            for (const SnapshotInfo& one : *listed) all.push_back(one.name);
        return all;
    }
    void expect_right() {
        Store opened = open_store();
        const auto verified = opened.verify({}, {}, notes_);
        ASSERT_TRUE(verified) << verified.error().message();
        for (const Damage& damage : verified->damage) ADD_FAILURE() << damage.what.message();
        for (const auto& [snap, tree] : {std::pair{"one", one()}, std::pair{"new", two()}}) {
            const stdfs::path to = fixed() / "restored";
            const auto restored = opened.restore(snap, to.string(), {}, notes_);
            ASSERT_TRUE(restored) << restored.error().message();
            EXPECT_EQ(tree_differences(tree, to), std::vector<std::string>{}) << snap;
            stdfs::remove_all(to);
        }
    }
    void kill_everywhere(const std::function<void()>& prepare, const std::function<void()>& run,
                         const std::function<void()>& check, std::uint64_t most) {
        prepare();
        const std::uint64_t calls = count_calls(run);
        RecordProperty("calls", static_cast<int>(calls));
        ASSERT_GT(calls, 20u);
        const std::uint64_t killed = kill_before_every_call(
            calls, prepare, run,
            [&](std::uint64_t k) {
                ASSERT_EQ(in_child([&] {
                              expect_only_store_files(Left::garbage_allowed);
                              check();
                          }),
                          0)
                    << "killed before call " << k << " of " << calls;
            },
            step_for(calls, most));
        EXPECT_GT(killed, 15u);
    }
    void gc_once() {
        const auto report = open_store().gc({}, notes_);
        ASSERT_TRUE(report) << report.error().message();
    }
    using Names = std::vector<std::string>;
    const Names kThinned = {"one", "x8", "x9", "new"};
};

TEST_F(FaultsGc, ForgetKilledAnywhere) {
    if (ran_in_fresh_process()) return;
    const auto run = [&] {
        const auto report = open_store().forget({.snaps = {"old", "x3"}});
        ASSERT_TRUE(report) << report.error().message();
    };
    const auto check = [&] {
        const std::size_t there = names().size();
        EXPECT_TRUE(there == 13 || there == 11) << there << ": both or none";
        expect_right();
        // A repair agrees with the catalog about what was forgotten.
        stdfs::remove(store() / "catalog.db");
        stdfs::remove(store() / "catalog.db-journal");
        const auto repaired = Store::repair(store().string(), {}, notes_);
        ASSERT_TRUE(repaired) << repaired.error().message();
        // Without a catalog a mark that is pending counts for nothing.
        EXPECT_TRUE(names().size() == there || names().size() == 13) << names().size();
        if (names().size() == 13) run();
        EXPECT_EQ(names().size(), 11u);
        gc_once();
        expect_right();
    };
    kill_everywhere([&] { put_store_with_many(); }, run, check, 60);
}

TEST_F(FaultsGc, UndeleteAndTagKilledAnywhere) {
    if (ran_in_fresh_process()) return;
    const auto run = [&] {
        ASSERT_TRUE(open_store().undelete({"old"}));
        ASSERT_TRUE(open_store().tag("old", {.name = "other", .hold = true}));
    };
    const auto check = [&] {
        expect_right();
        const auto now = names();
        const bool back = now.size() == 5, renamed = std::ranges::count(now, "other") > 0;
        EXPECT_TRUE(back || now == kThinned);
        if (!back) {
            ASSERT_TRUE(open_store().undelete({"old"}));
        }
        if (!renamed) {
            ASSERT_TRUE(open_store().tag("old", {.name = "other", .hold = true}));
        }
        EXPECT_EQ(names(), (Names{"one", "other", "x8", "x9", "new"}));
        gc_once();
        expect_right();
    };
    kill_everywhere([&] { put_thinned_store(); }, run, check, 60);
}

TEST_F(FaultsGc, GcKilledAnywhere) {
    if (ran_in_fresh_process()) return;
    const auto check = [&] {
        EXPECT_EQ(names(), kThinned);
        expect_right();
        gc_once();
        EXPECT_EQ(names(), kThinned);
        expect_right();
        expect_only_store_files(Left::clean);
        EXPECT_EQ(names_in(store() / "epochs"), std::set<std::string>{"current"});
        EXPECT_EQ(open_store().stats()->unknown_packs, 0u);
        EXPECT_EQ(open_store().stats()->going_packs, 0u);
    };
    kill_everywhere([&] { put_thinned_store(); }, [&] { gc_once(); }, check, 120);
}

TEST_F(FaultsGc, GcWithEveryCallFailing) {
    if (ran_in_fresh_process()) return;
    put_thinned_store();
    const std::uint64_t calls = count_calls([&] { gc_once(); });
    // The thinned store is copied, not made, before each run: that needs no child.
    stdfs::rename(store(), fixed() / "store-thinned");
    put_thinned_store();
    stdfs::remove_all(fixed() / "store-thinned");
    stdfs::rename(store(), fixed() / "store-thinned");
    const auto body = [&] {
        std::uint64_t offset = 0;
        for (const int err : {ENOSPC, EIO, EMFILE, EACCES}) {
            const std::uint64_t step = step_for(calls, 60);
            for (std::uint64_t k = 1 + offset++ % step; k <= calls && !HasFailure(); k += step) {
                SCOPED_TRACE("errno " + std::to_string(err) + " at call " + std::to_string(k));
                clear();
                stdfs::copy(fixed() / "store-thinned", store(), stdfs::copy_options::recursive);
                const std::size_t descriptors = open_descriptors();
                {
                    const fs::ScopedFaultPlan plan({{.nth = k, .err = err}});
                    auto opened = Store::open(store().string());
                    if (opened) {
                        const auto report = opened->gc({}, notes_);
                        if (!report) expect_clean_error(report.error(), err);
                    }
                }
                EXPECT_EQ(open_descriptors(), descriptors);
                EXPECT_EQ(names(), kThinned);
                expect_right();
                gc_once();
                expect_right();
                expect_only_store_files(Left::clean);
            }
        }
    };
    EXPECT_EQ(in_child(body), 0);
}

}  // namespace
}  // namespace holt::test

// Proves: whenever init or a snapshot is killed, what was acknowledged restores, what was not is
// whole or invisible, nothing else is touched, and the next run succeeds; whatever system call
// fails, the error is clean, nothing is published and no temporary is left.
#include "scenario/faults/fault_world.h"

namespace holt::test {
namespace {

namespace stdfs = std::filesystem;
using Repeat = fs::Fault::Repeat;

class FaultsSnapshot : public FaultWorld {
  protected:
    // After a kill: `name` may or may not be there; then the same command again.
    void check_after_kill(const std::string& name, const std::vector<Acknowledged>& before,
                          const stdfs::path& tree) {
        expect_only_store_files(Left::garbage_allowed);
        expect_nothing_outside_changed(Left::clean);
        const auto listed = open_store().list();
        ASSERT_TRUE(listed) << listed.error().message();
        std::vector<Acknowledged> now = before;
        const bool visible = listed->size() > before.size();
        if (visible) now.push_back({name, tree});
        expect_store_is_whole(now);

        const auto again = snapshot(name);
        if (visible) {
            ASSERT_FALSE(again);  // the name is taken: by itself, whole
            EXPECT_EQ(again.error().kind, ErrorKind::usage);
        } else {
            ASSERT_TRUE(again) << again.error().message();
            EXPECT_EQ(again->left_out, 0u);
            now.push_back({name, tree});
        }
        ASSERT_TRUE(snapshot("third"));
        now.push_back({"third", tree});
        expect_store_is_whole(now);
        EXPECT_EQ(names_in(store() / "pins"), std::set<std::string>{});
    }

    /// How often a snapshot was there although an error was reported: when the last call of a
    /// commit fails, which forces the folder to the device, all is done and nothing is sure.
    std::uint64_t late_errors_ = 0;

    void kill_everywhere(const std::string& name, const std::function<void()>& prepare,
                         const std::vector<Acknowledged>& before, const stdfs::path& tree,
                         std::uint64_t most) {
        const auto run = [&] {
            const auto report = snapshot(name);
            ASSERT_TRUE(report) << report.error().message();
        };
        prepare();
        const std::uint64_t calls = count_calls(run);
        RecordProperty("calls", static_cast<int>(calls));
        ASSERT_GT(calls, 50u);
        const std::uint64_t killed = kill_before_every_call(
            calls, prepare, run,
            [&](std::uint64_t k) {
                ASSERT_EQ(in_child([&] { check_after_kill(name, before, tree); }), 0)
                    << "killed before call " << k << " of " << calls;
            },
            step_for(calls, most));
        EXPECT_GT(killed, 30u);
    }

    // A commit is only sure when the folder was forced to the device after it had forgotten the
    // journal: an acknowledged one has seen a call that did this, and that was not made to fail.
    static bool journals_end_is_durable(const std::vector<fs::SeenCall>& calls, std::uint64_t k,
                                        Repeat repeat) {
        bool durable = true;
        for (std::size_t i = 0; i < calls.size(); ++i) {
            if (calls[i].file != "catalog_files.cpp") continue;
            const bool failed = repeat == Repeat::once ? i + 1 == k : i + 1 >= k;
            if (calls[i].call == fs::Call::unlink && !failed) durable = false;
            if (calls[i].call == fs::Call::fsync && !failed) durable = true;
        }
        return durable;
    }

    // Runs in a child. One errno at every `step`-th call from `first` on.
    void fail_everywhere(std::uint64_t calls, int err, Repeat repeat, std::uint64_t first,
                         std::uint64_t step, const std::vector<Acknowledged>& before,
                         const stdfs::path& tree) {
        for (std::uint64_t k = first; k <= calls && !HasFailure(); k += step) {
            SCOPED_TRACE("errno " + std::to_string(err) +
                         (repeat == Repeat::once ? " once" : " for ever") + " at call " +
                         std::to_string(k) + " of " + std::to_string(calls));
            before.empty() ? put_empty_store() : put_store_with_one();
            const std::size_t descriptors = open_descriptors();
            Result<SnapshotReport> report;
            bool could_clean = false;
            {
                const fs::ScopedFaultPlan plan({{.nth = k, .repeat = repeat, .err = err}});
                report = snapshot("new");
                const auto sequence = plan.sequence();
                EXPECT_TRUE(!report || journals_end_is_durable(sequence, k, repeat))
                    << "acknowledged, and lost by a power cut";
                could_clean = repeat == Repeat::once && k <= sequence.size() &&
                              sequence[k - 1].call != fs::Call::unlink;
            }
            EXPECT_EQ(open_descriptors(), descriptors);
            // Where it is the removing that fails, the next writer does it.
            if (could_clean) {
                EXPECT_EQ(names_in(store() / "tmp"), std::set<std::string>{});
                EXPECT_EQ(names_in(store() / "pins"), std::set<std::string>{});
            }
            expect_only_store_files(Left::garbage_allowed);
            expect_nothing_outside_changed(Left::clean);
            const auto listed = open_store().list();
            ASSERT_TRUE(listed) << listed.error().message();
            std::vector<Acknowledged> now = before;
            if (report) {
                ASSERT_EQ(listed->size(), before.size() + 1);
                if (report->left_out > 0) {
                    // The item's own fault; never one of the machine.
                    EXPECT_TRUE(err == EIO || err == EACCES || err == ENOSPC) << report->left_out;
                    continue;
                }
                now.push_back({"new", tree});
                expect_store_is_whole(now);
                continue;
            }
            expect_clean_error(report.error(), err);
            const bool visible = listed->size() > before.size();
            late_errors_ += visible ? 1 : 0;
            if (!visible) {
                const auto again = snapshot("new");
                ASSERT_TRUE(again) << again.error().message();
            }
            now.push_back({"new", tree});
            expect_store_is_whole(now);
            if (repeat == Repeat::once) expect_only_store_files(Left::clean);
        }
    }
};

TEST_F(FaultsSnapshot, InitKilledAnywhere) {
    if (ran_in_fresh_process()) return;
    const auto run = [&] {
        const auto made = Store::init(store().string());
        ASSERT_TRUE(made) << made.error().message();
    };
    clear();
    const std::uint64_t calls = count_calls(run);
    ASSERT_GT(calls, 20u);
    kill_before_every_call(
        calls, [&] { clear(); }, run,
        [&](std::uint64_t k) {
            const int end = in_child([&] {
                expect_nothing_outside_changed(Left::clean);
                const auto opened = Store::open(store().string());
                if (!opened) {
                    EXPECT_EQ(opened.error().kind, ErrorKind::no_store) << opened.error().message();
                    const auto again = Store::init(store().string());
                    ASSERT_TRUE(again) << again.error().message();
                }
                expect_only_store_files(Left::clean);
                const auto report = snapshot("one");
                ASSERT_TRUE(report) << report.error().message();
                expect_store_is_whole({{"one", one()}});
            });
            ASSERT_EQ(end, 0) << "killed before call " << k << " of " << calls;
        });
}

TEST_F(FaultsSnapshot, InitWithEveryCallFailing) {
    if (ran_in_fresh_process()) return;
    clear();
    const std::uint64_t calls = count_calls([&] { ASSERT_TRUE(Store::init(store().string())); });
    const auto body = [&] {
        for (const int err : {ENOSPC, EIO, EMFILE, ENOMEM, EACCES}) {
            for (std::uint64_t k = 1; k <= calls && !HasFailure(); ++k) {
                SCOPED_TRACE("errno " + std::to_string(err) + " at call " + std::to_string(k));
                clear();
                const std::size_t descriptors = open_descriptors();
                {
                    const fs::ScopedFaultPlan plan({{.nth = k, .err = err}});
                    const auto made = Store::init(store().string());
                    if (!made) expect_clean_error(made.error(), err);
                }
                EXPECT_EQ(open_descriptors(), descriptors);
                if (!Store::open(store().string())) {
                    const auto again = Store::init(store().string());
                    ASSERT_TRUE(again) << again.error().message();
                }
                expect_only_store_files(Left::clean);
                expect_store_is_whole({});
            }
        }
    };
    EXPECT_EQ(in_child(body), 0);
}

TEST_F(FaultsSnapshot, FirstSnapshotKilledAnywhere) {
    if (ran_in_fresh_process()) return;
    kill_everywhere(
        "new", [&] { put_empty_store(); }, {}, one(), 70);
}

TEST_F(FaultsSnapshot, SecondSnapshotKilledAnywhere) {
    if (ran_in_fresh_process()) return;
    use_source_two();
    kill_everywhere(
        "new", [&] { put_store_with_one(); }, {{"one", one()}}, two(), 150);
}

// I1 and I2 without a catalog: whenever a snapshot is killed and the catalog is lost after that,
// repair brings back exactly what was acknowledged, and at most the one that was being committed.
TEST_F(FaultsSnapshot, KilledAnywhereAndThenTheCatalogIsLost) {
    if (ran_in_fresh_process()) return;
    use_source_two();
    put_store_with_one();
    const auto run = [&] { ASSERT_TRUE(snapshot("new")); };
    const std::uint64_t calls = count_calls(run);
    bool acknowledged = false;
    const auto check = [&](std::uint64_t k) {
        const int end = in_child([&] {
            stdfs::remove(store() / "catalog.db");
            stdfs::remove(store() / "catalog.db-journal");
            const auto repaired = Store::repair(store().string(), {}, notes_);
            ASSERT_TRUE(repaired) << repaired.error().message();
            EXPECT_TRUE(repaired->damage.empty());
            std::vector<Acknowledged> now = {{"one", one()}};
            if (repaired->snapshots > 1) now.push_back({"new", two()});
            EXPECT_TRUE(!acknowledged || repaired->snapshots == 2);
            expect_store_is_whole(now);
            if (repaired->snapshots == 1) {
                ASSERT_TRUE(snapshot("new"));
                expect_store_is_whole({{"one", one()}, {"new", two()}});
            }
            expect_only_store_files(Left::clean);
        });
        ASSERT_EQ(end, 0) << "killed before call " << k << " of " << calls;
    };
    const auto prepare = [&] { put_store_with_one(); };
    kill_before_every_call(calls, prepare, run, check, step_for(calls, 60));
    // The last calls, among which are the COMMIT and the marks, one by one.
    for (std::uint64_t k = calls > 40 ? calls - 40 : 1; k <= calls && !HasFatalFailure(); ++k) {
        prepare();
        const int end = in_child([&] {
            const fs::ScopedFaultPlan plan({{.nth = k, .action = fs::Fault::Action::kill}});
            run();
        });
        ASSERT_TRUE(end == kKilled || end == 0);
        acknowledged = end == 0;
        check(k);
    }
    prepare();
    ASSERT_EQ(in_child(run), 0);
    acknowledged = true;
    check(0);
}

TEST_F(FaultsSnapshot, EveryErrorAtEveryCall) {
    if (ran_in_fresh_process()) return;
    use_source_two();
    put_store_with_one();
    const std::uint64_t calls = count_calls([&] { ASSERT_TRUE(snapshot("new")); });
    const auto body = [&] {
        constexpr int kErrors[] = {ENOSPC, EIO, EMFILE, ENOMEM, EACCES};
        // Each call meets one of the ten; with HOLT_LONG_TESTS all of them.
        const std::uint64_t step = step_for(2 * std::size(kErrors), 1);
        for (std::size_t i = 0; i < std::size(kErrors); ++i) {
            for (const Repeat repeat : {Repeat::once, Repeat::for_ever}) {
                const std::uint64_t first =
                    step == 1 ? 1 : 1 + 2 * i + (repeat == Repeat::once ? 1 : 0);
                fail_everywhere(calls, kErrors[i], repeat, first, step, {{"one", one()}}, two());
            }
        }
    };
    const auto with_bound = [&] {
        body();
        // Three calls: the folder's fsync, and the two that settle the mark.
        EXPECT_LE(late_errors_, long_tests() ? 30u : 6u);
    };
    EXPECT_EQ(in_child(with_bound), 0);
}

// A disk that is full for ever, seen by one kind of call at a time: what needs no space still
// works, so that nothing may be left behind.
TEST_F(FaultsSnapshot, AFullDiskLeavesNothingBehind) {
    if (ran_in_fresh_process()) return;
    use_source_two();
    const auto body = [&] {
        for (const fs::Call kind : {fs::Call::write, fs::Call::pwrite, fs::Call::mkdir,
                                    fs::Call::fsync, fs::Call::rename, fs::Call::truncate}) {
            std::uint64_t struck = 1;
            for (std::uint64_t nth = 1; struck > 0 && !HasFailure(); ++nth) {
                SCOPED_TRACE(std::string(fs::name(kind)) + " fails from the " +
                             std::to_string(nth) + ". on");
                put_store_with_one();
                Result<SnapshotReport> report;
                {
                    const fs::ScopedFaultPlan plan(
                        {{.call = kind, .nth = nth, .repeat = Repeat::for_ever, .err = ENOSPC}});
                    report = snapshot("new");
                    struck = plan.struck();
                }
                if (!report) expect_clean_error(report.error(), ENOSPC);
                EXPECT_TRUE(report || struck > 0);
                // A commit that cannot be undone either leaves its journal, which the next to
                // come undoes.
                EXPECT_EQ(names_in(store() / "tmp"), std::set<std::string>{});
                EXPECT_EQ(names_in(store() / "pins"), std::set<std::string>{});
                // An fsync of the folder that fails after the commit, or a mark that cannot be
                // settled: whole, but not sure to last.
                const auto listed = open_store().list();
                ASSERT_TRUE(listed) << listed.error().message();
                if (report || listed->size() == 2) {
                    EXPECT_TRUE(report || kind == fs::Call::fsync || kind == fs::Call::pwrite);
                    expect_store_is_whole({{"one", one()}, {"new", two()}});
                } else {
                    expect_store_is_whole({{"one", one()}});
                }
                expect_only_store_files(Left::clean);
            }
        }
    };
    EXPECT_EQ(in_child(body), 0);
}

TEST_F(FaultsSnapshot, ShortCountsAndInterruptionsAreInvisible) {
    if (ran_in_fresh_process()) return;
    use_source_two();
    const auto body = [&] {
        using Action = fs::Fault::Action;
        const std::vector<std::vector<fs::Fault>> plans = {
            {{.repeat = Repeat::for_ever, .err = EINTR}},
            {{.repeat = Repeat::for_ever, .action = Action::short_count, .count = 1}},
            {{.repeat = Repeat::for_ever, .action = Action::short_count, .count = 4095}},
        };
        for (const auto& faults : plans) {
            put_store_with_one();
            const fs::ScopedFaultPlan plan(faults);
            const auto report = snapshot("new");
            ASSERT_TRUE(report) << report.error().message();
            EXPECT_EQ(report->left_out, 0u);
            EXPECT_GT(plan.struck(), 50u);
            expect_store_is_whole({{"one", one()}, {"new", two()}});
        }
    };
    EXPECT_EQ(in_child(body), 0);
}

}  // namespace
}  // namespace holt::test

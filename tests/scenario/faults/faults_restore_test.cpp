// Proves: whenever a restore is killed or a system call of it fails, the destination is the old
// tree, the new tree or marked incomplete; each file in it is an old one or a new one; the same
// restore again finishes it; the store and everything beside the destination stay as they are.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scenario/faults/fault_world.h"

namespace holt::test {
namespace {

namespace stdfs = std::filesystem;
using Repeat = fs::Fault::Repeat;

class FaultsRestore : public FaultWorld {
  protected:
    struct Scenario {
        std::function<void()> prepare;
        stdfs::path old_tree{};  ///< what stood in the destination; empty: nothing did
        RestoreOptions options{};
        bool inside = false;         ///< the destination is the working directory
        bool again_outside = false;  ///< but not any more when it is finished
        stdfs::path new_tree{};      ///< what a restore gives; empty: the tree of "one"
    };
    stdfs::path new_tree(const Scenario& scenario) const {
        return scenario.new_tree.empty() ? one() : scenario.new_tree;
    }

    Result<RestoreReport> run(const Scenario& scenario) {
        if (!scenario.inside) return restore("one", out(), scenario.options);
        if (::chdir(out().c_str()) != 0) return std::unexpected(Error{.operation = "chdir"});
        auto report = restore("one", ".", scenario.options);
        EXPECT_EQ(::chdir("/"), 0);
        return report;
    }

    // Making or removing the mark inside a folder touches its time, no more. Where a file could not
    // be put into the pool it is a copy, with the mode of the snapshot.
    static std::vector<std::string> differences(const stdfs::path& a, const stdfs::path& b,
                                                const Scenario& scenario) {
        std::vector<std::string> found = tree_differences(a.string(), b.string());
        const bool linked = scenario.options.link != LinkMode::automatic;
        std::erase_if(found, [&](const std::string& line) {
            return line.starts_with(".: mtime") ||
                   (linked && line.find(": mode ") != std::string::npos);
        });
        return found;
    }

    bool is_marked() const {
        for (const std::string& name : names_in(out())) {
            if (name.starts_with(".out.holt-")) return true;
        }
        return false;
    }

    void expect_each_file_old_or_new(const Scenario& scenario) {
        auto at = stdfs::recursive_directory_iterator(out());
        for (; at != stdfs::recursive_directory_iterator(); ++at) {
            const std::string name = at->path().filename().string();
            if (name.starts_with(".out.holt-")) at.disable_recursion_pending();
            if (!stdfs::is_regular_file(at->symlink_status())) continue;
            const stdfs::path below = at->path().lexically_relative(out());
            const std::string content = read_file(at->path());
            const auto is_in = [&](const stdfs::path& tree) {
                return !tree.empty() && stdfs::is_regular_file(tree / below) &&
                       read_file(tree / below) == content;
            };
            EXPECT_TRUE(is_in(one()) || is_in(scenario.old_tree)) << below;
        }
    }

    // I6.
    void expect_old_new_or_marked(const Scenario& scenario) {
        if (!stdfs::exists(stdfs::symlink_status(out()))) {
            EXPECT_TRUE(scenario.old_tree.empty());
            return;
        }
        expect_each_file_old_or_new(scenario);
        if (is_marked()) return;
        const auto from_new = differences(new_tree(scenario), out(), scenario);
        if (from_new.empty()) return;
        ASSERT_FALSE(scenario.old_tree.empty())
            << "not the new tree, and not marked: " << ::testing::PrintToString(from_new);
        const auto from_old = differences(scenario.old_tree, out(), scenario);
        EXPECT_TRUE(from_old.empty())
            << "neither old nor new, and not marked: " << ::testing::PrintToString(from_new)
            << ::testing::PrintToString(from_old);
    }

    // The same command again finishes it; where the new tree is there already, it may be refused
    // as not empty.
    void expect_again_finishes(const Scenario& scenario) {
        const auto left = [&] { return differences(new_tree(scenario), out(), scenario); };
        const bool done = stdfs::exists(out()) && !is_marked() && left().empty();
        Scenario once_more = scenario;
        if (scenario.again_outside) once_more.inside = false;
        const auto again = run(once_more);
        if (!again) {
            EXPECT_TRUE(done) << again.error().message();
        } else {
            EXPECT_EQ(again->warnings, 0u);
            EXPECT_EQ(tree_differences(new_tree(scenario), out()), std::vector<std::string>{});
        }
        EXPECT_EQ(left(), std::vector<std::string>{});
        expect_nothing_outside_changed(Left::clean);
        expect_only_store_files(Left::clean);
        // A restore only remembers the folder in the store; its files were looked at.
        if (seen_++ % 16 == 0) expect_store_is_whole({{"one", one()}});
    }

    void kill_everywhere(const Scenario& scenario, std::uint64_t most = 70) {
        const auto once = [&] {
            const auto report = run(scenario);
            ASSERT_TRUE(report) << report.error().message();
        };
        scenario.prepare();
        const std::uint64_t calls = count_calls(once);
        ASSERT_GT(calls, 50u);
        const std::uint64_t killed = kill_before_every_call(
            calls, scenario.prepare, once,
            [&](std::uint64_t k) {
                const int end = in_child([&] {
                    expect_nothing_outside_changed(Left::garbage_allowed);
                    expect_old_new_or_marked(scenario);
                    expect_again_finishes(scenario);
                });
                ASSERT_EQ(end, 0) << "killed before call " << k << " of " << calls;
            },
            step_for(calls, most));
        EXPECT_GT(killed, 30u);
    }

    /// `thin`: visits one in so many calls more than usual.
    void fail_everywhere(const Scenario& scenario, std::uint64_t thin = 1) {
        scenario.prepare();
        const std::uint64_t calls = count_calls([&] { ASSERT_TRUE(run(scenario)); });
        const auto body = [&] {
            constexpr int kErrors[] = {ENOSPC, EIO, EMFILE, ENOMEM, EACCES};
            // Each call meets one of the ten; with HOLT_LONG_TESTS all of them.
            const std::uint64_t step = step_for(2 * std::size(kErrors) * thin, 1);
            for (std::size_t i = 0; i < std::size(kErrors) * 2; ++i) {
                const Repeat repeat = i % 2 == 0 ? Repeat::once : Repeat::for_ever;
                const std::uint64_t first = step == 1 ? 1 : 1 + i;
                for (std::uint64_t k = first; k <= calls && !HasFailure(); k += step)
                    fail_once(scenario, calls, k, kErrors[i / 2], repeat);
            }
        };
        EXPECT_EQ(in_child(body), 0);
    }

    void fail_once(const Scenario& scenario, std::uint64_t calls, std::uint64_t k, int err,
                   Repeat repeat) {
        SCOPED_TRACE("errno " + std::to_string(err) +
                     (repeat == Repeat::once ? " once" : " for ever") + " at call " +
                     std::to_string(k) + " of " + std::to_string(calls));
        scenario.prepare();
        const std::size_t descriptors = open_descriptors();
        Result<RestoreReport> report;
        {
            const fs::ScopedFaultPlan plan({{.nth = k, .repeat = repeat, .err = err}});
            report = run(scenario);
        }
        EXPECT_EQ(open_descriptors(), descriptors);
        expect_old_new_or_marked(scenario);
        if (report) {
            // What failed was not needed, or was metadata and was noted.
            if (report->warnings > 0) return;
            EXPECT_EQ(differences(new_tree(scenario), out(), scenario), std::vector<std::string>{});
            return;
        }
        expect_clean_error(report.error(), err);
        // With every call failing not even the staging folder can be removed.
        expect_nothing_outside_changed(repeat == Repeat::once ? Left::clean
                                                              : Left::garbage_allowed);
        expect_again_finishes(scenario);
    }

    unsigned seen_ = 0;

    Scenario to_new() {
        return {.prepare = [this] { put_store_with_one(); }};
    }
    Scenario to_empty() {
        const stdfs::path old_tree = fixed() / "nothing";
        stdfs::create_directories(old_tree);
        return {.prepare =
                    [this] {
                        put_store_with_one();
                        stdfs::create_directory(out());
                    },
                .old_tree = old_tree};
    }
    Scenario to_working_folder() {
        Scenario scenario = to_empty();
        scenario.inside = true;
        return scenario;
    }
    // By hard link, into a pool that is empty or has all files.
    enum class PoolState : std::uint8_t { empty, filled };
    Scenario by_hard_link(PoolState state) {
        const stdfs::path linked = fixed() / "one-linked", filled = fixed() / "store-with-pool";
        if (!stdfs::exists(linked)) {
            copy_tree(one(), linked);
            for (const char* name : {"a", "big", "sub/b", "sub/deep/c", "old/goes"}) {
                const auto write = stdfs::perms::owner_write | stdfs::perms::group_write |
                                   stdfs::perms::others_write;
                stdfs::permissions(linked / name, write, stdfs::perm_options::remove);
            }
        }
        const RestoreOptions options{.link = LinkMode::hardlink};
        if (state == PoolState::filled && !stdfs::exists(filled)) {
            put_store_with_one();
            EXPECT_EQ(in_child([&] { ASSERT_TRUE(restore("one", out(), options)); }), 0);
            stdfs::remove_all(out());
            copy_tree(store(), filled);
        }
        return {.prepare =
                    [this, state, filled] {
                        if (state == PoolState::empty) return put_store_with_one();
                        clear();
                        copy_tree(filled, store());
                    },
                .options = options,
                .new_tree = linked};
    }
    // A tree that has other files, other content, a file for a folder and a folder for a file.
    Scenario over_another() {
        const stdfs::path old_tree = fixed() / "old";
        if (!stdfs::exists(old_tree)) {
            write_file(old_tree / "a", "another a");
            write_file(old_tree / "mine", "mine");
            write_file(old_tree / "sub" / "b", "another b");
            write_file(old_tree / "sub" / "link" / "was" / "a folder", "x");
            write_file(old_tree / "old", "was a file");
            write_file(old_tree / "extra" / "deep" / "file", "x");
            stdfs::create_hard_link(old_tree / "a", old_tree / "a too");
        }
        return {.prepare =
                    [this, old_tree] {
                        put_store_with_one();
                        copy_tree(old_tree, out());
                    },
                .old_tree = old_tree,
                .options = {.force = true, .remove_extra = true}};
    }
    // A folder that was restored before, and changed in every way that a repair must mend.
    Scenario over_a_space() {
        const stdfs::path old_tree = fixed() / "old";
        return {.prepare =
                    [this, old_tree] {
                        put_store_with_one();
                        const int end = in_child([&] {
                            const auto report = restore("one", out());
                            ASSERT_TRUE(report) << report.error().message();
                        });
                        ASSERT_EQ(end, 0);
                        change_space();
                        if (!stdfs::exists(old_tree)) copy_tree(out(), old_tree);
                    },
                .old_tree = old_tree};
    }
    /// The same, replaced whole in one step; or, where names cannot be exchanged, in two.
    Scenario instead_of_a_space() {
        Scenario scenario = over_a_space();
        scenario.options.atomic = true;
        return scenario;
    }
    void change_space() {
        stdfs::remove(out() / "sub" / "hard");
        write_file(out() / "sub" / "hard", "of its own now");
        write_file(out() / "big", "short");
        write_file(out() / "extra" / "deep" / "file", "x");
        stdfs::remove(out() / "sub" / "deep" / "c");
        stdfs::remove_all(out() / "old");
        write_file(out() / "old", "was a folder");
        stdfs::remove(out() / "empty");
        write_file(out() / "empty" / "in it", "was a file");
        stdfs::remove(out() / "sub" / "link");
        stdfs::create_symlink("elsewhere", out() / "sub" / "link");
        ASSERT_EQ(::chmod((out() / "sub" / "b").c_str(), 0600), 0);
        // The same each time, whenever it is made.
        const timespec times[2] = {{1'234'567'890, 5}, {1'234'567'890, 5}};
        for (const auto& entry : stdfs::recursive_directory_iterator(out()))
            ASSERT_EQ(::utimensat(AT_FDCWD, entry.path().c_str(), times, AT_SYMLINK_NOFOLLOW), 0);
        ASSERT_EQ(::utimensat(AT_FDCWD, out().c_str(), times, 0), 0);
    }
};

TEST_F(FaultsRestore, NewDestinationKilledAnywhere) {
    if (ran_in_fresh_process()) return;
    kill_everywhere(to_new(), 1000);
}
TEST_F(FaultsRestore, EmptyDestinationKilledAnywhere) {
    if (ran_in_fresh_process()) return;
    kill_everywhere(to_empty());
}
TEST_F(FaultsRestore, WorkingFolderKilledAnywhere) {
    if (ran_in_fresh_process()) return;
    kill_everywhere(to_working_folder());
}
TEST_F(FaultsRestore, WorkingFolderKilledAndFinishedFromOutside) {
    if (ran_in_fresh_process()) return;
    Scenario scenario = to_working_folder();
    scenario.again_outside = true;
    kill_everywhere(scenario);
}
TEST_F(FaultsRestore, OverAnotherTreeKilledAnywhere) {
    if (ran_in_fresh_process()) return;
    kill_everywhere(over_another());
}
TEST_F(FaultsRestore, DurableOverAnotherTreeKilledAnywhere) {
    if (ran_in_fresh_process()) return;
    Scenario scenario = over_another();
    scenario.options.durable = true;
    kill_everywhere(scenario);
}

TEST_F(FaultsRestore, ByHardLinkIntoAnEmptyPoolKilledAnywhere) {
    if (ran_in_fresh_process()) return;
    kill_everywhere(by_hard_link(PoolState::empty), 1000);
}
TEST_F(FaultsRestore, ByHardLinkFromThePoolKilledAnywhere) {
    if (ran_in_fresh_process()) return;
    kill_everywhere(by_hard_link(PoolState::filled), 1000);
}

TEST_F(FaultsRestore, SpaceKilledAnywhere) {
    if (ran_in_fresh_process()) return;
    kill_everywhere(over_a_space(), 80);
}
TEST_F(FaultsRestore, SpaceKilledWhileItIsReadInFull) {
    if (ran_in_fresh_process()) return;
    Scenario scenario = over_a_space();
    scenario.options.paranoid = true;
    scenario.options.durable = true;
    kill_everywhere(scenario, 50);
}
TEST_F(FaultsRestore, SpaceReplacedWholeKilledAnywhere) {
    if (ran_in_fresh_process()) return;
    kill_everywhere(instead_of_a_space(), 60);
}
TEST_F(FaultsRestore, SpaceWithEveryCallFailing) {
    if (ran_in_fresh_process()) return;
    fail_everywhere(over_a_space(), 4);
}

// The mark of a killed restore must outlive a second one that is killed too.
TEST_F(FaultsRestore, KilledAgainWhileFinishing) {
    if (ran_in_fresh_process()) return;
    Scenario scenario = over_another();
    const auto prepare = scenario.prepare;
    scenario.prepare = [&, prepare] {
        prepare();
        const int end = in_child([&] {
            const fs::ScopedFaultPlan plan(
                {{.call = fs::Call::rename, .nth = 3, .action = fs::Fault::Action::kill}});
            (void)run(scenario);
        });
        ASSERT_EQ(end, kKilled);
        ASSERT_TRUE(is_marked());
    };
    kill_everywhere(scenario);
}

TEST_F(FaultsRestore, NewDestinationWithEveryCallFailing) {
    if (ran_in_fresh_process()) return;
    fail_everywhere(to_new());
}
TEST_F(FaultsRestore, WorkingFolderWithEveryCallFailing) {
    if (ran_in_fresh_process()) return;
    fail_everywhere(to_working_folder());
}
TEST_F(FaultsRestore, OverAnotherTreeWithEveryCallFailing) {
    if (ran_in_fresh_process()) return;
    fail_everywhere(over_another());
}

TEST_F(FaultsRestore, ByHardLinkIntoAnEmptyPoolWithEveryCallFailing) {
    if (ran_in_fresh_process()) return;
    fail_everywhere(by_hard_link(PoolState::empty));
}
TEST_F(FaultsRestore, ByHardLinkFromThePoolWithEveryCallFailing) {
    if (ran_in_fresh_process()) return;
    fail_everywhere(by_hard_link(PoolState::filled));
}

TEST_F(FaultsRestore, ShortCountsAndInterruptionsAreInvisible) {
    if (ran_in_fresh_process()) return;
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
            const auto report = restore("one", out());
            ASSERT_TRUE(report) << report.error().message();
            EXPECT_EQ(report->warnings, 0u);
            EXPECT_GT(plan.struck(), 50u);
            EXPECT_EQ(tree_differences(one(), out()), std::vector<std::string>{});
        }
    };
    EXPECT_EQ(in_child(body), 0);
}

}  // namespace
}  // namespace holt::test

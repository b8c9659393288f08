// Proves: whenever an import, or a restore straight out of an archive, is killed or a system call
// of it fails, the snapshot is whole or invisible, what was there before restores, nothing else is
// touched, and the same again succeeds.
#include <algorithm>
#include <map>

#include "scenario/archive/archive_fault_world.h"

namespace holt::test {
namespace {

namespace stdfs = std::filesystem;
using Repeat = fs::Fault::Repeat;

enum class From : std::uint8_t { file, pipe };

class FaultsImport : public ArchiveFaultWorld {
  protected:
    struct Case {
        ArchiveFormat format;
        From from;
    };
    static std::string text_of(const Case& c) {
        return std::string(name(c.format)) +
               (c.from == From::file ? " from a file" : " from a pipe");
    }
    static std::vector<Case> all_cases() {
        std::vector<Case> cases;
        for (const ArchiveFormat format : kArchiveFormats) {
            for (const From from : {From::file, From::pipe}) cases.push_back({format, from});
        }
        return cases;
    }
    static ImportOptions options() {
        return {.name = "new", .special_modes = true, .special_files = true};
    }

    void SetUp() override {
        ArchiveFaultWorld::SetUp();
        // A store with something of its own, that the archives know nothing of.
        use_source_two();
        put_empty_store();
        const int made = in_child([&] {
            ASSERT_TRUE(snapshot("two"));
            stdfs::copy(store(), fixed() / "store-with-two", stdfs::copy_options::recursive);
            // What each archive holds: a zip has neither hard links nor FIFOs.
            for (const ArchiveFormat format : kArchiveFormats) {
                put_store_with_two();
                const auto report = run({format, From::file});
                ASSERT_TRUE(report) << report.error().message();
                ASSERT_TRUE(restore("new", tree(format)));
                if (format == ArchiveFormat::zip) continue;
                EXPECT_EQ(tree_differences(one(), tree(format)), std::vector<std::string>{});
            }
        });
        ASSERT_EQ(made, 0);
    }
    stdfs::path tree(ArchiveFormat format) const {
        return fixed() / ("tree-" + std::string(name(format)));
    }
    void put_store_with_two() {
        clear();
        stdfs::copy(fixed() / "store-with-two", store(), stdfs::copy_options::recursive);
    }

    Result<ImportReport> run(const Case& c) {
        auto opened = Store::open(store().string());
        if (!opened) return std::unexpected(opened.error());
        const std::string path = whole(c.format).string();
        if (c.from == From::file) return opened->import_from({.path = path}, options(), notes_);
        const UniqueFd fd = pipe_with(path);
        return opened->import_from({.path = "standard input", .fd = fd.get()}, options(), notes_);
    }
    bool is_visible() {
        const auto listed = open_store().list();
        if (!listed) ADD_FAILURE() << listed.error().message();
        return listed && listed->size() > 1;
    }

    /// The same again: it succeeds, or its name is taken by what it was to make.
    void expect_again_finishes(const Case& c, Left left) {
        const bool visible = is_visible();
        const auto again = run(c);
        if (!again) {
            EXPECT_TRUE(visible) << again.error().message();
            EXPECT_EQ(again.error().kind, ErrorKind::usage) << again.error().message();
        }
        expect_store_is_whole({{"two", two()}, {"new", tree(c.format)}});
        expect_only_store_files(left);
        expect_nothing_outside_changed(Left::clean);
    }

    /// How often a snapshot was there although an error was reported (faults_snapshot_test.cpp).
    std::uint64_t late_errors_ = 0, seen_ = 0;

    void fail_once(const Case& c, const fs::Fault& fault) {
        put_store_with_two();
        const std::size_t descriptors = open_descriptors();
        Result<ImportReport> report;
        {
            const fs::ScopedFaultPlan plan({fault});
            report = run(c);
        }
        EXPECT_EQ(open_descriptors(), descriptors);
        // A pin may stay when removing it is what fails: nobody holds it, the next run removes it.
        if (fault.repeat == Repeat::once) {
            EXPECT_EQ(names_in(store() / "tmp"), std::set<std::string>{});
        }
        expect_only_store_files(Left::garbage_allowed);
        expect_nothing_outside_changed(Left::clean);
        if (report) {
            EXPECT_TRUE(is_visible());
        } else {
            expect_clean_error(report.error(), fault.err);
            late_errors_ += is_visible() ? 1 : 0;
        }
        // With every call failing not even the temporaries can be removed.
        const Left left = fault.repeat == Repeat::once ? Left::clean : Left::garbage_allowed;
        if (seen_++ % 4 == 0 || report || !names_in(store() / "pins").empty())
            expect_again_finishes(c, left);
    }
};

TEST_F(FaultsImport, KilledAnywhere) {
    if (ran_in_fresh_process()) return;
    for (const Case& c : all_cases()) {
        SCOPED_TRACE(text_of(c));
        const auto once = [&] {
            const auto report = run(c);
            ASSERT_TRUE(report) << report.error().message();
        };
        put_store_with_two();
        const std::uint64_t calls = count_calls(once);
        ASSERT_GT(calls, 50u);
        const std::uint64_t killed = kill_before_every_call(
            calls, [&] { put_store_with_two(); }, once,
            [&](std::uint64_t k) {
                const int end = in_child([&] {
                    expect_only_store_files(Left::garbage_allowed);
                    expect_nothing_outside_changed(Left::clean);
                    if (!is_visible()) expect_store_is_whole({{"two", two()}});
                    const auto again = run(c);
                    const bool taken = !again && again.error().kind == ErrorKind::usage;
                    EXPECT_TRUE(again || taken) << again.error().message();
                    expect_store_is_whole({{"two", two()}, {"new", tree(c.format)}});
                    EXPECT_EQ(names_in(store() / "pins"), std::set<std::string>{});
                });
                ASSERT_EQ(end, 0) << "killed before call " << k << " of " << calls;
            },
            step_for(calls, 20));
        EXPECT_GT(killed, 10u);
    }
}

TEST_F(FaultsImport, EveryErrorAtEveryCall) {
    if (ran_in_fresh_process()) return;
    for (const Case& c : all_cases()) {
        SCOPED_TRACE(text_of(c));
        put_store_with_two();
        const std::uint64_t calls = count_calls([&] { ASSERT_TRUE(run(c)); });
        const auto body = [&] {
            // Every other call meets one of the ten.
            spread_errors(calls, c.from == From::file ? 1 : 2, 2,
                          [&](const fs::Fault& fault) { fail_once(c, fault); });
            EXPECT_LE(late_errors_, long_tests() ? 10u : 2u);
        };
        ASSERT_EQ(in_child(body), 0);
    }
}

TEST_F(FaultsImport, AFullDiskIsNoSpaceAndLeavesNothing) {
    if (ran_in_fresh_process()) return;
    const auto body = [&] {
        std::map<fs::Call, int> met, refused;
        for (const Case& c : all_cases()) {
            for (const fs::Call kind :
                 {fs::Call::write, fs::Call::pwrite, fs::Call::mkdir, fs::Call::fsync}) {
                SCOPED_TRACE(text_of(c) + ", by " + std::string(fs::name(kind)));
                put_store_with_two();
                std::uint64_t struck = 0;
                Result<ImportReport> report;
                {
                    const fs::ScopedFaultPlan plan(
                        {{.call = kind, .repeat = Repeat::for_ever, .err = ENOSPC}});
                    report = run(c);
                    struck = plan.struck();
                }
                if (struck == 0) continue;
                ++met[kind];
                if (!report) {
                    ++refused[kind];
                    EXPECT_EQ(report.error().kind, ErrorKind::no_space) << report.error().message();
                    EXPECT_FALSE(is_visible());
                }
                EXPECT_EQ(names_in(store() / "tmp"), std::set<std::string>{});
                EXPECT_EQ(names_in(store() / "pins"), std::set<std::string>{});
                expect_again_finishes(c, Left::clean);
            }
        }
        // A pack is written and synced in every case.
        const int cases = static_cast<int>(all_cases().size());
        for (const fs::Call kind : {fs::Call::pwrite, fs::Call::fsync}) {
            EXPECT_EQ(met[kind], cases) << fs::name(kind);
            EXPECT_EQ(refused[kind], cases) << fs::name(kind);
        }
    };
    EXPECT_EQ(in_child(body), 0);
}

TEST_F(FaultsImport, ShortCountsAndInterruptionsAreInvisible) {
    if (ran_in_fresh_process()) return;
    using Action = fs::Fault::Action;
    const auto body = [&] {
        for (const Case& c : all_cases()) {
            SCOPED_TRACE(text_of(c));
            for (const fs::Fault& fault :
                 {fs::Fault{.repeat = Repeat::for_ever, .err = EINTR},
                  fs::Fault{
                      .repeat = Repeat::for_ever, .action = Action::short_count, .count = 777}}) {
                put_store_with_two();
                const fs::ScopedFaultPlan plan({fault});
                const auto report = run(c);
                ASSERT_TRUE(report) << report.error().message();
                EXPECT_GT(plan.struck(), 50u);
                expect_store_is_whole({{"two", two()}, {"new", tree(c.format)}});
            }
        }
    };
    EXPECT_EQ(in_child(body), 0);
}

// Straight out of the archive: the destination is not there or it is whole, and the next restore to
// the same place removes what a killed one left beside it.
TEST_F(FaultsImport, ARestoreOutOfAnArchiveKilledAnywhere) {
    if (ran_in_fresh_process()) return;
    for (const ArchiveFormat format : {ArchiveFormat::tar_zst, ArchiveFormat::holt}) {
        SCOPED_TRACE(name(format));
        const auto restore_it = [&] {
            const auto report = restore_archive({.path = whole(format).string()}, out().string(),
                                                {}, options(), notes_);
            ASSERT_TRUE(report) << report.error().message();
        };
        put_store_with_two();
        const std::uint64_t calls = count_calls(restore_it);
        ASSERT_GT(calls, 100u);
        kill_before_every_call(
            calls, [&] { put_store_with_two(); }, restore_it,
            [&](std::uint64_t k) {
                const int end = in_child([&] {
                    expect_nothing_outside_changed(Left::garbage_allowed);
                    const bool there = stdfs::exists(out());
                    if (!there) restore_it();
                    EXPECT_EQ(tree_differences(one(), out()), std::vector<std::string>{});
                    if (!there) expect_nothing_outside_changed(Left::clean);
                });
                ASSERT_EQ(end, 0) << "killed before call " << k << " of " << calls;
            },
            step_for(calls, 40));
    }
}

}  // namespace
}  // namespace holt::test

// Proves: whenever an export is killed, or a system call of it fails, the file is there whole or
// not at all, nothing is left beside it, the store is as it was, and the same export again
// succeeds.
#include "scenario/archive/archive_fault_world.h"

namespace holt::test {
namespace {

namespace stdfs = std::filesystem;
using Repeat = fs::Fault::Repeat;

/// To a name that is free, over a file, or to a descriptor that somebody gave.
enum class To : std::uint8_t { new_file, old_file, descriptor };
constexpr std::array kTo = {To::new_file, To::old_file, To::descriptor};

class FaultsExport : public ArchiveFaultWorld {
  protected:
    struct Case {
        ArchiveFormat format;
        To to;
    };
    static std::string text_of(const Case& c) {
        static constexpr std::array kNames = {" to a new file", " over a file", " to a descriptor"};
        return std::string(name(c.format)) + kNames[static_cast<std::size_t>(c.to)];
    }
    static std::vector<Case> all_cases() {
        std::vector<Case> cases;
        for (const ArchiveFormat format : kArchiveFormats) {
            for (const To to : kTo) cases.push_back({format, to});
        }
        return cases;
    }

    stdfs::path target(const Case& c) const { return out() / whole(c.format).filename(); }
    void prepare(const Case& c) {
        put_store_with_one();
        stdfs::create_directories(out());
        if (c.to == To::old_file) write_file(target(c), "the old one");
    }
    Result<ExportReport> run(const Case& c) {
        auto store = Store::open(store_path(), {.access = Access::read_only});
        if (!store) return std::unexpected(store.error());
        if (c.to != To::descriptor)
            return store->export_to({"one"}, {.path = target(c).string()},
                                    {.overwrite = c.to == To::old_file}, notes_);
        const UniqueFd fd(
            ::open(target(c).c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
        return store->export_to({"one"}, {.path = "standard output", .fd = fd.get()},
                                {.format = c.format}, notes_);
    }
    std::string store_path() const { return store().string(); }
    bool is_whole(const Case& c) const {
        return stdfs::exists(target(c)) && read_file(target(c)) == read_file(whole(c.format));
    }

    /// Old, new or (a descriptor) a beginning; and nothing beside it but, where a file is to be
    /// replaced, perhaps the one that was about to be renamed over it.
    void expect_old_or_whole(const Case& c, Left left) {
        for (const std::string& name : names_in(out())) {
            if (name == target(c).filename()) continue;
            EXPECT_TRUE(left == Left::garbage_allowed && c.to == To::old_file) << name;
            EXPECT_TRUE(name.starts_with(target(c).filename().string() + ".tmp-")) << name;
            EXPECT_EQ(read_file(out() / name), read_file(whole(c.format)));
            stdfs::remove(out() / name);
        }
        if (!stdfs::exists(target(c)) || is_whole(c)) return;
        const std::string found = read_file(target(c));
        EXPECT_NE(c.to, To::new_file) << "half a file was visible";
        if (c.to == To::old_file) {
            EXPECT_EQ(found, "the old one");
        } else {
            EXPECT_TRUE(read_file(whole(c.format)).starts_with(found)) << "written past an error";
        }
    }
    void expect_again_succeeds(const Case& c) {
        if (!is_whole(c) || c.to != To::new_file) {
            const auto again = run(c);
            ASSERT_TRUE(again) << again.error().message();
        }
        EXPECT_TRUE(is_whole(c));
        EXPECT_EQ(names_in(out()).size(), 1u);
    }
    void expect_store_untouched() {
        expect_only_store_files(Left::clean);
        expect_nothing_outside_changed(Left::clean);
    }

    void fail_once(const Case& c, const fs::Fault& fault) {
        prepare(c);
        const std::size_t descriptors = open_descriptors();
        Result<ExportReport> report;
        {
            const fs::ScopedFaultPlan plan({fault});
            report = run(c);
        }
        EXPECT_EQ(open_descriptors(), descriptors);
        if (report) {
            EXPECT_TRUE(is_whole(c));
        } else {
            expect_clean_error(report.error(), fault.err);
        }
        expect_old_or_whole(c, fault.repeat == Repeat::once ? Left::clean : Left::garbage_allowed);
        expect_store_untouched();
        expect_again_succeeds(c);
        if (seen_++ % 32 == 0) expect_store_is_whole({{"one", one()}});
    }

    std::uint64_t seen_ = 0;
};

TEST_F(FaultsExport, KilledAnywhere) {
    if (ran_in_fresh_process()) return;
    for (const Case& c : all_cases()) {
        SCOPED_TRACE(text_of(c));
        const auto once = [&] {
            const auto report = run(c);
            ASSERT_TRUE(report) << report.error().message();
        };
        prepare(c);
        const std::uint64_t calls = count_calls(once);
        ASSERT_GT(calls, 20u);
        const std::uint64_t killed = kill_before_every_call(
            calls, [&] { prepare(c); }, once,
            [&](std::uint64_t k) {
                const int end = in_child([&] {
                    expect_old_or_whole(c, Left::garbage_allowed);
                    expect_store_untouched();
                    expect_again_succeeds(c);
                    if (k % 16 == 0) expect_store_is_whole({{"one", one()}});
                });
                ASSERT_EQ(end, 0) << "killed before call " << k << " of " << calls;
            },
            step_for(calls, 25));
        EXPECT_GT(killed, 10u);
    }
}

TEST_F(FaultsExport, EveryErrorAtEveryCall) {
    if (ran_in_fresh_process()) return;
    for (const Case& c : all_cases()) {
        SCOPED_TRACE(text_of(c));
        prepare(c);
        const std::uint64_t calls = count_calls([&] { ASSERT_TRUE(run(c)); });
        const auto body = [&] {
            spread_errors(calls, 1, 1, [&](const fs::Fault& fault) { fail_once(c, fault); });
        };
        ASSERT_EQ(in_child(body), 0);
    }
}

// A disk that is full for ever, seen by one kind of call at a time.
TEST_F(FaultsExport, AFullDiskIsNoSpaceAndLeavesNothing) {
    if (ran_in_fresh_process()) return;
    const auto body = [&] {
        for (const Case& c : all_cases()) {
            for (const fs::Call kind : {fs::Call::write, fs::Call::pwrite, fs::Call::fsync}) {
                const bool to_file = c.to != To::descriptor;
                // Files are written by pwrite and synced; a descriptor is the caller's.
                if (to_file == (kind == fs::Call::write)) continue;
                if (kind != fs::Call::write && !to_file) continue;
                SCOPED_TRACE(text_of(c) + ", by " + std::string(fs::name(kind)));
                prepare(c);
                std::uint64_t struck = 0;
                Result<ExportReport> report;
                {
                    const fs::ScopedFaultPlan plan(
                        {{.call = kind, .repeat = Repeat::for_ever, .err = ENOSPC}});
                    report = run(c);
                    struck = plan.struck();
                }
                EXPECT_GT(struck, 0u);
                ASSERT_FALSE(report);
                EXPECT_EQ(report.error().kind, ErrorKind::no_space) << report.error().message();
                expect_old_or_whole(c, Left::clean);
                expect_again_succeeds(c);
            }
        }
    };
    EXPECT_EQ(in_child(body), 0);
}

TEST_F(FaultsExport, ShortCountsAndInterruptionsAreInvisible) {
    if (ran_in_fresh_process()) return;
    using Action = fs::Fault::Action;
    const auto body = [&] {
        for (const Case& c : all_cases()) {
            SCOPED_TRACE(text_of(c));
            for (const fs::Fault& fault :
                 {fs::Fault{.repeat = Repeat::for_ever, .err = EINTR},
                  fs::Fault{
                      .repeat = Repeat::for_ever, .action = Action::short_count, .count = 1013}}) {
                prepare(c);
                const fs::ScopedFaultPlan plan({fault});
                const auto report = run(c);
                ASSERT_TRUE(report) << report.error().message();
                EXPECT_GT(plan.struck(), 20u);
                EXPECT_TRUE(is_whole(c));
            }
        }
    };
    EXPECT_EQ(in_child(body), 0);
}

}  // namespace
}  // namespace holt::test

// Proves: a repair that is killed or that fails anywhere loses nothing that restored before it, and
// the next one finishes; what it puts aside is never deleted.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scenario/faults/fault_world.h"

namespace holt::test {
namespace {

namespace stdfs = std::filesystem;
using Repeat = fs::Fault::Repeat;

class FaultsRepair : public FaultWorld {
  protected:
    void SetUp() override {
        use_source_two();
        put_store_with_one();
        const stdfs::path first = only_pack();
        const int made = in_child([&] { ASSERT_TRUE(snapshot("two")); });
        ASSERT_EQ(made, 0);
        for (const auto& entry : stdfs::recursive_directory_iterator(store() / "packs")) {
            if (entry.path().extension() == ".pack" && entry.path() != first)
                second_ = entry.path().lexically_relative(store());
        }
        ASSERT_FALSE(second_.empty());
        stdfs::rename(store(), fixed() / "store-with-two");
    }
    void put_store_with_two() {
        clear();
        stdfs::copy(fixed() / "store-with-two", store(), stdfs::copy_options::recursive);
    }
    stdfs::path only_pack() const {
        stdfs::path found;
        for (const auto& entry : stdfs::recursive_directory_iterator(store() / "packs")) {
            if (entry.path().extension() == ".pack") found = entry.path();
        }
        return found;
    }
    static void flip_byte(const stdfs::path& path, std::uint64_t at) {
        ASSERT_EQ(::chmod(path.c_str(), 0644), 0);
        const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
        ASSERT_GE(fd, 0);
        char byte = 0;
        ASSERT_EQ(::pread(fd, &byte, 1, static_cast<off_t>(at)), 1);
        byte = static_cast<char>(byte ^ 0x10);
        ASSERT_EQ(::pwrite(fd, &byte, 1, static_cast<off_t>(at)), 1);
        ::close(fd);
    }
    void put_damaged_pack() {
        put_store_with_two();
        flip_byte(store() / second_, 50);  // in its first block
    }
    void put_broken_catalog() {
        put_store_with_two();
        stdfs::resize_file(store() / "catalog.db", stdfs::file_size(store() / "catalog.db") / 2);
    }

    // The copy of the catalog that was made after "one".
    void put_older_catalog() {
        put_store_with_two();
        stdfs::copy_file(fixed() / "store-with-one" / "catalog.db", store() / "catalog.db",
                         stdfs::copy_options::overwrite_existing);
    }

    Result<RepairReport> repair() { return Store::repair(store().string(), {}, notes_); }
    void repair_or_fail() {
        const auto report = repair();
        ASSERT_TRUE(report) << report.error().message();
    }

    void expect_both() { expect_store_is_whole({{"one", one()}, {"two", two()}}); }
    void expect_one_restores() {
        const auto restored = restore("one", out());
        ASSERT_TRUE(restored) << restored.error().message();
        EXPECT_EQ(tree_differences(one(), out()), std::vector<std::string>{});
        stdfs::remove_all(out());
    }
    // The damaged pack stands in packs/ or in quarantine/, with all its bytes.
    void expect_damaged_pack_kept() {
        const stdfs::path aside = store() / "quarantine" / second_.filename();
        const stdfs::path kept = stdfs::exists(aside) ? aside : store() / second_;
        ASSERT_TRUE(stdfs::exists(kept));
        EXPECT_EQ(stdfs::file_size(kept), stdfs::file_size(fixed() / "store-with-two" / second_));
    }

    void kill_everywhere(const std::function<void()>& prepare, const std::function<void()>& at_once,
                         const std::function<void()>& after_another) {
        prepare();
        const std::uint64_t calls = count_calls([&] { repair_or_fail(); });
        ASSERT_GT(calls, 50u);
        kill_before_every_call(
            calls, prepare, [&] { repair_or_fail(); },
            [&](std::uint64_t k) {
                const int end = in_child([&] {
                    expect_nothing_outside_changed(Left::clean);
                    expect_only_store_files(Left::garbage_allowed);
                    at_once();
                    repair_or_fail();
                    after_another();
                    expect_only_store_files(Left::clean);
                });
                ASSERT_EQ(end, 0) << "killed before call " << k << " of " << calls;
            },
            step_for(calls, 60));
    }

    stdfs::path second_;  // the pack of "two", below the store
};

TEST_F(FaultsRepair, OfAWholeStoreKilledAnywhere) {
    if (ran_in_fresh_process()) return;
    kill_everywhere([&] { put_store_with_two(); }, [&] { expect_both(); }, [&] { expect_both(); });
}

TEST_F(FaultsRepair, OfABrokenCatalogKilledAnywhere) {
    if (ran_in_fresh_process()) return;
    kill_everywhere([&] { put_broken_catalog(); }, [] {}, [&] { expect_both(); });
}

TEST_F(FaultsRepair, OfALostCatalogKilledAnywhere) {
    if (ran_in_fresh_process()) return;
    const auto prepare = [&] {
        put_store_with_two();
        stdfs::remove(store() / "catalog.db");
    };
    kill_everywhere(
        prepare, [] {}, [&] { expect_both(); });
}

TEST_F(FaultsRepair, OfAnOlderCatalogKilledAnywhere) {
    if (ran_in_fresh_process()) return;
    kill_everywhere([&] { put_older_catalog(); }, [&] { expect_one_restores(); },
                    [&] { expect_both(); });
}

// Marks that are gone are written anew; killed meanwhile, the catalog still knows.
TEST_F(FaultsRepair, OfLostMarksKilledAnywhere) {
    if (ran_in_fresh_process()) return;
    const auto prepare = [&] {
        put_store_with_two();
        stdfs::remove(store() / "snapshots.log");
    };
    kill_everywhere(
        prepare, [&] { expect_one_restores(); }, [&] { expect_both(); });
}

TEST_F(FaultsRepair, OfADamagedPackKilledAnywhere) {
    if (ran_in_fresh_process()) return;
    const auto one_and_evidence = [&] {
        expect_one_restores();
        expect_damaged_pack_kept();
    };
    kill_everywhere([&] { put_damaged_pack(); }, one_and_evidence, one_and_evidence);
}

// A restore into a folder that the store had restored was interrupted, and then the catalog was
// lost: after a repair the same restore finishes, without being told to overwrite anything.
TEST_F(FaultsRepair, AnInterruptedRestoreIsFinishedAfterTheCatalogWasLost) {
    if (ran_in_fresh_process()) return;
    const auto prepare = [&] {
        put_store_with_two();
        ASSERT_EQ(in_child([&] { ASSERT_TRUE(restore("one", out())); }), 0);
    };
    const auto run = [&] { ASSERT_TRUE(restore("two", out())); };
    prepare();
    const std::uint64_t calls = count_calls(run);
    kill_before_every_call(
        calls, prepare, run,
        [&](std::uint64_t k) {
            const int end = in_child([&] {
                stdfs::remove(store() / "catalog.db");
                stdfs::remove(store() / "catalog.db-journal");
                repair_or_fail();
                const auto restored = restore("two", out());
                ASSERT_TRUE(restored) << restored.error().message();
                EXPECT_EQ(tree_differences(two(), out()), std::vector<std::string>{});
                expect_nothing_outside_changed(Left::clean);
            });
            ASSERT_EQ(end, 0) << "killed before call " << k << " of " << calls;
        },
        step_for(calls, 30));
}

TEST_F(FaultsRepair, EveryErrorAtEveryCall) {
    if (ran_in_fresh_process()) return;
    put_damaged_pack();
    const std::uint64_t calls = count_calls([&] { repair_or_fail(); });
    const auto body = [&] {
        constexpr int kErrors[] = {ENOSPC, EIO, EMFILE, ENOMEM, EACCES};
        const std::uint64_t step = step_for(2 * std::size(kErrors), 1);
        for (std::size_t i = 0; i < std::size(kErrors); ++i) {
            for (std::uint64_t k = step == 1 ? 1 : 1 + 2 * i; k <= calls && !HasFailure();
                 k += step) {
                SCOPED_TRACE("errno " + std::to_string(kErrors[i]) + " at call " +
                             std::to_string(k) + " of " + std::to_string(calls));
                put_damaged_pack();
                const std::size_t descriptors = open_descriptors();
                {
                    const fs::ScopedFaultPlan plan({{.nth = k, .err = kErrors[i]}});
                    const auto report = repair();
                    if (!report) expect_clean_error(report.error(), kErrors[i]);
                }
                EXPECT_EQ(open_descriptors(), descriptors);
                EXPECT_FALSE(stdfs::exists(store() / "tmp" / "rebuilt.db"));
                expect_one_restores();
                expect_damaged_pack_kept();
                repair_or_fail();
                expect_one_restores();
                expect_damaged_pack_kept();
                expect_only_store_files(Left::clean);
            }
        }
    };
    EXPECT_EQ(in_child(body), 0);
}

}  // namespace
}  // namespace holt::test

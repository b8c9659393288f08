// Proves: repair and readers do not meet on the catalog's files: a rebuilt catalog is put in place
// only when nobody reads the old one, and whoever still has the old one open neither reads it nor
// touches the journal of the new one.
#include <gtest/gtest.h>
#include <signal.h>

#include <cerrno>
#include <filesystem>

#include "fs/fault.h"
#include "store/catalog/catalog_support.h"
#include "support/child.h"

namespace holt::store {
namespace {

namespace stdfs = std::filesystem;
using namespace std::chrono_literals;
using test::CatalogTest;
using test::end_of;
using test::expect_ok;
using test::expect_sound;
using test::in_child;
using test::kKilled;
using test::sample_commit;
using test::sample_pack;
using test::start_child;

// One byte at a time between a parent and a child.
class Signal {
  public:
    Signal() { EXPECT_EQ(::pipe(ends_), 0); }
    ~Signal() {
        ::close(ends_[0]);
        ::close(ends_[1]);
    }
    void give() const { EXPECT_EQ(::write(ends_[1], "x", 1), 1); }
    void await() const {
        char byte = 0;
        EXPECT_EQ(::read(ends_[0], &byte, 1), 1);
    }

  private:
    int ends_[2] = {-1, -1};
};

class CatalogReaders : public CatalogTest {
  protected:
    CatalogReaders() {
        Catalog catalog = create();
        for (int i = 1; i <= 20; ++i)
            expect_ok(catalog.commit(sample_commit(
                "old " + std::to_string(i), i, {sample_pack(static_cast<std::uint64_t>(i), 50)})));
    }
    // What repair does: a new catalog with other content takes the old one's place.
    Status rebuild(const fs::LockWait& wait) const {
        const NewPack pack = sample_pack(70, 400);
        HOLT_TRY_LET(catalog, Catalog::create_beside(folder_, wait));
        HOLT_TRY(catalog.begin_rebuild());
        HOLT_TRY(catalog.add_pack(pack));
        const Catalog::Commit only = sample_commit("rebuilt", 1);
        HOLT_TRY(
            catalog.add_snapshot(only.id, only.record, only.encoded_record, std::vector{pack.id}));
        HOLT_TRY(catalog.end_rebuild());
        return Catalog::replace_with(std::move(catalog), folder_);
    }
    // A writer that is killed when its pages are written and its journal is still there.
    void leave_hot_journal() const {
        const int end = in_child([&] {
            const fs::ScopedFaultPlan plan(
                {{.call = fs::Call::unlink, .action = fs::Fault::Action::kill}});
            Result<Catalog> catalog = open(Catalog::Mode::read_write);
            static_cast<void>(catalog->commit(sample_commit("late", 90, {sample_pack(90, 900)})));
        });
        ASSERT_EQ(end, kKilled);
        ASSERT_TRUE(has_journal());
    }
    static void expect_told_of_repair(const Error& error) {
        EXPECT_EQ(error.kind, ErrorKind::busy) << error.message();
        EXPECT_NE(error.message().find("a repair put another"), std::string::npos)
            << error.message();
        EXPECT_EQ(error.advice, "run it again");
    }
};

// The old file's reader finds, by its name, the journal that belongs to the new file. Played back
// into the old one and removed, it would leave the new catalog with half of a commit.
TEST_F(CatalogReaders, AReaderOfTheOldOneLeavesTheNewOnesJournalAlone) {
    Catalog reader = reopen(Catalog::Mode::read_only);
    ASSERT_EQ(reader.snapshots()->size(), 20u);
    expect_ok(rebuild(0ms));
    leave_hot_journal();

    const auto read = reader.snapshots();
    ASSERT_FALSE(read);
    expect_told_of_repair(read.error());
    EXPECT_TRUE(has_journal()) << "the new catalog's journal was taken away";

    Catalog again = reopen(Catalog::Mode::read_only);
    expect_sound(again);
    EXPECT_EQ(again.snapshots()->size(), 1u);
    EXPECT_FALSE(has_journal());
}

TEST_F(CatalogReaders, EveryUseOfTheOldOneIsRefused) {
    Catalog reader = reopen(Catalog::Mode::read_only), writer = reopen();
    expect_ok(rebuild(0ms));
    expect_told_of_repair(reader.find_snapshot("latest").error());
    expect_told_of_repair(reader.packs().error());
    expect_told_of_repair(reader.totals().error());
    expect_told_of_repair(reader.check().error());
    expect_told_of_repair(writer.commit(sample_commit("late", 90)).error());
    expect_told_of_repair(writer.put_space({.path = "/x"}, {}, "").error());
    EXPECT_EQ(reopen().snapshots()->size(), 1u);
}

// A transaction sees one catalog from beginning to end: repair waits for it, or gives up.
TEST_F(CatalogReaders, RepairWaitsForWhoIsReading) {
    const Signal reading, go_on;
    const pid_t reader = start_child([&] {
        Result<Database> database = open_database();
        ASSERT_TRUE(database);
        Result<Transaction> transaction = Transaction::begin(*database, Transaction::Kind::read);
        EXPECT_EQ(database->integer("SELECT count(*) FROM snapshot").value(), 20);
        reading.give();
        go_on.await();
        EXPECT_EQ(database->integer("SELECT count(*) FROM pack").value(), 20);
        expect_ok(transaction->commit());
    });
    reading.await();
    const Status too_early = rebuild(50ms);
    ASSERT_FALSE(too_early);
    EXPECT_EQ(too_early.error().kind, ErrorKind::busy) << too_early.error().message();
    EXPECT_NE(too_early.error().cause.find("pid " + std::to_string(reader)), std::string::npos)
        << too_early.error().message();
    EXPECT_EQ(too_early.error().advice_code, Advice::wait_longer);
    EXPECT_FALSE(stdfs::exists(folder_.shown("tmp/rebuilt.db")));
    EXPECT_EQ(reopen().snapshots()->size(), 20u);
    go_on.give();
    expect_ok(rebuild(60'000ms));
    EXPECT_EQ(end_of(reader), 0);
    EXPECT_EQ(reopen().snapshots()->size(), 1u);
}

TEST_F(CatalogReaders, AKilledReaderKeepsNobodyOut) {
    const Signal reading;
    const pid_t reader = start_child([&] {
        Result<Database> database = open_database();
        Result<Transaction> transaction = Transaction::begin(*database, Transaction::Kind::read);
        EXPECT_EQ(database->integer("SELECT count(*) FROM snapshot").value(), 20);
        reading.give();
        ::pause();
    });
    reading.await();
    ::kill(reader, SIGKILL);
    EXPECT_EQ(end_of(reader), kKilled);
    expect_ok(rebuild(0ms));
}

// Who comes while repairs follow each other opens the one that is there, and its answers are of one
// catalog, whole.
TEST_F(CatalogReaders, ManyRepairsBesideReaders) {
    constexpr int kRepairs = 30;
    expect_ok(rebuild(0ms));
    const pid_t repairs = start_child([&] {
        for (int i = 0; i < kRepairs; ++i) expect_ok(rebuild(60'000ms));
    });
    int status = 0, read = 0;
    while (::waitpid(repairs, &status, WNOHANG) == 0) {
        Catalog catalog = reopen(Catalog::Mode::read_only);
        const auto snapshots = catalog.snapshots();
        if (!snapshots) {
            expect_told_of_repair(snapshots.error());
            continue;
        }
        EXPECT_EQ(snapshots->size(), 1u);
        ++read;
    }
    EXPECT_EQ(status, 0);
    EXPECT_GT(read, 0);
}

// Killed anywhere, a repair leaves the old catalog or the new one, and no lock.
TEST_F(CatalogReaders, RepairKilledAtEveryCallOfTheReplacing) {
    const auto replace = [&](const fs::ScopedFaultPlan*) { return rebuild(0ms); };
    std::uint64_t calls = 0;
    const std::string old = temp_ / "old.db";
    stdfs::copy_file(folder_.catalog_path(), old);
    {
        const fs::ScopedFaultPlan plan;
        expect_ok(replace(&plan));
        calls = plan.calls();
    }
    for (std::uint64_t k = calls > 40 ? calls - 40 : 1; k <= calls; ++k) {
        stdfs::copy_file(old, folder_.catalog_path(), stdfs::copy_options::overwrite_existing);
        Catalog reader = reopen(Catalog::Mode::read_only);
        ASSERT_EQ(reader.snapshots()->size(), 20u);
        const int end = in_child([&] {
            const fs::ScopedFaultPlan plan({{.nth = k, .action = fs::Fault::Action::kill}});
            static_cast<void>(replace(&plan));
        });
        ASSERT_EQ(end, kKilled) << k;
        const auto read = reader.snapshots();
        if (!read) expect_told_of_repair(read.error());
        Catalog now = reopen();
        expect_sound(now);
        EXPECT_EQ(now.snapshots()->size(), read ? 20u : 1u) << k;
        expect_ok(rebuild(0ms));
    }
}

}  // namespace
}  // namespace holt::store

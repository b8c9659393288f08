// Proves: an interrupted commit keeps nobody from reading, also where neither the catalog nor its
// journal can be written: the reader sees the state before it, changes nothing, and sees what
// others do to the catalog afterwards.
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "fs/fault.h"
#include "store/catalog/catalog_support.h"
#include "support/child.h"

namespace holt::store {
namespace {

namespace stdfs = std::filesystem;
using namespace std::chrono_literals;
using test::as_user;
using test::CatalogTest;
using test::expect_ok;
using test::expect_sound;
using test::in_child;
using test::kKilled;
using test::sample_commit;
using test::sample_pack;

class CatalogUndo : public CatalogTest {
  protected:
    CatalogUndo() { stdfs::permissions(temp_.path(), stdfs::perms(0755)); }

    void start_over() const {
        stdfs::permissions(folder_.path(), stdfs::perms(0755));
        stdfs::remove(folder_.catalog_path());
        stdfs::remove(folder_.catalog_path() + "-journal");
        Catalog catalog = create();
        for (int i = 1; i <= 10; ++i)
            expect_ok(catalog.commit(sample_commit(
                "old " + std::to_string(i), i, {sample_pack(static_cast<std::uint64_t>(i), 80)})));
    }
    // A commit that is killed before call k of it; false when it has fewer calls.
    bool kill_commit_at(std::uint64_t k) const {
        return in_child([&] {
                   const fs::ScopedFaultPlan plan({{.nth = k, .action = fs::Fault::Action::kill}});
                   Catalog catalog = reopen();
                   expect_ok(catalog.commit(late_));
               }) == kKilled;
    }
    void kill_at_removing_the_journal() const {
        const int end = in_child([&] {
            const fs::ScopedFaultPlan plan(
                {{.call = fs::Call::unlink, .action = fs::Fault::Action::kill}});
            Catalog catalog = reopen();
            static_cast<void>(catalog.commit(late_));
        });
        ASSERT_EQ(end, kKilled);
        ASSERT_TRUE(has_journal());
    }
    std::map<std::string, std::string> bytes() const {
        std::map<std::string, std::string> all;
        for (const char* end : {"", "-journal"}) {
            std::ifstream in(folder_.catalog_path() + end, std::ios::binary);
            if (in) all[end] = std::string(std::istreambuf_iterator<char>(in), {});
        }
        return all;
    }
    // Every kind of question, some of them twice: each is a transaction of its own.
    void expect_old_state(Catalog& catalog) const {
        ASSERT_EQ(catalog.snapshots()->size(), 10u);
        expect_sound(catalog);
        EXPECT_EQ(catalog.packs()->size(), 10u);
        EXPECT_EQ(catalog.totals()->snapshots, 10u);
        EXPECT_FALSE(catalog.find_snapshot("late"));
        EXPECT_TRUE(catalog.find_snapshot("old 7"));
        std::vector<Digest> digests;
        for (const ChunkInfo& chunk : sample_pack(5, 80).footer.chunks)
            digests.push_back(chunk.digest);
        EXPECT_EQ(test::places_of(catalog, digests).size(), 80u);
    }

    static constexpr int kNoMounts = 77;
    const Catalog::Commit late_ =
        sample_commit("late", 90, {sample_pack(90, 600), sample_pack(91, 600)});
};

// Who may write neither the catalog nor its folder.
TEST_F(CatalogUndo, AReaderThatMayNotWrite) {
    if (!test::root()) GTEST_SKIP() << "needs two users";
    std::uint64_t undone = 0;
    for (std::uint64_t k = 1;; ++k) {
        start_over();
        if (!kill_commit_at(k)) break;
        if (!has_journal()) continue;
        ++undone;
        const auto before = bytes();
        const int end = as_user([&] {
            for (const auto mode : {Catalog::Mode::read_only, Catalog::Mode::read_write}) {
                Catalog catalog = reopen(mode);
                expect_old_state(catalog);
                const Status written = catalog.commit(sample_commit("mine", 91));
                ASSERT_FALSE(written);
                EXPECT_EQ(written.error().kind, ErrorKind::failed) << written.error().message();
            }
        });
        ASSERT_EQ(end, 0) << "killed before call " << k;
        EXPECT_EQ(bytes(), before) << "reading wrote to it; killed before call " << k;
        Catalog catalog = reopen();
        expect_sound(catalog);
    }
    EXPECT_GT(undone, 10u);
}

// Who may write the catalog's file, but not take the journal out of its folder.
TEST_F(CatalogUndo, AReaderThatMayNotRemoveTheJournal) {
    if (!test::root()) GTEST_SKIP() << "needs two users";
    start_over();
    kill_at_removing_the_journal();
    for (const char* end : {"", "-journal"})
        ASSERT_EQ(::chmod((folder_.catalog_path() + end).c_str(), 0666), 0);
    const int end = as_user([&] {
        for (const auto mode : {Catalog::Mode::read_only, Catalog::Mode::read_write}) {
            Catalog catalog = reopen(mode);
            expect_old_state(catalog);
            const Status written = catalog.commit(sample_commit("mine", 91));
            ASSERT_FALSE(written);
            EXPECT_EQ(written.error().kind, ErrorKind::failed) << written.error().message();
        }
    });
    EXPECT_EQ(end, 0);
    EXPECT_TRUE(has_journal());
    Catalog catalog = reopen();
    expect_old_state(catalog);
    EXPECT_FALSE(has_journal());
    expect_ok(catalog.commit(late_));
}

// A file system that is mounted read-only refuses everybody, root too.
TEST_F(CatalogUndo, AReaderOfAReadOnlyMount) {
    if (!test::root()) GTEST_SKIP() << "needs mounts";
    start_over();
    expect_ok(folder_.publish());
    kill_at_removing_the_journal();
    const auto before = bytes();
    const int end = in_child([&] {
        const char* path = folder_.path().c_str();
        if (::unshare(CLONE_NEWNS) != 0 ||
            ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
            ::mount(path, path, nullptr, MS_BIND, nullptr) != 0 ||
            ::mount("none", path, nullptr, MS_BIND | MS_REMOUNT | MS_RDONLY, nullptr) != 0)
            ::_exit(kNoMounts);
        const Result<StoreFolder> folder = StoreFolder::open(folder_.path());
        ASSERT_TRUE(folder) << folder.error().message();
        Result<Catalog> catalog = Catalog::open(*folder, Catalog::Mode::read_only, 0ms);
        ASSERT_TRUE(catalog) << catalog.error().message();
        expect_old_state(*catalog);
    });
    if (end == kNoMounts) GTEST_SKIP() << "mounts are not allowed here";
    EXPECT_EQ(end, 0);
    EXPECT_EQ(bytes(), before);
}

// What was kept in memory goes as soon as someone who may write has undone the commit and gone on.
TEST_F(CatalogUndo, AReaderSeesWhatOthersCommitAfterwards) {
    if (!test::root()) GTEST_SKIP() << "needs two users";
    start_over();
    kill_at_removing_the_journal();
    int ready[2], go_on[2];
    ASSERT_EQ(::pipe(ready), 0);
    ASSERT_EQ(::pipe(go_on), 0);
    const pid_t reader = test::start_child([&] {
        test::become_nobody();
        Catalog catalog = reopen(Catalog::Mode::read_only);
        expect_old_state(catalog);
        char byte = 0;
        for (const std::size_t expected : {11u, 11u, 12u}) {
            ASSERT_EQ(::write(ready[1], "x", 1), 1);
            ASSERT_EQ(::read(go_on[0], &byte, 1), 1);
            EXPECT_EQ(catalog.snapshots()->size(), expected);
            expect_sound(catalog);
        }
    });
    char byte = 0;
    const auto in_turn = [&](const auto& act) {
        ASSERT_EQ(::read(ready[0], &byte, 1), 1);
        act();
        ASSERT_EQ(::write(go_on[1], "x", 1), 1);
    };
    in_turn([&] { expect_ok(reopen().commit(sample_commit("next", 92, {sample_pack(92, 300)}))); });
    in_turn([&] { kill_at_removing_the_journal(); });
    in_turn([&] { expect_ok(reopen().commit(sample_commit("last", 93, {sample_pack(93, 300)}))); });
    EXPECT_EQ(test::end_of(reader), 0);
    for (const int fd : {ready[0], ready[1], go_on[0], go_on[1]}) ::close(fd);
}

// A journal that names another journal, as those of several databases do: that name is no file of
// ours, whatever it is.
TEST_F(CatalogUndo, OnlyTheCatalogsOwnJournalIsRemoved) {
    start_over();
    kill_at_removing_the_journal();
    const std::string victim = temp_ / "victim";
    std::ofstream(victim) << "precious";
    const std::string journal = folder_.catalog_path() + "-journal";
    const auto tail = [&] {  // https://sqlite.org/fileformat2.html#the_rollback_journal
        const auto be = [](std::uint32_t value) {
            return std::string{static_cast<char>(value >> 24), static_cast<char>(value >> 16),
                               static_cast<char>(value >> 8), static_cast<char>(value)};
        };
        std::uint32_t sum = 0;
        for (const char c : victim) sum += static_cast<std::uint32_t>(c);
        return be(0x40000000 / 4096 + 1) + victim + be(static_cast<std::uint32_t>(victim.size())) +
               be(sum) + "\xd9\xd5\x05\xf9\x20\xa1\x63\xd7";
    }();
    std::ofstream(journal, std::ios::binary | std::ios::app) << tail;
    static_cast<void>(open(Catalog::Mode::read_only));
    EXPECT_TRUE(stdfs::exists(victim));
}

}  // namespace
}  // namespace holt::store

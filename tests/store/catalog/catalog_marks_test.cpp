// Proves: each committed snapshot has a settled mark when the commit returns, and one that was not
// committed never gets one, whatever a writer before left.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cerrno>
#include <fstream>

#include "fs/fault.h"
#include "store/catalog/catalog_support.h"
#include "store/format/marks_file.h"

namespace holt::store {
namespace {

namespace stdfs = std::filesystem;
using test::CatalogTest;
using test::expect_ok;
using test::sample_commit;

class CatalogMarks : public CatalogTest {
  protected:
    std::vector<Mark> marks() const {
        const auto read = read_marks(folder_.fd(), folder_.path());
        EXPECT_TRUE(read) << read.error().message();
        std::vector<Mark> found;
        if (read)
            for (const auto& [mark, offset] : read->all) found.push_back(mark);
        return found;
    }
    static Mark mark_of(const Catalog::Commit& commit, MarkState state = MarkState::settled) {
        return {MarkKind::committed, state, commit.id, commit.record.name};
    }
    stdfs::path file() const { return folder_.shown(kMarksName); }
    // What a writer that is killed between its steps leaves.
    void leave_pending(const std::vector<Catalog::Commit>& commits) {
        auto writer = MarksWriter::open(folder_.fd(), folder_.path(),
                                        [](const Mark&) -> Result<bool> { return false; });
        ASSERT_TRUE(writer) << writer.error().message();
        std::vector<Mark> pending;
        for (const auto& commit : commits) pending.push_back(mark_of(commit, MarkState::pending));
        expect_ok(writer->append(pending));
    }
    const Catalog::Commit one_ = sample_commit("one", 1), two_ = sample_commit("two", 2),
                          three_ = sample_commit("three", 3);
};

TEST_F(CatalogMarks, ACommitIsMarkedAndARefusedOneIsNot) {
    Catalog catalog = create();
    EXPECT_EQ(marks(), std::vector<Mark>{});
    expect_ok(catalog.commit(one_));
    EXPECT_EQ(marks(), std::vector<Mark>{mark_of(one_)});
    EXPECT_FALSE(catalog.commit(sample_commit("one", 9)));  // the name is taken
    EXPECT_FALSE(catalog.commit(one_));                     // it is there
    EXPECT_EQ(marks(), std::vector<Mark>{mark_of(one_)});
    expect_ok(catalog.commit_all(std::vector{two_, three_}));
    EXPECT_EQ(marks(), (std::vector<Mark>{mark_of(one_), mark_of(two_), mark_of(three_)}));
}

// Killed before COMMIT: the next writer takes the place. Killed after: it settles the mark.
TEST_F(CatalogMarks, TheNextWriterSettlesWhatOneLeft) {
    Catalog catalog = create();
    expect_ok(catalog.commit(one_));
    leave_pending({two_, three_});
    expect_ok(catalog.commit(sample_commit("next", 4)));
    EXPECT_EQ(marks(), (std::vector<Mark>{mark_of(one_), mark_of(sample_commit("next", 4))}));
    EXPECT_EQ(stdfs::file_size(file()), 3 * kMarkUnit);

    expect_ok(catalog.commit(two_));
    {
        std::fstream state(file(), std::ios::in | std::ios::out | std::ios::binary);
        state.seekp(3 * kMarkUnit);
        state.put(static_cast<char>(MarkState::pending));
    }
    EXPECT_EQ(marks().back(), mark_of(two_, MarkState::pending));
    expect_ok(catalog.commit(three_));
    EXPECT_EQ(marks().at(2), mark_of(two_));
    EXPECT_EQ(marks().at(3), mark_of(three_));
}

// The very snapshot that was not committed is committed now (an import that is run again): its old
// mark must not be settled before the COMMIT.
TEST_F(CatalogMarks, ThePendingMarkOfTheSameSnapshotIsNotSettledEarly) {
    Catalog catalog = create();
    leave_pending({two_});
    {
        const fs::ScopedFaultPlan plan({{.call = fs::Call::fsync,
                                         .nth = 2,
                                         .repeat = fs::Fault::Repeat::for_ever,
                                         .err = EIO}});
        EXPECT_FALSE(catalog.commit(two_));
    }
    EXPECT_EQ(marks(), std::vector<Mark>{mark_of(two_, MarkState::pending)});
    EXPECT_TRUE(reopen().snapshots()->empty());
    expect_ok(reopen().commit(two_));
    EXPECT_EQ(marks(), std::vector<Mark>{mark_of(two_)});
}

// A file made anew would say that the older snapshots were never committed.
TEST_F(CatalogMarks, WithoutItsMarksAStoreTakesNoCommit) {
    Catalog catalog = create();
    expect_ok(catalog.commit(one_));
    const auto expect_refused = [&](const std::string& what) {
        SCOPED_TRACE(what);
        const Status refused = catalog.commit(two_);
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().kind, ErrorKind::corrupt) << refused.error().message();
        EXPECT_EQ(refused.error().advice_code, Advice::repair_store);
        EXPECT_EQ(catalog.snapshots()->size(), 1u);
        stdfs::remove_all(file());
    };
    stdfs::remove(file());
    expect_refused("missing");
    std::ofstream(file()) << "something else";
    expect_refused("something else");
    std::ofstream{file()};
    expect_refused("empty");
    stdfs::create_directory(file());
    expect_refused("a folder");
    stdfs::create_symlink("reserve", file());
    expect_refused("a symlink");
    ASSERT_EQ(::mkfifo(file().c_str(), 0600), 0);
    expect_refused("a FIFO");
}

// The room for a mark is taken before the COMMIT: what follows overwrites one byte.
TEST_F(CatalogMarks, AFullDiskIsMetBeforeTheCommit) {
    Catalog catalog = create();
    {
        const fs::ScopedFaultPlan plan(
            {{.call = fs::Call::pwrite, .at = "file.cpp", .err = ENOSPC}});
        const Status status = catalog.commit(one_);
        ASSERT_FALSE(status);
        EXPECT_EQ(status.error().kind, ErrorKind::no_space) << status.error().message();
    }
    EXPECT_TRUE(catalog.snapshots()->empty());
    EXPECT_EQ(marks(), std::vector<Mark>{});
}

TEST_F(CatalogMarks, AreComparedWithTheCatalog) {
    Catalog catalog = create();
    expect_ok(catalog.commit_all(std::vector{one_, two_}));
    const auto equal = catalog.compare_marks();
    ASSERT_TRUE(equal) << equal.error().message();
    EXPECT_FALSE(equal->unreadable);
    EXPECT_TRUE(equal->lost.empty() && equal->forgotten.empty() && equal->unmarked.empty());
    expect_ok(write_marks(
        folder_.fd(),
        std::vector<Mark>{{MarkKind::forgotten, MarkState::settled, one_.id, ""}, mark_of(three_)},
        folder_.path()));
    const auto check = catalog.compare_marks();
    ASSERT_TRUE(check);
    ASSERT_EQ(check->lost.size(), 1u);
    EXPECT_EQ(check->lost[0].name, "three");
    ASSERT_EQ(check->forgotten.size(), 1u);
    EXPECT_EQ(check->forgotten[0].id, one_.id);
    ASSERT_EQ(check->unmarked.size(), 1u);
    EXPECT_EQ(check->unmarked[0].id, two_.id);
    // One that is pending was committed or will be: neither is damage.
    leave_pending({two_});
    EXPECT_TRUE(catalog.compare_marks()->unmarked.empty());
}

}  // namespace
}  // namespace holt::store

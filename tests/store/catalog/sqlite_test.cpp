#include "store/catalog/sqlite.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <utility>

#include "store/catalog/catalog_support.h"

namespace holt::store {
namespace {

using namespace std::chrono_literals;
using test::expect_ok;

class SqliteTest : public testing::Test {
  protected:
    Database open(Database::Mode mode = Database::Mode::create,
                  std::chrono::milliseconds wait = 0ms) {
        Result<Database> database = Database::open(path_, {.mode = mode, .wait = wait});
        EXPECT_TRUE(database) << database.error().message();
        return *std::move(database);
    }
    test::TempDir temp_{test::memory_folder()};
    std::string path_ = temp_ / "x?mode=memory.db";
};

TEST_F(SqliteTest, BindsAndReadsEveryType) {
    Database db = open();
    EXPECT_TRUE(std::filesystem::exists(path_));  // the name was not taken for a URI
    expect_ok(db.run("CREATE TABLE t(a, b, c, d)"));
    const Digest digest = test::sample_digest(1);
    {
        Statement insert = db.prepare("INSERT INTO t VALUES(?1, ?2, ?3, ?4)").value();
        expect_ok(insert.bind(-5).bind(std::string_view("a\0b", 3)).bind_null().bind(digest).run());
        expect_ok(insert.bind(1).bind(ByteView{}).bind_null().bind(ByteView{}).run());
    }
    Statement select = db.prepare("SELECT a, b, c, d FROM t").value();
    ASSERT_TRUE(select.step().value());
    EXPECT_EQ(select.integer(0), -5);
    EXPECT_EQ(select.text(1), std::string("a\0b", 3));
    EXPECT_TRUE(select.is_null(2));
    EXPECT_EQ(select.digest(3).value(), digest);
    ASSERT_TRUE(select.step().value());
    EXPECT_FALSE(select.is_null(1));  // no bytes are not the same as nothing
    EXPECT_TRUE(select.bytes(1).empty());
    EXPECT_EQ(select.digest(3).error().kind, ErrorKind::corrupt);
    EXPECT_FALSE(select.step().value());
}

// A statement that goes out of scope half-read holds no lock any more, and is used again.
TEST_F(SqliteTest, StatementsAreGivenBackReset) {
    Database db = open(), other = open();
    expect_ok(db.run("CREATE TABLE t(a); INSERT INTO t VALUES(1), (2)"));
    for (int i = 0; i < 3; ++i) {
        Statement half = db.prepare("SELECT a FROM t ORDER BY a").value();
        ASSERT_TRUE(half.step().value());
        EXPECT_EQ(half.integer(0), 1);
        // Two of the same at once are two.
        Statement twin = db.prepare("SELECT a FROM t ORDER BY a").value();
        ASSERT_TRUE(twin.step().value());
        EXPECT_EQ(twin.integer(0), 1);
    }
    expect_ok(other.run("INSERT INTO t VALUES(3)"));
}

TEST_F(SqliteTest, TransactionsRollBackUnlessCommitted) {
    Database db = open();
    expect_ok(db.run("CREATE TABLE t(a)"));
    {
        Transaction given_up = Transaction::begin(db, Transaction::Kind::write).value();
        expect_ok(db.run("INSERT INTO t VALUES(1)"));
    }
    EXPECT_EQ(db.integer("SELECT count(*) FROM t").value(), 0);
    Transaction kept = Transaction::begin(db, Transaction::Kind::write).value();
    Transaction moved = std::move(kept);
    expect_ok(db.run("INSERT INTO t VALUES(1)"));
    EXPECT_FALSE(kept.commit());
    expect_ok(moved.commit());
    EXPECT_FALSE(moved.commit());
    EXPECT_EQ(db.integer("SELECT count(*) FROM t").value(), 1);
}

TEST_F(SqliteTest, WritersWaitForEachOtherAndThenSayBusy) {
    Database db = open(), other = open(Database::Mode::read_write, 20ms);
    expect_ok(db.run("CREATE TABLE t(a)"));
    {
        Transaction writing = Transaction::begin(db, Transaction::Kind::write).value();
        const auto second = Transaction::begin(other, Transaction::Kind::write);
        ASSERT_FALSE(second);
        EXPECT_EQ(second.error().kind, ErrorKind::busy);
        EXPECT_EQ(second.error().object, path_);
    }
    EXPECT_TRUE(Transaction::begin(other, Transaction::Kind::write));
}

// A reader in the middle of its view keeps a writer from committing; the writer's transaction is
// undone and may be tried again.
TEST_F(SqliteTest, CommitBesideAReaderIsBusy) {
    Database db = open(), reader = open();
    expect_ok(db.run("CREATE TABLE t(a)"));
    {
        Transaction view = Transaction::begin(reader, Transaction::Kind::read).value();
        EXPECT_EQ(reader.integer("SELECT count(*) FROM t").value(), 0);
        Transaction writing = Transaction::begin(db, Transaction::Kind::write).value();
        expect_ok(db.run("INSERT INTO t VALUES(1)"));
        const Status status = writing.commit();
        ASSERT_FALSE(status);
        EXPECT_EQ(status.error().kind, ErrorKind::busy);
    }
    EXPECT_EQ(db.integer("SELECT count(*) FROM t").value(), 0);
    expect_ok(db.run("INSERT INTO t VALUES(1)"));
}

TEST_F(SqliteTest, ErrorsNameTheDatabaseAndTheCause) {
    Database db = open();
    const Result<Statement> nonsense = db.prepare("SELECT nonsense");
    ASSERT_FALSE(nonsense);
    EXPECT_EQ(nonsense.error().kind, ErrorKind::failed);
    EXPECT_EQ(nonsense.error().object, path_);
    EXPECT_NE(nonsense.error().cause.find("nonsense"), std::string::npos);

    const Result<Database> folder = Database::open(temp_.path(), {.mode = Database::Mode::create});
    ASSERT_FALSE(folder);
    EXPECT_EQ(folder.error().kind, ErrorKind::failed);
    const Result<Database> missing = Database::open(temp_ / "missing", {});
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().kind, ErrorKind::failed);
}

TEST_F(SqliteTest, ReadOnlyRefusesToWrite) {
    { expect_ok(open().run("CREATE TABLE t(a)")); }
    Database db = open(Database::Mode::read_only);
    EXPECT_EQ(db.integer("SELECT count(*) FROM t").value(), 0);
    const Status status = db.run("INSERT INTO t VALUES(1)");
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().kind, ErrorKind::failed);
    EXPECT_NE(status.error().cause.find("cannot be written"), std::string::npos);
}

}  // namespace
}  // namespace holt::store

#include "store/catalog/sqlite_vfs.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "store/catalog/catalog_support.h"

namespace holt::store {
namespace {

namespace stdfs = std::filesystem;
using test::CatalogTest;
using test::expect_ok;
using test::expect_sound;
using test::sample_commit;
using test::sample_pack;

TEST(PageChecksum, CoversEveryBitAndTheNumber) {
    Bytes page = test::random_bytes(kCatalogPageSize - kPageChecksumSize, 1);
    const std::uint64_t good = page_checksum(page, 7);
    EXPECT_NE(page_checksum(page, 8), good);
    for (std::size_t bit = 0; bit < page.size() * 8; ++bit) {
        page[bit / 8] = static_cast<std::uint8_t>(page[bit / 8] ^ 1u << bit % 8);
        ASSERT_NE(page_checksum(page, 7), good) << bit;
        page[bit / 8] = static_cast<std::uint8_t>(page[bit / 8] ^ 1u << bit % 8);
    }
}

class CatalogDamage : public CatalogTest {
  protected:
    CatalogDamage() {
        Catalog catalog = create();
        expect_ok(catalog.commit(sample_commit("one", 1, {sample_pack(1, 30)})));
    }
    std::string read() const {
        std::ifstream in(folder_.catalog_path(), std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    void write(std::string_view bytes) const {
        std::ofstream(folder_.catalog_path(), std::ios::binary | std::ios::trunc) << bytes;
    }
    // Opening or checking says that the catalog is damaged, and nothing else goes wrong.
    testing::AssertionResult is_found() const {
        Result<Catalog> catalog = open(Catalog::Mode::read_only);
        if (!catalog) {
            if (catalog.error().kind != ErrorKind::corrupt)
                return testing::AssertionFailure() << catalog.error().message();
            return testing::AssertionSuccess();
        }
        const Result<std::vector<std::string>> problems = catalog->check();
        if (!problems) return testing::AssertionFailure() << problems.error().message();
        if (problems->empty()) return testing::AssertionFailure() << "not found";
        return testing::AssertionSuccess();
    }
};

// There is no byte in the file that may change unnoticed: not in the header, not in unused space.
TEST_F(CatalogDamage, EveryChangedByteIsFound) {
    const std::string good = read();
    std::fstream file(folder_.catalog_path(), std::ios::in | std::ios::out | std::ios::binary);
    const auto put = [&](std::size_t at, char byte) {
        file.seekp(static_cast<std::streamoff>(at));
        file.put(byte).flush();
    };
    // Each byte of the first page, which SQLite reads in parts; of the others every 5th, which
    // visits each kind of content, since their checksums are tested bit by bit above.
    for (std::size_t at = 0; at < good.size(); at += at < kCatalogPageSize ? 1 : 5) {
        put(at, static_cast<char>(good[at] ^ (at % 2 ? 0x80 : 1)));
        ASSERT_TRUE(is_found()) << at;
        put(at, good[at]);
    }
    EXPECT_FALSE(is_found());
}

TEST_F(CatalogDamage, TruncationsAreFound) {
    const std::string good = read();
    for (std::size_t length = 0; length < good.size(); length += length < 200 ? 1 : 509) {
        write(std::string_view(good).substr(0, length));
        ASSERT_TRUE(is_found()) << length;
    }
    write(good + std::string(kCatalogPageSize, '\0'));
    EXPECT_TRUE(is_found());
    write(good + "x");
    EXPECT_TRUE(is_found());
    write(good);
    EXPECT_FALSE(is_found());
}

// Whole pages, well-formed each: swapped, doubled, zeroed.
TEST_F(CatalogDamage, PagesInAnothersPlaceAreFound) {
    const std::string good = read();
    const std::size_t pages = good.size() / kCatalogPageSize;
    const auto page = [&](std::size_t i) {
        return good.substr(i * kCatalogPageSize, kCatalogPageSize);
    };
    for (std::size_t i = 1; i + 1 < pages; ++i) {
        for (const std::string& other :
             {page(i + 1), page(0), std::string(kCatalogPageSize, '\0')}) {
            write(std::string(good).replace(i * kCatalogPageSize, kCatalogPageSize, other));
            ASSERT_TRUE(is_found()) << i;
        }
    }
}

TEST_F(CatalogDamage, OtherFilesAreNoCatalog) {
    write("not a database, but long enough to have been one: " + std::string(200, '.'));
    EXPECT_TRUE(is_found());
    stdfs::remove(folder_.catalog_path());
    {
        Result<Database> plain =
            Database::open(folder_.catalog_path(), {.mode = Database::Mode::create});
        ASSERT_TRUE(plain);
        expect_ok(plain->run("CREATE TABLE chunk(x)"));
    }
    EXPECT_TRUE(is_found());
}

TEST_F(CatalogDamage, AnotherVersionIsNoStore) {
    for (const auto& [set, words] : {std::pair{"PRAGMA user_version=3", "before the first release"},
                                     std::pair{"PRAGMA user_version=99", "newer"}}) {
        {
            Result<Database> database = open_database();
            ASSERT_TRUE(database);
            expect_ok(database->run(set));
        }
        const Result<Catalog> catalog = open(Catalog::Mode::read_only);
        ASSERT_FALSE(catalog);
        EXPECT_EQ(catalog.error().kind, ErrorKind::no_store);
        EXPECT_NE(catalog.error().cause.find(words), std::string::npos);
    }
}

// A page read later than the opening, changed while the catalog is open.
TEST_F(CatalogTest, DamageUnderAnOpenCatalogIsFoundWhereItIsRead) {
    {
        Catalog catalog = create();
        expect_ok(catalog.commit(sample_commit("one", 1, {sample_pack(1, 2000)})));
    }
    Catalog catalog = reopen(Catalog::Mode::read_only);
    {
        std::fstream file(folder_.catalog_path(), std::ios::in | std::ios::out | std::ios::binary);
        const auto size = stdfs::file_size(folder_.catalog_path());
        for (auto at = 20 * kCatalogPageSize + 100; at < static_cast<int>(size);
             at += kCatalogPageSize) {
            file.seekp(at);
            file.put('\x5a');
        }
    }
    std::vector<Digest> digests;
    for (const ChunkInfo& chunk : sample_pack(1, 2000).footer.chunks)
        digests.push_back(chunk.digest);
    std::vector<std::optional<ChunkPlace>> places(digests.size());
    const Status status = catalog.find_chunks(digests, places);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().kind, ErrorKind::corrupt) << status.error().message();
    EXPECT_NE(status.error().advice.find("repair"), std::string::npos);
}

// Pages that are freed, used again, skipped and given back all keep valid checksums.
TEST_F(CatalogTest, FreePagesAndVacuumKeepChecksums) {
    { create(); }
    Result<Database> opened = open_database();
    ASSERT_TRUE(opened);
    Database& database = *opened;
    const auto expect_pages_sound = [&] {
        Result<Transaction> transaction = Transaction::begin(database, Transaction::Kind::read);
        const Result<std::int64_t> pages = database.integer("PRAGMA page_count");
        const Result<PageCheck> check =
            check_pages(database, static_cast<std::uint64_t>(pages.value()));
        ASSERT_TRUE(check) << check.error().message();
        EXPECT_TRUE(check->damaged.empty()) << check->damaged[0];
        EXPECT_FALSE(check->wrong_length);
    };
    expect_ok(database.run("CREATE TABLE big(x BLOB)"));
    expect_ok(database.run("INSERT INTO big VALUES(zeroblob(300000)), (randomblob(300000))"));
    expect_pages_sound();
    expect_ok(database.run("DELETE FROM big"));
    expect_pages_sound();
    // One transaction that makes the file longer and frees what it made.
    expect_ok(
        database.run("BEGIN; INSERT INTO big VALUES(randomblob(3000000)); DELETE FROM big; "
                     "INSERT INTO big VALUES(randomblob(70000)); COMMIT"));
    expect_pages_sound();
    expect_ok(
        database.run("PRAGMA cache_size=5; BEGIN; "
                     "INSERT INTO big VALUES(randomblob(2000000)); DELETE FROM big; "
                     "INSERT INTO big VALUES(randomblob(50000)); ROLLBACK"));
    expect_pages_sound();
    expect_ok(database.run("VACUUM"));
    expect_pages_sound();
}

// The layer's name is asked for or it is not there: a database of someone else is left as it is.
TEST_F(CatalogTest, OtherUsersOfSqliteDoNotNotice) {
    { create(); }
    EXPECT_STREQ(sqlite3_vfs_find(nullptr)->zName, "unix");
    const std::string path = temp_ / "plain.db";
    const Catalog catalog = reopen();
    Result<Database> plain = Database::open(path, {.mode = Database::Mode::create});
    ASSERT_TRUE(plain);
    expect_ok(
        plain->run("PRAGMA page_size=1024; CREATE TABLE t(x); PRAGMA journal_mode=WAL; "
                   "INSERT INTO t VALUES(randomblob(5000))"));
    EXPECT_EQ(plain->integer("SELECT count(*) FROM t").value(), 1);
    EXPECT_TRUE(stdfs::exists(path + "-wal"));
}

// Without room for the checksums nothing is written, rather than content overwritten.
TEST_F(CatalogTest, RefusesPagesWithoutRoom) {
    for (const char* setting : {"PRAGMA page_size=4096", "PRAGMA page_size=1024"}) {
        Result<Database> database = open_database(Database::Mode::create, "new.db");
        ASSERT_TRUE(database);
        expect_ok(database->run(setting));
        EXPECT_FALSE(database->run("CREATE TABLE t(x)"));
        stdfs::remove(folder_.shown("new.db"));
    }
}

}  // namespace
}  // namespace holt::store

#include "store/disk/store_folder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "fs/fault.h"
#include "store/format/pack_format.h"
#include "store/samples.h"
#include "support/temp_dir.h"

namespace holt::store {
namespace {

namespace stdfs = std::filesystem;

std::string slurp(const stdfs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

void spew(const stdfs::path& path, std::string_view text) {
    std::ofstream(path, std::ios::binary) << text;
}

class StoreFolderTest : public testing::Test {
  protected:
    std::string path() const { return temp_ / "a" / "store"; }
    StoreFolder make() {
        Result<StoreFolder> folder = StoreFolder::init(path());
        EXPECT_TRUE(folder) << folder.error().message();
        EXPECT_TRUE(folder->publish());
        return *std::move(folder);
    }
    ErrorKind open_kind() const {
        const Result<StoreFolder> folder = StoreFolder::open(path());
        return folder ? ErrorKind::partial : folder.error().kind;
    }
    test::TempDir temp_{test::memory_folder()};
};

TEST_F(StoreFolderTest, InitMakesTheLayoutAndOpenFindsIt) {
    const StoreFolder made = make();
    for (const char* part : {"packs", "pins", "quarantine", "tmp"})
        EXPECT_TRUE(stdfs::is_directory(path() + "/" + part)) << part;
    EXPECT_EQ(stdfs::file_size(path() + "/reserve"), kReserveSize);
    EXPECT_TRUE(slurp(path() + "/CACHEDIR.TAG")
                    .starts_with("Signature: 8a477f597d28d172789f06886806bc55\n# holt-store: 2\n"));
    const Result<StoreFolder> opened = StoreFolder::open(path());
    ASSERT_TRUE(opened) << opened.error().message();
    EXPECT_EQ(opened->path(), stdfs::canonical(path()));
    EXPECT_TRUE(opened->list_packs()->empty());
}

// Exit code 10 with what to do, for everything that is not a store.
TEST_F(StoreFolderTest, OpenSaysWhatIsNotAStore) {
    EXPECT_EQ(open_kind(), ErrorKind::no_store);
    stdfs::create_directories(path());
    EXPECT_EQ(open_kind(), ErrorKind::no_store);
    for (const char* tag :
         {"", "Signature: 8a477f597d28d172789f06886806bc55\n",
          "Signature: 8a477f597d28d172789f06886806bc55\n# holt-store: x\n",
          "Signature: 8a477f597d28d172789f06886806bc55\n# holt-store: 0\n",
          "Signature: 8a477f597d28d172789f06886806bc55\n# holt-store: 99999999999999999999\n",
          "Signature: 8a477f597d28d172789f06886806bc55\n# holt-store: 1"}) {
        spew(path() + "/CACHEDIR.TAG", tag);
        EXPECT_EQ(open_kind(), ErrorKind::no_store) << tag;
    }
    spew(path() + "/CACHEDIR.TAG", std::string(5000, 'x'));
    EXPECT_EQ(open_kind(), ErrorKind::no_store);
    stdfs::remove_all(path());
    spew(path(), "a file");
    EXPECT_EQ(open_kind(), ErrorKind::no_store);
    EXPECT_FALSE(StoreFolder::open(path()).error().advice.empty());
}

TEST_F(StoreFolderTest, OpenRefusesAnotherVersion) {
    make();
    stdfs::permissions(path() + "/CACHEDIR.TAG", stdfs::perms::owner_all);
    for (const auto& [version, words] :
         {std::pair{"1", "before the first release"}, std::pair{"3", "newer"}}) {
        spew(path() + "/CACHEDIR.TAG",
             "Signature: 8a477f597d28d172789f06886806bc55\n# holt-store: " + std::string(version) +
                 "\n");
        const Result<StoreFolder> folder = StoreFolder::open(path());
        ASSERT_FALSE(folder);
        EXPECT_EQ(folder.error().kind, ErrorKind::no_store);
        EXPECT_NE(folder.error().cause.find(words), std::string::npos);
        EXPECT_FALSE(folder.error().advice.empty());
    }
}

TEST_F(StoreFolderTest, InitRefusesWhatIsNotEmpty) {
    make();
    EXPECT_FALSE(StoreFolder::init(path()));
    const std::string other = temp_ / "other";
    stdfs::create_directory(other);
    spew(other + "/precious", "x");
    EXPECT_FALSE(StoreFolder::init(other));
    EXPECT_EQ(slurp(other + "/precious"), "x");
    spew(temp_ / "file", "x");
    EXPECT_FALSE(StoreFolder::init(temp_ / "file"));
}

// A store that lost its tag still has packs: init must not take it for an empty folder.
TEST_F(StoreFolderTest, InitRefusesAStoreThatLostItsTag) {
    make();
    stdfs::remove(path() + "/CACHEDIR.TAG");
    stdfs::create_directory(path() + "/packs/ab");
    EXPECT_FALSE(StoreFolder::init(path()));
}

// Whatever system call fails, the folder is no store, and the next init makes one of it.
TEST_F(StoreFolderTest, InitCanBeRunAgainAfterAFaultAnywhere) {
    std::uint64_t calls = 0;
    for (std::uint64_t nth = 1; calls == 0 || nth <= calls; ++nth) {
        stdfs::remove_all(temp_ / "a");
        {
            const fs::ScopedFaultPlan plan({{.nth = nth, .err = 28}});
            Result<StoreFolder> folder = StoreFolder::init(path());
            const bool published = folder && folder->publish();
            if (plan.struck() == 0) calls = plan.calls();
            if (!folder) {
                EXPECT_EQ(folder.error().kind, ErrorKind::no_space);
            }
            // The last step may have failed after the tag was renamed into place.
            if (published || open_kind() == ErrorKind::partial) continue;
        }
        EXPECT_EQ(open_kind(), ErrorKind::no_store) << nth;
        make();
        EXPECT_EQ(open_kind(), ErrorKind::partial) << nth;
    }
    EXPECT_GT(calls, 20u);
}

TEST_F(StoreFolderTest, ListsPacksAndNothingElse) {
    const StoreFolder folder = make();
    std::vector<Digest> ids;
    for (std::uint64_t i = 0; i < 50; ++i) {
        ids.push_back(test::sample_digest(i));
        stdfs::create_directories(path() + "/packs/" + pack_folder_name(ids.back()));
        spew(path() + "/packs/" + pack_file_name(ids.back()), "");
    }
    std::ranges::sort(ids);
    stdfs::create_directories(path() + "/packs/zz");
    stdfs::create_directories(path() + "/packs/abc");
    spew(path() + "/packs/00", "a file");
    spew(path() + "/packs/zz/" + ids[0].hex() + ".pack", "in a wrong folder");
    const std::string home = path() + "/packs/" + pack_folder_name(ids[1]) + "/";
    spew(home + ids[1].hex() + ".pack.tmp-123", "");
    spew(home + ids[1].hex().substr(1) + ".pack", "");
    const Result<std::vector<Digest>> listed = folder.list_packs();
    ASSERT_TRUE(listed) << listed.error().message();
    EXPECT_EQ(*listed, ids);
}

}  // namespace
}  // namespace holt::store

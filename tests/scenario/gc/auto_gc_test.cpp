// Proves: with `gc --auto` snapshots collect by themselves what is due, within their limits, and
// never fail by it; settings live in the store and are kept by a repair; the pool is bounded.
#include <holt/gc.hpp>

#include <fstream>

#include "support/store_fixture.h"

namespace holt::test {
namespace {

namespace stdfs = std::filesystem;

class AutoCollect : public StoreTest {
  protected:
    void set(const AutoGc& settings) { ASSERT_TRUE(store_.set_auto_gc(settings)); }
    std::uint64_t pack_bytes() const {
        std::uint64_t bytes = 0;
        for (const auto& entry : stdfs::recursive_directory_iterator(dir_ / "store" / "packs"))
            if (entry.is_regular_file()) bytes += entry.file_size();
        return bytes;
    }
    std::size_t pool_files() const {
        std::size_t files = 0;
        if (!stdfs::exists(dir_ / "store" / "pool")) return 0;
        for (const auto& entry : stdfs::recursive_directory_iterator(dir_ / "store" / "pool"))
            files += entry.is_regular_file() ? 1 : 0;
        return files;
    }
};

TEST_F(AutoCollect, WhatWasForgottenGoesAtTheEndOfTheNextSnapshot) {
    set({});
    write_file(source_ / "large", random_bytes(1'000'000, 1));
    snapshot({.name = "old"});
    write_file(source_ / "large", random_bytes(1'000'000, 2));
    snapshot({.name = "new"});
    ASSERT_TRUE(store_.forget({.snaps = {"old"}}));
    EXPECT_GT(pack_bytes(), 1'900'000u);
    write_file(source_ / "small", "x");
    snapshot({.name = "newer"});
    EXPECT_LT(pack_bytes(), 1'200'000u);
    EXPECT_TRUE(store_.list_forgotten()->empty());
    restore("new", "out");
}

TEST_F(AutoCollect, WithoutTheSettingNothingIsCollected) {
    write_file(source_ / "large", random_bytes(1'000'000, 1));
    snapshot({.name = "old"});
    ASSERT_TRUE(store_.forget({.snaps = {"old"}}));
    write_file(source_ / "large", "x");
    snapshot();
    EXPECT_EQ(store_.list_forgotten()->size(), 1u);
}

TEST_F(AutoCollect, TheSizeIsHeldByForgettingWhatWasUsedLongestAgo) {
    set({.max_size = 2'500'000});
    for (unsigned i = 0; i < 6; ++i) {
        write_file(source_ / "large", random_bytes(1'000'000, i));
        snapshot();
    }
    EXPECT_LT(pack_bytes(), 2'500'000u);
    EXPECT_GE(store_.list()->size(), 1u);
    restore("latest", "out");
}

TEST_F(AutoCollect, ManySmallPacksAreJoinedByTheWay) {
    set({});
    for (unsigned i = 0; i < 80; ++i) {
        write_file(source_ / std::to_string(i), random_bytes(500, i));
        snapshot();
    }
    EXPECT_LT(store_.stats()->packs, 45u);
    EXPECT_TRUE(store_.verify({}, {}, notes_)->damage.empty());
}

TEST_F(AutoCollect, SettingsAreReadBackAndEnd) {
    const AutoGc all{.max_time = std::chrono::milliseconds(1500),
                     .max_size = 123,
                     .max_age = CalendarSpan{1, 2, 3, 4},
                     .evict_named = true,
                     .max_pool = 456};
    set(all);
    EXPECT_EQ(*store_.auto_gc(), all);
    ASSERT_TRUE(Store::repair((dir_ / "store").string(), {}, notes_));
    EXPECT_EQ(*store_.auto_gc(), all);
    ASSERT_TRUE(store_.set_auto_gc(std::nullopt));
    EXPECT_EQ(*store_.auto_gc(), std::nullopt);
}

TEST_F(AutoCollect, BadSettingsAreToldByNameAndFailNoSnapshot) {
    std::ofstream(dir_ / "store" / "settings") << "gc.auto = yes\ngc.max-size = much\n";
    const auto settings = store_.auto_gc();
    ASSERT_FALSE(settings);
    EXPECT_EQ(settings.error().kind, ErrorKind::corrupt);
    EXPECT_NE(settings.error().cause.find("gc.max-size"), std::string::npos);
    write_file(source_ / "file", "x");
    snapshot();
}

// Each of these trees fills the pool anew, as `--mtime now` and reinstalled packages do.
TEST_F(AutoCollect, ThePoolThatNoTreeSharesIsBounded) {
    set({.max_pool = 300'000});
    for (unsigned i = 0; i < 100; ++i)
        write_file(source_ / std::to_string(i), random_bytes(1000, i));
    for (unsigned round = 0; round < 8; ++round) {
        for (unsigned i = 0; i < 100; ++i)
            stdfs::last_write_time(source_ / std::to_string(i),
                                   stdfs::file_time_type::clock::now() - std::chrono::hours(round));
        snapshot({.name = "n" + std::to_string(round)});
        restore("n" + std::to_string(round), "out", {.link = LinkMode::hardlink});
        stdfs::remove_all(dir_ / "out");
    }
    EXPECT_LT(pool_files(), 500u) << "800 were put in";
    EXPECT_GE(pool_files(), 100u) << "what was used last is kept";
}

}  // namespace
}  // namespace holt::test

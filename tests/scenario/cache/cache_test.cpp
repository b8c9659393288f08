// Entries of the cache: saved once, found by key, prefix or nearness, seen in their scope only.
#include <sys/stat.h>

#include "scenario/cache/cache_fixture.h"

namespace holt {
namespace {

using Outcome = CacheSaveReport::Outcome;
using test::CacheTest;
using test::read_file;
using test::write_file;

TEST_F(CacheTest, WhatWasSavedUnderAKeyIsRestored) {
    const CacheKey key = key_of("1");
    EXPECT_EQ(save(key, {at("env")}).outcome, Outcome::saved);
    const auto restored = get({.key = key}, {at("new")}, LinkMode::copy);
    EXPECT_EQ(restored.found.match, CacheMatch::exact);
    expect_same_tree(dir_ / "env", dir_ / "new");
    const auto again = get({.key = key}, {at("new")}, LinkMode::copy);
    EXPECT_TRUE(again.folders.at(0).in_place);
    EXPECT_EQ(again.folders.at(0).kept, 3u);
}

// By links or by files that became links of the pool: what stands there afterwards is known. Files
// that were finished within the last tick of the clock are not.
TEST_F(CacheTest, WhatWasRestoredByLinksIsNotReadAgain) {
    constexpr int kFiles = 400;
    for (int i = 0; i < kFiles; ++i)
        write_file(at("many/f" + std::to_string(i)), "content " + std::to_string(i));
    const CacheKey key = key_of("1");
    save(key, {at("many")});
    for (const char* folder : {"fills-the-pool", "links"}) {
        get({.key = key}, {at(folder)});
        const auto again = get({.key = key}, {at(folder)});
        EXPECT_EQ(again.folders.at(0).kept, std::uint64_t{kFiles});
        EXPECT_LT(again.folders.at(0).hashed, kFiles / 2u) << folder;
    }
    // A change of what a linked file holds is found all the same.
    const std::string changed = at("links/f7");
    ASSERT_EQ(::chmod(changed.c_str(), 0644), 0);
    write_file(changed, "content X");
    const auto mended = get({.key = key}, {at("links")});
    EXPECT_EQ(mended.folders.at(0).files, 1u);
    EXPECT_EQ(read_file(changed), "content 7");
}

TEST_F(CacheTest, AMissIsNoErrorAndRestoresNothing) {
    const auto restored = get({.key = key_of("1")}, {at("new")});
    EXPECT_EQ(restored.found.match, CacheMatch::none);
    EXPECT_FALSE(restored.found.miss.evicted);
    EXPECT_FALSE(restored.found.miss.nearest);
    EXPECT_FALSE(std::filesystem::exists(dir_ / "new"));
}

TEST_F(CacheTest, LinksAreTheDefault) {
    save(key_of("1"), {at("env")});
    EXPECT_EQ(get({.key = key_of("1")}, {at("new")}).folders.at(0).link, LinkMode::hardlink);
    struct stat status {};
    ASSERT_EQ(::stat((at("new") + "/lib/a.py").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0222, 0u);
    EXPECT_GT(status.st_nlink, 1u);
}

// Saving a folder makes it known: the next restore into it mends it, and needs no --force.
TEST_F(CacheTest, AFolderThatWasJustSavedIsKnown) {
    save(key_of("1"), {at("env")});
    write_file(dir_ / "env/extra", "x");
    EXPECT_TRUE(get({.key = key_of("1")}, {at("env")}).folders.at(0).in_place);
    EXPECT_FALSE(std::filesystem::exists(dir_ / "env/extra"));
    // Also when the store had it already.
    make_environment("other", "one");
    for (const char* file : {"bin/tool", "lib/a.py", "lib/same.py", "bin", "lib", "."})
        std::filesystem::last_write_time(dir_ / "other" / file,
                                         std::filesystem::last_write_time(dir_ / "env" / file));
    ASSERT_EQ(save(key_of("1"), {at("other")}).outcome, Outcome::already);
    EXPECT_TRUE(get({.key = key_of("1")}, {at("other")}).folders.at(0).in_place);
}

TEST_F(CacheTest, SeveralFoldersAreOneEntry) {
    write_file(dir_ / "second/data", "second");
    std::filesystem::create_hard_link(dir_ / "second/data", dir_ / "second/link");
    const CacheKey key = key_of("1");
    const auto saved = save(key, {at("env"), at("second")});
    EXPECT_EQ(saved.report.snapshot.folders_saved, 2u);
    EXPECT_EQ(store_.list()->size(), 1u);
    get({.key = key}, {at("new1"), at("new2")}, LinkMode::copy);
    expect_same_tree(dir_ / "env", dir_ / "new1");
    expect_same_tree(dir_ / "second", dir_ / "new2");
    // The folders themselves are known, too, and saved again nothing is read.
    const auto again = get({.key = key}, {at("env"), at("second")}, LinkMode::copy);
    EXPECT_TRUE(again.folders.at(1).in_place);
    EXPECT_EQ(save(key, {at("env"), at("second")}).outcome, Outcome::already);
}

TEST_F(CacheTest, AsManyFoldersAreWantedAsWereSaved) {
    write_file(dir_ / "second/data", "second");
    save(key_of("1"), {at("env"), at("second")});
    CacheRestoreOptions options{.query = {.key = key_of("1")}};
    const auto one = store_.cache_restore({at("new")}, options, notes_);
    ASSERT_FALSE(one);
    EXPECT_EQ(one.error().kind, ErrorKind::usage);
    EXPECT_FALSE(std::filesystem::exists(dir_ / "new"));
    const auto nested = store_.cache_restore({at("new"), at("new/in")}, options, notes_);
    ASSERT_FALSE(nested);
    EXPECT_EQ(nested.error().kind, ErrorKind::usage);
    const auto saved = store_.cache_save({at("env"), at("env/lib")}, {.key = key_of("2")}, notes_);
    ASSERT_FALSE(saved);
    EXPECT_EQ(saved.error().kind, ErrorKind::usage);
}

TEST_F(CacheTest, WhatWasSavedFirstStays) {
    const CacheKey key = key_of("1");
    const Digest first = save(key, {at("env")}).report.snapshot.id;
    EXPECT_EQ(save(key, {at("env")}).outcome, Outcome::already);
    make_environment("env", "two");
    const auto kept = save(key, {at("env")});
    EXPECT_EQ(kept.outcome, Outcome::kept);
    EXPECT_EQ(kept.report.snapshot.id, first);
    EXPECT_EQ(look_up({.key = key}).snapshot->id, first);
    EXPECT_EQ(store_.list()->size(), 1u);
    const auto replaced = save(key, {at("env")}, {.replace = true});
    EXPECT_EQ(replaced.outcome, Outcome::replaced);
    EXPECT_EQ(look_up({.key = key}).snapshot->id, replaced.report.snapshot.id);
    EXPECT_EQ(store_.list()->size(), 1u);
}

// What a pull request saved is never given to who does not list its scope: neither by key, nor by
// prefix, nor as the nearest, nor told of in a miss, nor as a SNAP.
TEST_F(CacheTest, AScopeIsInvisibleToWhoDoesNotListIt) {
    const CacheKey key = key_of("1");
    save(key, {at("env")}, {.scope = "pr/12"});
    EXPECT_EQ(look_up({.key = key}).match, CacheMatch::none);
    EXPECT_EQ(look_up({.key = key, .restore_keys = {"venv-"}}).match, CacheMatch::none);
    EXPECT_EQ(look_up({.key = key_of("2"), .nearest = true}).match, CacheMatch::none);
    EXPECT_FALSE(look_up({.key = key_of("2")}).miss.nearest);
    EXPECT_FALSE(store_.find(key.key));
    EXPECT_FALSE(store_.key_inputs(key.key, {"main"}));
    ASSERT_TRUE(store_.cache_evict({.keys = {key.key}}));
    EXPECT_FALSE(look_up({.key = key}).miss.evicted);
    EXPECT_TRUE(look_up({.key = key, .scopes = {"main", "pr/12"}}).miss.evicted);
}

TEST_F(CacheTest, TheFirstScopeHasPrecedence) {
    const CacheKey key = key_of("1");
    save(key, {at("env")}, {.scope = "pr/12"});
    make_environment("env", "two");
    const Digest of_main = save(key, {at("env")}).report.snapshot.id;
    EXPECT_EQ(look_up({.key = key, .scopes = {"main", "pr/12"}}).snapshot->id, of_main);
    EXPECT_EQ(look_up({.key = key, .scopes = {"pr/12", "main"}}).snapshot->scope, "pr/12");
    EXPECT_EQ(look_up({.key = key}).snapshot->id, of_main);
}

TEST_F(CacheTest, AnExactKeyGoesBeforeAPrefixInAnyScope) {
    save(key_of("1"), {at("env")});
    save(key_of("2"), {at("env")}, {.scope = "pr/12"});
    const auto found =
        look_up({.key = key_of("1"), .restore_keys = {"venv-"}, .scopes = {"pr/12", "main"}});
    EXPECT_EQ(found.match, CacheMatch::exact);
}

TEST_F(CacheTest, APrefixFindsTheNewestAndSaysThatItIsPartial) {
    save(key_of("1"), {at("env")});
    make_environment("env", "two");
    const Digest newest = save(key_of("2"), {at("env")}).report.snapshot.id;
    const CacheQuery query{.key = key_of("3"), .restore_keys = {"conda-", "venv-"}};
    const auto restored = get(query, {at("new")});
    EXPECT_EQ(restored.found.match, CacheMatch::partial);
    EXPECT_EQ(restored.found.snapshot->id, newest);
    EXPECT_EQ(read_file(dir_ / "new/bin/tool"), "tool two");
    CacheRestoreOptions exact{.query = query, .exact = true};
    EXPECT_EQ(store_.cache_restore({at("new2")}, exact, notes_)->found.match, CacheMatch::none);
}

TEST_F(CacheTest, APrefixThatMatchesEverythingIsRefused) {
    for (const char* prefix : {"", "/", "//", "v"}) {
        const auto found = store_.cache_lookup({.key = key_of("1"), .restore_keys = {prefix}});
        ASSERT_FALSE(found) << prefix;
        EXPECT_EQ(found.error().kind, ErrorKind::usage);
    }
}

TEST_F(CacheTest, AMissNamesTheInputsThatChanged) {
    save(*hash_key({.texts = {"uv.lock", "a", "b"}}), {at("env")});
    make_environment("env", "two");
    const Digest near =
        save(*hash_key({.texts = {"uv.lock", "a", "c"}}), {at("env")}).report.snapshot.id;
    const CacheQuery query{.key = *hash_key({.texts = {"a", "c", "d"}}), .nearest = true};
    const auto found = look_up(query);
    EXPECT_EQ(found.match, CacheMatch::nearest);
    EXPECT_EQ(found.snapshot->id, near);
    ASSERT_EQ(found.miss.changes.size(), 2u);
    EXPECT_EQ(found.miss.changes[0].input.name, "d");
    EXPECT_EQ(found.miss.changes[1].input.name, "uv.lock");
    EXPECT_EQ(found.miss.changes[1].how, KeyChange::How::removed);
}

TEST_F(CacheTest, AListThatWasRememberedIsSavedWithItsKey) {
    const CacheKey key = key_of("1");
    ASSERT_TRUE(store_.remember_key(key));
    EXPECT_EQ(*store_.key_inputs(key.key, {"main"}), key.inputs);
    save({.key = key.key}, {at("env")});
    EXPECT_EQ(look_up({.key = key_of("2")}).miss.changes.size(), 2u);
}

TEST_F(CacheTest, AnEvictedEntryIsTold) {
    const CacheKey key = key_of("1");
    save(key, {at("env")});
    EXPECT_EQ(store_.cache_evict({.prefix = "venv-", .dry_run = true})->evicted.size(), 1u);
    EXPECT_EQ(look_up({.key = key}).match, CacheMatch::exact);
    EXPECT_EQ(store_.cache_evict({.prefix = "venv-"})->evicted.size(), 1u);
    const auto found = look_up({.key = key});
    EXPECT_EQ(found.match, CacheMatch::none);
    EXPECT_TRUE(found.miss.evicted);
    EXPECT_EQ(found.miss.evicted_why, "evicted by hand");
    EXPECT_GT(found.miss.evicted_at.seconds, 0);
}

TEST_F(CacheTest, WhatIsNamedOrHeldIsNotEvicted) {
    CacheSaveOptions named;
    named.snapshot.name = "release";
    save(key_of("1"), {at("env")}, named);
    EXPECT_TRUE(store_.cache_evict({})->evicted.empty());
}

// Key, scope, list and number of folders stand in the record: a repair without a catalog has them.
TEST_F(CacheTest, EntriesSurviveALostCatalog) {
    write_file(dir_ / "second/data", "second");
    const CacheKey key = key_of("1");
    save(key, {at("env"), at("second")}, {.scope = "pr/12", .build_time = std::chrono::seconds(9)});
    const std::string store = at("store");
    std::filesystem::remove(store + "/catalog.db");
    ASSERT_TRUE(Store::repair(store, {}, notes_));
    EXPECT_EQ(look_up({.key = key}).match, CacheMatch::none);
    const auto found = look_up({.key = key, .scopes = {"pr/12"}});
    ASSERT_EQ(found.match, CacheMatch::exact);
    EXPECT_EQ(found.snapshot->folders_saved, 2u);
    EXPECT_EQ(found.snapshot->build_ms, 9000u);
    EXPECT_EQ(*store_.key_inputs(key.key, {"pr/12"}), key.inputs);
}

TEST_F(CacheTest, AnEntryThatWasForgottenAndBroughtBackKeepsItsScope) {
    const CacheKey key = key_of("1");
    save(key, {at("env")}, {.scope = "pr/12"});
    ASSERT_TRUE(store_.cache_evict({}));
    ASSERT_TRUE(store_.undelete({}));
    EXPECT_EQ(look_up({.key = key}).match, CacheMatch::none);
    EXPECT_EQ(look_up({.key = key, .scopes = {"pr/12"}}).match, CacheMatch::exact);
}

TEST_F(CacheTest, APathWithANewlineIsAPath) {
    std::filesystem::rename(dir_ / "env", dir_ / "en\nv");
    write_file(dir_ / "sec\nond/data", "second");
    save(key_of("1"), {at("en\nv"), at("sec\nond")});
    get({.key = key_of("1")}, {at("n\new"), at("n\newer")}, LinkMode::copy);
    expect_same_tree(dir_ / "en\nv", dir_ / "n\new");
    expect_same_tree(dir_ / "sec\nond", dir_ / "n\newer");
}

TEST_F(CacheTest, WhatIsNotAFolderIsNoEnvironment) {
    write_file(dir_ / "file", "x");
    const auto file = store_.cache_save({at("file")}, {.key = key_of("1")}, notes_);
    ASSERT_FALSE(file);
    const auto missing = store_.cache_save({at("missing")}, {.key = key_of("1")}, notes_);
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().kind, ErrorKind::failed);
    for (const char* scope : {"", "a\nb"})
        EXPECT_EQ(store_.cache_save({at("env")}, {.key = key_of("1"), .scope = scope}, notes_)
                      .error()
                      .kind,
                  ErrorKind::usage);
}

TEST_F(CacheTest, AnIncompleteTreeIsRefusedUnlessAsked) {
    std::filesystem::permissions(dir_.path(), std::filesystem::perms::all);
    std::filesystem::permissions(dir_ / "store", std::filesystem::perms::all,
                                 std::filesystem::perm_options::add);
    const int end = test::as_user([&] {
        const std::string store = at("own-store");
        ASSERT_TRUE(Store::init(store));
        auto opened = Store::open(store);
        ASSERT_TRUE(opened);
        write_file(dir_ / "mine/readable", "x");
        write_file(dir_ / "mine/secret", "x");
        ASSERT_EQ(::chmod(at("mine/secret").c_str(), 0), 0);
        CacheSaveOptions options{.key = key_of("1")};
        const auto refused = opened->cache_save({at("mine")}, options, notes_);
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().kind, ErrorKind::failed);
        EXPECT_TRUE(opened->list()->empty());
        options.allow_incomplete = true;
        const auto saved = opened->cache_save({at("mine")}, options, notes_);
        ASSERT_TRUE(saved);
        // Each restore says that it is incomplete.
        const auto restored =
            opened->cache_restore({at("new")}, {.query = {.key = key_of("1")}}, notes_);
        ASSERT_TRUE(restored);
        EXPECT_EQ(restored->folders.at(0).left_out, 1u);
    });
    EXPECT_EQ(end, 0);
}

// As root a program can write into a file that trees share. The next restore of each finds it,
// names it and makes it right, and no new tree gets it.
TEST_F(CacheTest, WhatWasWrittenIntoALinkedFileDoesNotSpread) {
    if (!test::root()) GTEST_SKIP() << "only root can write into a read-only file";
    save(key_of("1"), {at("env")});
    get({.key = key_of("1")}, {at("a")});
    get({.key = key_of("1")}, {at("b")});
    ASSERT_EQ(std::filesystem::hard_link_count(dir_ / "a/lib/a.py"), 3u);
    write_file(dir_ / "a/lib/a.py", "bad = 1");
    const auto fresh = get({.key = key_of("1")}, {at("c")});
    EXPECT_EQ(fresh.folders.at(0).pool_replaced, 1u);
    for (const char* tree : {"a", "b"}) get({.key = key_of("1")}, {at(tree)});
    for (const char* tree : {"a", "b", "c"})
        EXPECT_EQ(read_file(dir_ / tree / "lib/a.py"), "a = 'one'") << tree;
    bool is_named = false;
    for (const auto& [severity, note] : notes_.notes)
        is_named = is_named || note.message().find("a.py") != std::string::npos;
    EXPECT_TRUE(is_named);
}

// A link into the pool has no write bits, and one inode with every file that is the same. Neither
// is the tree's: saved again it is what it was.
TEST_F(CacheTest, ALinkedTreeIsSavedAsWhatItWasRestoredFrom) {
    for (const char* name : {"env/x/__init__.py", "env/y/__init__.py", "env/head"})
        write_file(dir_ / name, "same");
    write_file(dir_ / "env/large", test::random_bytes(700'000, 3));
    std::filesystem::create_hard_link(dir_ / "env/head", dir_ / "env/other-name");
    for (const char* name : {"env/x/__init__.py", "env/y/__init__.py"})
        std::filesystem::last_write_time(dir_ / name,
                                         std::filesystem::last_write_time(dir_ / "env/head"));
    save(key_of("1"), {at("env")});
    get({.key = key_of("1")}, {at("first")});  // fills the pool
    get({.key = key_of("1")}, {at("new")});
    ASSERT_GT(std::filesystem::hard_link_count(dir_ / "new/x/__init__.py"), 2u);
    write_file(dir_ / "new/added", "x");
    std::filesystem::remove(dir_ / "new/added");
    const auto again = store_.snapshot(at("new"), {}, notes_);
    ASSERT_TRUE(again);
    // But for the folder's own time.
    get({.key = key_of("1")}, {at("copy1")}, LinkMode::copy);
    ASSERT_TRUE(store_.restore("id:" + again->snapshot.id.hex(), at("copy2"), {}, notes_));
    std::filesystem::last_write_time(dir_ / "copy2",
                                     std::filesystem::last_write_time(dir_ / "copy1"));
    expect_same_tree(dir_ / "copy1", dir_ / "copy2");
    EXPECT_EQ(std::filesystem::hard_link_count(dir_ / "copy2/x/__init__.py"), 1u);
    EXPECT_EQ(std::filesystem::hard_link_count(dir_ / "copy2/head"), 2u);
}

TEST_F(CacheTest, UseIsCountedByDay) {
    save(key_of("1"), {at("env")}, {.build_time = std::chrono::minutes(5)});
    get({.key = key_of("1")}, {at("new")});
    get({.key = key_of("1")}, {at("new")});
    get({.key = key_of("2"), .restore_keys = {"venv-"}}, {at("new")});
    get({.key = key_of("2")}, {at("new")});
    ASSERT_TRUE(store_.cache_evict({}));
    const auto stats = store_.cache_stats();
    ASSERT_TRUE(stats);
    ASSERT_EQ(stats->days.size(), 1u);
    const CacheDay& day = stats->days[0];
    EXPECT_EQ(day.hits, 2u);
    EXPECT_EQ(day.partial, 1u);
    EXPECT_EQ(day.misses, 1u);
    EXPECT_EQ(day.saves, 1u);
    EXPECT_EQ(day.evictions, 1u);
    EXPECT_GT(day.milliseconds, 2u * 290'000);
    EXPECT_EQ(stats->entries, 0u);
    EXPECT_EQ(stats->evictions.at(0).key, key_of("1").key);
}

TEST_F(CacheTest, SharingTellsWhatASnapshotAdds) {
    save(key_of("1"), {at("env")});
    make_environment("env", "two");
    save(key_of("2"), {at("env")});
    const auto sharing = store_.sharing(nullptr, notes_);
    ASSERT_TRUE(sharing);
    ASSERT_EQ(sharing->adds.size(), 2u);
    EXPECT_EQ(sharing->adds[0], sharing->content[0]);
    EXPECT_LT(sharing->adds[1], 2000u);
    EXPECT_GE(sharing->shared[1][0], 50'000u);
    EXPECT_EQ(sharing->shared[1][0] + sharing->adds[1], sharing->content[1]);
}

}  // namespace
}  // namespace holt

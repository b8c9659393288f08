// Proves: what the cache keeps can be moved without being asked to, folders that are saved together
// name each other wherever they are restored, and what a command built at another path than the
// folder's own works in the folder.
#include "scenario/relocation/relocation_world.h"

#include <holt/cache.hpp>

namespace holt::test {
namespace {

namespace stdfs = std::filesystem;

class CacheMove : public RelocationTest {
  protected:
    static CacheKey key(const std::string& text = "1") {
        return *hash_key({.prefix = "env-", .texts = {text}});
    }
    CacheSaveReport save(const std::vector<std::string>& folders, CacheSaveOptions options = {}) {
        options.key = key();
        const auto report = store_.cache_save(folders, options, notes_);
        EXPECT_TRUE(report) << report.error().message();
        return report ? *report : CacheSaveReport{};
    }
    Result<CacheRestoreReport> try_get(const std::vector<std::string>& folders,
                                       const RestoreOptions& how = {.link = LinkMode::hardlink}) {
        return store_.cache_restore(folders, {.query = {.key = key()}, .restore = how}, notes_);
    }
    void get(const std::vector<std::string>& folders,
             const RestoreOptions& how = {.link = LinkMode::hardlink}) {
        const auto report = try_get(folders, how);
        ASSERT_TRUE(report) << report.error().message();
    }
    std::string path(const std::string& name) const { return (dir_ / name).string(); }
    // What `to` is written as where `from` stood.
    static std::string filled(std::string to, const std::string& from) {
        if (to.size() < from.size()) to.resize(from.size(), '/');
        return to;
    }

    // Two folders whose files name both, in text and in a place of a fixed length.
    void make_two(const std::string& one, const std::string& other) {
        write_file(one + "/conf", "own=" + one + "/x\nother=" + other + "/y\n");
        write_file(other + "/conf", "own=" + other + "/y\nother=" + one + "/x\n");
        write_file(other + "/bin", std::string(1, '\0') + other + "/y" + std::string(1, '\0') +
                                       one + "/x" + std::string(1, '\0'));
        write_file(one + "/plain", "nothing of it");
        stdfs::create_symlink(other + "/conf", one + "/link");
    }
    void expect_two(const std::string& one, const std::string& other, const std::string& old_one,
                    const std::string& old_other) {
        expect_names(one, other, old_one, old_other);
        expect_verified(one);
        expect_verified(other);
    }
    void expect_names(const std::string& one, const std::string& other, const std::string& old_one,
                      const std::string& old_other) {
        const std::string here = filled(one, old_one), there = filled(other, old_other);
        EXPECT_EQ(read_file(one + "/conf"), "own=" + here + "/x\nother=" + there + "/y\n");
        EXPECT_EQ(read_file(other + "/conf"), "own=" + there + "/y\nother=" + here + "/x\n");
        EXPECT_EQ(read_file(other + "/bin"), std::string(1, '\0') + there + "/y" +
                                                 std::string(1, '\0') + here + "/x" +
                                                 std::string(1, '\0'));
        EXPECT_EQ(stdfs::read_symlink(one + "/link"), other + "/conf");
    }
};

TEST_F(CacheMove, ASavedFolderIsMovedByDefault) {
    write_file(source_ / "bin/tool", "#!" + old() + "/bin/python\n");
    write_file(source_ / "lib/same.py", code_like(50'000, 1));
    save({old()});
    const std::string to = beside(7);
    get({to});
    EXPECT_EQ(read_file(to + "/bin/tool"), "#!" + to + "/bin/python\n");
    // What names nothing is linked into the pool; what does is a file of this path.
    EXPECT_EQ(stdfs::hard_link_count(to + "/lib/same.py"), 2u);
    const std::string second = beside(9);
    get({second});
    EXPECT_TRUE(stdfs::equivalent(to + "/lib/same.py", second + "/lib/same.py"));
    EXPECT_FALSE(stdfs::equivalent(to + "/bin/tool", second + "/bin/tool"));
    EXPECT_EQ(read_file(second + "/bin/tool"), "#!" + second + "/bin/python\n");
    expect_verified(to);

    const stdfs::path kept = dir_ / "kept";
    stdfs::rename(source_, kept);
    get({old()}, {.link = LinkMode::copy});
    expect_same_tree(kept, source_);
    get({path("as-it-was")}, {.link = LinkMode::copy, .relocate = false});
    expect_same_tree(kept, path("as-it-was"));
}

TEST_F(CacheMove, NotWhenItWasSavedWithout) {
    write_file(source_ / "conf", old() + "/x");
    save({old()}, {.snapshot = {.relocatable = false}});
    get({path("to")});
    EXPECT_EQ(read_file(path("to/conf")), old() + "/x");
}

TEST_F(CacheMove, FoldersThatAreSavedTogetherNameEachOtherWhereverTheyAre) {
    const std::string one = path("first-folder"), other = path("the-second-one");
    make_two(one, other);
    save({one, other});
    // Each to a path of its own length, also swapped, and one that stays while the other goes.
    for (const auto& [a, b] : {std::pair(path("f"), path("s")),
                               {path("ff"), path("fs/deep")},
                               {path("second-longx"), path("1")}}) {
        stdfs::create_directories(stdfs::path(b).parent_path());
        get({a, b});
        expect_two(a, b, one, other);
        get({a, b});  // what is there stays
        expect_two(a, b, one, other);
    }
    const stdfs::path kept_one = dir_ / "k1", kept_other = dir_ / "k2";
    stdfs::rename(one, kept_one);
    stdfs::rename(other, kept_other);
    get({one, path("s2")});
    expect_two(one, path("s2"), one, other);
    stdfs::remove_all(one);
    get({one, other}, {.link = LinkMode::copy});
    expect_same_tree(kept_one, one);
    expect_same_tree(kept_other, other);
}

TEST_F(CacheMove, TextsOfFoldersThatAreSavedTogetherTakeLongerPaths) {
    const std::string one = path("a1"), other = path("b1");
    write_file(one + "/conf", one + "/x:" + other + "/y\n");
    write_file(other + "/run", "#!" + one + "/bin/python\nprint('" + other + "')\n");
    save({one, other});
    const std::string far = path("a-much-longer-one"), away = path("and-another-longer-one");
    get({far, away});
    EXPECT_EQ(read_file(far + "/conf"), far + "/x:" + away + "/y\n");
    EXPECT_EQ(read_file(away + "/run"), "#!" + far + "/bin/python\nprint('" + away + "')\n");
}

// The first folder could be restored: it is not, as the second cannot.
TEST_F(CacheMove, NothingIsWrittenWhenOneOfTheFoldersCannotBeMoved) {
    const std::string one = path("first-folder"), other = path("the-second-one");
    make_two(one, other);
    save({one, other});
    const std::string far = path("the-second-one-is-longer");
    const auto report = try_get({path("f"), far});
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().kind, ErrorKind::unsafe_input);
    EXPECT_FALSE(stdfs::exists(path("f")));
    EXPECT_FALSE(stdfs::exists(far));
    get({path("f"), far}, {.link = LinkMode::hardlink, .leave = {"bin"}});
    // What can be moved in it is: it is the other folder's path that is shorter.
    EXPECT_EQ(read_file(far + "/bin"), std::string(1, '\0') + other + "/y" + std::string(1, '\0') +
                                           filled(path("f"), one) + "/x" + std::string(1, '\0'));
    expect_verified(far);
}

TEST_F(CacheMove, PlainRestoresOfAnEntryOfSeveralFoldersMoveThem) {
    const std::string one = path("first-folder"), other = path("the-second-one");
    make_two(one, other);
    const std::string id = save({one, other}).report.snapshot.id.hex();
    // All of it: they stand beside each other.
    ASSERT_TRUE(try_restore(id, path("x")));
    expect_names(path("x/01"), path("x/02"), one, other);
    expect_verified(path("x"));
    // One: where the other will be nobody knows, and its path stays.
    ASSERT_TRUE(try_restore(id + ":01", path("y")));
    EXPECT_EQ(read_file(path("y/conf")),
              "own=" + filled(path("y"), one) + "/x\nother=" + other + "/y\n");
}

TEST_F(CacheMove, WhatWasMadeAtAnotherPathWorksInTheFolder) {
    const std::string neutral = "/tmp/" + std::string(150, 'n');
    const auto build = [&]() -> Result<BuildResult> {
        write_file(source_ / "conf", "home=" + neutral + "/x\n");
        write_file(source_ / "bin", std::string(1, '\0') + neutral + std::string(1, '\0'));
        return BuildResult{.succeeded = true, .made_at = {neutral}};
    };
    CacheRunOptions options;
    options.restore.query.key = key();
    const auto report = store_.cache_run({old()}, options, build, notes_);
    ASSERT_TRUE(report) << report.error().message();
    EXPECT_EQ(read_file(source_ / "conf"), "home=" + filled(old(), neutral) + "/x\n");
    EXPECT_EQ(read_file(source_ / "bin"),
              std::string(1, '\0') + filled(old(), neutral) + std::string(1, '\0'));
    const std::string longer = beside(30);
    get({longer});
    EXPECT_EQ(read_file(longer + "/conf"), "home=" + filled(longer, neutral) + "/x\n");
    expect_verified(longer);
    expect_verified(source_);
}

TEST_F(CacheMove, AFolderWhosePathWouldBeFoundEverywhereIsRefusedBeforeItIsBuilt) {
    bool built = false;
    CacheRunOptions options;
    options.restore.query.key = key();
    const auto report = store_.cache_run(
        {"/x"}, options,
        [&]() -> Result<BuildResult> {
            built = true;
            return BuildResult{.succeeded = true};
        },
        notes_);
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().kind, ErrorKind::usage);
    EXPECT_FALSE(built);
}

TEST_F(CacheMove, SavedAgainWithTheSameContentItIsThereAlready) {
    const std::string one = path("first-folder"), other = path("the-second-one");
    make_two(one, other);
    save({one, other});
    EXPECT_EQ(save({one, other}).outcome, CacheSaveReport::Outcome::already);
}

}  // namespace
}  // namespace holt::test

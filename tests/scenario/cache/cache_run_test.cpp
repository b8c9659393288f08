// cache run: built once, restored from then on; one builds and the others wait.
#include <signal.h>

#include <atomic>
#include <fstream>

#include "scenario/cache/cache_fixture.h"

namespace holt {
namespace {

using test::CacheTest;
using test::read_file;
using test::write_file;

TEST_F(CacheTest, RunBuildsOnceAndRestoresFromThenOn) {
    int builds = 0;
    const auto build = [&]() -> Result<BuildResult> {
        ++builds;
        make_environment("built", "fresh");
        return BuildResult{.succeeded = true};
    };
    const auto first = run(key_of("1"), {at("built")}, build);
    EXPECT_TRUE(first.built);
    EXPECT_EQ(first.saved->outcome, CacheSaveReport::Outcome::saved);
    EXPECT_TRUE(first.saved->report.snapshot.build_ms);
    std::filesystem::remove_all(dir_ / "built");
    const auto second = run(key_of("1"), {at("built")}, build);
    EXPECT_FALSE(second.built);
    EXPECT_EQ(second.restored.found.match, CacheMatch::exact);
    EXPECT_EQ(read_file(dir_ / "built/bin/tool"), "tool fresh");
    EXPECT_EQ(builds, 1);
}

TEST_F(CacheTest, WhatABuildThatFailedMadeIsNotSaved) {
    const auto report = run(key_of("1"), {at("built")}, [&]() -> Result<BuildResult> {
        make_environment("built", "half");
        return BuildResult{.succeeded = false};
    });
    EXPECT_TRUE(report.built);
    EXPECT_FALSE(report.saved);
    EXPECT_TRUE(store_.list()->empty());
    EXPECT_EQ(look_up({.key = key_of("1")}).match, CacheMatch::none);
}

TEST_F(CacheTest, ABuildThatMadeNoFolderFails) {
    CacheRunOptions options;
    options.restore.query.key = key_of("1");
    const auto report = store_.cache_run(
        {at("nowhere")}, options,
        [] { return Result<BuildResult>(BuildResult{.succeeded = true}); }, notes_);
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().kind, ErrorKind::failed);
}

// What the command changes must not be shared with other trees.
TEST_F(CacheTest, TheNearestIsGivenAsFilesOfItsOwn) {
    save(key_of("1"), {at("env")});
    const auto build = [&]() -> Result<BuildResult> {
        EXPECT_EQ(read_file(dir_ / "built/bin/tool"), "tool one");
        EXPECT_EQ(std::filesystem::hard_link_count(dir_ / "built/bin/tool"), 1u);
        write_file(dir_ / "built/bin/tool", "tool two");
        return BuildResult{.succeeded = true};
    };
    const auto report = run(key_of("2"), {at("built")}, build, {.from_nearest = true});
    EXPECT_EQ(report.restored.found.match, CacheMatch::nearest);
    ASSERT_TRUE(report.saved);
    get({.key = key_of("1")}, {at("first")});
    EXPECT_EQ(read_file(dir_ / "first/bin/tool"), "tool one");
}

// Single flight: of several processes with one key one builds, the others wait and restore.
TEST_F(CacheTest, OneOfManyBuildsAndTheOthersWait) {
    constexpr int kJobs = 4;
    const std::string built_by = at("built-by");
    std::vector<pid_t> children;
    for (int i = 0; i < kJobs; ++i) {
        const std::string folder = at("job" + std::to_string(i));
        children.push_back(test::start_child([&, folder] {
            auto store = Store::open(at("store"));
            ASSERT_TRUE(store);
            CacheRunOptions options;
            options.restore.query.key = key_of("1");
            const auto report = store->cache_run(
                {folder}, options,
                [&]() -> Result<BuildResult> {
                    std::ofstream(built_by, std::ios::app) << "x";
                    ::usleep(200'000);
                    write_file(folder + "/made", "by one");
                    return BuildResult{.succeeded = true};
                },
                notes_);
            ASSERT_TRUE(report) << report.error().message();
            EXPECT_EQ(read_file(folder + "/made"), "by one");
        }));
    }
    for (const pid_t child : children) EXPECT_EQ(test::end_of(child), 0);
    EXPECT_EQ(read_file(built_by), "x");
}

// The lock is the kernel's: a builder that is killed keeps nobody waiting, and what it left goes.
TEST_F(CacheTest, ABuilderThatIsKilledLetsTheNextOneBuild) {
    const pid_t child = test::start_child([&] {
        auto store = Store::open(at("store"));
        CacheRunOptions options;
        options.restore.query.key = key_of("1");
        (void)store->cache_run(
            {at("a")}, options,
            [&]() -> Result<BuildResult> {
                write_file(dir_ / "building", "");
                for (;;) ::pause();
            },
            notes_);
    });
    while (!std::filesystem::exists(dir_ / "building")) ::usleep(1000);
    std::string holder;
    CacheRunOptions options;
    options.restore.query.key = key_of("1");
    options.wait = std::chrono::milliseconds(20);
    options.waiting = [&](const std::string& who) { holder = who; };
    const auto busy = store_.cache_run(
        {at("b")}, options, [] { return Result<BuildResult>(BuildResult{.succeeded = true}); },
        notes_);
    ASSERT_FALSE(busy);
    EXPECT_EQ(busy.error().kind, ErrorKind::busy);
    EXPECT_NE(holder.find("pid " + std::to_string(child)), std::string::npos) << holder;
    ::kill(child, SIGKILL);
    EXPECT_EQ(test::end_of(child), test::kKilled);
    const auto next = run(key_of("1"), {at("b")}, [&]() -> Result<BuildResult> {
        write_file(dir_ / "b/made", "x");
        return BuildResult{.succeeded = true};
    });
    EXPECT_TRUE(next.saved);
    EXPECT_TRUE(std::filesystem::is_empty(dir_ / "store/flights"));
}

TEST_F(CacheTest, OtherKeysAndScopesDoNotWait) {
    const auto built = [&](const std::string& folder) {
        return [this, folder]() -> Result<BuildResult> {
            write_file(dir_ / folder / "made", folder);
            return BuildResult{.succeeded = true};
        };
    };
    // Inside of one build, others of the same process.
    const auto outer = run(key_of("1"), {at("a")}, [&]() -> Result<BuildResult> {
        auto store = Store::open(at("store"));
        CacheRunOptions options;
        options.wait = std::chrono::milliseconds(0);
        options.restore.query.key = key_of("2");
        EXPECT_TRUE(store->cache_run({at("b")}, options, built("b"), notes_));
        options.restore.query.key = key_of("1");
        options.save.scope = "pr/1";
        options.restore.query.scopes = {"pr/1"};
        EXPECT_TRUE(store->cache_run({at("c")}, options, built("c"), notes_));
        return built("a")();
    });
    EXPECT_TRUE(outer.saved);
}

// Two jobs that save one key at once: both succeed, one entry is there.
TEST_F(CacheTest, TwoSavesOfOneKeyAtOnceMakeOneEntry) {
    std::vector<pid_t> children;
    for (const char* folder : {"x", "y"}) {
        children.push_back(test::start_child([&, folder] {
            make_environment(folder, folder);
            auto store = Store::open(at("store"));
            const auto saved = store->cache_save({at(folder)}, {.key = key_of("1")}, notes_);
            ASSERT_TRUE(saved) << saved.error().message();
        }));
    }
    for (const pid_t child : children) EXPECT_EQ(test::end_of(child), 0);
    EXPECT_EQ(store_.list()->size(), 1u);
}

}  // namespace
}  // namespace holt

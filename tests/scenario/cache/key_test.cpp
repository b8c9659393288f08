// Keys: what they depend on, and what they do not.
#include <gtest/gtest.h>
#include <stdlib.h>
#include <holt/cache.hpp>

#include <filesystem>

#include "support/store_fixture.h"
#include "support/temp_dir.h"

namespace holt {
namespace {

using test::write_file;

class KeyTest : public ::testing::Test {
  protected:
    std::string key(const KeyOptions& options) { return hash(options).key; }
    CacheKey hash(const KeyOptions& options) {
        auto hashed = hash_key(options);
        EXPECT_TRUE(hashed) << hashed.error().message();
        return hashed ? *hashed : CacheKey{};
    }
    ErrorKind refused(const KeyOptions& options) {
        const auto hashed = hash_key(options);
        EXPECT_FALSE(hashed);
        return hashed ? ErrorKind::cancelled : hashed.error().kind;
    }

    test::TempDir dir_;
};

TEST_F(KeyTest, OrderOfOptionsDoesNotMatter) {
    write_file(dir_ / "a.lock", "a");
    write_file(dir_ / "b.lock", "b");
    KeyOptions one{.files = {"a.lock", "b.lock"},
                   .env = {"HOME", "PATH"},
                   .texts = {"x", "y"},
                   .tools = {{"cc --version", "12"}, {"ld -v", "2"}},
                   .root = dir_.path()};
    KeyOptions other{.files = {"./b.lock", "a.lock", "a.lock"},
                     .env = {"PATH", "HOME"},
                     .texts = {"y", "x"},
                     .tools = {{"ld -v", "2"}, {"cc --version", "12"}},
                     .root = dir_.path()};
    EXPECT_EQ(key(one), key(other));
    EXPECT_EQ(key(one).size(), 64u);
    other.texts.push_back("z");
    EXPECT_NE(key(one), key(other));
}

TEST_F(KeyTest, AbsolutePathsAreNoPartOfAKey) {
    for (const char* root : {"here", "over/there"}) {
        write_file(dir_ / root / "sub/uv.lock", "the same");
        write_file(dir_ / root / "elsewhere", "the same");
    }
    const std::string here = dir_ / "here", there = dir_ / "over/there";
    EXPECT_EQ(key({.files = {"sub/uv.lock"}, .root = here}),
              key({.files = {there + "/sub/uv.lock"}, .root = there}));
    EXPECT_EQ(key({.globs = {"*.lock"}, .root = here}),
              key({.files = {"sub/uv.lock"}, .root = there}));
    // A file that is not below the root counts by its name alone.
    EXPECT_EQ(key({.files = {dir_ / "here/elsewhere"}, .root = there + "/sub"}),
              key({.files = {dir_ / "over/there/elsewhere"}, .root = here + "/sub"}));
}

TEST_F(KeyTest, TheNameOfAFileCounts) {
    write_file(dir_ / "a", "same");
    write_file(dir_ / "b", "same");
    EXPECT_NE(key({.files = {"a"}, .root = dir_.path()}),
              key({.files = {"b"}, .root = dir_.path()}));
}

TEST_F(KeyTest, WhatChangedIsNamed) {
    write_file(dir_ / "uv.lock", "one");
    write_file(dir_ / "gone", "x");
    KeyOptions options{.files = {"uv.lock", "gone"}, .texts = {"v1"}, .root = dir_.path()};
    options.tools = {{"python --version", "Python 3.11.2\n"}};
    const auto before = hash(options).inputs;
    write_file(dir_ / "uv.lock", "two");
    options.files = {"uv.lock"};
    options.texts = {"v1", "v2"};
    options.tools = {{"python --version", "Python 3.12.0\n"}};
    const auto changes = compare_inputs(before, hash(options).inputs);
    ASSERT_EQ(changes.size(), 4u);
    EXPECT_EQ(changes[0].input.name, "gone");
    EXPECT_EQ(changes[0].how, KeyChange::How::removed);
    EXPECT_EQ(changes[1].input.name, "uv.lock");
    EXPECT_EQ(changes[1].how, KeyChange::How::changed);
    EXPECT_EQ(changes[2].input.name, "v2");
    EXPECT_EQ(changes[2].how, KeyChange::How::added);
    EXPECT_EQ(changes[3].value_before, "Python 3.11.2");
    EXPECT_EQ(changes[3].input.value, "Python 3.12.0");
    EXPECT_TRUE(compare_inputs(before, before).empty());
}

TEST_F(KeyTest, AVariableThatIsNotSetIsNotAnEmptyOne) {
    const KeyOptions options{.env = {"HOLT_TEST_KEY"}};
    ::unsetenv("HOLT_TEST_KEY");
    const std::string unset = key(options);
    ::setenv("HOLT_TEST_KEY", "", 1);
    const std::string empty = key(options);
    ::setenv("HOLT_TEST_KEY", "unset", 1);
    const std::string said = key(options);
    ::unsetenv("HOLT_TEST_KEY");
    EXPECT_NE(unset, empty);
    EXPECT_NE(unset, said);
}

// 13 means that there is no such entry, and scripts build then.
TEST_F(KeyTest, AMissingKeyFileIsNoMiss) {
    EXPECT_EQ(refused({.files = {"uv.lock"}, .root = dir_.path()}), ErrorKind::failed);
    EXPECT_EQ(refused({.files = {"."}, .root = dir_.path()}), ErrorKind::usage);
    EXPECT_EQ(refused({.globs = {"*.lokc"}, .root = dir_.path()}), ErrorKind::usage);
    EXPECT_EQ(refused({}), ErrorKind::usage);
}

TEST_F(KeyTest, VeryManyFilesOfAGlobAreOneInput) {
    for (int i = 0; i < 300; ++i) write_file(dir_ / ("src/" + std::to_string(i) + ".c"), "x");
    write_file(dir_ / ".git/x.c", "not looked at");
    const KeyOptions options{.globs = {"**/*.c"}, .root = dir_.path()};
    const CacheKey before = hash(options);
    ASSERT_EQ(before.inputs.size(), 1u);
    EXPECT_EQ(before.inputs[0].kind, KeyInputKind::glob);
    write_file(dir_ / ".git/x.c", "changed");
    EXPECT_EQ(key(options), before.key);
    write_file(dir_ / "src/7.c", "y");
    EXPECT_NE(key(options), before.key);
}

// The example of docs/FORMAT.md, which other programs may compute.
TEST_F(KeyTest, TheKeyIsWhatTheFormatSays) {
    EXPECT_EQ(key({.texts = {"v2"}}),
              "e5c84223ba5bf3504e1408eb498668b24a3d06df07b7233c449e75c05d91a1a3");
}

TEST_F(KeyTest, PlatformHasItsThreeParts) {
    const CacheKey hashed = hash({.prefix = "venv-", .platform = true});
    EXPECT_TRUE(hashed.key.starts_with("venv-"));
    ASSERT_EQ(hashed.inputs.size(), 3u);
    EXPECT_EQ(hashed.inputs[2].name, "system");
    EXPECT_EQ(hashed.inputs[2].value, "Linux");
}

}  // namespace
}  // namespace holt

// Proves: forget, undelete, tag, find and gc on the command line: what is told, as text and as
// JSON, exit codes, and what is refused.
#include "cli/store_fixture.h"

namespace holt::test {
namespace {

class Forget : public StoreTest {};

TEST_F(Forget, ByRulesWithReasonsAndBack) {
    const std::string first = snapshot({"--name", "first"});
    snapshot({"--name", "second"});
    const Finished would = run({"forget", "--keep-last", "1", "--dry-run"});
    EXPECT_EQ(would.code, 0) << would.err;
    EXPECT_NE(would.out.find("no rule keeps it"), std::string::npos) << would.out;
    EXPECT_NE(would.out.find("last snapshot"), std::string::npos) << would.out;
    EXPECT_NE(would.err.find("would forget 1 snapshot"), std::string::npos) << would.err;
    EXPECT_EQ(run({"show", "first"}).code, 0);

    const Finished did = run({"forget", "--keep-last", "1", "--json"});
    EXPECT_EQ(did.code, 0) << did.err;
    const auto lines = did.json();
    ASSERT_EQ(lines.size(), 3u);
    EXPECT_EQ(lines[0]["action"], "keep");
    EXPECT_EQ(lines[1]["action"], "forget");
    EXPECT_EQ(lines[1]["snapshot"]["id"], first);
    EXPECT_EQ(lines[2]["forgotten"], 1);
    EXPECT_EQ(run({"show", "first"}).code, 13);

    EXPECT_NE(run({"undelete", "--list"}).out.find("first"), std::string::npos);
    EXPECT_EQ(run({"undelete", "first"}).code, 0);
    EXPECT_EQ(run({"show", "first"}).code, 0);
    EXPECT_EQ(run({"forget", "first", "--gc"}).code, 0);
    EXPECT_EQ(run({"undelete", "first"}).code, 13);
    EXPECT_EQ(run({"verify"}).code, 0);
}

TEST_F(Forget, WhatMakesNoSenseIsRefused) {
    snapshot({"--name", "a"});
    for (const std::vector<std::string>& args :
         std::vector<std::vector<std::string>>{{"forget"},
                                               {"forget", "a", "--keep-last", "1"},
                                               {"forget", "--keep-within", "soon"},
                                               {"forget", "--keep-last", "many"},
                                               {"forget", "--keep-last", "1", "--group-by", "host"},
                                               {"undelete"},
                                               {"undelete", "a", "--all"},
                                               {"tag", "a"},
                                               {"tag", "a", "--hold", "--release"},
                                               {"tag", "a", "--name", "latest"},
                                               {"find"},
                                               {"find", "--digest", "xyz"},
                                               {"gc", "--max-size", "much"},
                                               {"gc", "--max-age", "1x"}}) {
        const Finished refused = run(args);
        EXPECT_EQ(refused.code, 2) << args[0] << ": " << refused.err;
    }
    EXPECT_EQ(run({"forget", "nobody"}).code, 13);
    EXPECT_EQ(run({"forget", "--keep-tag", "none"}).code, 1) << "would empty the group";
    EXPECT_EQ(run({"show", "a"}).code, 0);
}

TEST_F(Forget, TagsNamesAndHolds) {
    snapshot({"--name", "a", "--tag", "k=1", "--key", "ci/1"});
    EXPECT_EQ(run({"tag", "a", "--name", "b", "--set", "k=2", "--set", "new=x", "--hold"}).code, 0);
    EXPECT_EQ(run({"show", "a"}).code, 13);
    const auto shown = run({"show", "b", "--json"}).json();
    EXPECT_EQ(shown[0]["hold"], true);
    EXPECT_EQ(shown[0]["tags"].size(), 2u);
    EXPECT_EQ(run({"forget", "b"}).code, 1) << "on hold";
    EXPECT_EQ(run({"forget", "--key-prefix", "ci/"}).code, 0);
    EXPECT_EQ(run({"show", "b"}).code, 0) << "on hold";
    EXPECT_EQ(run({"tag", "b", "--release", "--no-name", "--remove", "k"}).code, 0);
    EXPECT_EQ(run({"forget", "--tag", "new=x"}).code, 0);
    EXPECT_EQ(run({"show", "ci/1"}).code, 13);
}

TEST_F(Forget, FindTellsWhereAFileWasLast) {
    snapshot({"--name", "a"});
    std::filesystem::remove(tree() + "/README");
    snapshot({"--name", "b"});
    const Finished found = run({"find", "README"});
    EXPECT_EQ(found.code, 0) << found.err;
    EXPECT_TRUE(found.out.starts_with("a:README  8 B")) << found.out;
    EXPECT_EQ(run({"find", "README", "--size", "+9"}).code, 1);
    const auto lines = run({"find", "main.c", "--json"}).json();
    ASSERT_EQ(lines.size(), 2u);
    EXPECT_EQ(lines[0]["snapshot_name"], "b");
    EXPECT_EQ(lines[0]["path"], "src/main.c");
}

TEST_F(Forget, GcTellsWhatItDoes) {
    snapshot({"--name", "a"});
    write_file(tree() + "/new", std::string(100'000, 'n'));
    snapshot({"--name", "b"});
    EXPECT_EQ(run({"forget", "a"}).code, 0);
    const Finished would = run({"gc", "--dry-run", "--json"});
    EXPECT_EQ(would.code, 0) << would.err;
    EXPECT_EQ(would.json().back()["dropped"], 1);
    EXPECT_EQ(run({"undelete", "--all"}).code, 0);
    EXPECT_EQ(run({"forget", "a"}).code, 0);
    const Finished did = run({"gc"});
    EXPECT_EQ(did.code, 0) << did.err;
    EXPECT_NE(did.err.find("packs"), std::string::npos) << did.err;
    EXPECT_EQ(run({"restore", "b", path("out")}).code, 0);
    if (has_rsync()) {
        EXPECT_EQ(differences(tree(), path("out")), "");
    }
}

}  // namespace
}  // namespace holt::test

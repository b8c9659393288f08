// The commands of the cache as scripts use them: output, exit codes, JSON.
#include <sys/stat.h>
#include <unistd.h>

#include "cli/store_fixture.h"

namespace holt::test {
namespace {

class CacheCommandTest : public StoreTest {
  protected:
    CacheCommandTest() { write_file(path("uv.lock"), "one\n"); }
    Json summary(std::vector<std::string> args) const {
        args.emplace_back("--json");
        const auto lines = run(std::move(args)).json();
        return lines.empty() ? Json() : lines.back();
    }
};

TEST_F(CacheCommandTest, AKeyIsSavedAndRestored) {
    EXPECT_EQ(run({"cache", "save", "--key-file", "uv.lock", tree()}).code, 0);
    const Finished found = run({"cache", "restore", "--key-file", "uv.lock", "new"});
    EXPECT_EQ(found.code, 0) << found.err;
    EXPECT_TRUE(found.out.starts_with("exact ")) << found.out;
    EXPECT_EQ(read_file(path("new/README")), "read me\n");
    EXPECT_EQ(run({"cache", "lookup", "--key-file", "uv.lock"}).code, 0);
}

// 13 is a miss and nothing else is: scripts build when they see it.
TEST_F(CacheCommandTest, OnlyAMissIsThirteen) {
    EXPECT_EQ(run({"cache", "restore", "--key", "k", "new"}).code, 13);
    EXPECT_EQ(run({"cache", "lookup", "--key", "k"}).code, 13);
    EXPECT_EQ(run({"cache", "lookup", "--key-file", "missing.lock"}).code, 1);
    EXPECT_EQ(run({"cache", "lookup", "--key-glob", "*.lokc"}).code, 2);
    EXPECT_EQ(run({"cache", "lookup"}).code, 2);
    EXPECT_EQ(run({"cache", "lookup", "--key", "k", "--key-file", "uv.lock"}).code, 2);
    EXPECT_EQ(run({"cache", "lookup", "--key", "k", "--restore-key", "/"}).code, 2);
    EXPECT_EQ(run({"cache", "save", "--key", "k", "missing"}).code, 1);
    EXPECT_EQ(run({"cache", "save", "--key", "k", tree()}).code, 0);
    EXPECT_EQ(run({"cache", "restore", "--key", "k", "no/such/parent"}).code, 1);
    EXPECT_EQ(run({"cache", "restore", "--key", "k", "one", "two"}).code, 2);
    EXPECT_EQ(run({"--store", path("nothing"), "cache", "lookup", "--key", "k"}).code, 10);
}

TEST_F(CacheCommandTest, AMissIsExplainedInWordsAndJson) {
    ASSERT_EQ(run({"cache", "save", "--key-file", "uv.lock", "--key-text", "v1", tree()}).code, 0);
    write_file(path("uv.lock"), "two\n");
    const std::vector<std::string> args = {"cache",   "lookup",     "--key-file",
                                           "uv.lock", "--key-text", "v1"};
    const Finished missed = run(args);
    EXPECT_EQ(missed.code, 13);
    EXPECT_EQ(missed.out, "");
    EXPECT_NE(missed.err.find("file uv.lock changed"), std::string::npos) << missed.err;
    const Json told = summary(args);
    EXPECT_EQ(told["matched"], "none");
    EXPECT_EQ(told["miss"]["reason"], "never-saved");
    ASSERT_EQ(told["miss"]["changes"].size(), 1u);
    EXPECT_EQ(told["miss"]["changes"][0]["name"], "uv.lock");
    EXPECT_EQ(told["exit_code"], 13);
}

TEST_F(CacheCommandTest, AnEvictedKeySaysWhenAndWhy) {
    ASSERT_EQ(run({"cache", "save", "--key", "k", tree()}).code, 0);
    EXPECT_EQ(run({"cache", "evict"}).code, 2);
    EXPECT_EQ(run({"cache", "evict", "k"}).code, 0);
    EXPECT_NE(run({"cache", "lookup", "--key", "k"}).err.find("evicted by hand"),
              std::string::npos);
    EXPECT_EQ(summary({"cache", "lookup", "--key", "k"})["miss"]["reason"], "evicted");
    ASSERT_EQ(run({"cache", "save", "--key", "k2", tree()}).code, 0);
    ASSERT_EQ(run({"gc", "--max-size", "1"}).code, 0);
    EXPECT_NE(run({"cache", "lookup", "--key", "k2"}).err.find("fits into the size"),
              std::string::npos);
}

TEST_F(CacheCommandTest, SavingTwiceIsToldAndIsNoFailure) {
    EXPECT_EQ(summary({"cache", "save", "--key", "k", tree()})["outcome"], "saved");
    EXPECT_EQ(summary({"cache", "save", "--key", "k", tree()})["outcome"], "already");
    write_file(tree() + "/README", "changed\n");
    const Json kept = summary({"cache", "save", "--key", "k", tree()});
    EXPECT_EQ(kept["outcome"], "kept");
    EXPECT_EQ(kept["exit_code"], 0);
    EXPECT_EQ(summary({"cache", "save", "--key", "k", "--replace", tree()})["outcome"], "replaced");
}

TEST_F(CacheCommandTest, ScopesComeFromOptionsOrTheEnvironment) {
    Program program = this->program({"cache", "save", "--key", "k", tree()});
    program.environment["HOLT_SCOPE"] = "pr/12,main";
    EXPECT_EQ(program.run().code, 0);
    EXPECT_EQ(run({"cache", "lookup", "--key", "k"}).code, 13);
    EXPECT_EQ(run({"restore", "k", "new"}).code, 13);
    EXPECT_EQ(run({"cache", "lookup", "--key", "k", "--scope", "main", "--scope", "pr/12"}).code,
              0);
    program.environment["HOLT_WRITE_SCOPES"] = "pr/13,branch/*";
    EXPECT_EQ(program.run().code, 12);
    program.environment["HOLT_SCOPE"] = "branch/x";
    EXPECT_EQ(program.run().code, 0);
}

TEST_F(CacheCommandTest, KeysAreHashedAndExplained) {
    const Finished key = run({"key", "hash", "--save", "--prefix", "venv-", "--file", "uv.lock",
                              "--tool", "echo 3.11", "--platform"});
    ASSERT_EQ(key.code, 0) << key.err;
    const std::string text = key.out.substr(0, key.out.size() - 1);
    EXPECT_EQ(text.size(), 5u + 64u);
    const std::vector<std::string> now = {"now",    "--file",    "uv.lock",
                                          "--tool", "echo 3.11", "--platform"};
    std::vector<std::string> args = {"key", "explain", text};
    args.insert(args.end(), now.begin(), now.end());
    EXPECT_EQ(run(args).code, 0);
    write_file(path("uv.lock"), "two\n");
    const Finished differs = run(args);
    EXPECT_EQ(differs.code, 1);
    EXPECT_EQ(differs.out, "file uv.lock changed\n");
    EXPECT_EQ(run({"key", "explain", text, "now", "--tool", "echo 3.12"}).code, 1);
    EXPECT_NE(run({"key", "explain", text}).out.find("echo 3.11: 3.11"), std::string::npos);
    EXPECT_EQ(run({"key", "explain", "unknown", text}).code, 13);
    EXPECT_EQ(run({"key", "hash"}).code, 2);
    EXPECT_EQ(run({"key", "hash", "--tool", "exit 3"}).code, 1);
}

TEST_F(CacheCommandTest, ListShowsKeysAndFiltersByThem) {
    snapshot({"--name", "plain", "--tag", "ci=1"});
    ASSERT_EQ(run({"cache", "save", "--key", "venv-1", tree()}).code, 0);
    write_file(tree() + "/README", "changed\n");
    ASSERT_EQ(run({"cache", "save", "--key", "node-1", "--scope", "pr/1", tree()}).code, 0);
    EXPECT_NE(run({"list"}).out.find("venv-1"), std::string::npos);
    const auto lines = [&](std::vector<std::string> args) {
        args.emplace_back("--json");
        return run(std::move(args)).json().size() - 1;
    };
    EXPECT_EQ(lines({"list"}), 3u);
    EXPECT_EQ(lines({"list", "--key-prefix", "venv-"}), 1u);
    EXPECT_EQ(lines({"list", "--tag", "ci"}), 1u);
    EXPECT_EQ(lines({"list", "--tag", "ci=2"}), 0u);
    EXPECT_EQ(lines({"list", "--path", tree()}), 3u);
    EXPECT_EQ(lines({"list", "--path", path("tre")}), 0u);
    EXPECT_EQ(lines({"list", "--path", dir_.path()}), 3u);
    EXPECT_EQ(lines({"cache", "list"}), 2u);
    EXPECT_EQ(lines({"cache", "list", "--scope", "pr/1"}), 1u);
    EXPECT_EQ(lines({"cache", "list", "--prefix", "venv-"}), 1u);
}

TEST_F(CacheCommandTest, StatsCountTheCacheAndWriteAPage) {
    ASSERT_EQ(run({"cache", "save", "--key", "a<b>&\"", tree()}).code, 0);
    ASSERT_EQ(run({"cache", "restore", "--key", "a<b>&\"", "new"}).code, 0);
    EXPECT_EQ(run({"cache", "restore", "--key", "none", "new"}).code, 13);
    const Json counted = summary({"stats", "--cache"});
    ASSERT_EQ(counted["days"].size(), 1u);
    EXPECT_EQ(counted["days"][0]["hits"], 1);
    EXPECT_EQ(counted["days"][0]["misses"], 1);
    EXPECT_EQ(counted["days"][0]["saves"], 1);
    EXPECT_EQ(run({"stats", "--html", "page.html"}).code, 0);
    const std::string page = read_file(path("page.html"));
    EXPECT_NE(page.find("<svg"), std::string::npos);
    EXPECT_NE(page.find("prefers-color-scheme: dark"), std::string::npos);
    EXPECT_NE(page.find("a&lt;b&gt;&amp;&quot;"), std::string::npos);
    EXPECT_EQ(page.find("a<b>"), std::string::npos);
    for (const char* foreign : {"http:", "https:", "src=", "url(", "<script", "@import"})
        EXPECT_EQ(page.find(foreign), std::string::npos) << foreign;
}

TEST_F(CacheCommandTest, PrebuildBuildsAListOfEnvironments) {
    ::mkdir(path("web").c_str(), 0755);
    write_file(path("web/lock"), "1");
    write_file(path("list.json"), R"({"environments": [
        {"name": "one", "paths": ["one"], "files": ["uv.lock"], "command": "mkdir -p one; echo x >> built; echo 1 > one/f"},
        {"folder": "web", "paths": ["mods"], "files": ["lock"], "prefix": "web-", "command": ["mkdir", "mods"]},
        {"name": "bad", "paths": ["bad"], "texts": ["1"], "command": ["false"]}]})");
    const Json first = summary({"cache", "prebuild", "list.json", "-j", "3"});
    EXPECT_EQ(first["exit_code"], 1);
    EXPECT_EQ(first["failed"], 1);
    EXPECT_EQ(read_file(path("one/f")), "1\n");
    EXPECT_TRUE(std::filesystem::is_directory(path("web/mods")));
    EXPECT_EQ(run({"cache", "prebuild", "list.json"}).code, 1);
    EXPECT_EQ(read_file(path("built")), "x\n");
    for (const char* wrong :
         {"{", "[]", "[{}]", R"([{"paths": ["x"]}])",
          R"([{"paths": ["x"], "command": ["y"], "z": 1}])",
          R"([{"paths": "x", "command": ["y"]}])", R"([{"paths": ["x"], "command": 1}])"}) {
        write_file(path("wrong.json"), wrong);
        EXPECT_EQ(run({"cache", "prebuild", "wrong.json"}).code, 2) << wrong;
    }
    EXPECT_EQ(run({"cache", "prebuild", "missing.json"}).code, 1);
}

}  // namespace
}  // namespace holt::test

// Help texts are complete, and a command line that makes no sense ends with 2 and says why.
#include <gtest/gtest.h>

#include "cli/program.h"

namespace holt::test {
namespace {

struct Known {
    std::string command;
    std::vector<std::string> mentions;
};

const std::vector<Known>& commands() {
    static const std::vector<Known> known = {
        {"init", {"DIR"}},
        {"snapshot",
         {"PATH", "--name", "--key", "--tag", "--exclude", "--exclude-from", "--level",
          "--one-file-system", "--read-all"}},
        {"restore",
         {"SNAP[:SUB]", "DEST", "--force", "--delete", "--dry-run", "--durable", "--mtime",
          "preserve", "now", "epoch", "--include", "--exclude"}},
        {"list", {}},
        {"show", {"SNAP"}},
        {"ls", {"SNAP[:SUB]", "-l", "-R"}},
        {"cat", {"SNAP[:PATH]", "PATH"}},
        {"diff", {"A", "B", "--include", "--exclude"}},
        {"verify", {"SNAP", "--subset", "--include", "--exclude"}},
        {"repair", {}},
        {"stats", {}},
        {"find", {"PATTERN", "--digest", "--size", "--newer", "--older", "--snapshot", "--all"}},
        {"tag", {"SNAP", "--name", "--no-name", "--set", "--remove", "--hold", "--release"}},
        {"forget",
         {"SNAP", "--keep-last", "--keep-hourly", "--keep-daily", "--keep-weekly", "--keep-monthly",
          "--keep-yearly", "--keep-tag", "--keep-within", "--unused", "--group-by", "--key-prefix",
          "--tag", "--allow-empty", "--dry-run", "--gc"}},
        {"undelete", {"SNAP", "--all", "--list"}},
        {"gc",
         {"--max-time", "--max-size", "--max-age", "--evict-named", "--max-pool", "--dry-run"}},
        {"version", {}},
        {"zstd",
         {"FILE",
          "-#",
          "--fast",
          "-d",
          "-c",
          "-k",
          "-f",
          "-o",
          "-t",
          "-D",
          "--rm",
          "--no-check",
          "--memory",
          "--ultra",
          "--long",
          "-T#, --threads",
          "--single-thread",
          "-l, --list",
          "-r",
          "--train",
          "--maxdict",
          "--dictID",
          "-b#",
          "-e#",
          "-i#",
          "--stream-size",
          "--content-size",
          "--pass-through",
          "--format"}}};
    return known;
}

const std::vector<std::string> kGlobal = {
    "--store", "--json", "-q",    "--quiet",        "-v",
    "--color", "--help", "Usage", "--lock-timeout", "Examples"};

TEST(UsageTest, HelpOfEachCommandMentionsEachOption) {
    for (const Known& known : commands()) {
        const Finished help = holt({known.command, "--help"});
        EXPECT_EQ(help.code, 0) << known.command;
        EXPECT_EQ(help.err, "");
        for (const auto& list : {known.mentions, kGlobal})
            for (const std::string& word : list)
                EXPECT_NE(help.out.find(word), std::string::npos) << known.command << ' ' << word;
        EXPECT_EQ(holt({"help", known.command}).out, help.out);
        EXPECT_EQ(holt({known.command, "-h"}).out, help.out);
    }
}

TEST(UsageTest, TopLevelHelpListsEachCommand) {
    const Finished help = holt({"--help"});
    EXPECT_EQ(help.code, 0);
    for (const Known& known : commands())
        EXPECT_NE(help.out.find("\n  " + known.command + " "), std::string::npos) << known.command;
    EXPECT_EQ(holt({"help"}).out, help.out);
}

TEST(UsageTest, LinesOfHelpFitATerminal) {
    for (const Known& known : commands()) {
        const std::string help = holt({known.command, "--help"}).out;
        std::size_t start = 0;
        while (start < help.size()) {
            const std::size_t end = help.find('\n', start);
            EXPECT_LE(end - start, 90u) << help.substr(start, end - start);
            start = end + 1;
        }
    }
}

TEST(UsageTest, Mistakes) {
    const std::vector<std::pair<std::vector<std::string>, std::string>> mistakes = {
        {{"-v"}, "no command is given"},
        {{"snapshto", "x"}, "did you mean 'snapshot'?"},
        {{"--nope"}, "no option --nope"},
        {{"list", "--stroe=x"}, "did you mean '--store'?"},
        {{"list", "extra"}, "'extra' is one argument too many"},
        {{"snapshot"}, "PATH is missing"},
        {{"snapshot", ""}, "PATH is empty"},
        {{"snapshot", "a", "b"}, "'b' is one argument too many"},
        {{"snapshot", "a", "--tag", "x"}, "--tag takes KEY=VALUE"},
        {{"snapshot", "a", "--tag", "=x"}, "--tag takes KEY=VALUE"},
        {{"snapshot", "a", "--level", "99"}, "--level takes a whole number"},
        {{"snapshot", "a", "--name"}, "--name needs a value"},
        {{"restore", "a"}, "DEST is missing"},
        {{"restore", "a", ""}, "DEST is empty"},
        {{"restore", "a", "b", "--delete"}, "needs --force"},
        {{"restore", "a", "b", "--mtime", "then"}, "preserve, now, epoch"},
        {{"restore", "a", "b", "--link", "soft"}, "auto, hardlink, reflink, copy"},
        {{"show"}, "SNAP is missing"},
        {{"diff", "a"}, "B is missing"},
        {{"verify", "--subset", "0%"}, "percentage"},
        {{"verify", "a", "--subset", "5%"}, "not for snapshots"},
        {{"list", "--color", "blue"}, "auto, always, never"},
        {{"list", "--lock-timeout", "soon"}, "seconds"},
        {{"list", "--store", ""}, "empty"},
        {{"init", "a", "--store", "b"}, "both"},
    };
    for (const auto& [args, words] : mistakes) {
        const Finished result = holt(args);
        EXPECT_EQ(result.code, 2) << words << ": " << result.err;
        EXPECT_EQ(result.out, "");
        EXPECT_TRUE(result.err.starts_with("holt: ")) << result.err;
        EXPECT_NE(result.err.find(words), std::string::npos) << result.err;
    }
}

TEST(UsageTest, WithoutAnythingItShowsTheHelp) {
    const Finished result = holt({});
    EXPECT_EQ(result.code, 2);
    EXPECT_EQ(result.out, "");
    EXPECT_TRUE(result.err.starts_with("Usage: holt")) << result.err;
    EXPECT_NE(result.err.find("no command is given"), std::string::npos);
}

TEST(UsageTest, MistakesAreJsonToo) {
    const Finished result = holt({"--json", "snapshto"});
    EXPECT_EQ(result.code, 2);
    ASSERT_EQ(result.json().size(), 1u);
    EXPECT_EQ(result.json()[0]["type"], "error");
    EXPECT_EQ(result.json()[0]["kind"], "usage");
    EXPECT_EQ(result.json()[0]["exit_code"], 2);
}

TEST(UsageTest, Version) {
    EXPECT_TRUE(holt({"--version"}).out.starts_with("holt "));
    EXPECT_TRUE(holt({"version"}).out.starts_with("holt "));
    auto lines = holt({"version", "--json"}).json();
    ASSERT_EQ(lines.size(), 1u);
    EXPECT_EQ(lines[0]["type"], "summary");
    EXPECT_TRUE(lines[0]["version"].is_string());
    EXPECT_TRUE(lines[0]["formats"]["store"].is_number());
}

TEST(UsageTest, AFullDiskOrAClosedOutputIsAnError) {
    EXPECT_EQ((Program{.args = {"--help"}, .output_to = "/dev/full"}.run().code), 15);
    const Finished closed = Program{.args = {"version"}, .close_output = true}.run();
    EXPECT_EQ(closed.code, 1);
    EXPECT_NE(closed.err.find("standard output"), std::string::npos) << closed.err;
}

TEST(UsageTest, WhereTheStoreIsLookedFor) {
    const auto store_of = [](std::map<std::string, std::string> environment,
                             std::vector<std::string> args = {}) {
        args.push_back("list");
        return Program{.args = args, .environment = std::move(environment)}.run().err;
    };
    const auto names = [](const std::string& text, const std::string& path) {
        return text.find("'" + path + "'") != std::string::npos;
    };
    EXPECT_TRUE(names(store_of({}), "/nonexistent/.local/share/holt"));
    EXPECT_TRUE(names(store_of({{"XDG_DATA_HOME", "/no-xdg"}}), "/no-xdg/holt"));
    EXPECT_TRUE(names(store_of({{"XDG_DATA_HOME", "relative"}}), "/nonexistent/.local/share/holt"));
    EXPECT_TRUE(
        names(store_of({{"XDG_DATA_HOME", "/no-xdg"}, {"HOLT_STORE", "/no-store"}}), "/no-store"));
    EXPECT_TRUE(names(store_of({{"HOLT_STORE", "/no-store"}}, {"--store", "/no-opt"}), "/no-opt"));
    const Finished nowhere = Program{.args = {"list"}, .environment = {{"HOME", ""}}}.run();
    EXPECT_EQ(nowhere.code, 10);
    EXPECT_NE(nowhere.err.find("--store DIR"), std::string::npos) << nowhere.err;
}

}  // namespace
}  // namespace holt::test

// What completion offers, asked in the way that the scripts ask, and in the shells themselves.
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "cli/store_fixture.h"

namespace holt::test {
namespace {

// A shell's own language is in files of its own.
std::string shell_script(const std::string& name) {
    return HOLT_TEST_DATA "/../cli/shells/" + name;
}

class CompletionCli : public StoreTest {
  protected:
    /// The kind, and the words without their help.
    std::vector<std::string> answer(std::vector<std::string> words) const {
        words.insert(words.begin(), {"completion", "--answer", "--"});
        const Finished asked = run(words);
        EXPECT_EQ(asked.code, 0) << asked.err;
        std::vector<std::string> lines;
        std::istringstream text(asked.out);
        for (std::string line; std::getline(text, line);)
            lines.push_back(line.substr(0, line.find('\t')));
        return lines;
    }
    using Words = std::vector<std::string>;
};

TEST_F(CompletionCli, OffersCommandsOptionsAndTheirValues) {
    EXPECT_EQ(answer({"resto"}), (Words{"words", "restore"}));
    EXPECT_EQ(answer({"--store", "/x", "sta"}), (Words{"words", "stats"}));
    EXPECT_EQ(answer({"restore", "--li"}), (Words{"words", "--link"}));
    EXPECT_EQ(answer({"restore", "--link", "require-h"}), (Words{"words", "require-hardlink"}));
    EXPECT_EQ(answer({"restore", "--link=co"}), (Words{"words", "--link=copy"}));
    EXPECT_EQ(answer({"--color", "n"}), (Words{"words", "never"}));
    EXPECT_EQ(answer({"completion", "z"}), (Words{"words", "zsh"}));
    EXPECT_EQ(answer({"restore", "--store", ""}), (Words{"folders"}));
    EXPECT_EQ(answer({"restore", "latest", ""}), (Words{"folders"}));
    EXPECT_EQ(answer({"import", ""})[0], "files");
    EXPECT_EQ(answer({"restore", "--", "--li"}), (Words{"words"}));
}

TEST_F(CompletionCli, OffersSnapshotsAndPathsInThem) {
    const std::string id = snapshot({"--name", "release-1", "--key", "app/1"});
    snapshot({"--name", "other"});
    EXPECT_EQ(answer({"restore", "rel"}), (Words{"words", "release-1"}));
    EXPECT_EQ(answer({"show", "app"}), (Words{"words", "app/1"}));
    EXPECT_EQ(answer({"show", "lat"}), (Words{"words", "latest"}));
    EXPECT_EQ(answer({"show", id.substr(0, 9)}), (Words{"words", id.substr(0, 12)}));
    EXPECT_EQ(answer({"restore", "release-1:s"}),
              (Words{"words", "release-1:second", "release-1:src/"}));
    EXPECT_EQ(answer({"restore", "release-1:src/de"}), (Words{"words", "release-1:src/deep/"}));
}

// A store that cannot be opened is no error while somebody writes a line.
TEST_F(CompletionCli, SaysNothingOfAStoreThatIsNotThere) {
    EXPECT_EQ(answer({"--store", path("nowhere"), "show", "x"}), (Words{"words"}));
}

TEST_F(CompletionCli, BashCompletes) {
    snapshot({"--name", "release-1"});
    const std::string folder = std::filesystem::path(HOLT_PROGRAM).parent_path();
    const auto complete = [&](const std::string& line) {
        Program shell{
            .path = "/bin/bash",
            .args = {"--norc", shell_script("complete.bash"), line},
            .environment = {{"HOLT_STORE", store()}, {"PATH", folder + ":/usr/bin:/bin"}}};
        // As bash splits a line: at blanks, and at '=' and ':', which are words of their own.
        std::string word;
        for (const char c : line + "\1") {
            const bool breaks = c == '=' || c == ':';
            if (c != ' ' && c != '\1' && !breaks) word += c;
            if ((c == ' ' || breaks) && !word.empty())
                shell.args.push_back(std::exchange(word, ""));
            if (breaks) shell.args.emplace_back(1, c);
        }
        if (!line.ends_with(':') && !line.ends_with('=')) shell.args.push_back(word);
        const Finished done = shell.run();
        EXPECT_EQ(done.code, 0) << done.err;
        return done.out;
    };
    EXPECT_EQ(complete("holt resto"), "restore\n");
    EXPECT_EQ(complete("holt restore rel"), "release-1\n");
    EXPECT_EQ(complete("holt restore release-1:sr"), "src/\n");
    EXPECT_EQ(complete("holt restore --link=co"), "copy\n");
    EXPECT_EQ(complete("holt restore --link=h"), "hardlink\n");
}

TEST_F(CompletionCli, FishCompletes) {
    if (!std::filesystem::exists("/usr/bin/fish")) GTEST_SKIP() << "fish is not installed";
    snapshot({"--name", "release-1"});
    const std::string folder = std::filesystem::path(HOLT_PROGRAM).parent_path();
    const auto complete = [&](const std::string& line) {
        const Program shell{.path = "/usr/bin/fish",
                            .args = {"--no-config", "-c",
                                     "holt completion fish | source; complete -C '" + line + "'"},
                            .environment = {{"HOLT_STORE", store()},
                                            {"HOME", dir_.path()},
                                            {"PATH", folder + ":/usr/bin:/bin"}}};
        return shell.run().out;
    };
    EXPECT_NE(complete("holt resto").find("restore\tRestore a snapshot"), std::string::npos);
    EXPECT_TRUE(complete("holt restore rel").starts_with("release-1"));
    EXPECT_TRUE(complete("holt restore release-1:sr").starts_with("release-1:src/"));
}

TEST_F(CompletionCli, ZshCompletes) {
    if (!std::filesystem::exists("/usr/bin/zsh")) GTEST_SKIP() << "zsh is not installed";
    snapshot({"--name", "release-1"});
    const std::string folder = std::filesystem::path(HOLT_PROGRAM).parent_path();
    // A shell in a terminal of its own: the line, a tab, and what the line is then.
    const auto complete = [&](const std::string& line) {
        const Program shell{.path = "/usr/bin/zsh",
                            .args = {"-f", shell_script("complete.zsh"), line},
                            .environment = {{"HOLT_STORE", store()},
                                            {"HOME", dir_.path()},
                                            {"TERM", "dumb"},
                                            {"PATH", folder + ":/usr/bin:/bin"}}};
        return shell.run().out;
    };
    EXPECT_EQ(complete("holt resto"), "holt restore \n");
    EXPECT_EQ(complete("holt restore rel"), "holt restore release-1 \n");
    EXPECT_TRUE(complete("holt restore release-1:sr").starts_with("holt restore release-1:src/"));
}

}  // namespace
}  // namespace holt::test

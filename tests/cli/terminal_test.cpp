// On a terminal: colours unless NO_COLOR, no compressed bytes on it, and elsewhere no escapes.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "base/unique_fd.h"
#include "cli/program.h"
#include "support/temp_dir.h"

namespace holt::test {
namespace {

/// Runs the program with a terminal of 80 columns as all three of its standard descriptors.
Finished on_terminal(std::vector<std::string> args, const std::map<std::string, std::string>& env) {
    args.insert(args.begin(), HOLT_PROGRAM);
    std::vector<char*> argv;
    for (std::string& arg : args) argv.push_back(arg.data());
    argv.push_back(nullptr);
    winsize size{.ws_row = 24, .ws_col = 80, .ws_xpixel = 0, .ws_ypixel = 0};
    int terminal = -1;
    const pid_t child = ::forkpty(&terminal, nullptr, nullptr, &size);
    if (child == 0) {
        ::unsetenv("NO_COLOR");
        ::setenv("TERM", "xterm-256color", 1);
        for (const auto& [name, value] : env) ::setenv(name.c_str(), value.c_str(), 1);
        ::execv(HOLT_PROGRAM, argv.data());
        ::_exit(127);
    }
    const UniqueFd owner(terminal);
    Finished result;
    char buffer[4096];
    // The last reader of a terminal gets EIO when the program has ended.
    for (ssize_t n; (n = ::read(terminal, buffer, sizeof buffer)) > 0;)
        result.out.append(buffer, static_cast<std::size_t>(n));
    int status = 0;
    ::waitpid(child, &status, 0);
    if (WIFEXITED(status)) result.code = WEXITSTATUS(status);
    return result;
}

constexpr char kEscape = '\033';

bool has_escape(const std::string& text) {
    return text.find(kEscape) != std::string::npos;
}

TEST(TerminalTest, ErrorsAreColouredOnATerminalOnly) {
    EXPECT_TRUE(has_escape(on_terminal({"nope"}, {}).out));
    EXPECT_FALSE(has_escape(on_terminal({"nope"}, {{"NO_COLOR", "1"}}).out));
    EXPECT_FALSE(has_escape(on_terminal({"nope"}, {{"TERM", "dumb"}}).out));
    EXPECT_FALSE(has_escape(holt({"nope"}).err));
}

TEST(TerminalTest, ColorOptionDecides) {
    TempDir dir;
    const std::string missing = dir / "missing";
    EXPECT_FALSE(has_escape(on_terminal({"list", "--color=never", "--store", missing}, {}).out));
    EXPECT_TRUE(has_escape(
        on_terminal({"list", "--color=always", "--store", missing}, {{"NO_COLOR", "1"}}).out));
    EXPECT_TRUE(has_escape(holt({"list", "--color=always", "--store", missing}).err));
}

TEST(TerminalTest, CompressedDataIsNotWrittenToIt) {
    TempDir dir;
    write_file(dir / "a", "content");
    const Finished refused = on_terminal({"zstd", "-c", dir / "a"}, {});
    EXPECT_EQ(refused.code, 2);
    EXPECT_NE(refused.out.find("terminal"), std::string::npos) << refused.out;
    EXPECT_EQ(on_terminal({"zstd", "-cf", dir / "a"}, {}).code, 0);

    const Finished no_input = on_terminal({"zstd", "-o", dir / "b"}, {});
    EXPECT_EQ(no_input.code, 2);
    EXPECT_FALSE(std::filesystem::exists(dir / "b"));
}

TEST(TerminalTest, PlainDataIsWrittenToIt) {
    TempDir dir;
    write_file(dir / "a", "content");
    ASSERT_EQ(holt({"zstd", dir / "a"}).code, 0);
    EXPECT_EQ(on_terminal({"zstd", "-dc", dir / "a.zst"}, {}).out, "content");
}

}  // namespace
}  // namespace holt::test

// cache run: the command's streams, exit code and signals are what they would be without it.
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>

#include "cli/store_fixture.h"

namespace holt::test {
namespace {

class CacheRunCommandTest : public StoreTest {
  protected:
    CacheRunCommandTest() { write_file(path("lock"), "one\n"); }
    std::vector<std::string> line(const std::string& script) const {
        return {"cache", "run", "--key-file", "lock", "--path", "out", "--", "sh", "-c", script};
    }
    bool is_there() const { return run({"cache", "lookup", "--key-file", "lock"}).code == 0; }
};

TEST_F(CacheRunCommandTest, TheCommandRunsOnceAndHasTheStreams) {
    Program first = program(line("mkdir -p out; cat > out/f; echo said; echo warned >&2"));
    first.input = "from input";
    const Finished built = first.run();
    EXPECT_EQ(built.code, 0) << built.err;
    EXPECT_EQ(built.out, "said\n");
    EXPECT_NE(built.err.find("warned\n"), std::string::npos);
    std::filesystem::remove_all(path("out"));
    const Finished restored = run(line("echo not again"));
    EXPECT_EQ(restored.code, 0) << restored.err;
    EXPECT_EQ(restored.out, "");
    EXPECT_EQ(read_file(path("out/f")), "from input");
}

TEST_F(CacheRunCommandTest, TheExitCodeIsTheCommandsAndNothingIsSaved) {
    EXPECT_EQ(run(line("mkdir -p out; exit 7")).code, 7);
    EXPECT_FALSE(is_there());
    std::filesystem::remove_all(path("out"));
    const Finished none =
        run({"cache", "run", "--key-file", "lock", "--path", "out", "--", "no-such-program"});
    EXPECT_EQ(none.code, 127);
    EXPECT_NE(none.err.find("no-such-program"), std::string::npos);
    EXPECT_EQ(run({"cache", "run", "--key-file", "missing", "--path", "out", "--", "true"}).code,
              1);
    EXPECT_EQ(run({"cache", "run", "--key-file", "lock", "--", "true"}).code, 2);
    EXPECT_EQ(run({"cache", "run", "--key-file", "lock", "--path", "out"}).code, 2);
    // A command that succeeds and makes nothing.
    EXPECT_EQ(run(line("true")).code, 1);
}

TEST_F(CacheRunCommandTest, ASignalThatEndsTheCommandEndsUs) {
    const Finished ended = run(line("kill -TERM $$"));
    EXPECT_EQ(ended.signal, SIGTERM);
    EXPECT_FALSE(is_there());
    EXPECT_EQ(run(line("kill -SEGV $$")).code, 128 + SIGSEGV);
}

// What is sent to us alone is passed on: the command may clean up, and what it makes of it counts.
TEST_F(CacheRunCommandTest, ASignalIsPassedOnToTheCommand) {
    const std::string ready = path("ready");
    const auto is_ready = [&] { return std::filesystem::exists(ready); };
    const std::string wait = "while :; do sleep 0.01; done";
    const Finished handled =
        program(line("trap 'echo got it; exit 9' TERM; : > " + ready + "; " + wait))
            .run_and_signal(SIGTERM, is_ready);
    EXPECT_EQ(handled.code, 9);
    EXPECT_EQ(handled.out, "got it\n");
    std::filesystem::remove(ready);
    const Finished ended =
        program(line(": > " + ready + "; exec sleep 1000")).run_and_signal(SIGTERM, is_ready);
    EXPECT_EQ(ended.signal, SIGTERM);
    EXPECT_FALSE(is_there());
    // The lock went with us.
    EXPECT_EQ(run(line("mkdir out")).code, 0);
}

// We ignore SIGPIPE and raise the limit of open files for ourselves: the command has neither.
TEST_F(CacheRunCommandTest, TheCommandHasTheSignalsAndLimitsOfItsCaller) {
    rlimit limit{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
    const Finished piped =
        run(line("mkdir out; yes 2>yes.err | head -1 >/dev/null; cat yes.err; ulimit -n"));
    const std::string expected =
        limit.rlim_cur == RLIM_INFINITY ? "unlimited\n" : std::to_string(limit.rlim_cur) + "\n";
    EXPECT_EQ(piped.out, expected);
}

TEST_F(CacheRunCommandTest, JsonGoesToStandardErrorAsTheOutputIsTheCommands) {
    auto args = line("mkdir out; echo data");
    args.insert(args.begin(), "--json");
    const Finished built = run(args);
    EXPECT_EQ(built.out, "data\n");
    const auto at = built.err.rfind("{\"type\":\"summary\"");
    ASSERT_NE(at, std::string::npos) << built.err;
    const Json summary = Json::parse(built.err.substr(at, built.err.find('\n', at) - at));
    EXPECT_EQ(summary["built"], true);
    EXPECT_EQ(summary["saved"]["outcome"], "saved");
}

TEST_F(CacheRunCommandTest, TheNearestIsWhereTheCommandBegins) {
    ASSERT_EQ(run({"cache", "run", "--key-file", "lock", "--key-text", "same", "--path", "out",
                   "--", "sh", "-c", "mkdir out; echo 1 > out/f"})
                  .code,
              0);
    write_file(path("lock"), "two\n");
    const Finished built =
        run({"cache", "run", "--key-file", "lock", "--key-text", "same", "--on-miss", "nearest",
             "--path", "new", "--", "sh", "-c", "cat new/f; echo 2 > new/f"});
    EXPECT_EQ(built.code, 0) << built.err;
    EXPECT_EQ(built.out, "1\n");
    EXPECT_NE(built.err.find("file lock changed"), std::string::npos) << built.err;
}

TEST_F(CacheRunCommandTest, TheNeutralPathIsLongAndTheFolderIsTheRealOne) {
    const Finished built =
        run({"cache", "run", "--key-file", "lock", "--path", "out", "--neutral-path", "--", "sh",
             "-c", "printf %s \"$HOLT_PATH\" > \"$HOLT_PATH/where\""});
    ASSERT_EQ(built.code, 0) << built.err;
    const std::string where = read_file(path("out/where"));
    if (built.err.find("not possible") != std::string::npos) {
        EXPECT_EQ(where, path("out"));
        GTEST_SKIP() << built.err;
    }
    // What was built there names the folder where it is, filled up to the length.
    EXPECT_EQ(where.size(), 200u);
    EXPECT_TRUE(std::filesystem::equivalent(where, path("out"))) << where;
    const std::string far = path("a-path-that-is-longer-than-the-folders");
    EXPECT_EQ(run({"cache", "restore", "--key-file", "lock", far}).code, 0);
    EXPECT_TRUE(std::filesystem::equivalent(read_file(far + "/where"), far));
}

// What cannot be moved is told before anything is written; --leave accepts it.
TEST_F(CacheRunCommandTest, AnEntryThatCannotBeMovedIsRefused) {
    ASSERT_EQ(run(line("mkdir out; printf '\\0%s\\0' \"$HOLT_PATH\" > out/f; "
                       "printf %s \"$HOLT_PATH\" > out/text"))
                  .code,
              0);
    const std::string far = path("a-path-that-is-longer");
    const Finished refused = run({"cache", "restore", "--key-file", "lock", far});
    EXPECT_EQ(refused.code, 12) << refused.err;
    EXPECT_NE(refused.err.find("'f'"), std::string::npos) << refused.err;
    EXPECT_FALSE(std::filesystem::exists(far));
    EXPECT_EQ(run({"cache", "restore", "--key-file", "lock", "--leave", "/f", far}).code, 0);
    EXPECT_EQ(read_file(far + "/text"), far);
    const std::string as_it_was = path("another-one-that-is-longer");
    EXPECT_EQ(run({"cache", "restore", "--key-file", "lock", "--no-relocate", as_it_was}).code, 0);
    EXPECT_EQ(read_file(as_it_was + "/text"), path("out"));
}

TEST_F(CacheRunCommandTest, WhatIsBuiltWithoutItIsNotMoved) {
    ASSERT_EQ(run({"cache", "run", "--key-file", "lock", "--path", "out", "--no-relocatable", "--",
                   "sh", "-c", "mkdir out; printf %s \"$HOLT_PATH\" > out/text"})
                  .code,
              0);
    EXPECT_EQ(run({"cache", "restore", "--key-file", "lock", "other"}).code, 0);
    EXPECT_EQ(read_file(path("other/text")), path("out"));
}

}  // namespace
}  // namespace holt::test

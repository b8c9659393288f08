// holt zstd behaves as zstd(1) does: what it writes zstd reads and the reverse, through files and
// pipes; and what it refuses leaves everything as it was.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <set>

#include "cli/filters/filter_fixture.h"

namespace holt::test {
namespace {

namespace filesystem = std::filesystem;

class ZstdTest : public FilterFixture {
  protected:
    ZstdTest() : FilterFixture("zstd") {}
    Finished zstd(std::vector<std::string> args, std::string input = {}) const {
        return run(std::move(args), std::move(input));
    }
};

TEST_F(ZstdTest, FiltersBothWays) {
    for (const std::size_t size : {0ul, 1ul, 1000ul, 262'144ul, 3'000'001ul}) {
        const std::string content = sample(size);
        const Finished packed = zstd({}, content);
        ASSERT_EQ(packed.code, 0) << packed.err;
        EXPECT_EQ(packed.err, "");
        const Finished unpacked = zstd({"-d"}, packed.out);
        ASSERT_EQ(unpacked.code, 0) << unpacked.err;
        EXPECT_TRUE(unpacked.out == content) << size;
    }
}

TEST_F(ZstdTest, TheZstdProgramReadsOursAndWeItsOwn) {
    const std::string content = sample(2'000'000);
    if (!other("zstd", {"-V"})) GTEST_SKIP() << "zstd is not installed";
    for (const std::string level : {"-1", "-3", "-9", "--fast=3"}) {
        const auto by_them = other("zstd", {"-dcq"}, zstd({level}, content).out);
        EXPECT_EQ(by_them->code, 0) << by_them->err;
        EXPECT_TRUE(by_them->out == content) << level;
        const Finished by_us = zstd({"-d"}, other("zstd", {"-cq", level}, content)->out);
        EXPECT_EQ(by_us.code, 0) << by_us.err;
        EXPECT_TRUE(by_us.out == content) << level;
    }
}

TEST_F(ZstdTest, HigherLevelsAreSmaller) {
    const std::string content = sample(1'000'000);
    EXPECT_LT(zstd({"-9"}, content).out.size(), zstd({"-1"}, content).out.size());
    EXPECT_LE(zstd({"-1"}, content).out.size(), zstd({"--fast=5"}, content).out.size());
}

TEST_F(ZstdTest, FilesKeepModeAndTimeAndTheInputStays) {
    const std::string file = make("log", sample(50'000));
    ASSERT_EQ(::chmod(file.c_str(), 0640), 0);
    const timespec times[2] = {{1'000'000'000, 5}, {1'234'567'890, 123'456'789}};
    ASSERT_EQ(::utimensat(AT_FDCWD, file.c_str(), times, 0), 0);

    ASSERT_EQ(zstd({"log"}).code, 0);
    EXPECT_EQ(names(), (std::set<std::string>{"log", "log.zst"}));
    ASSERT_EQ(zstd({"-d", "log.zst", "-o", "back"}).code, 0);
    EXPECT_EQ(read_file(path("back")), read_file(file));
    for (const char* name : {"log.zst", "back"}) {
        struct stat st {};
        ASSERT_EQ(::stat(path(name).c_str(), &st), 0);
        EXPECT_EQ(st.st_mode & 07777, 0640u) << name;
        EXPECT_EQ(st.st_mtim.tv_sec, 1'234'567'890) << name;
        EXPECT_EQ(st.st_mtim.tv_nsec, 123'456'789) << name;
    }
}

TEST_F(ZstdTest, OutputNamesFollowTheSuffix) {
    make("a", "a");
    ASSERT_EQ(zstd({"a"}).code, 0);
    filesystem::rename(path("a.zst"), path("b.tzst"));
    ASSERT_EQ(zstd({"-d", "b.tzst"}).code, 0);
    EXPECT_EQ(read_file(path("b.tar")), "a");
    const Finished unknown = zstd({"-d", "a"});
    EXPECT_EQ(unknown.code, 1);
    EXPECT_NE(unknown.err.find("unknown suffix"), std::string::npos) << unknown.err;
    make(".zst", "x");  // no name would be left
    EXPECT_EQ(zstd({"-d", ".zst"}).code, 1);
}

TEST_F(ZstdTest, SeveralFilesEndWithTheWorstCode) {
    make("a", sample(1000));
    make("b", sample(2000));
    const Finished both = zstd({"a", "missing", "b"});
    EXPECT_EQ(both.code, 1);
    EXPECT_NE(both.err.find("missing"), std::string::npos);
    EXPECT_TRUE(filesystem::exists(path("b.zst")));

    make("bad.zst", compressed("x").substr(0, 8));
    const Finished tested = zstd({"-t", "a.zst", "missing", "bad.zst", "b.zst"});
    EXPECT_EQ(tested.code, 14);
    EXPECT_NE(tested.err.find("b.zst: whole"), std::string::npos) << tested.err;
}

TEST_F(ZstdTest, ToStdoutJoinsFrames) {
    make("a", "first ");
    make("b", "second");
    const Finished joined = zstd({"-c", "a", "b"});
    EXPECT_EQ(zstd({"-d"}, joined.out).out, "first second");
    EXPECT_EQ(names(), (std::set<std::string>{"a", "b"}));
}

TEST_F(ZstdTest, StandardInputIntoAFile) {
    ASSERT_EQ(zstd({"-o", "out.zst"}, sample(5000)).code, 0);
    EXPECT_EQ(zstd({"-dc", "out.zst"}).out, sample(5000));
    EXPECT_EQ(zstd({"-d", "-"}, read_file(path("out.zst"))).out, sample(5000));
}

TEST_F(ZstdTest, RemovesTheInputOnlyWhenAsked) {
    make("a", sample(1000));
    ASSERT_EQ(zstd({"--rm", "a"}).code, 0);
    EXPECT_EQ(names(), (std::set<std::string>{"a.zst"}));
    ASSERT_EQ(zstd({"-d", "--rm", "-k", "a.zst"}).code, 0);  // -k wins: nothing is lost
    EXPECT_EQ(names(), (std::set<std::string>{"a", "a.zst"}));
}

TEST_F(ZstdTest, RefusesAnExistingOutput) {
    make("a", "new");
    make("a.zst", "old");
    const Finished refused = zstd({"a"});
    EXPECT_EQ(refused.code, 1);
    EXPECT_NE(refused.err.find("exists already"), std::string::npos) << refused.err;
    EXPECT_EQ(read_file(path("a.zst")), "old");
    EXPECT_EQ(zstd({"-f", "a"}).code, 0);
    EXPECT_EQ(zstd({"-dc", "a.zst"}).out, "new");
}

TEST_F(ZstdTest, RefusesItsInputAsOutput) {
    make("a", "content");
    filesystem::create_symlink("a", path("link"));
    filesystem::create_hard_link(path("a"), path("hard"));
    for (const char* output : {"a", "./a", "link", "hard"}) {
        EXPECT_EQ(zstd({"-f", "a", "-o", output}).code, 2) << output;
        EXPECT_EQ(read_file(path("a")), "content");
    }
    const Finished onto_itself =
        Program{.args = {"zstd", "-c", path("a")}, .output_to = path("a")}.run();
    EXPECT_EQ(onto_itself.code, 2) << onto_itself.err;
    EXPECT_EQ(read_file(path("a")), "content");
}

TEST_F(ZstdTest, ADeviceIsWrittenToNotReplaced) {
    make("a", "content");
    EXPECT_EQ(zstd({"--rm", "a", "-o", "/dev/null"}).code, 0);
    EXPECT_EQ(names(), (std::set<std::string>{"a"})) << "what is in no file is not removed";
    EXPECT_TRUE(filesystem::is_character_file("/dev/null"));
}

TEST_F(ZstdTest, FoldersAndMissingFilesAreNamed) {
    filesystem::create_directory(path("folder"));
    const Finished folder = zstd({"folder"});
    EXPECT_EQ(folder.code, 1);
    EXPECT_NE(folder.err.find("'folder': it is a folder"), std::string::npos) << folder.err;
    EXPECT_EQ(zstd({"nowhere"}).code, 1);
    make("a", "a");
    EXPECT_EQ(zstd({"a", "-o", "no/such/folder"}).code, 1);
    EXPECT_EQ(zstd({"-f", "a", "-o", "folder"}).code, 1);
    EXPECT_EQ(names(), (std::set<std::string>{"a", "folder"}));
}

TEST_F(ZstdTest, EveryTruncationIsCorruptAndLeavesNothing) {
    const std::string whole = compressed(sample(3000));
    for (std::size_t length = 0; length < whole.size(); length += 37) {
        make("cut.zst", whole.substr(0, length));
        const Finished result = zstd({"-d", "cut.zst"});
        ASSERT_EQ(result.code, 14) << length << ' ' << result.err;
        ASSERT_NE(result.err.find("cut.zst"), std::string::npos);
        ASSERT_EQ(names(), (std::set<std::string>{"cut.zst"}));
    }
    make("cut.zst", whole.substr(0, 200));
    const Finished named = zstd({"-d", "cut.zst"});
    EXPECT_NE(named.err.find("at byte 200"), std::string::npos) << named.err;
}

TEST_F(ZstdTest, GarbageIsNamedByItsPlace) {
    const std::string whole = compressed(sample(3000));
    const Finished none = zstd({"-d"}, "this is no zstd file at all");
    EXPECT_EQ(none.code, 14);
    EXPECT_NE(none.err.find("not a zstd frame"), std::string::npos) << none.err;
    const Finished behind = zstd({"-d"}, whole + "trailing garbage");
    EXPECT_EQ(behind.code, 14);
    EXPECT_NE(behind.err.find("behind " + std::to_string(whole.size()) + " bytes"),
              std::string::npos)
        << behind.err;
}

TEST_F(ZstdTest, AChangedByteIsFoundByTheChecksum) {
    std::string packed = compressed(sample(3000));
    packed[packed.size() - 1] = static_cast<char>(packed.back() ^ 1);
    EXPECT_EQ(zstd({"-d"}, packed).code, 14);
    EXPECT_EQ(zstd({"-d", "--no-check"}, packed).code, 0);
    EXPECT_EQ(zstd({"--no-check"}, sample(3000)).out.size() + 4, packed.size());
}

TEST_F(ZstdTest, SkippableAndEmptyFramesArePassedOver) {
    const std::string skippable("\x50\x2A\x4D\x18\x03\x00\x00\x00xyz", 11);
    const std::string input = skippable + compressed("a") + compressed("") + skippable;
    const Finished result = zstd({"-d"}, input);
    EXPECT_EQ(result.code, 0) << result.err;
    EXPECT_EQ(result.out, "a");
}

TEST_F(ZstdTest, LargeWindowsNeedPermission) {
    const auto packed = other("zstd", {"-cq", "--long=28", "-1"}, sample(1'000'000));
    if (!packed) GTEST_SKIP() << "zstd is not installed";
    make("w.zst", packed->out);
    const Finished refused = zstd({"-t", "w.zst"});
    EXPECT_EQ(refused.code, 12);
    EXPECT_NE(refused.err.find("--memory=256MiB"), std::string::npos) << refused.err;
    EXPECT_EQ(zstd({"-t", "w.zst", "--memory=256MiB"}).code, 0);
    EXPECT_EQ(zstd({"-t", "w.zst", "-M256M"}).code, 0);
}

TEST_F(ZstdTest, Dictionaries) {
    filesystem::create_directory(path("train"));
    std::vector<std::string> args = {"--train", "-q", "-o", path("dict"), "--maxdict=4096"};
    for (int i = 0; i < 300; ++i) {
        const std::string name = path("train") + "/" + std::to_string(i);
        write_file(name, "{\"id\": " + std::to_string(i * 7919) + ", \"name\": \"user " +
                             std::to_string(i) + "\", \"active\": true, \"roles\": [\"reader\"]}");
        args.push_back(name);
    }
    const auto trained = other("zstd", args);
    if (!trained || trained->code != 0) GTEST_SKIP() << "zstd cannot train a dictionary here";
    const std::string content = read_file(path("train") + "/42");
    make("d.zst", other("zstd", {"-cq", "-D", path("dict")}, content)->out);
    EXPECT_EQ(zstd({"-dc", "-D", "dict", "d.zst"}).out, content);
    const Finished without = zstd({"-dc", "d.zst"});
    EXPECT_EQ(without.code, 12) << without.err;
    EXPECT_NE(without.err.find("dictionary"), std::string::npos) << without.err;
    EXPECT_EQ(zstd({"-dc", "-D", "missing", "d.zst"}).code, 1);

    const Finished ours = zstd({"-D", "dict"}, content);
    EXPECT_LT(ours.out.size(), zstd({}, content).out.size());
    EXPECT_EQ(zstd({"-d", "-D", "dict"}, ours.out).out, content);
    EXPECT_EQ(other("zstd", {"-dcq", "-D", path("dict")}, ours.out)->out, content);
    EXPECT_EQ(zstd({"-D", "missing"}, content).code, 1);
}

TEST_F(ZstdTest, UsageErrors) {
    make("a", "a");
    const std::vector<std::vector<std::string>> bad = {
        {"-99999999999", "a"}, {"--level", "x", "a"}, {"--fast=0", "a"}, {"-o", "", "a"},
        {"-M", "x", "a"},      {"--nope", "a"},       {"-X", "a"},       {"a", "-o"}};
    for (const auto& args : bad) {
        const Finished result = zstd(args);
        EXPECT_EQ(result.code, 2) << args[0] << ' ' << result.err;
        EXPECT_TRUE(result.err.starts_with("holt: zstd: ")) << result.err;
    }
    EXPECT_EQ(names(), (std::set<std::string>{"a"}));
}

TEST_F(ZstdTest, JsonGoesToStderrWhenDataGoesToStdout) {
    make("a", sample(4000));
    const Finished file = zstd({"--json", "a"});
    auto lines = file.json();
    ASSERT_EQ(lines.size(), 2u);
    EXPECT_EQ(lines[0]["type"], "file");
    EXPECT_EQ(lines[0]["output"], "a.zst");
    EXPECT_EQ(lines[0]["input_bytes"], 4000);
    EXPECT_EQ(lines[1]["type"], "summary");
    EXPECT_EQ(lines[1]["exit_code"], 0);

    const Finished filter = zstd({"--json", "-c", "a"});
    EXPECT_EQ(zstd({"-d"}, filter.out).out, sample(4000));
    EXPECT_EQ(filter.json_of(filter.err).back()["type"], "summary");

    const Finished failed = zstd({"--json", "-t", "a"});
    EXPECT_EQ(failed.code, 14);
    EXPECT_EQ(failed.json().back()["type"], "error");
    EXPECT_EQ(failed.json().back()["kind"], "corrupt");
    EXPECT_EQ(failed.json().back()["exit_code"], 14);

    const Finished some = zstd({"--json", "-t", "a", "a.zst"});
    EXPECT_EQ(some.code, 14);
    EXPECT_EQ(some.json()[0]["type"], "failed");
    EXPECT_EQ(some.json().back()["type"], "summary");
    EXPECT_EQ(some.json().back()["failed"], 1);
}

TEST_F(ZstdTest, AFullDiskIsNoSpace) {
    const Finished full =
        Program{.args = {"zstd"}, .input = sample(100'000), .output_to = "/dev/full"}.run();
    EXPECT_EQ(full.code, 15);
    EXPECT_NE(full.err.find("standard output"), std::string::npos) << full.err;
}

// A pipe that nobody writes to must not keep a signal from being heard, nor a file from vanishing.
TEST_F(ZstdTest, SignalsEndItAndNothingStays) {
    for (const int number : {SIGINT, SIGTERM}) {
        const Program waiting{.args = {"zstd", "-o", path("out.zst")},
                              .input = sample(100'000),
                              .keep_input_open = true};
        const Finished result = waiting.run_and_signal(
            number, [&] { return !names().empty() || someone_writes_unnamed(dir_.path()); });
        EXPECT_EQ(result.code, 128 + number) << result.err;
        EXPECT_EQ(names(), std::set<std::string>{});
    }
}

TEST_F(ZstdTest, OddFileNames) {
    for (const std::string name : {"-d", "--force", "[a,b]", "a\nb", "\xff\xfe", "%%", "{}", " "}) {
        make(name, "content");
        ASSERT_EQ(zstd({"-q", "--", name}).code, 0) << name;
        filesystem::remove(path(name));
        ASSERT_EQ(zstd({"-dq", "--", name + ".zst"}).code, 0) << name;
        EXPECT_EQ(read_file(path(name)), "content");
    }
    EXPECT_EQ(zstd({"--", "x\n\x1b[31m"}).err,
              "holt: open file 'x\\n\\x1b[31m': No such file or directory\n");
}

}  // namespace
}  // namespace holt::test

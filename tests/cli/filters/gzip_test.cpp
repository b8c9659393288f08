// holt gzip behaves as gzip(1) does: what it writes gzip reads and the reverse, files are replaced
// with their mode and time, and what gzip refuses or warns of has gzip's exit codes.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "cli/filters/filter_fixture.h"

namespace holt::test {
namespace {

namespace filesystem = std::filesystem;

class GzipTest : public FilterFixture {
  protected:
    GzipTest() : FilterFixture("gzip") {}
    Finished gzip(std::vector<std::string> args, std::string input = {}) const {
        return run(std::move(args), std::move(input));
    }
};

TEST_F(GzipTest, FiltersBothWays) {
    for (const std::size_t size : {0ul, 1ul, 1000ul, 1'048'576ul, 3'000'001ul}) {
        const std::string content = sample(size);
        const Finished packed = gzip({}, content);
        ASSERT_EQ(packed.code, 0) << packed.err;
        EXPECT_EQ(packed.err, "");
        const Finished back = gzip({"-d"}, packed.out);
        ASSERT_EQ(back.code, 0) << back.err;
        EXPECT_EQ(back.err, "");
        EXPECT_TRUE(back.out == content) << size;
    }
}

TEST_F(GzipTest, GzipReadsOursAndWeItsOwn) {
    const std::string content = sample(2'500'000);
    if (!other("gzip", {"-V"})) GTEST_SKIP() << "gzip is not installed";
    for (const std::string level : {"-1", "-6", "-9", "-11", "--bgzf", "--blocks"}) {
        const auto by_them = other("gzip", {"-dc"}, gzip({level}, content).out);
        EXPECT_EQ(by_them->code, 0) << by_them->err;
        EXPECT_TRUE(by_them->out == content) << level;
    }
    for (const std::string level : {"-1", "-6", "-9"}) {
        const Finished by_us = gzip({"-d"}, other("gzip", {"-c", level}, content)->out);
        EXPECT_EQ(by_us.code, 0) << by_us.err;
        EXPECT_TRUE(by_us.out == content) << level;
    }
}

// A descriptor may stand anywhere; what was read of the file before is not looked at.
TEST_F(GzipTest, StandardInputMayBeTheRestOfAFile) {
    const std::string content = sample(2'500'000);
    const auto member = other("gzip", {"-c"}, content);
    if (!member) GTEST_SKIP() << "gzip is not installed";
    make("rest.gz", "skipped" + member->out);
    const auto done = other(
        "sh",
        {"-c", "{ dd bs=7 count=1 of=/dev/null 2>/dev/null; \"$0\" gzip -dc; } <\"$1\" >\"$2\"",
         HOLT_PROGRAM, path("rest.gz"), path("rest")});
    EXPECT_EQ(done->code, 0) << done->err;
    EXPECT_TRUE(read_file(path("rest")) == content);
}

TEST_F(GzipTest, BgzipReadsOurBgzfAndWeIts) {
    const std::string content = sample(500'000);
    make("b.gz", gzip({"--bgzf"}, content).out);
    const auto tested = other("bgzip", {"-t", path("b.gz")});
    if (!tested) GTEST_SKIP() << "bgzip is not installed";
    EXPECT_EQ(tested->code, 0) << tested->err;
    const auto by_them = other("bgzip", {"-dc", path("b.gz")});
    EXPECT_TRUE(by_them->out == content);
    EXPECT_TRUE(gzip({"-d"}, other("bgzip", {"-c"}, content)->out).out == content);
}

TEST_F(GzipTest, ReplacesFilesAndKeepsModeAndTime) {
    const std::string file = make("log", sample(50'000));
    ASSERT_EQ(::chmod(file.c_str(), 0640), 0);
    const timespec times[2] = {{1'000'000'000, 5}, {1'234'567'890, 123'456'789}};
    ASSERT_EQ(::utimensat(AT_FDCWD, file.c_str(), times, 0), 0);
    ASSERT_EQ(gzip({"log"}).code, 0);
    EXPECT_EQ(names(), Names{"log.gz"});
    ASSERT_EQ(gzip({"-dk", "log.gz"}).code, 0);
    EXPECT_EQ(names(), (Names{"log", "log.gz"}));
    for (const char* name : {"log", "log.gz"}) {
        struct stat st {};
        ASSERT_EQ(::stat(path(name).c_str(), &st), 0);
        EXPECT_EQ(st.st_mode & 07777, 0640u);
        EXPECT_EQ(st.st_mtim.tv_sec, 1'234'567'890);
        EXPECT_EQ(st.st_mtim.tv_nsec, 123'456'789);
    }
    EXPECT_EQ(read_file(path("log")), sample(50'000));
}

TEST_F(GzipTest, NameAndTimeAreStoredAndRestoredWhenAsked) {
    make("first", "content");
    const timespec times[2] = {{5, 0}, {1'111'111'111, 999}};
    ASSERT_EQ(::utimensat(AT_FDCWD, path("first").c_str(), times, 0), 0);
    ASSERT_EQ(gzip({"-k", "first"}).code, 0);
    EXPECT_NE(read_file(path("first.gz")).find("first"), std::string::npos);
    filesystem::rename(path("first.gz"), path("second.gz"));
    filesystem::remove(path("first"));
    ASSERT_EQ(gzip({"-dkN", "second.gz"}).code, 0);
    EXPECT_EQ(names(), (Names{"first", "second.gz"}));
    struct stat st {};
    ASSERT_EQ(::stat(path("first").c_str(), &st), 0);
    EXPECT_EQ(st.st_mtim.tv_sec, 1'111'111'111);
    EXPECT_EQ(st.st_mtim.tv_nsec, 0);
    ASSERT_EQ(gzip({"-dk", "second.gz"}).code, 0);
    EXPECT_TRUE(filesystem::exists(path("second")));
    // Without name and time nothing of the file is in it.
    EXPECT_EQ(gzip({"-nc", "first"}).out, gzip({"-nc", "second"}).out);
    EXPECT_EQ(gzip({"-nc", "first"}).out, gzip({}, "content").out);
}

// A name in a header may be anything: it must not lead out of the folder.
TEST_F(GzipTest, AStoredNameWithFoldersStaysHere) {
    for (const std::string stored : {"../../escaped", "/tmp/escaped", "a/b/escaped"}) {
        std::string bytes("\x1F\x8B\x08\x08\0\0\0\0\0\x03", 10);
        bytes += stored + std::string(1, '\0') + gzip({"-n"}, "x").out.substr(10);
        make("in.gz", bytes);
        ASSERT_EQ(gzip({"-dN", "in.gz"}).code, 0);
        EXPECT_EQ(names(), Names{"escaped"});
        filesystem::remove(path("escaped"));
    }
    for (const std::string stored : {"..", ".", "a/.."}) {
        std::string bytes("\x1F\x8B\x08\x08\0\0\0\0\0\x03", 10);
        bytes += stored + std::string(1, '\0') + gzip({"-n"}, "x").out.substr(10);
        make("in.gz", bytes);
        ASSERT_EQ(gzip({"-dN", "in.gz"}).code, 0);
        EXPECT_EQ(names(), Names{"in"});
        filesystem::remove(path("in"));
    }
}

TEST_F(GzipTest, SuffixesAsGzipHasThem) {
    for (const auto& [packed, plain] : {std::pair{"a.gz", "a"},
                                        {"b.tgz", "b.tar"},
                                        {"c.taz", "c.tar"},
                                        {"d-gz", "d"},
                                        {"e.z", "e"},
                                        {"f_z", "f"},
                                        {"G.GZ", "G"}}) {
        make(packed, compressed("x"));
        EXPECT_EQ(gzip({"-d", packed}).code, 0) << packed;
        EXPECT_EQ(names(), Names{plain});
        filesystem::remove(path(plain));
    }
    make("h", "x");
    EXPECT_EQ(gzip({"-S", ".abc", "h"}).code, 0);
    EXPECT_EQ(names(), Names{"h.abc"});
    EXPECT_EQ(gzip({"-d", "h.abc"}).code, 2);
    EXPECT_EQ(gzip({"-dS.abc", "h"}).code, 0) << "found by its suffix";
    EXPECT_EQ(names(), Names{"h"});
    EXPECT_EQ(gzip({"-S", "", "h"}).code, 1);
    EXPECT_EQ(gzip({"-S", "a/b", "h"}).code, 1);
}

TEST_F(GzipTest, WarningsEndWithTwoAndChangeNothing) {
    make("a.gz", "not compressed, but called so");
    const Finished again = gzip({"a.gz"});
    EXPECT_EQ(again.code, 0) << "it is as it shall be";
    EXPECT_NE(again.err.find("a.gz already has .gz suffix -- unchanged"), std::string::npos);
    make("b", "x");
    EXPECT_EQ(gzip({"-d", "b"}).code, 2);
    filesystem::create_directory(path("folder"));
    EXPECT_EQ(gzip({"folder"}).code, 2);
    filesystem::create_hard_link(path("b"), path("c"));
    const Finished linked = gzip({"b"});
    EXPECT_EQ(linked.code, 2);
    EXPECT_NE(linked.err.find("has 1 other link"), std::string::npos) << linked.err;
    make("d", "x");
    make("d.gz", "old");
    const Finished exists = gzip({"d"});
    EXPECT_EQ(exists.code, 2);
    EXPECT_NE(exists.err.find("already exists"), std::string::npos) << exists.err;
    EXPECT_EQ(read_file(path("d.gz")), "old");
    EXPECT_EQ(gzip({"-q", "d"}).err, "");
    EXPECT_EQ(names(), (Names{"a.gz", "b", "c", "d", "d.gz", "folder"}));
    EXPECT_EQ(gzip({"-f", "d", "b"}).code, 0);
    EXPECT_EQ(names(), (Names{"a.gz", "b.gz", "c", "d.gz", "folder"}));
}

TEST_F(GzipTest, ErrorsEndWithOneAndOutweighWarnings) {
    make("a", "x");
    make("bad.gz", compressed(sample(3000)).substr(0, 300));
    EXPECT_EQ(gzip({"missing"}).code, 1);
    EXPECT_EQ(gzip({"missing", "a.gz", "a"}).code, 1);
    EXPECT_TRUE(filesystem::exists(path("a.gz")));
    EXPECT_EQ(gzip({"-d", "bad.gz", "a.gz"}).code, 1);
    EXPECT_EQ(names(), (Names{"a", "bad.gz"}));
    filesystem::create_symlink("a", path("link"));
    EXPECT_EQ(gzip({"link"}).code, 1) << "a symlink is not replaced";
    EXPECT_EQ(gzip({"-c", "link"}).code, 0);
    EXPECT_EQ(gzip({"-t", "a"}).code, 1) << "not in gzip format";
    EXPECT_EQ(gzip({"--rsyncable", "-c", "a"}).code, 0);
    EXPECT_EQ(gzip({"--nope", "a"}).code, 1);
    EXPECT_EQ(gzip({"-13", "a"}).code, 1);
    EXPECT_EQ(gzip({"-0", "a"}).code, 1);
    EXPECT_EQ(names(), (Names{"a", "bad.gz", "link"}));
}

TEST_F(GzipTest, EveryTruncationIsAnErrorAndLeavesNothing) {
    const std::string whole = compressed(sample(3000));
    for (std::size_t length = 1; length < whole.size(); length += 31) {
        make("cut.gz", whole.substr(0, length));
        const Finished result = gzip({"-d", "cut.gz"});
        ASSERT_EQ(result.code, 1) << length << ' ' << result.err;
        ASSERT_EQ(names(), Names{"cut.gz"});
    }
    EXPECT_EQ(gzip({"-d"}, "").code, 1);
}

TEST_F(GzipTest, ADamagedMemberIsNamedWithWhatCameBefore) {
    std::string bytes = gzip({"-1", "--blocks"}, sample(4'000'000)).out;
    bytes[bytes.size() - 20] = static_cast<char>(bytes[bytes.size() - 20] ^ 4);
    make("bad.gz", bytes);
    const Finished result = gzip({"-t", "bad.gz"});
    EXPECT_EQ(result.code, 1);
    EXPECT_NE(result.err.find("behind 3 whole ones"), std::string::npos) << result.err;
    EXPECT_NE(result.err.find("bytes of content came before"), std::string::npos) << result.err;
    const Finished json = gzip({"--json", "-t", "bad.gz"});
    EXPECT_EQ(json.json()[0]["kind"], "corrupt");
    EXPECT_EQ(json.json().back()["exit_code"], 1);
    const Finished filter = gzip({"-dc", "bad.gz"});
    EXPECT_EQ(filter.code, 1);
    EXPECT_TRUE(sample(4'000'000).starts_with(filter.out.substr(0, 3 << 20)));
}

TEST_F(GzipTest, TrailingBytesAsGzipTreatsThem) {
    const std::string whole = compressed("content");
    const Finished zeros = gzip({"-d"}, whole + std::string(100, '\0'));
    EXPECT_EQ(zeros.code, 0);
    EXPECT_EQ(zeros.err, "");
    const Finished garbage = gzip({"-d"}, whole + "garbage");
    EXPECT_EQ(garbage.code, 2);
    EXPECT_EQ(garbage.out, "content");
    EXPECT_NE(garbage.err.find("trailing garbage ignored"), std::string::npos);
    EXPECT_EQ(gzip({"-dq"}, whole + "garbage").code, 2);
    EXPECT_EQ(gzip({"-dcf"}, whole + "garbage").out, "contentgarbage");
    EXPECT_EQ(gzip({"-dcf"}, "plain").out, "plain");
}

TEST_F(GzipTest, RefusesItsInputAsOutput) {
    make("a", "content");
    const Finished onto_itself =
        Program{.args = {"gzip", "-c", path("a")}, .output_to = path("a")}.run();
    EXPECT_EQ(onto_itself.code, 1) << onto_itself.err;
    EXPECT_EQ(read_file(path("a")), "content");
    filesystem::create_hard_link(path("a"), path("a.gz"));
    EXPECT_EQ(gzip({"-f", "a"}).code, 1);
    EXPECT_EQ(read_file(path("a")), "content");
}

TEST_F(GzipTest, FoldersWithR) {
    filesystem::create_directories(path("t/sub"));
    make("t/a", "1");
    make("t/sub/b", "2");
    make("t/sub/c.gz", compressed("3"));
    const Finished packed = gzip({"-r", "t"});
    EXPECT_EQ(packed.code, 0) << packed.err;
    EXPECT_TRUE(filesystem::exists(path("t/sub/b.gz")));
    EXPECT_FALSE(filesystem::exists(path("t/sub/c.gz.gz")));
    const Finished back = gzip({"-dr", "t"});
    EXPECT_EQ(back.code, 0) << back.err;
    EXPECT_EQ(read_file(path("t/a")) + read_file(path("t/sub/b")) + read_file(path("t/sub/c")),
              "123");
}

TEST_F(GzipTest, ListsAsGzipDoes) {
    make("a", sample(100'000));
    make("b", sample(10'000));
    ASSERT_EQ(gzip({"a", "b"}).code, 0);
    for (const std::vector<std::string>& args : {std::vector<std::string>{"-l", "a.gz"},
                                                 {"-l", "a.gz", "b.gz"},
                                                 {"-lv", "a.gz", "b.gz"},
                                                 {"-lq", "a.gz"},
                                                 {"-lN", "a.gz"}}) {
        std::vector<std::string> theirs;
        for (const std::string& arg : args)
            theirs.push_back(arg.starts_with('-') ? arg : path(arg));
        const auto reference = other("gzip", theirs);
        if (!reference) GTEST_SKIP() << "gzip is not installed";
        std::string expected = reference->out;
        for (std::size_t at; (at = expected.find(path(""))) != std::string::npos;)
            expected.erase(at, path("").size());
        EXPECT_EQ(gzip(args).out, expected);
    }
    EXPECT_EQ(gzip({"-l"}, "no gzip").code, 1);
    const auto json = gzip({"-l", "--json", "a.gz"}).json();
    EXPECT_EQ(json[0]["output_bytes"], 100'000);
}

TEST_F(GzipTest, SaysWithVWhatGzipSays) {
    make("a", sample(100'000));
    EXPECT_NE(gzip({"-kv", "a"}).err.find("% -- created a.gz"), std::string::npos);
    EXPECT_NE(gzip({"-vf", "a"}).err.find("% -- replaced with a.gz"), std::string::npos);
    EXPECT_EQ(gzip({"-tv", "a.gz"}).err, "a.gz:\t OK\n");
    EXPECT_EQ(gzip({"-t", "a.gz"}).err, "");
}

TEST_F(GzipTest, IsTheProgramItIsCalled) {
    make("a", "content");
    EXPECT_EQ(called("gzip", {"-9k", "a"}).code, 0);
    EXPECT_EQ(called("zcat", {"a.gz"}).out, "content");
    EXPECT_EQ(called("gunzip", {"-c"}, read_file(path("a.gz"))).out, "content");
    EXPECT_EQ(called("gunzip", {"-f", "a.gz"}).code, 0);
    EXPECT_EQ(names(), (Names{"a"}));
    const Finished bad = called("gzip", {"-d"}, "this is no gzip file");
    EXPECT_EQ(bad.code, 1);
    EXPECT_EQ(bad.err, "\ngzip: stdin: not in gzip format\n");
    EXPECT_TRUE(called("gzip", {"--version"}).out.starts_with("gzip (holt) "));
    EXPECT_EQ(called("gzip", {"missing"}).err, "gzip: missing: No such file or directory\n");
}

TEST_F(GzipTest, AnySplitOfFlags) {
    make("a", sample(5000));
    EXPECT_EQ(gzip({"-9nkf", "a"}).code, 0);
    EXPECT_EQ(gzip({"--best", "--no-name", "-c", "a"}).out, read_file(path("a.gz")));
    EXPECT_EQ(gzip({"-cp", "2", "-n9", "a"}).out, read_file(path("a.gz")));
    EXPECT_EQ(gzip({"-nc9", "--processes=1", "a"}).out, read_file(path("a.gz")));
    EXPECT_EQ(gzip({"-1nc", "a"}).out, gzip({"--fast", "-nc", "a"}).out);
    EXPECT_EQ(gzip({"-p", "0", "a"}).code, 1);
    EXPECT_EQ(gzip({"--blocks", "--bgzf", "a"}).code, 1);
    EXPECT_EQ(
        Program({.args = {"gzip", "-nc", path("a")}, .environment = {{"GZIP", "-9"}}}).run().out,
        gzip({"-nc", "a"}).out);
}

TEST_F(GzipTest, StandardInputIsOneOfSeveral) {
    make("in", compressed("a"));
    const Finished result = gzip({"-dc", "in", "-", "in"}, compressed("b"));
    EXPECT_EQ(result.code, 0);
    EXPECT_EQ(result.out, "aba");
}

TEST_F(GzipTest, AFullDiskAndAClosedPipe) {
    const Finished full =
        Program{
            .args = {"gzip", "-d"}, .input = compressed(sample(100'000)), .output_to = "/dev/full"}
            .run();
    EXPECT_EQ(full.code, 1);
    EXPECT_NE(full.err.find("No space left"), std::string::npos) << full.err;
    const Finished closed =
        Program{.args = {"gzip"}, .input = sample(100'000), .close_output = true}.run();
    EXPECT_EQ(closed.code, 1) << closed.err;
}

TEST_F(GzipTest, AReaderThatGoesAwayIsNotWorthAWord) {
    make("big.gz", gzip({"-1"}, sample(6'000'000)).out);
    for (const std::string flags : {"-dc", "-c"}) {
        const auto result = other("sh", {"-c", std::string(HOLT_PROGRAM) + " gzip " + flags + " " +
                                                   path("big.gz") + " | head -c 10 | wc -c"});
        EXPECT_EQ(result->out, "10\n");
        EXPECT_EQ(result->err, "");
    }
}

// A signal in the middle of a large file leaves the file and nothing else.
TEST_F(GzipTest, SignalsEndItAndNothingStays) {
    for (const int number : {SIGINT, SIGTERM}) {
        make("in", "x");
        filesystem::resize_file(path("in"), std::uintmax_t{1} << 36);  // holes: takes minutes
        const Program working{.args = {"gzip", path("in")}};
        const Finished result = working.run_and_signal(
            number, [&] { return names().size() > 1 || someone_writes_unnamed(dir_.path()); });
        EXPECT_EQ(result.code, 128 + number) << result.err;
        EXPECT_EQ(names(), Names{"in"});
    }
}

TEST_F(GzipTest, OddFileNames) {
    for (const std::string name : {"-d", "--force", "[a,b]", "a\nb", "\xff\xfe", "%%", "{}", " "}) {
        make(name, "content");
        ASSERT_EQ(gzip({"--", name}).code, 0) << name;
        EXPECT_EQ(names(), Names{name + ".gz"});
        ASSERT_EQ(gzip({"-d", "--", name + ".gz"}).code, 0) << name;
        EXPECT_EQ(read_file(path(name)), "content");
        filesystem::remove(path(name));
    }
}

// A bomb: refused when the content passes what was allowed, with no output left.
TEST_F(GzipTest, MaxSizeRefusesABomb) {
    make("bomb.gz", gzip({"-9"}, std::string(20'000'000, 'x')).out);
    for (const std::string limit : {"1M", "19999999"}) {
        const Finished refused = gzip({"-dk", "--max-size", limit, path("bomb.gz")});
        EXPECT_EQ(refused.code, 1);
        EXPECT_NE(refused.err.find("--max-size"), std::string::npos) << refused.err;
        EXPECT_EQ(names(), Names{"bomb.gz"});
        EXPECT_EQ(gzip({"-t", "--max-size", limit, path("bomb.gz")}).code, 1);
        EXPECT_EQ(gzip({"-l", "--max-size", limit, path("bomb.gz")}).code, 1);
        const Finished piped = gzip({"-dc", "--max-size=" + limit}, read_file(path("bomb.gz")));
        EXPECT_EQ(piped.code, 1);
        EXPECT_LE(piped.out.size(), 19'999'999u);
        const Finished json = gzip({"-dk", "--json", "--max-size", limit, path("bomb.gz")});
        EXPECT_EQ(json.json()[0]["kind"], "no-space");
    }
    EXPECT_EQ(gzip({"-dc", "--max-size", "20000000", path("bomb.gz")}).out.size(), 20'000'000u);
    EXPECT_EQ(gzip({"-t", "--max-size", "0", path("bomb.gz")}).code, 1);
    EXPECT_EQ(gzip({"-t", "--max-size", "many", path("bomb.gz")}).code, 1);
}

}  // namespace
}  // namespace holt::test

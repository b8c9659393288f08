// Proves: where the outputs of holt zstd go and what they are made of: several inputs into one,
// flat and mirrored folders, lists of names, holes for zeros, symlinks, patches, gzip's format, and
// that of contradicting flags the last one counts.
#include <sys/stat.h>

#include <filesystem>
#include <random>
#include <tuple>

#include "cli/filters/filter_fixture.h"

namespace holt::test {
namespace {

namespace filesystem = std::filesystem;

class ZstdOutputs : public FilterFixture {
  protected:
    ZstdOutputs() : FilterFixture("zstd") {}
    std::uint64_t blocks(const std::string& name) const {
        struct stat st {};
        EXPECT_EQ(::stat(path(name).c_str(), &st), 0) << name;
        return static_cast<std::uint64_t>(st.st_blocks);
    }
    /// Zeros, a little text, zeros again.
    static std::string hollow() {
        return std::string(3'000'000, '\0') + "text" + std::string(2'000'001, '\0');
    }
    /// What the real program makes of it, where it is installed.
    std::string by_zstd(std::vector<std::string> args, const std::string& ours) const {
        const auto theirs = other("zstd", std::move(args));
        if (!theirs) return ours;
        EXPECT_EQ(theirs->code, 0) << theirs->err;
        return theirs->out;
    }
};

TEST_F(ZstdOutputs, SeveralInputsIntoOneFile) {
    make("a", "first ");
    make("b", "second ");
    EXPECT_EQ(run({"a", "b", "-o", "joined.zst"}).code, 1) << "nobody said yes";
    EXPECT_EQ(names(), (Names{"a", "b"}));
    EXPECT_EQ(run({"-f", "--rm", "a", "b", "-o", "joined.zst"}).code, 0);
    EXPECT_EQ(run({"-dc", "joined.zst"}).out, "first second ");
    EXPECT_EQ(names(), (Names{"a", "b", "joined.zst"})) << "no input is removed";
    EXPECT_EQ(run({"a", "b", "-o", "asked.zst"}, "y\n").code, 0);
    EXPECT_EQ(run({"-dc", "asked.zst"}).out, "first second ");
    EXPECT_EQ(run({"-f", "a", "missing", "b", "-o", "some.zst"}).code, 1);
    EXPECT_EQ(run({"-dc", "some.zst"}).out, "first second ");
    ASSERT_EQ(run({"-q", "a", "b"}).code, 0);
    EXPECT_EQ(run({"-df", "a.zst", "b.zst", "-o", "plain"}).code, 0);
    EXPECT_EQ(read_file(path("plain")), "first second ");
    make("bad.zst", read_file(path("a.zst")).substr(0, 9));
    EXPECT_NE(run({"-df", "a.zst", "bad.zst", "-o", "half"}).code, 0);
    EXPECT_FALSE(filesystem::exists(path("half")));
}

TEST_F(ZstdOutputs, AnExistingOutputIsReplacedByYes) {
    make("a", "new");
    make("a.zst", "old");
    EXPECT_EQ(run({"a"}, "n\n").code, 1);
    EXPECT_EQ(read_file(path("a.zst")), "old");
    EXPECT_EQ(run({"-q", "a"}, "y\n").code, 1) << "-q asks nothing";
    EXPECT_EQ(run({"a"}, "y\n").code, 0);
    EXPECT_EQ(run({"-dc", "a.zst"}).out, "new");
}

TEST_F(ZstdOutputs, FlatAndMirroredFolders) {
    make("in/a", "1");
    make("in/sub/b", "2");
    ASSERT_EQ(run({"-qr", "in", "--output-dir-mirror", "mirror"}).code, 0);
    EXPECT_TRUE(filesystem::exists(path("mirror/in/sub/b.zst")));
    EXPECT_FALSE(filesystem::exists(path("in/a.zst")));
    filesystem::create_directory(path("flat"));
    ASSERT_EQ(run({"-qr", "in", "--output-dir-flat=flat"}).code, 0);
    EXPECT_TRUE(filesystem::exists(path("flat/b.zst")));
    ASSERT_EQ(run({"-dqr", "mirror/in", "--output-dir-flat", "."}).code, 0);
    EXPECT_EQ(read_file(path("b")), "2");
    EXPECT_EQ(run({"-q", "in/../b", "--output-dir-mirror", "m"}).code, 1);
    EXPECT_FALSE(filesystem::exists(path("m")));
}

TEST_F(ZstdOutputs, NamesFromALine) {
    make("a b", "1");
    make("c", "2");
    make("d", "3");
    make("list", "a b\nc\n\n");
    make("empty", "");
    ASSERT_EQ(run({"-q", "--filelist=list", "d"}).code, 0);
    for (const char* name : {"a b.zst", "c.zst", "d.zst"})
        EXPECT_TRUE(filesystem::exists(path(name))) << name;
    EXPECT_EQ(run({"-q", "--filelist", "missing"}).code, 1);
    EXPECT_EQ(run({"-q", "--filelist", "empty"}, "input").out, "") << "not standard input instead";
}

TEST_F(ZstdOutputs, ZerosBecomeHolesOfFiles) {
    make("a", hollow());
    ASSERT_EQ(run({"-q", "a"}).code, 0);
    ASSERT_EQ(run({"-dq", "--no-sparse", "a.zst", "-o", "full"}).code, 0);
    ASSERT_EQ(run({"-dq", "a.zst", "-o", "sparse"}).code, 0);
    EXPECT_TRUE(read_file(path("sparse")) == hollow());
    EXPECT_TRUE(read_file(path("full")) == hollow());
    if (blocks("full") < 9000) GTEST_SKIP() << "this file system makes holes itself";
    EXPECT_LT(blocks("sparse"), 100u);
    const auto shell = [&](const std::string& command) {
        return other("sh", {"-c", "cd " + dir_.path().string() + " && " + command})->code;
    };
    const std::string holt = std::string(HOLT_PROGRAM) + " zstd -dcq ";
    ASSERT_EQ(shell(holt + "--sparse a.zst > out"), 0);
    EXPECT_LT(blocks("out"), 100u);
    EXPECT_TRUE(read_file(path("out")) == hollow());
    ASSERT_EQ(shell(holt + "a.zst > out"), 0);
    EXPECT_GT(blocks("out"), 9000u) << "not unless asked";
    // What is appended goes behind what is there, and what follows goes behind that.
    ASSERT_EQ(shell("printf x > out; (" + holt + "--sparse a.zst; printf y) >> out"), 0);
    EXPECT_TRUE(read_file(path("out")) == "x" + hollow() + "y");
    ASSERT_EQ(shell("(printf x; " + holt + "--sparse a.zst; printf y) > out"), 0);
    EXPECT_TRUE(read_file(path("out")) == "x" + hollow() + "y");
    ASSERT_EQ(shell(holt + "--sparse a.zst a.zst > out"), 0);
    EXPECT_TRUE(read_file(path("out")) == hollow() + hollow());
}

TEST_F(ZstdOutputs, SymlinksAreLeftAlone) {
    make("a", "content");
    filesystem::create_symlink("a", path("link"));
    const Finished skipped = run({"--rm", "link"});
    EXPECT_EQ(skipped.code, 1) << "nothing else was named";
    EXPECT_NE(skipped.err.find("link is a symbolic link, ignoring"), std::string::npos);
    EXPECT_EQ(names(), (Names{"a", "link"}));
    EXPECT_EQ(run({"-q", "link", "a"}).code, 0);
    EXPECT_EQ(names(), (Names{"a", "a.zst", "link"}));
    EXPECT_EQ(run({"-f", "link"}).code, 0);
    EXPECT_EQ(run({"-dc", "link.zst"}).out, "content");
}

TEST_F(ZstdOutputs, TheLastOfContradictingFlagsCounts) {
    make("a", sample(5000));
    const std::string packed = run({"-c", "a"}).out;
    make("p.zst", packed);
    EXPECT_TRUE(run({"-dzc", "a"}).out == packed);
    EXPECT_TRUE(run({"-zdc", "p.zst"}).out == sample(5000));
    EXPECT_EQ(run({"-c", "-o", "out", "a"}).out, "");
    EXPECT_TRUE(read_file(path("out")) == packed);
    EXPECT_TRUE(run({"-o", "other", "-c", "a"}).out == packed);
    EXPECT_FALSE(filesystem::exists(path("other")));
    EXPECT_TRUE(run({"-19", "-1", "-c", "a"}).out == run({"-1c", "a"}).out);
    EXPECT_TRUE(run({"-1", "--fast=2", "-c", "a"}).out == run({"--fast=2", "-c", "a"}).out);
    EXPECT_TRUE(run({"--no-check", "-C", "-c", "a"}).out == packed);
    EXPECT_EQ(run({"-C", "--no-check", "-c", "a"}).out.size() + 4, packed.size());
    EXPECT_EQ(run({"-tl", "p.zst"}).out.find("Frames"), 0u);
    // -o takes the next argument, whatever letters follow it.
    EXPECT_EQ(run({"-of", "out", "a"}).code, 0);
    // Neither removes what no file replaces.
    EXPECT_TRUE(run({"--rm", "-c", "a"}).out == packed);
    EXPECT_EQ(run({"-t", "--rm", "p.zst"}).code, 0);
    EXPECT_TRUE(filesystem::exists(path("a")) && filesystem::exists(path("p.zst")));
    EXPECT_EQ(run({"--rm", "--keep", "-f", "a"}).code, 0);
    EXPECT_TRUE(filesystem::exists(path("a")));
}

TEST_F(ZstdOutputs, APatchHoldsOnlyWhatIsNew) {
    for (const std::size_t size :
         {std::size_t{900}, std::size_t{300'000}, std::size_t{7'000'000}}) {
        std::mt19937 random(static_cast<std::uint32_t>(size));
        std::string old;
        while (old.size() < size) old += static_cast<char>(random());
        const std::string fresh = old.substr(size / 3) + "something new" + old.substr(0, size / 3);
        make("old", old);
        make("new", fresh);
        ASSERT_EQ(run({"-qf", "--patch-from=old", "new", "-o", "patch"}).code, 0);
        EXPECT_LT(filesystem::file_size(path("patch")), size / 10 + 60) << size;
        ASSERT_EQ(run({"-dqf", "--patch-from", "old", "patch", "-o", "back"}).code, 0);
        EXPECT_TRUE(read_file(path("back")) == fresh) << size;
        EXPECT_TRUE(by_zstd({"-dqc", "--memory=64MB", "--patch-from=" + path("old"), path("patch")},
                            fresh) == fresh);
        const auto theirs = other(
            "zstd", {"-qf", "--patch-from=" + path("old"), path("new"), "-o", path("theirs")});
        EXPECT_TRUE(!theirs || run({"-dc", "--patch-from=old", "theirs"}).out == fresh) << size;
        EXPECT_NE(run({"-dc", "patch"}).code, 0) << "not without the old file";
    }
    // A reference that begins as a dictionary does is content all the same.
    const std::string magic("\x37\xA4\x30\xEC", 4);
    make("old", magic + sample(3000));
    make("new", magic + sample(3000) + "x");
    ASSERT_EQ(run({"-qf", "--patch-from=old", "new", "-o", "patch"}).code, 0);
    EXPECT_TRUE(run({"-dc", "--patch-from=old", "patch"}).out == magic + sample(3000) + "x");
    EXPECT_NE(run({"--patch-from=missing", "new"}).code, 0);
    EXPECT_NE(run({"--patch-from=old", "new", "old"}).code, 0);
}

TEST_F(ZstdOutputs, GzipIsReadAndWritten) {
    make("a", sample(50'000));
    ASSERT_EQ(run({"-q", "--format=gzip", "a"}).code, 0);
    const auto theirs = other("gzip", {"-dc", path("a.gz")});
    EXPECT_TRUE(!theirs || theirs->out == sample(50'000));
    EXPECT_TRUE(run({"-dc", "a.gz"}).out == sample(50'000));
    EXPECT_TRUE(run({"-dc"}, read_file(path("a.gz"))).out == sample(50'000));
    EXPECT_EQ(run({"-t", "a.gz"}).code, 0);
    filesystem::rename(path("a.gz"), path("b.tgz"));
    ASSERT_EQ(run({"-dq", "b.tgz"}).code, 0);
    EXPECT_TRUE(read_file(path("b.tar")) == sample(50'000));
    make("cut.gz", read_file(path("b.tgz")).substr(0, 500));
    EXPECT_NE(run({"-t", "cut.gz"}).code, 0);
    EXPECT_NE(run({"-dc"}, read_file(path("b.tgz")) + "garbage").code, 0);
}

TEST_F(ZstdOutputs, SuffixesAsZstdHasThem) {
    const std::string zst = run({}, "x").out, gz = run({"--format=gzip"}, "x").out;
    for (const auto& [packed, plain, content] : {std::tuple{"a.zst", "a", zst},
                                                 {"b.tzst", "b.tar", zst},
                                                 {"c.zstd", "c", zst},
                                                 {"d.gz", "d", gz},
                                                 {"e.tgz", "e.tar", gz},
                                                 {"f.gz", "f", zst}}) {
        make(packed, content);
        ASSERT_EQ(run({"-dq", "--rm", packed}).code, 0) << packed;
        EXPECT_EQ(names(), Names{plain});
        filesystem::remove(path(plain));
    }
}

TEST_F(ZstdOutputs, CompressedNamesArePassedOver) {
    make("a", "x");
    make("b.gz", "x");
    make("c.zst", "x");
    EXPECT_EQ(run({"-q", "--exclude-compressed", "a", "b.gz", "c.zst"}).code, 0);
    EXPECT_EQ(names(), (Names{"a", "a.zst", "b.gz", "c.zst"}));
}

TEST_F(ZstdOutputs, PlainInputPassesWithForce) {
    EXPECT_EQ(run({"-df"}, "plain").out, "plain");
    EXPECT_NE(run({"-df", "--no-pass-through"}, "plain").code, 0);
    make("a", "plain");
    EXPECT_NE(run({"-df", "a", "-o", "b"}).code, 0) << "a file by name is not copied";
    EXPECT_EQ(run({"-d", "--pass-through", "a", "-o", "b"}).code, 0);
    EXPECT_EQ(read_file(path("b")), "plain");
}

TEST_F(ZstdOutputs, HintsAndSettingsGiveFramesThatAllRead) {
    const std::string content = sample(400'000);
    make("a", content);
    for (const std::vector<std::string>& flags : std::vector<std::vector<std::string>>{
             {"--rsyncable"},
             {"--adapt"},
             {"--adapt=min=1,max=5"},
             {"--asyncio", "--no-asyncio"},
             {"-T2", "--auto-threads=logical"},
             {"--row-match-finder", "-7"},
             {"--no-compress-literals"},
             {"-B1M"},
             {"--target-compressed-block-size=1024"},
             {"--priority=rt"},
             {"-S"},
             {"-n"},
             {"--zstd=strategy=9"},
             {"--zstd=strategy=1,wlog=10", "-19"},
             {"--zstd=wlog=24,hlog=22,slog=4,tlen=64,mml=4,ovlog=3", "-12"},
             {"--zstd=windowLog=31,searchLog=30,targetLength=131072,hashLog=30", "-16"},
             {"--zstd=strategy=6,hashLog=6,searchLog=1,targetLength=1"}}) {
        std::vector<std::string> args = flags;
        args.insert(args.end(), {"-c", "a"});
        const Finished packed = run(args);
        ASSERT_EQ(packed.code, 0) << flags[0] << packed.err;
        EXPECT_TRUE(run({"-d"}, packed.out).out == content) << flags[0];
        const auto theirs = other("zstd", {"-dcq"}, packed.out);
        EXPECT_TRUE(!theirs || theirs->out == content) << flags[0];
    }
    make("w.zst", run({"--zstd=wlog=12", "--no-content-size"}, content).out);
    EXPECT_EQ(run({"-l", "--json", "w.zst"}).json()[0]["window_size"], 131'072);
    EXPECT_LT(run({"--zstd=strategy=9", "-c", "a"}).out.size(), run({"-c", "a"}).out.size());
}

TEST_F(ZstdOutputs, ADictionarysIdIsLeftAwayWhenAsked) {
    std::vector<std::string> args = {"--train", "--maxdict=4KiB", "-o", "dict", "-q"};
    for (int i = 0; i < 300; ++i)
        args.push_back(make("train/" + std::to_string(i),
                            "{\"id\": " + std::to_string(i * 7919) + ", \"name\": \"user " +
                                std::to_string(i) + "\", \"active\": true}"));
    ASSERT_EQ(run(args).code, 0);
    const std::string content = read_file(path("train/7"));
    make("without.zst", run({"-D", "dict", "--no-dictID"}, content).out);
    EXPECT_EQ(run({"-l", "--json", "without.zst"}).json()[0]["dictionary_id"], 0);
    EXPECT_EQ(run({"-dc", "-D", "dict", "without.zst"}).out, content);
    for (const char* kind : {"--train-cover=k=64,d=8,steps=4", "--train-fastcover=k=200,f=20",
                             "--train-cover", "--train-legacy=s=9"}) {
        args[0] = kind;
        ASSERT_EQ(run(args).code, 0) << kind;
        const std::string with = run({"-D", "dict"}, content).out;
        EXPECT_EQ(run({"-d", "-D", "dict"}, with).out, content);
    }
    make("one", sample(200'000));
    EXPECT_EQ(run({"-q", "--train", "-B1K", "one", "-o", "dict"}).code, 0) << "one file in blocks";
}

}  // namespace
}  // namespace holt::test

// The flags of zstd(1) beyond the plain filter: clusters, threads, long windows, levels above 19,
// folders, listing, training, measuring, and the names under which the program may be called.
#include <gtest/gtest.h>

#include <filesystem>

#include "cli/filters/filter_fixture.h"

namespace holt::test {
namespace {

namespace filesystem = std::filesystem;

class ZstdFlagsTest : public FilterFixture {
  protected:
    ZstdFlagsTest() : FilterFixture("zstd") {}
    Finished zstd(std::vector<std::string> args, std::string input = {}) const {
        return run(std::move(args), std::move(input));
    }
};

TEST_F(ZstdFlagsTest, ClustersAreReadAsZstdReadsThem) {
    const std::string content = sample(100'000);
    for (const std::vector<std::string>& flags :
         {std::vector<std::string>{"-3T2"}, {"-9vT0"}, {"-T2q9"}, {"-qfT"}, {"-czC9"}}) {
        const Finished packed = zstd(flags, content);
        ASSERT_EQ(packed.code, 0) << flags[0] << ' ' << packed.err;
        EXPECT_TRUE(zstd({"-dcv"}, packed.out).out == content) << flags[0];
    }
    EXPECT_EQ(zstd({"-9T2"}, content).out, zstd({"-9"}, content).out);
    EXPECT_EQ(zstd({"-T2x"}, content).code, 2);
    EXPECT_EQ(zstd({"--threads=2", "--single-thread"}, content).code, 0);
    EXPECT_EQ(zstd({"--threads=-1"}, content).code, 2);
}

TEST_F(ZstdFlagsTest, TheOutputIsTheSameForAnyNumberOfThreads) {
    const std::string content = sample(9'000'000);  // several jobs of level 1
    make("in", content);
    const std::string piped = zstd({"-1"}, content).out;
    const std::string file = zstd({"-1c", "in"}).out;
    for (const char* threads : {"-T0", "-T2", "-T5", "--single-thread"}) {
        EXPECT_TRUE(zstd({"-1", threads}, content).out == piped) << threads;
        EXPECT_TRUE(zstd({"-1", threads, "-c", "in"}).out == file) << threads;
    }
    // The frame of a file states its length, 4 bytes; all else is equal.
    EXPECT_EQ(file.size(), piped.size() + 4);
    EXPECT_TRUE(file.substr(10) == piped.substr(6));
    EXPECT_TRUE(zstd({"-1", "--stream-size=9000000"}, content).out == file);
    EXPECT_TRUE(zstd({"-1c", "--no-content-size", "in"}).out == piped);
    EXPECT_TRUE(zstd({"-dc"}, piped).out == content);
    const auto theirs = other("zstd", {"-dcq"}, file);
    EXPECT_TRUE(!theirs || theirs->out == content);
}

TEST_F(ZstdFlagsTest, AStreamOfAnotherSizeThanSaidIsAnError) {
    EXPECT_EQ(zstd({"--stream-size=10"}, "0123456789").code, 0);
    for (const char* size : {"--stream-size=9", "--stream-size=11"}) {
        const Finished wrong = zstd({size, "-o", "out"}, "0123456789");
        EXPECT_EQ(wrong.code, 1);
        EXPECT_NE(wrong.err.find("not as long as was said"), std::string::npos) << wrong.err;
        EXPECT_FALSE(filesystem::exists(path("out")));
    }
}

// Standard input may be a file that somebody has read the beginning of.
TEST_F(ZstdFlagsTest, AFileAsStandardInputNeedNotBeWhole) {
    make("in", sample(5'000'000));
    const auto read_on = other(
        "sh", {"-c", "{ dd bs=1000 count=1 of=/dev/null 2>/dev/null; \"$0\" zstd -1; } < \"$1\"",
               HOLT_PROGRAM, path("in")});
    ASSERT_TRUE(read_on);
    ASSERT_EQ(read_on->code, 0) << read_on->err;
    EXPECT_TRUE(zstd({"-d"}, read_on->out).out == sample(5'000'000).substr(1000));
}

TEST_F(ZstdFlagsTest, LevelsBeyondTheRangeAreItsEnds) {
    const std::string content = sample(30'000);
    const Finished high = zstd({"-20"}, content);
    EXPECT_EQ(high.code, 0);
    EXPECT_NE(high.err.find("reduced to 19"), std::string::npos) << high.err;
    EXPECT_TRUE(high.out == zstd({"-19"}, content).out);
    EXPECT_TRUE(zstd({"--ultra", "-99"}, content).out == zstd({"--ultra", "-22"}, content).out);
    EXPECT_TRUE(zstd({"-0"}, content).out == zstd({}, content).out);
    EXPECT_TRUE(zstd({"--fast=99"}, content).out == zstd({"--fast=5"}, content).out);
    EXPECT_EQ(zstd({"-5000000000"}, content).code, 2);
    for (const char* level : {"-20", "-21", "-22"}) {
        const Finished packed = zstd({"--ultra", level}, content);
        ASSERT_EQ(packed.code, 0) << packed.err;
        EXPECT_TRUE(zstd({"-d"}, packed.out).out == content);
        const auto theirs = other("zstd", {"-dcq"}, packed.out);
        EXPECT_TRUE(!theirs || theirs->out == content) << theirs->err;
    }
}

TEST_F(ZstdFlagsTest, LongFindsRepeatsFarApart) {
    // Text that its level forgets: each line but the first half's differs from all before it.
    std::string content = sample(4'000'000, 1);
    content += sample(6'000'000, 2) + content;
    const Finished plain = zstd({"-1"}, content);
    const Finished packed = zstd({"-1", "--long=28", "-T2"}, content);
    ASSERT_EQ(packed.code, 0) << packed.err;
    EXPECT_LT(packed.out.size(), plain.out.size() * 3 / 4);
    // A window over the limit is refused by both until it is allowed.
    const Finished refused = zstd({"-d"}, packed.out);
    EXPECT_EQ(refused.code, 12);
    EXPECT_NE(refused.err.find("--memory=256MiB"), std::string::npos) << refused.err;
    EXPECT_TRUE(zstd({"-d", "--long=28"}, packed.out).out == content);
    EXPECT_TRUE(zstd({"-d", "-M256M"}, packed.out).out == content);
    if (const auto theirs = other("zstd", {"-dcq"}, packed.out)) {
        EXPECT_NE(theirs->code, 0);
        EXPECT_TRUE(other("zstd", {"-dcq", "--long=28"}, packed.out)->out == content);
    }
    const Finished usual = zstd({"-1", "--long"}, content);  // 128 MiB need no permission
    EXPECT_TRUE(zstd({"-d"}, usual.out).out == content);
    EXPECT_EQ(zstd({"--long=32"}, "x").code, 2);
    EXPECT_EQ(zstd({"--long=31"}, "x").code, 0);
}

TEST_F(ZstdFlagsTest, TarGoesThroughIt) {
    const TempDir tree;
    for (int i = 0; i < 50; ++i) {
        const std::string folder = (tree / "dir").string() + "/" + std::to_string(i % 7);
        filesystem::create_directories(folder);
        write_file(folder + "/" + std::to_string(i),
                   sample(static_cast<std::size_t>(i) * 9000, static_cast<std::uint32_t>(i)));
    }
    const std::string archive = path("x.tar.zst");
    const std::string filter = std::string(HOLT_PROGRAM) + " zstd -3 -T2";
    const auto packed = other("tar", {"-I", filter, "-C", tree.path(), "-cf", archive, "dir"});
    if (!packed) GTEST_SKIP() << "tar is not installed";
    ASSERT_EQ(packed->code, 0) << packed->err;
    for (const std::string& reader : {filter, std::string("zstd")}) {
        if (!other(reader.substr(0, reader.find(' ')), {"-V"})) continue;
        const TempDir back;
        const auto unpacked = other("tar", {"-I", reader, "-C", back.path(), "-xf", archive});
        ASSERT_EQ(unpacked->code, 0) << unpacked->err;
        for (int i = 0; i < 50; ++i) {
            const std::string name = "dir/" + std::to_string(i % 7) + "/" + std::to_string(i);
            EXPECT_EQ(read_file(back / name), read_file(tree / name));
        }
    }
}

TEST_F(ZstdFlagsTest, OtherNamesAreOtherPrograms) {
    const std::string content = sample(5000);
    make("a", content);
    EXPECT_EQ(called("zstd", {"-q", "a"}).code, 0);
    EXPECT_TRUE(called("zstdcat", {"a.zst"}).out == content);
    EXPECT_TRUE(called("zstdcat", {"a"}).out == content) << "what is no .zst passes";
    EXPECT_TRUE(called("zstdcat", {"-", "a"}, "in ").out == "in " + content);
    EXPECT_EQ(called("unzstd", {"-q", "a.zst", "-o", "b"}).code, 0);
    EXPECT_TRUE(read_file(path("b")) == content);
    EXPECT_TRUE(called("zstdmt", {"-c", "a"}).out == read_file(path("a.zst")));
    EXPECT_TRUE(called("zstd", {"-V"}).out.starts_with("zstd (holt) "));
    EXPECT_EQ(called("unzstd", {"-c", "a"}).code, 1) << "exit codes are zstd's";
}

TEST_F(ZstdFlagsTest, WhatIsNoZstPassesOnlyWhenAsked) {
    for (const std::string text : {"", "x", "abcd", "no zstd data"}) {
        EXPECT_EQ(zstd({"-dcf"}, text).out, text);
        EXPECT_EQ(zstd({"-d", "--pass-through"}, text).out, text);
        EXPECT_EQ(zstd({"-d"}, text).code, 14);
        EXPECT_EQ(zstd({"-dcf", "--no-pass-through"}, text).code, 14);
    }
    // Behind a frame, too.
    const std::string followed = zstd({}, "a").out + "garbage";
    EXPECT_EQ(zstd({"-dcf"}, followed).out, "agarbage");
    EXPECT_EQ(zstd({"-dcf"}, followed).code, 0);
    EXPECT_EQ(zstd({"-dc"}, followed).code, 14);
    EXPECT_EQ(zstd({"-dcf", "--no-pass-through"}, followed).out, "a");
}

TEST_F(ZstdFlagsTest, FoldersAreTakenApart) {
    make("tree/a", sample(1000));
    make("tree/sub/b", sample(2000));
    filesystem::create_symlink("../a", path("tree/sub/link"));
    make("single", "single");
    EXPECT_EQ(zstd({"-q", "tree"}).code, 1);
    ASSERT_EQ(zstd({"-qr", "tree", "single"}).code, 0);
    for (const char* name : {"tree/a.zst", "tree/sub/b.zst", "single.zst"})
        EXPECT_TRUE(filesystem::exists(path(name))) << name;
    EXPECT_FALSE(filesystem::exists(path("tree/sub/link.zst")));
    EXPECT_EQ(zstd({"-tqr", "tree"}).code, 14) << "a and b themselves are no .zst files";
    EXPECT_EQ(zstd({"-qr", "tree", "-o", "x"}).code, 1) << "several into one needs -f";
}

TEST_F(ZstdFlagsTest, ListTellsWhatIsInside) {
    const std::string skippable("\x50\x2A\x4D\x18\x03\x00\x00\x00xyz", 11);
    make("one.zst", zstd({}, sample(5000)).out);
    make("two.zst", skippable + zstd({"--no-check"}, "abc").out + zstd({}, sample(5000)).out);
    const Finished listed = zstd({"-l", "one.zst", "two.zst"});
    ASSERT_EQ(listed.code, 0) << listed.err;
    for (const char* word : {"Frames", "Skips", "XXH64", "one.zst", "4.9 KiB", "2 files"})
        EXPECT_NE(listed.out.find(word), std::string::npos) << word << '\n' << listed.out;
    const auto frames = zstd({"-l", "--json", "two.zst"}).json();
    ASSERT_EQ(frames.size(), 5u);
    EXPECT_EQ(frames[0]["skippable"], true);
    EXPECT_EQ(frames[0]["size"], 11);
    EXPECT_EQ(frames[1]["offset"], 11);
    EXPECT_EQ(frames[1]["content_size"], 3);
    EXPECT_FALSE(frames[1].contains("checksum"));
    EXPECT_TRUE(frames[2].contains("checksum"));
    EXPECT_EQ(frames[3]["frames"], 2);
    EXPECT_EQ(frames[3]["skips"], 1);
    EXPECT_EQ(frames[3]["content_size"], 5003);
    EXPECT_NE(zstd({"-lv", "two.zst"}).out.find("at byte 11"), std::string::npos);

    make("cut.zst", read_file(path("one.zst")).substr(0, 40));
    const Finished cut = zstd({"-l", "cut.zst", "one.zst"});
    EXPECT_EQ(cut.code, 14);
    EXPECT_NE(cut.out.find("one.zst"), std::string::npos);
    EXPECT_NE(cut.err.find("at byte 40"), std::string::npos) << cut.err;
    make("text", "no zstd data");
    EXPECT_EQ(zstd({"-l", "text"}).code, 14);
    EXPECT_EQ(zstd({"-l"}).code, 2);
    EXPECT_EQ(zstd({"-l", "missing"}).code, 1);
}

TEST_F(ZstdFlagsTest, TrainedDictionariesServeBothPrograms) {
    std::vector<std::string> args = {"--train", "--maxdict=4KiB", "--dictID=40000", "-o", "dict"};
    for (int i = 0; i < 300; ++i)
        args.push_back(make("train/" + std::to_string(i),
                            "{\"id\": " + std::to_string(i * 7919) + ", \"name\": \"user " +
                                std::to_string(i) + "\", \"active\": true, \"roles\": []}"));
    const Finished trained = zstd(args);
    ASSERT_EQ(trained.code, 0) << trained.err;
    EXPECT_LE(filesystem::file_size(path("dict")), 4096u);
    const std::string content = read_file(path("train/42"));
    const Finished with = zstd({"-D", "dict"}, content);
    EXPECT_LT(with.out.size(), zstd({}, content).out.size() * 2 / 3);
    EXPECT_EQ(zstd({"-d", "-D", "dict"}, with.out).out, content);
    make("with.zst", with.out);
    EXPECT_EQ(zstd({"-l", "--json", "with.zst"}).json()[0]["dictionary_id"], 40000);
    const auto theirs = other("zstd", {"-dcq", "-D", path("dict")}, with.out);
    EXPECT_TRUE(!theirs || theirs->out == content);
    // Folders may be named too; the name of the output is zstd's own.
    EXPECT_EQ(zstd({"--train", "-r", "train", "-q"}).code, 0);
    EXPECT_TRUE(filesystem::exists(path("dictionary")));
    const Finished few = zstd({"--train", "train/1", "train/2"});
    EXPECT_EQ(few.code, 2);
    EXPECT_NE(few.err.find("2 samples"), std::string::npos) << few.err;
}

TEST_F(ZstdFlagsTest, SamplesBeyondTheMemoryAreLeftOutEvenly) {
    std::string content;
    for (int i = 0; content.size() < 600'000; ++i)
        content += (content.size() < 300'000 ? "{\"first\": " : "[\"second half\", ") +
                   std::to_string(i * 7919 % 100'000) + "}\n";
    make("one", content);
    const std::vector<std::string> train = {"--train", "-B1K", "one", "-o", "dict"};
    const auto with = [&](std::vector<std::string> more) {
        more.insert(more.end(), train.begin(), train.end());
        return zstd(std::move(more));
    };
    const Finished limited = with({"--memory=100K", "--maxdict=8K", "--json"});
    ASSERT_EQ(limited.code, 0) << limited.err;
    EXPECT_EQ(limited.json().back()["offered_bytes"], content.size());
    EXPECT_LE(limited.json().back()["sample_bytes"], 100 << 10);
    EXPECT_GE(limited.json().back()["sample_bytes"], 98 << 10);
    const std::string dictionary = read_file(path("dict"));
    EXPECT_NE(dictionary.find("\"first\""), std::string::npos);
    EXPECT_NE(dictionary.find("second half"), std::string::npos);
    EXPECT_EQ(with({"--memory=4K", "-q"}).code, 2) << "too few are left";
    const Finished all = with({"--json"});
    EXPECT_EQ(all.json().back()["sample_bytes"], content.size());
}

TEST_F(ZstdFlagsTest, SettingsBeyondZstdsRangeAreRefused) {
    make("a", sample(5000));
    for (const char* setting : {"strategy=10", "strat=11", "wlog=9", "windowLog=32", "hlog=5",
                                "hlog=31", "clog=5", "slog=31", "mml=2", "mml=8", "tlen=131073",
                                "lhlog=5", "lmml=3", "lblog=9", "lhrlog=26", "wlog=20,strat=10"}) {
        const std::string flag = std::string("--zstd=") + setting;
        EXPECT_EQ(zstd({flag, "a", "-o", "out"}).code, 2) << setting;
        EXPECT_FALSE(filesystem::exists(path("out"))) << setting;
        const Finished named = called("zstd", {flag, "a", "-o", "out"});
        EXPECT_EQ(named.code, 11) << setting;
        EXPECT_EQ(named.err, "zstd: error 11 : Parameter is out of bound \n") << setting;
    }
    // 0 is the level's own, and all that zstd takes is taken.
    for (const char* setting : {"strat=0,wlog=0,hlog=0,slog=0,mml=0", "wlog=10", "wlog=31",
                                "hlog=6,clog=30,slog=30,tlen=131072,strat=9", "ovlog=10"})
        EXPECT_EQ(zstd({std::string("--zstd=") + setting, "-t", "a", "-z", "-o", "out", "-f"}).code,
                  0)
            << setting;
}

TEST_F(ZstdFlagsTest, WhatALevelChoosesIsTold) {
    make("a", sample(50'000));
    make("b", sample(5'000'000));
    const auto told = [&](std::vector<std::string> args) {
        args.insert(args.end(), {"-f", "-k"});
        return called("zstd", args).err;
    };
    const std::string shown = told({"--show-default-cparams", "-9", "a", "b"});
    EXPECT_EQ(shown.find("a (50000 bytes)\n - windowLog     : 16\n"), 0u) << shown;
    EXPECT_NE(shown.find("b (5000000 bytes)\n - windowLog     : "), std::string::npos) << shown;
    EXPECT_EQ(told({"--show-default-cparams", "-d", "a.zst"}),
              "error : can't use --show-default-cparams in decompression mode \n");
    // In the form in which they can be given.
    const std::string verbose = told({"-vv", "-5", "a"});
    const std::size_t at = verbose.find("--zstd=wlog=16,clog=");
    ASSERT_NE(at, std::string::npos) << verbose;
    const std::string settings = verbose.substr(at, verbose.find('\n', at) - at);
    EXPECT_EQ(zstd({"-5", settings, "-c", "a"}).out, zstd({"-5", "-c", "a"}).out) << settings;
    EXPECT_EQ(told({"-v", "-5", "a"}).find("--zstd="), std::string::npos);
}

TEST_F(ZstdFlagsTest, MeasuresEachLevel) {
    make("a", sample(50'000));
    make("b", sample(3000));
    const Finished measured = zstd({"-b1e3i0", "a", "b"});
    ASSERT_EQ(measured.code, 0) << measured.err;
    for (const char* word : {"  1#2 files : 53000 -> ", "  2#", "  3#", "MB/s"})
        EXPECT_NE(measured.out.find(word), std::string::npos) << word << '\n' << measured.out;
    const auto lines = zstd({"-b", "-i0", "--json", "a"}).json();
    ASSERT_EQ(lines.size(), 2u);
    EXPECT_EQ(lines[0]["level"], 3);
    EXPECT_EQ(lines[0]["input_bytes"], 50'000);
    EXPECT_EQ(lines[0]["output_bytes"], zstd({"--no-check", "-c", "a"}).out.size() + 4);
    EXPECT_GT(lines[0]["compress_bytes_per_second"], 0);
    EXPECT_EQ(zstd({"-b5i0T2", "--long", "a"}).code, 0);
    EXPECT_NE(zstd({"-b1i0"}).out.find("Synthetic 50%"), std::string::npos);
    // The content of compressed files, with -d.
    make("c.zst", zstd({"-9c", "a"}).out);
    const auto decoded = zstd({"-b", "-d", "-i0", "--json", "c.zst"}).json();
    EXPECT_EQ(decoded[0]["input_bytes"], 50'000);
    EXPECT_EQ(decoded[0]["compress_bytes_per_second"], 0);
    EXPECT_GT(decoded[0]["decompress_bytes_per_second"], 0);
}

TEST_F(ZstdFlagsTest, WhatDoesNotGoTogetherIsRefused) {
    make("a", "a");
    for (const std::vector<std::string>& args :
         std::vector<std::vector<std::string>>{{"-l", "-o", "x", "a"},
                                               {"-l", "-"},
                                               {"--format=xz", "a"},
                                               {"-D", "a", "--patch-from=a", "a"},
                                               {"--zstd=nothing=1", "a"},
                                               {"--train-cover=x=1", "a"},
                                               {"--output-dir-flat=", "a"},
                                               {"--output-dir-mirror=", "a"},
                                               {"-b", "--format=gzip", "a"},
                                               {"--size-hint=x", "a"}}) {
        const Finished refused = zstd(args);
        EXPECT_EQ(refused.code, 2) << args[0] << ' ' << refused.err;
        EXPECT_TRUE(refused.err.starts_with("holt: zstd: ")) << refused.err;
    }
    EXPECT_EQ(zstd({"--format=zstd", "--size-hint=1M", "--progress", "a"}).code, 0);
}

}  // namespace
}  // namespace holt::test

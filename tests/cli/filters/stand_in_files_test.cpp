// Proves: in the states that files are found in, the program called zstd or gzip says and does what
// these do (tried beside zstd 1.5.4 and gzip 1.12): links, lists, walks through folders, outputs
// that are in the way, devices, and streams of both formats.
#include <filesystem>

#include "cli/filters/filter_fixture.h"

namespace holt::test {
namespace {

namespace filesystem = std::filesystem;

class StandInFiles : public FilterFixture {
  protected:
    StandInFiles() : FilterFixture("zstd") {
        make("text", "some text\n");
        EXPECT_EQ(holt({"link-filters", "-q", links_.path().string()}).code, 0);
        EXPECT_EQ(shell("gzip -c text > a.gz; zstd -c text > a.zst").code, 0);
    }
    Finished shell(const std::string& command) const {
        const auto done =
            other("sh", {"-c", "cd " + dir_.path().string() + " && PATH=" + links_.path().string() +
                                   ":$PATH && " + command});
        return done.value_or(Finished{});
    }
    void check(const std::string& command, int code, const std::string& err,
               const std::string& out = "") const {
        const Finished done = shell(command);
        EXPECT_EQ(done.code, code) << command << '\n' << done.err;
        EXPECT_EQ(done.err, err) << command;
        EXPECT_EQ(done.out, out) << command;
    }
    TempDir links_;
};

TEST_F(StandInFiles, MembersAndFramesInOneStream) {
    const std::string text = "some text\n";
    check("cat a.gz a.zst a.gz a.zst | zstd -dc", 0, "", text + text + text + text);
    check("cat a.zst a.gz > both && zstd -dc both", 0, "", text + text);
    check("printf 'P*M\\030\\004\\000\\000\\000abcd' > skip && cat a.gz skip a.zst | zstd -dc", 0,
          "", text + text);
    check("cat a.gz a.zst | zstd -tq", 0, "");
    // Across every boundary of what is read at once.
    check(
        "for i in 1 2 3 4 5; do head -c 6553$i /dev/urandom | tee -a raw | zstd -cq; "
        "head -c 99999 /dev/urandom | tee -a raw | gzip -c; done > many && "
        "zstd -dcq many | cmp - raw && cat many | zstd -dcq | cmp - raw",
        0, "");
    // What is neither: everything before it is written; zstdcat hands it on.
    check("(cat a.gz a.zst; printf junk) | zstd -dc", 1, "zstd: /*stdin*\\: unsupported format \n",
          text + text);
    check("(cat a.zst; printf junk) > j.zst; zstdcat j.zst", 0, "", text + "junk");
    check("(cat a.gz; printf ju) | zstd -dcf", 0, "", text + "ju");
    check("(cat a.zst; head -c 3 a.zst) | zstd -dc", 1,
          "/*stdin*\\ : Read error (39) : premature end \n", text);
}

TEST_F(StandInFiles, NothingIsNoContentForZstdcatEither) {
    make("nothing", "");
    check("zstdcat nothing", 1, "zstdcat: nothing: unexpected end of file \n");
    check("zstd -dcf < nothing", 1, "zstd: /*stdin*\\: unexpected end of file \n");
}

TEST_F(StandInFiles, DevicesAreNoInputsAndAnInputIsNoOutput) {
    check("zstd /dev/null", 1, "zstd: /dev/null is not a regular file -- ignored \n");
    check("zstd -fc /dev/null", 1, "zstd: /dev/null is not a regular file -- ignored \n");
    check("zstd -f text -o text", 1,
          "zstd: Refusing to open an output file which will overwrite the input file \n");
    check("zstd -d text", 1,
          "zstd: text: unknown suffix (.zst/.tzst/.zstd/.gz/.tgz expected). Can't derive the "
          "output file name. Specify it with -o dstFileName. Ignoring.\n");
    check("zstd -D /tmp text", 32, "zstd: error 32 : Dictionary /tmp must be a regular file. \n");
    EXPECT_EQ(shell("zstd --fast= text").code, 1);
    EXPECT_EQ(shell("zstd -q --fast text").code, 0);
}

TEST_F(StandInFiles, GzipLeavesOtherLinksAloneAlsoWithKeep) {
    filesystem::create_hard_link(path("text"), path("other"));
    check("gzip -k text", 2, "gzip: text has 1 other link -- file ignored\n");
    check("gzip -kf text", 0, "");
    check("gzip -c text | gzip -d", 0, "", "some text\n");
}

TEST_F(StandInFiles, GzipListsByTheFileAndTellsGarbage) {
    EXPECT_EQ(
        shell("touch -d '2001-02-03 04:05' a.gz; gzip -lv a.gz | tail -n 1 | cut -c16-27").out,
        "Feb  3 04:05\n");
    EXPECT_EQ(shell("gzip -lv < a.gz | tail -n 1 | cut -c16-27").out, "Feb  3 04:05\n");
    EXPECT_EQ(shell("touch -d '1999-01-01 00:00' text; gzip -fk text; touch text.gz; "
                    "gzip -lvN text.gz | tail -n 1 | cut -c16-27")
                  .out,
              "Jan  1 00:00\n");
    EXPECT_EQ(shell("gzip -l < a.gz | tail -n 1 | awk '{print $4}'").out, "stdout\n");
    make("j.gz", read_file(path("a.gz")) + "junk");
    const Finished listed = shell("gzip -l j.gz");
    EXPECT_EQ(listed.code, 2);
    EXPECT_EQ(listed.err, "gzip: j.gz: decompression OK, trailing garbage ignored\n");
}

TEST_F(StandInFiles, GzipTellsWhatIsInTheWay) {
    make("a", "in the way");
    check("gzip -d a.gz", 2, "gzip: a already exists;\tnot overwritten\n");
    check("gzip -dq a.gz", 2, "gzip: a already exists;\tnot overwritten\n");
    make("b.gz", "no gzip at all");
    make("b", "in the way");
    check("gzip -d b.gz", 1, "\ngzip: b.gz: not in gzip format\n");
    filesystem::remove(path("a"));
    filesystem::create_directory(path("a"));
    check("gzip -d a.gz", 2, "gzip: a already exists;\tnot overwritten\n");
    check("gzip -df a.gz", 1, "gzip: a: Is a directory\n");
    check("gzip -c text > /dev/full", 1, "gzip: stdout: No space left on device\n");
    check("gzip -dc a.gz > /dev/full", 1, "gzip: stdout: No space left on device\n");
}

TEST_F(StandInFiles, GzipWalksOverWhatIsNotCompressed) {
    check("mkdir d; cp text a.gz d; gzip -rt d", 0, "");
    const Finished walked = shell("gzip -rtv d");
    EXPECT_EQ(walked.code, 2);
    EXPECT_NE(walked.err.find("gzip: d/text: unknown suffix -- ignored\n"), std::string::npos);
    EXPECT_NE(walked.err.find("d/a.gz:\t OK\n"), std::string::npos);
    EXPECT_EQ(shell("gzip -rl d").out, shell("gzip -l d/a.gz").out);
    check("gzip -t text", 1, "\ngzip: text: not in gzip format\n");
}

TEST_F(StandInFiles, HelpNamesWhatWasCalled) {
    EXPECT_EQ(shell("gzip --help | head -n 1 | cut -d' ' -f1,2").out, "Usage: gzip\n");
    EXPECT_EQ(shell("zstdcat -H | head -n 1 | cut -d' ' -f1,2").out, "Usage: zstdcat\n");
    EXPECT_EQ(shell("zstd -h | head -n 1 | cut -d' ' -f1,2").out, "Usage: zstd\n");
}

}  // namespace
}  // namespace holt::test

// Proves: called by the name of zstd or gzip, the program says what scripts expect from these:
// their names in front of messages, their exit codes, two lines of version, nothing on a standard
// error that is no terminal, their environment; and `holt link-filters` makes the links.
#include <filesystem>

#include "cli/filters/filter_fixture.h"

namespace holt::test {
namespace {

namespace filesystem = std::filesystem;

class StandIn : public FilterFixture {
  protected:
    StandIn() : FilterFixture("zstd") {}
    /// A shell command with the links in front of PATH.
    Finished shell(const std::string& command) const {
        const auto done =
            other("sh", {"-c", "cd " + dir_.path().string() + " && PATH=" + links_.path().string() +
                                   ":$PATH && " + command});
        return done.value_or(Finished{});
    }
    void SetUp() override {
        ASSERT_EQ(holt({"link-filters", "-q", links_.path().string()}).code, 0);
    }
    TempDir links_;
};

TEST_F(StandIn, LinkFiltersMakesTheLinks) {
    const std::string folder = path("new/folder");
    const Finished made = holt({"link-filters", folder});
    ASSERT_EQ(made.code, 0) << made.err;
    for (const char* name : {"zstd", "unzstd", "zstdcat", "zstdmt", "gzip", "gunzip", "zcat"})
        EXPECT_TRUE(filesystem::equivalent(folder + "/" + name, HOLT_PROGRAM)) << name;
    EXPECT_EQ(holt({"link-filters", folder}).code, 0) << "again";
    filesystem::remove(folder + "/gzip");
    write_file(folder + "/gzip", "mine");
    filesystem::remove(folder + "/zcat");
    EXPECT_EQ(holt({"link-filters", folder}).code, 1);
    EXPECT_EQ(read_file(folder + "/gzip"), "mine");
    EXPECT_FALSE(filesystem::exists(folder + "/zcat")) << "all or nothing";
    EXPECT_EQ(holt({"link-filters", "-f", folder}).code, 0);
    EXPECT_TRUE(filesystem::equivalent(folder + "/gzip", HOLT_PROGRAM));
    EXPECT_EQ(holt({"link-filters"}).code, 2);
}

TEST_F(StandIn, VersionsAreForScripts) {
    EXPECT_EQ(shell("zstd -V | head -n 1 | cut -d' ' -f1,2").out, "zstd (holt)\n");
    EXPECT_EQ(shell("unzstd --version | sed -n '2s/.* v\\([0-9.]*\\),.*/\\1/p'").out, "1.5.4\n");
    EXPECT_EQ(shell("zstd -qV").out, "1.5.4\n");
    EXPECT_EQ(shell("gzip --version | head -n 1 | cut -d' ' -f1,2").out, "gzip (holt)\n");
    EXPECT_EQ(shell("gzip -V | sed -n '2s/.*gzip //p'").out, "1.12\n");
}

TEST_F(StandIn, ErrorsAreTheirs) {
    make("text", "no archive");
    make("folder/x", "");
    const auto check = [&](const std::string& command, int code, const std::string& err) {
        const Finished done = shell(command);
        EXPECT_EQ(done.code, code) << command << '\n' << done.err;
        EXPECT_EQ(done.err, err) << command;
    };
    check("zstd nope", 1, "zstd: can't stat nope : No such file or directory -- ignored \n");
    check("zstd -qq nope", 1, "");
    check("zstd -D nope text", 31,
          "zstd: error 31 : Stat failed on dictionary file nope: No such file or directory \n");
    const std::string words =
        "\nUsage: zstd [OPTIONS] [INPUT... | -] [-o OUTPUT] \n\nOptions:\n"
        "  -h, --help  tells all of them\n";
    check("zstd --blah", 1, "Incorrect parameter: --blah \n" + words);
    check("zstd -xz", 1, "Incorrect parameter: -x \n" + words);
    check("zstd --adapt=min=1,maxx=2 text", 1,
          "Incorrect parameter: --adapt=min=1,maxx=2 \n" + words);
    check("gzip --blah", 1,
          "gzip: unrecognized option '--blah'\nTry `gzip --help' for more information.\n");
    check("gzip -0 text", 1,
          "gzip: invalid option -- '0'\nTry `gzip --help' for more information.\n");
    check("zstd folder", 1, "zstd: folder is a directory -- ignored \n");
    check("unzstd -c < text", 1, "unzstd: /*stdin*\\: unsupported format \n");
    check("zstd -d text -o out", 1, "zstd: text: unsupported format \n");
    check("zstd -t text nope", 1,
          "zstd: text: unsupported format \n"
          "zstd: can't stat nope : No such file or directory -- ignored \n");
    check("gzip nope", 1, "gzip: nope: No such file or directory\n");
    check("gzip -t nope", 1, "gzip: nope.gz: No such file or directory\n");
    check("gzip folder", 2, "gzip: folder is a directory -- ignored\n");
    check("gunzip text", 2, "gunzip: text: unknown suffix -- ignored\n");
    check("gzip text && gzip text.gz", 0, "gzip: text.gz already has .gz suffix -- unchanged\n");
    for (const char* usage : {"gzip --nope text", "gzip -X", "zstd -o"}) {
        const Finished done = shell(usage);
        EXPECT_EQ(done.code, 1) << usage;
        EXPECT_EQ(done.err.substr(0, 6), std::string(usage).substr(0, 4) + ": ") << usage;
    }
}

TEST_F(StandIn, QuestionsAreZstds) {
    make("a", "some data\n");
    make("b", "more data\n");
    ASSERT_EQ(shell("zstd -q a").code, 0);
    const std::string question = "zstd: a.zst already exists; overwrite (y/n) ? ";
    const auto check = [&](const std::string& command, int code, const std::string& err) {
        const Finished done = shell(command);
        EXPECT_EQ(done.code, code) << command << '\n' << done.err;
        EXPECT_EQ(done.err, err) << command;
    };
    check("echo n | zstd a", 1, question + "Not overwritten  \n \n");
    check("zstd a < /dev/null", 1, question + "Not overwritten  \n \n");
    check("zstd -q a", 1, "zstd: a.zst already exists; not overwritten  \n");
    check("zstd -qq a", 1, "");
    check("zstd -o a.zst < b", 1,
          "zstd: a.zst already exists; stdin is an input - not proceeding.\n");
    check("echo y | zstd a", 0,
          question + "a                    :230.00%   (    10 B =>     23 B, a.zst) \n");
    // Of several, the others are compressed.
    check("echo n | zstd a b", 1,
          question +
              "Not overwritten  \n \n  1 files compressed : 230.00% (    10   B =>     23   "
              "B)\n");
    EXPECT_EQ(shell("zstd -dc b.zst").out, "more data\n");
    const std::string warning =
        "zstd: WARNING: all input files will be processed and concatenated into a single output "
        "file: out \nThe concatenated output CANNOT regenerate original file names nor directory "
        "structure. \n";
    check("echo n | zstd a b -o out", 1, warning + "Proceed? (y/n): Aborting... \n");
    EXPECT_FALSE(filesystem::exists(path("out")));
    check("zstd -D a a", 1, "zstd: cannot use a as an input file and dictionary \n");
    check("zstd --stream-size=4 -c < b > out", 11, "zstd: error 11 : Src size is incorrect \n");
    check("zstd --long=32 a", 11, "zstd: error 11 : Parameter is out of bound \n");
    check("zstd --long=9 a", 11, "zstd: error 11 : Parameter is out of bound \n");
    EXPECT_EQ(shell("zstd --adapt=min=9,max=1 a").code, 1);
}

TEST_F(StandIn, SummariesAreZstds) {
    make("f", "some data\n");
    make("g", "more data\n");
    EXPECT_EQ(shell("zstd f").err,
              "f                    :230.00%   (    10 B =>     23 B, f.zst) \n");
    EXPECT_EQ(shell("zstd -t f.zst").err, "f.zst               : 10 bytes \n");
    EXPECT_EQ(shell("zstd -c f").err, "");
    EXPECT_EQ(shell("zstd -f f g").err,
              "  2 files compressed : 230.00% (    20   B =>     46   B)\n");
    EXPECT_EQ(shell("zstd -t f.zst g.zst").err, "2 files decompressed :     20 bytes total \n");
    EXPECT_EQ(shell("zstd -qf f g; zstd -qt f.zst").err, "");
    if (const auto theirs = other("zstd", {"-l", path("f.zst"), path("g.zst")})) {
        std::string expected = theirs->out;
        for (std::size_t at; (at = expected.find(path(""))) != std::string::npos;)
            expected.erase(at, path("").size());
        EXPECT_EQ(shell("zstd -l f.zst g.zst").out, expected);
    }
    if (const auto theirs = other("zstd", {"-lv", path("f.zst")})) {
        const std::string text = theirs->out.substr(theirs->out.find('\n'));
        EXPECT_EQ(shell("zstd -lv f.zst").out, "f.zst " + text);
    }
}

TEST_F(StandIn, NothingIsSaidWhereNobodyLooks) {
    filesystem::resize_file(make("big", ""), 300'000'000);
    EXPECT_EQ(shell("gzip -1k big").err, "");
    EXPECT_EQ(shell("zstd -q -19 -T0 --no-check < /dev/null > out").err, "");
    EXPECT_EQ(shell("zstd -c big > out").err, "");
}

TEST_F(StandIn, EnvironmentOfZstd) {
    make("f", sample(20'000));
    const std::string level19 = shell("zstd -19 -c f").out;
    EXPECT_TRUE(shell("ZSTD_CLEVEL=19 zstd -c f").out == level19);
    EXPECT_TRUE(shell("ZSTD_CLEVEL=+19 zstd -c f").out == level19);
    EXPECT_TRUE(shell("ZSTD_CLEVEL=-3 zstd -c f").out == shell("zstd --fast=3 -c f").out);
    EXPECT_TRUE(shell("ZSTD_CLEVEL=1 zstd -19 -c f").out == level19) << "arguments count more";
    for (const char* bad : {"-", "3a7", "+", "5000000000"}) {
        const Finished done = shell("ZSTD_CLEVEL=" + std::string(bad) + " zstd -c f");
        EXPECT_TRUE(done.out == shell("zstd -c f").out) << bad;
        EXPECT_TRUE(done.err.starts_with("Ignore environment variable setting ZSTD_CLEVEL="));
    }
    EXPECT_EQ(shell("ZSTD_NBTHREADS=2 zstd -c f | zstd -dc | cmp - f").code, 0);
    EXPECT_NE(shell("ZSTD_NBTHREADS=x zstd -c f").err, "");
}

TEST_F(StandIn, EnvironmentOfGzip) {
    make("f", sample(20'000));
    const Finished nine = shell("GZIP=-9 gzip -nc f");
    EXPECT_TRUE(nine.out == shell("gzip -9nc f").out);
    EXPECT_NE(nine.err.find("gzip: warning: GZIP environment variable is deprecated"),
              std::string::npos);
    EXPECT_EQ(shell("GZIP='-9 -q' gzip -nc f").err, "");
    EXPECT_TRUE(shell("GZIP=-9 gzip -1nc f").out == shell("gzip -1nc f").out);
    for (const char* good : {"-n", "--no-name", "-N", "-q", "--verbose", "--best", "-1", "-vq3"})
        EXPECT_EQ(shell("GZIP=" + std::string(good) + " gzip -c f").code, 0) << good;
    for (const char* bad : {"--", "-c", "-d", "--force", "-k", "-r", "'-S x'", "file", "-t"}) {
        const Finished done = shell("GZIP=" + std::string(bad) + " gzip -c f");
        EXPECT_EQ(done.code, 1) << bad;
        EXPECT_NE(done.err.find("GZIP environment variable"), std::string::npos) << bad;
    }
}

TEST_F(StandIn, GzipsLastFlagCounts) {
    make("f", "content");
    EXPECT_TRUE(shell("gzip -n -N -c f").out == shell("gzip -c f").out);
    EXPECT_TRUE(shell("gzip -N -n -c f").out == shell("gzip -nc f").out);
    EXPECT_TRUE(shell("gzip -1 --best -nc f").out == shell("gzip -9nc f").out);
    EXPECT_EQ(shell("gzip -kq -v f; rm f.gz").err.find("f:"), 0u);
    EXPECT_EQ(shell("gzip -kv -q f").err, "");
    EXPECT_EQ(shell("printf plain | gzip -df").out, "plain");
    EXPECT_EQ(shell("printf plain | gzip -d").code, 1);
    const Finished asked = shell("echo y | gzip ---presume-input-tty -k f");
    EXPECT_EQ(asked.code, 0) << asked.err;
    EXPECT_EQ(shell("echo n | gzip ---presume-input-tty -k f").code, 2);
}

// Programs that call zstd and gzip by name.
TEST_F(StandIn, OtherProgramsWorkWithIt) {
    make("tree/a", sample(100'000, 1));
    make("tree/b", sample(5000, 2));
    for (const char* kind : {"--zstd", "-z", "-I 'zstd -T0'"}) {
        const Finished done =
            shell(std::string("tar ") + kind + " -cf t.tar tree && mkdir out && tar " + kind +
                  " -xf t.tar -C out && diff -r tree out/tree && rm -r out");
        EXPECT_EQ(done.code, 0) << kind << done.err;
        EXPECT_EQ(done.err, "") << kind;
    }
    const Finished found = shell("gzip -k tree/b && zgrep -c 'line 1' tree/b.gz");
    EXPECT_EQ(found.code, 0) << found.err;
    const Finished archived = shell(
        "command -v git >/dev/null || exit 0; cd tree && git init -q . && git add a && "
        "git -c user.name=a -c user.email=a commit -qm x && "
        "git -c tar.tar.gz.command='gzip -cn' archive -o ../g.tar.gz HEAD && "
        "tar -xzOf ../g.tar.gz a | cmp - a && "
        "git -c tar.tar.zst.command='zstd -q -19 -T0' archive -o ../g.tar.zst HEAD && "
        "tar --zstd -xOf ../g.tar.zst a | cmp - a");
    EXPECT_EQ(archived.code, 0) << archived.err;
}

// As the scripts of a Debian system call them.
TEST_F(StandIn, ScriptsOfASystemWorkWithIt) {
    make("tree/a", sample(100'000, 1));
    make("tree/b", sample(5000, 2));
    const auto works = [&](const std::string& needs, const std::string& script) {
        const Finished done = shell("command -v " + needs + " >/dev/null || exit 0; " + script);
        EXPECT_EQ(done.code, 0) << script << '\n' << done.err;
        EXPECT_EQ(done.err, "") << script;
    };
    // mkinitramfs
    works(
        "cpio",
        "(cd tree && find . | LC_ALL=C sort | cpio --quiet -R 0:0 -o -H newc) | zstd -q -19 -T0 > "
        "initrd && zstdcat initrd | cpio --quiet -t | cmp - - && zstd -q -dc initrd | cpio --quiet "
        "-t | grep -qx b");
    works("cpio",
          "(cd tree && find . | cpio --quiet -o -H newc) | gzip -n -9 > initrd.gz && "
          "zcat initrd.gz | cpio --quiet -t | grep -qx b");
    // logrotate, which takes anything on standard error for a failure
    works("logrotate",
          "[ $(id -u) = 0 ] || exit 0; cp tree/a log && printf '%s/log {\\n rotate 2\\n "
          "compress\\n compresscmd %s/gzip\\n "
          "uncompresscmd %s/gunzip\\n su root root\\n}\\n' \"$PWD\" " +
              links_.path().string() + ' ' + links_.path().string() +
              " > conf && chmod 644 conf && PATH=$PATH:/usr/sbin logrotate -f -s state conf && "
              "gzip -dc log.1.gz | cmp - tree/a");
    works("logrotate",
          "[ $(id -u) = 0 ] || exit 0; cp tree/b log2 && printf '%s/log2 {\\n rotate 2\\n "
          "compress\\n compresscmd %s/zstd\\n compressext "
          ".zst\\n compressoptions -q\\n su root root\\n}\\n' \"$PWD\" " +
              links_.path().string() +
              " > conf2 && chmod 644 conf2 && PATH=$PATH:/usr/sbin logrotate -f -s state2 conf2 && "
              "zstd -dc log2.1.zst | cmp - tree/b");
    // Packages, whose members may be compressed by programs that are found by name
    make("package/DEBIAN/control",
         "Package: p\nVersion: 1\nArchitecture: all\nMaintainer: m <m@n>\nDescription: d\n");
    make("package/usr/share/p/f", sample(50'000, 3));
    for (const std::string kind : {"gzip", "zstd"})
        works("dpkg-deb", "dpkg-deb -Z" + kind + " -b package p.deb > said && rm -rf unpacked && " +
                              "dpkg-deb -x p.deb unpacked && diff -r package/usr unpacked/usr");
    works("dpkg-deb",  // members that are written here
          "ar p p.deb debian-binary > debian-binary && tar -C package/DEBIAN -cf control.tar . && "
          "tar -C package -cf data.tar ./usr && zstd -q -19 data.tar && gzip -9n control.tar && "
          "ar rc q.deb debian-binary control.tar.gz data.tar.zst && rm -rf unpacked && "
          "dpkg-deb -x q.deb unpacked && diff -r package/usr unpacked/usr && "
          "[ \"$(dpkg-deb -f q.deb Package)\" = p ]");
    // Pages of the manual, as they are installed
    works("man",
          "printf '.TH p 1\\n.SH NAME\\np \\\\- a page\\n' > p.1 && gzip -9n p.1 && "
          "MANROFFOPT= MANPAGER=cat LC_ALL=C man -l p.1.gz 2>&1 | grep -q 'a page'");
    // The scripts of gzip's and zstd's packages
    works("zless", "gzip -c tree/b > b.gz && zless b.gz | cmp - tree/b");
    works("zcmp", "gzip -c tree/b > c.gz && zcmp c.gz tree/b && zdiff c.gz b.gz");
    works("zmore", "zcat b.gz | cmp - tree/b && zforce b.gz");
    works("zstdgrep", "zstd -q tree/b -o b.zst && zstdgrep -c 'line 1' b.zst > /dev/null");
    works("zstdless", "zstdless b.zst | cmp - tree/b");
}

}  // namespace
}  // namespace holt::test

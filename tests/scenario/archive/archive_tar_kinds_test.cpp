// Proves: what real tars have beyond the plain form is read as GNU tar, bsdtar and Python read it,
// or refused by its name, and what is unusual is told. One entry each of the forms that programs
// have written since 1979.
#include <holt/archive.hpp>

#include <sys/stat.h>

#include <cstdlib>

#include "support/store_fixture.h"
#include "support/tar_maker.h"

namespace holt::test {
namespace {

class TarKinds : public StoreTest {
  protected:
    Result<ImportReport> import(const std::string& bytes, const ImportOptions& options = {}) {
        notes_.notes.clear();
        write_file(dir_ / "x.tar", bytes);
        return store_.import_from({.path = (dir_ / "x.tar").string()}, options, notes_);
    }
    /// Imports it and restores it into out.
    ImportReport take(const char* what, const std::string& bytes,
                      const ImportOptions& options = {}) {
        const auto report = import(bytes, options);
        EXPECT_TRUE(report) << what << ": " << report.error().message();
        if (!report) return {};
        std::filesystem::remove_all(dir_ / "out");
        restore(report->snapshots[0].id.hex(), "out");
        return *report;
    }
    void expect_refused(const char* what, const std::string& bytes, const std::string& cause) {
        const auto report = import(bytes);
        ASSERT_FALSE(report) << what;
        EXPECT_EQ(report.error().kind, ErrorKind::unsafe_input) << what;
        EXPECT_NE(report.error().cause.find(cause), std::string::npos) << report.error().message();
    }
    std::string out(const std::string& name) { return read_file(dir_ / "out" / name); }
    bool told(const std::string& text) {
        for (const auto& [severity, error] : notes_.notes)
            if (error.message().find(text) != std::string::npos) return true;
        return false;
    }
    bool has(const std::string& program) {
        return std::system(("command -v " + program + " > /dev/null 2>&1").c_str()) == 0;
    }
    int shell(const std::string& command) {
        return std::system(("cd '" + dir_.path().string() + "' && " + command).c_str());
    }
};

TEST_F(TarKinds, ASizeInTheHeaderOfWhatHasNoContentIsIgnored) {
    const std::string size = octal(512, 11);
    take("sizes", tar_entry({.name = "d", .type = '5', .mode = "0000755", .size = size}) +
                      tar_entry({.name = "f"}, "x") +
                      tar_entry({.name = "h", .type = '1', .link = "f", .size = size}) +
                      tar_entry({.name = "s", .type = '2', .link = "f", .size = size}) +
                      tar_entry({.name = "d/g"}, "y") + tar_end());
    EXPECT_EQ(out("h"), "x");
    EXPECT_EQ(out("d/g"), "y");
    EXPECT_EQ(std::filesystem::hard_link_count(dir_ / "out/f"), 2u);
}

// As `pax -o linkdata` writes them. GNU tar leaves the next entries out, bsdtar reads all.
TEST_F(TarKinds, AHardLinkWithContentIsRefusedByItsName) {
    for (const std::size_t size : {1u, 512u, 2000u}) {
        const std::string content(size, 'x');
        expect_refused("with content",
                       tar_entry({.name = "f"}, content) +
                           tar_entry({.name = "h", .type = '1', .link = "f"}, content) +
                           tar_entry({.name = "g"}, "y") + tar_end(),
                       "a hard link with content");
    }
}

TEST_F(TarKinds, ASlashBehindTheNameOfALinkIsNoPartOfIt) {
    take("slashes", tar_entry({.name = "f"}, "x") + symlink("s/", "f") + hard_link("h/", "f") +
                        pax(pax_record("path", "long//")) + symlink("l", "f") + tar_end());
    EXPECT_EQ(std::filesystem::read_symlink(dir_ / "out/s"), "f");
    EXPECT_EQ(std::filesystem::read_symlink(dir_ / "out/long"), "f");
    EXPECT_EQ(std::filesystem::hard_link_count(dir_ / "out/h"), 2u);
    expect_refused("nothing but slashes",
                   pax(pax_record("path", "//")) + symlink("l", "f") + tar_end(),
                   "ends in a slash");
}

TEST_F(TarKinds, TwoSizesOfOneSparseFileAreRefused) {
    const auto sparse = [](const std::string& size) {
        return pax(pax_record("GNU.sparse.major", "1") + pax_record("GNU.sparse.minor", "0") +
                   pax_record("GNU.sparse.size", size) +
                   pax_record("GNU.sparse.realsize", "4096")) +
               tar_entry({.name = "f"}, padded("1\n0\n1\n") + "x") + tar_end();
    };
    expect_refused("two sizes", sparse("8192"), "two sizes");
    take("the same", sparse("4096"));
    EXPECT_EQ(out("f"), "x" + std::string(4095, '\0'));
}

TEST_F(TarKinds, OfTheSamePathTheLastWinsAndIsTold) {
    const auto report =
        take("twice", folder("d") + tar_entry({.name = "a"}, "old") + hard_link("between", "a") +
                          tar_entry({.name = "./a", .mode = "0000600"}, "newer") +
                          hard_link("behind", "a") + symlink("s", "1") + symlink("s", "2") +
                          tar_entry({.name = "d", .type = '5', .mode = "0000700"}) + tar_end());
    EXPECT_EQ(out("a"), "newer");
    EXPECT_EQ(out("between"), "old");
    EXPECT_EQ(out("behind"), "newer");
    EXPECT_EQ(std::filesystem::hard_link_count(dir_ / "out/a"), 2u);
    EXPECT_EQ(std::filesystem::hard_link_count(dir_ / "out/between"), 1u);
    EXPECT_EQ(std::filesystem::read_symlink(dir_ / "out/s"), "2");
    EXPECT_EQ(std::filesystem::status(dir_ / "out/d").permissions(), std::filesystem::perms(0700));
    EXPECT_TRUE(told("more than once"));
    EXPECT_EQ(report.warnings, 0u);
    // What `tar -r` appends of a tree with hard links: the first name, then the others again.
    take("appended", tar_entry({.name = "a"}, "1") + hard_link("b", "a") +
                         tar_entry({.name = "a"}, "2") + hard_link("b", "a") + tar_end());
    EXPECT_EQ(out("b"), "2");
    // Attributes and holes of the earlier one are gone with it.
    take("attributes", pax(pax_record("SCHILY.xattr.user.a", "1")) + tar_entry({.name = "a"}, "1") +
                           tar_entry({.name = "a"}, "2") + tar_end());
    EntryInfo info;
    ASSERT_TRUE(store_.ls("latest", "a", {}, [&](const EntryInfo& found) { info = found; }));
    EXPECT_TRUE(info.xattrs.empty());
}

TEST_F(TarKinds, EndsOfEveryLength) {
    const std::string entries = tar_entry({.name = "a"}, "x") + folder("d");
    EXPECT_EQ(take("two blocks", entries + tar_end()).warnings, 0u);
    EXPECT_EQ(take("padding", entries + tar_end() + std::string(512 * 37, '\0')).warnings, 0u);
    EXPECT_TRUE(notes_.notes.empty());
    EXPECT_EQ(take("one block", entries + std::string(512, '\0')).warnings, 0u);
    EXPECT_TRUE(told("one block of zeros"));
    EXPECT_GT(take("none", entries).warnings, 0u);
    EXPECT_TRUE(told("it may be cut"));
}

// GNU tar, bsdtar and Python stop at the first block of zeros, too.
TEST_F(TarKinds, WhatStandsBehindTheEndIsToldAndNotRead) {
    const std::string entries = tar_entry({.name = "a"}, "x") + folder("d");
    const std::string more = tar_entry({.name = "b"}, "y") + tar_end();
    for (const auto& [what, bytes] :
         {std::pair("behind one block", entries + std::string(512, '\0') + more),
          std::pair("a second archive", entries + tar_end() + more),
          std::pair("behind padding", entries + tar_end() + std::string(5120, '\0') + more),
          std::pair("garbage", entries + tar_end() + std::string(700, 'g'))}) {
        EXPECT_EQ(take(what, bytes).warnings, 1u) << what;
        EXPECT_TRUE(told("something stands behind its end, at byte 1536 of the tar")) << what;
        EXPECT_EQ(out("a"), "x");
        EXPECT_FALSE(std::filesystem::exists(dir_ / "out/b")) << what;
    }
    write_file(dir_ / "x", entries + tar_end());
    for (const std::string program : {"gzip", "bzip2", "lzip"}) {
        if (!has(program)) continue;
        ASSERT_EQ(shell(program + " -c < x > x.z && printf 'Unrelated.' >> x.z"), 0);
        EXPECT_EQ(take(program.c_str(), read_file(dir_ / "x.z")).warnings, 1u);
        EXPECT_TRUE(told("stands behind its last"));
        EXPECT_EQ(out("a"), "x");
    }
    // Programs of which the last fail there.
    for (const std::string program : {"zstd", "xz", "lz4"}) {
        if (!has(program)) continue;
        ASSERT_EQ(shell(program + " -c < x > x.z && printf 'Unrelated.' >> x.z"), 0);
        const auto report = import(read_file(dir_ / "x.z"));
        ASSERT_FALSE(report) << program;
        EXPECT_EQ(report.error().kind, ErrorKind::corrupt) << program;
    }
}

TEST_F(TarKinds, AnUnknownTypeIsAFileAndTold) {
    const auto report = take("Z", tar_entry({.name = "z", .type = 'Z'}, "content") + tar_end());
    EXPECT_EQ(out("z"), "content");
    EXPECT_EQ(report.warnings, 1u);
    EXPECT_TRUE(told("type 'Z'"));
}

TEST_F(TarKinds, AnAccessListOfSolarisIsTold) {
    take("A", tar_entry({.name = "d/", .type = 'A'}, "1000004") + folder("d/") +
                  tar_entry({.name = "d/f", .type = 'A'}, "3000001") +
                  tar_entry({.name = "d/f"}, "content") + tar_end());
    EXPECT_EQ(out("d/f"), "content");
    EXPECT_TRUE(told("an access control list of Solaris"));
}

TEST_F(TarKinds, LongNamesFilledUpWithZeros) {
    take("L", gnu_long("a" + std::string(180, '\0')) + tar_entry({.name = "b"}, "x") + tar_end());
    EXPECT_EQ(out("a"), "x");
    expect_refused("a NUL in it", gnu_long(std::string("a\0b\0", 4)) + tar_entry({}) + tar_end(),
                   "NUL");
}

TEST_F(TarKinds, TwoSizesThatLeadToTheSameNextHeader) {
    take("smaller by pax", pax(pax_record("size", "000000000000000000000999")) +
                               tar_entry({.name = "f"}, std::string(1000, 'x')) +
                               tar_entry({.name = "g"}, "y") + tar_end());
    EXPECT_EQ(out("f"), std::string(999, 'x'));
    EXPECT_EQ(out("g"), "y");
}

TEST_F(TarKinds, SomethingThatIsNoTarInAnEnvelope) {
    if (!has("gzip")) GTEST_SKIP() << "needs gzip";
    write_file(dir_ / "x", std::string(2000, 'x'));
    ASSERT_EQ(shell("gzip -c < x > x.z"), 0);
    expect_refused("text", read_file(dir_ / "x.z"), "what it holds is no tar");
}

TEST_F(TarKinds, SkippableFramesInFrontOfEitherFormat) {
    const std::string skippable("\x50\x2a\x4d\x18\x03\0\0\0abc", 11);
    write_file(dir_ / "x", tar_entry({.name = "a"}, "x") + tar_end());
    for (const std::string program : {"zstd", "lz4"}) {
        if (!has(program)) continue;
        ASSERT_EQ(shell(program + " -c < x > x.z"), 0);
        take(program.c_str(), skippable + skippable + read_file(dir_ / "x.z"));
        EXPECT_EQ(out("a"), "x") << program;
    }
}

TEST_F(TarKinds, AListWithoutItsMaskAllowsWhatItSays) {
    take("no mask",
         pax(pax_record("SCHILY.acl.access", "user::rwx,group::r--,other::---,user:77:r-x:77")) +
             tar_entry({.name = "f", .mode = "0000750"}, "x") + tar_end(),
         {.all_xattrs = true});
    EntryInfo info;
    ASSERT_TRUE(store_.ls("latest", "f", {}, [&](const EntryInfo& found) { info = found; }));
    EXPECT_EQ(info.mode & 0777, 0750u);
    EXPECT_EQ(info.xattrs.size(), 1u);
}

TEST_F(TarKinds, AWrongChecksumIsRefusedWithItsOffset) {
    expect_refused("the second", folder("d") + tar_entry({.name = "a", .bad_checksum = true}),
                   "at byte 512 of the tar");
    expect_refused("the first", tar_entry({.name = "a", .bad_checksum = true}) + tar_end(),
                   "wrong checksum, at byte 0 of the tar");
}

TEST_F(TarKinds, RecordsForAllEntries) {
    // What `git archive` writes, and a path, which counts unless an entry has its own.
    take("path", pax(pax_record("comment", std::string(40, 'c')) + pax_record("path", "g"), 'g') +
                     tar_entry({.name = "ignored"}, "1") + pax(pax_record("path", "own")) +
                     tar_entry({.name = "ignored too"}, "2") + tar_end());
    EXPECT_EQ(out("g"), "1");
    EXPECT_EQ(out("own"), "2");
    take("the last counts",
         pax(pax_record("mtime", "5") + pax_record("SCHILY.xattr.user.a", "1"), 'g') +
             pax(pax_record("mtime", "7"), 'g') + tar_entry({.name = "a"}, "1") + tar_end());
    struct stat st {};
    ASSERT_EQ(::stat((dir_ / "out/a").c_str(), &st), 0);
    EXPECT_EQ(st.st_mtim.tv_sec, 7);
    // An empty value takes an earlier one back.
    take("taken back", pax(pax_record("path", "g") + pax_record("mtime", "5"), 'g') +
                           pax(pax_record("path", "") + pax_record("mtime", ""), 'g') +
                           tar_entry({.name = "a", .mtime = octal(9, 11)}, "1") + tar_end());
    ASSERT_EQ(::stat((dir_ / "out/a").c_str(), &st), 0);
    EXPECT_EQ(st.st_mtim.tv_sec, 9);
    expect_refused("a size", pax(pax_record("size", "1"), 'g') + tar_entry({}) + tar_end(),
                   "describes one");
}

TEST_F(TarKinds, AHardLinkToADeviceThatWasSkippedIsSkipped) {
    const auto report =
        take("device",
             tar_entry({.name = "./dev/null", .type = '3'}) + hard_link("null", "dev/null") +
                 hard_link("again", "null") + tar_entry({.name = "f"}, "x") + tar_end(),
             {.special_files = true});
    EXPECT_EQ(report.skipped, 3u);
    EXPECT_EQ(out("f"), "x");
    EXPECT_FALSE(std::filesystem::exists(dir_ / "out/null"));
}

TEST_F(TarKinds, FoldersOfGnuTarsIncrementalArchives) {
    take("D",
         tar_entry(
             {.name = "d/", .type = 'D', .mode = "0000755", .magic = std::string("ustar  \0", 8)},
             std::string("Yf\0Dg\0\0", 7)) +
             tar_entry({.name = "d/f"}, "x") + tar_end());
    EXPECT_EQ(out("d/f"), "x");
    if (!has("tar")) return;
    for (const std::string format : {"gnu", "posix"}) {
        write_file(dir_ / "tree/a/f", "content");
        ASSERT_EQ(shell("tar --format=" + format + " -g s." + format + " -cf inc.tar -C tree ."),
                  0);
        take(format.c_str(), read_file(dir_ / "inc.tar"));
        EXPECT_EQ(out("a/f"), "content");
    }
}

TEST_F(TarKinds, OtherVolumesAreRefusedByTheirName) {
    expect_refused("M", tar_entry({.name = "f", .type = 'M'}, "rest") + tar_end(), "volume");
    expect_refused("posix",
                   pax(pax_record("GNU.volume.filename", "f") + pax_record("GNU.volume.size", "9") +
                       pax_record("GNU.volume.offset", "5")) +
                       tar_entry({.name = "GNUFileParts/f.1"}, "rest") + tar_end(),
                   "volume");
}

TEST_F(TarKinds, OldHeadersAndNumbers) {
    take("v7", tar_entry({.name = "d/", .type = '\0', .mode = "   755 ", .magic = ""}) +
                   tar_entry({.name = "d/f",
                              .type = '\0',
                              .mode = "   644 ",
                              .uid = "     0 ",
                              .gid = "     0 ",
                              .mtime = " 7654321012 ",
                              .magic = ""},
                             "x") +
                   tar_end());
    EXPECT_EQ(out("d/f"), "x");
    // A size in the old header of a folder is that of something else.
    take("v7 with a size",
         tar_entry({.name = "d/", .type = '\0', .size = octal(1, 11), .magic = ""}) +
             tar_entry({.name = "d/f", .type = '\0', .magic = ""}, "x") + tar_end());
    EXPECT_EQ(out("d/f"), "x");
    // What stands behind the end of a number is left over from before.
    take("garbage behind a number",
         tar_entry({.name = "f", .mode = std::string("644\0999", 7)}, "x") + tar_end());
    EXPECT_EQ(out("f"), "x");
    take("base-256",
         tar_entry({.name = "f", .mtime = binary(-5, 12), .size = binary(1, 12)}, "x") + tar_end());
    struct stat st {};
    ASSERT_EQ(::stat((dir_ / "out/f").c_str(), &st), 0);
    EXPECT_EQ(st.st_mtim.tv_sec, -5);
}

TEST_F(TarKinds, FormsOfStar) {
    // Both have times of access and change behind a shorter prefix.
    const std::string times = "00000000001 00000000002 ";
    const std::string prefix = "pre" + std::string(128, '\0');
    take("xstar",
         tar_entry({.name = "f",
                    .tail = prefix + times + std::string(8, '\0') + "tar" + std::string(1, '\0')},
                   "x") +
             tar_end());
    EXPECT_EQ(out("pre/f"), "x");
    take("xustar", tar_entry({.name = "f", .tail = prefix + times}, "y") + tar_end());
    EXPECT_EQ(out("pre/f"), "y");
    // A sparse file: its flag and map are where others have the prefix.
    const std::string map = octal(1024, 11) + " " + octal(512, 11) + " ";
    std::string tail(11, '\0');
    tail += map + std::string(72, '\0') + octal(2048, 11) + " " + std::string(12, '\0') + times +
            std::string(8, '\0') + "tar" + std::string(1, '\0');
    take("sparse",
         tar_entry({.name = "f", .type = 'S', .tail = tail}, std::string(512, 'd')) + tar_end());
    EXPECT_EQ(out("f"), std::string(1024, '\0') + std::string(512, 'd') + std::string(512, '\0'));
}

TEST_F(TarKinds, WhatGnuTarWritesInEveryFormat) {
    if (!has("tar")) GTEST_SKIP() << "needs GNU tar";
    write_file(dir_ / "tree/" / std::string(90, 'd') / "file", "content");
    write_file(dir_ / "tree/a", std::string(100'000, 'a'));
    ASSERT_EQ(
        shell("truncate -s 1M tree/sparse && printf data | dd of=tree/sparse bs=1 seek=500000 "
              "conv=notrunc status=none && ln tree/a tree/b && ln -s a tree/l && "
              "find tree -exec touch -h -d @1000000000 {} +"),
        0);
    for (const std::string format :
         {"v7", "oldgnu", "gnu", "ustar", "posix", "gnu -S", "oldgnu -S",
          "posix -S --sparse-version=0.0", "posix -S --sparse-version=0.1",
          "posix -S --sparse-version=1.0"}) {
        ASSERT_EQ(shell("tar --format=" + format + " -cf y.tar -C tree ."), 0) << format;
        take(format.c_str(), read_file(dir_ / "y.tar"));
        expect_same_tree(dir_ / "tree", dir_ / "out");
    }
}

// A tar begins with a name, and a name may begin as what other formats begin with.
TEST_F(TarKinds, TheFirstNameBeginsAsAnotherFormat) {
    for (const std::string name : {"BZhello", "holtfile", "LZIP", "7zXZ", "Rar!", "PK\x05\x06",
                                   "\x1f\x8b", "(\xb5/\xfd", "070707", "]", "hsqs", "#!run"}) {
        take(name.c_str(), tar_entry({.name = name}, "content") + tar_end());
        EXPECT_EQ(out(name), "content") << name;
    }
}

TEST_F(TarKinds, WhatIsNotReadIsNamed) {
    using namespace std::string_literals;
    const std::pair<std::string, std::string> cases[] = {
        {"\x1f\x9d\x90"s, "compressed by `compress`"},
        {"\x89LZO\0\r\n\x1a\n"s, "compressed by `lzop`"},
        {"\x02\x21\x4c\x18\xfe\0\0\0"s, "in lz4's legacy frames"},
        {"7z\xbc\xaf'\x1c\0\4"s, "a 7z archive"},
        {"Rar!\x1a\7\1\0"s, "a RAR archive"},
        {"070701000", "a cpio archive"},
        {"\xc7q\0\0"s, "a cpio archive"},
        {"!<arch>\ndebian-binary", "an ar archive"},
        {"\xed\xab\xee\xdb\3\0"s, "an RPM package"},
    };
    for (const auto& [begin, name] : cases) {
        for (const std::size_t more : {0, 2000}) {
            const auto report = import(begin + std::string(more, 'x'));
            ASSERT_FALSE(report) << name;
            EXPECT_EQ(report.error().kind, ErrorKind::unsafe_input) << name;
            EXPECT_NE(report.error().message().find("it is " + name), std::string::npos)
                << report.error().message();
        }
    }
}

TEST_F(TarKinds, CompressedByEveryProgram) {
    const std::string tar = tar_entry({.name = "a"}, code_like(300'000, 1)) + tar_end();
    write_file(dir_ / "1", tar.substr(0, 100'000));
    write_file(dir_ / "2", tar.substr(100'000));
    for (const std::string program : {"gzip", "zstd", "xz", "lzip", "bzip2", "lz4"}) {
        if (!has(program)) continue;
        // Two members, frames or streams; the name says nothing.
        ASSERT_EQ(shell(program + " -c < 1 > x.z 2> /dev/null && " + program +
                        " -c < 2 >> x.z 2> /dev/null"),
                  0);
        const std::string whole = read_file(dir_ / "x.z");
        take(program.c_str(), whole);
        EXPECT_EQ(out("a"), code_like(300'000, 1)) << program;
        for (const std::size_t size : {whole.size() / 3, whole.size() - 1}) {
            const auto cut = import(whole.substr(0, size));
            ASSERT_FALSE(cut) << program;
            EXPECT_EQ(cut.error().kind, ErrorKind::corrupt) << cut.error().message();
        }
        std::string wrong = whole;
        wrong[whole.size() / 2] = static_cast<char>(wrong[whole.size() / 2] ^ 0x10);
        const auto damaged = import(wrong);
        ASSERT_FALSE(damaged) << program;
        EXPECT_EQ(damaged.error().kind, ErrorKind::corrupt) << damaged.error().message();
    }
    if (!has("xz")) return;
    write_file(dir_ / "3", tar);
    // Its own format has one stream, which says nothing of its end or of its size.
    ASSERT_EQ(shell("xz --format=lzma -c < 3 > x.z"), 0);
    const std::string lzma = read_file(dir_ / "x.z");
    take("lzma", lzma);
    EXPECT_EQ(out("a"), code_like(300'000, 1));
    ASSERT_EQ(shell("xz --format=lzma --lzma1=lc=4,pb=0,dict=24KiB -c < 3 > y.z"), 0);
    take("lzma", read_file(dir_ / "y.z"));
    EXPECT_EQ(out("a"), code_like(300'000, 1));
    EXPECT_EQ(take("lzma", lzma + "more").warnings, 1u);
    const auto half = import(lzma.substr(0, lzma.size() / 2));
    ASSERT_FALSE(half);
    EXPECT_EQ(half.error().kind, ErrorKind::corrupt) << half.error().message();
    ASSERT_EQ(shell("xz -9e -c < x.tar > x.z"), 0);
    const auto report = import(read_file(dir_ / "x.z"), {.window_limit = 1 << 20});
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().kind, ErrorKind::unsafe_input) << report.error().message();
}

}  // namespace
}  // namespace holt::test

// What an import must refuse (SAFETY, "Input that must be refused"): each line of that list as a
// crafted archive. Nothing may be in the store afterwards.
#include <holt/archive.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "codec/zstd/encode/compress.h"
#include "support/child.h"
#include "support/store_fixture.h"
#include "support/tar_maker.h"
#include "support/zip_maker.h"

namespace holt::test {
namespace {

// As root and as an ordinary user: the process is that user meanwhile, by its effective ids.
class ArchiveRefusal : public StoreTest, public ::testing::WithParamInterface<bool> {
  protected:
    static constexpr unsigned kNobody = 65534;

    void SetUp() override {
        std::filesystem::create_directory(place());
        if (GetParam() && !root()) GTEST_SKIP() << "needs root";
        if (GetParam() || !root()) return;
        const std::string command = "chown -R 65534:65534 '" + dir_.path().string() + "'";
        ASSERT_EQ(std::system(command.c_str()), 0);
        ASSERT_EQ(::setegid(kNobody), 0);
        ASSERT_EQ(::seteuid(kNobody), 0);
    }
    void TearDown() override {
        if (::getuid() != 0) return;
        EXPECT_EQ(::seteuid(0), 0);
        EXPECT_EQ(::setegid(0), 0);
    }

    Result<ImportReport> import(const std::string& bytes, const ImportOptions& options = {}) {
        write_file(dir_ / "archive", bytes);
        return store_.import_from({.path = (dir_ / "archive").string()}, options, notes_);
    }
    Result<RestoreReport> restore_out_of(const std::string& bytes,
                                         const ImportOptions& options = {}) {
        write_file(dir_ / "archive", bytes);
        return restore_archive({.path = (dir_ / "archive").string()}, (place() / "out").string(),
                               {}, options, notes_);
    }
    /// Where nothing may appear.
    std::filesystem::path place() const { return dir_ / "place"; }

    void expect_import_refused(const char* what, const std::string& bytes, ErrorKind kind,
                               const ImportOptions& options = {}) {
        const auto result = import(bytes, options);
        ASSERT_FALSE(result) << what << ": was imported";
        EXPECT_EQ(result.error().kind, kind) << what << ": " << result.error().message();
        EXPECT_TRUE(store_.list()->empty()) << what;
    }
    /// By an import, and by a restore straight out of it.
    void expect_refused(const char* what, const std::string& bytes,
                        ErrorKind kind = ErrorKind::unsafe_input,
                        const ImportOptions& options = {}) {
        expect_import_refused(what, bytes, kind, options);
        const auto result = restore_out_of(bytes, options);
        ASSERT_FALSE(result) << what << ": was restored";
        EXPECT_EQ(result.error().kind, kind) << what << ": " << result.error().message();
        EXPECT_TRUE(std::filesystem::is_empty(place())) << what;
    }
    static std::string zstd_of(const std::string& content) {
        zstd::Compressor compressor;
        Bytes out(zstd::compress_bound(content.size()));
        const auto size = compressor.compress(as_bytes(content), out);
        return {out.begin(), out.begin() + static_cast<std::ptrdiff_t>(*size)};
    }
};

INSTANTIATE_TEST_SUITE_P(, ArchiveRefusal, ::testing::Bool(),
                         [](const auto& param) { return param.param ? "Root" : "User"; });

TEST_P(ArchiveRefusal, NamesThatLeadOutOrAreNone) {
    const std::string good = tar_entry({.name = "good"}, "x");
    expect_refused("..", good + tar_entry({.name = "../x"}) + tar_end());
    expect_refused(".. inside", good + tar_entry({.name = "a/../../x"}) + tar_end());
    expect_refused(".. at the end", good + folder("a/..") + tar_end());
    expect_refused("absolute", good + tar_entry({.name = "/x"}) + tar_end());
    expect_refused("absolute by prefix",
                   good + tar_entry({.name = "x", .prefix = "/etc"}) + tar_end());
    expect_refused("absolute by pax",
                   good + pax(pax_record("path", "/x")) + tar_entry({}) + tar_end());
    expect_refused("empty", good + tar_entry({.name = ""}) + tar_end());
    expect_refused("empty by pax", pax(pax_record("path", "")) + tar_entry({}) + tar_end());
    expect_refused("NUL by pax",
                   pax(pax_record("path", std::string("a\0b", 3))) + tar_entry({}) + tar_end());
    expect_refused("NUL by GNU", gnu_long(std::string("a\0b", 3)) + tar_entry({}) + tar_end());
    expect_refused("256 bytes",
                   pax(pax_record("path", std::string(256, 'n'))) + tar_entry({}) + tar_end());
    std::string deep;
    for (int i = 0; i < 1025; ++i) deep += "d/";
    expect_refused("1,025 levels", pax(pax_record("path", deep)) + folder("d") + tar_end());
    expect_refused("a file that is a folder by its slash",
                   gnu_long("a/") + tar_entry({.type = '7'}, "x") + tar_end());
}

TEST_P(ArchiveRefusal, PathsThatMeetAnother) {
    const std::string file = tar_entry({.name = "a"}, "x");
    expect_refused("a file, then a symlink", file + symlink("./a", "b") + tar_end());
    expect_refused("a symlink, then a file", symlink("a", "b") + file + tar_end());
    expect_refused("a file, then a folder", file + folder("a") + tar_end());
    expect_refused("a file, then below it", file + tar_entry({.name = "a/b"}) + tar_end());
    expect_refused("below a file to be", tar_entry({.name = "a/b"}) + file + tar_end());
    expect_refused("a folder, then a file", folder("a") + file + tar_end());
    expect_refused("a symlink, then below it",
                   symlink("a", "/tmp") + tar_entry({.name = "a/b"}) + tar_end());
    expect_refused("a folder, then a symlink",
                   folder("a") + symlink("a", "/tmp") + tar_entry({.name = "a/b"}) + tar_end());
    expect_refused("a chain of links",
                   symlink("a", "b") + symlink("b", "..") + tar_entry({.name = "a/x"}) + tar_end());
}

TEST_P(ArchiveRefusal, HardLinks) {
    const std::string file = tar_entry({.name = "a"}, "x");
    expect_refused("absolute", file + hard_link("l", "/etc/passwd") + tar_end());
    expect_refused("..", file + hard_link("l", "../a") + tar_end());
    expect_refused("through a symlink", folder("d") + tar_entry({.name = "d/f"}) +
                                            symlink("s", "d") + hard_link("l", "s/f") + tar_end());
    expect_refused("to a later entry", hard_link("l", "a") + file + tar_end());
    expect_refused("to itself", hard_link("l", "l") + tar_end());
    expect_refused("to a folder", folder("d") + hard_link("l", "d") + tar_end());
    expect_refused("with content",
                   file + tar_entry({.name = "l", .type = '1', .link = "a"}, "y") + tar_end());
    expect_refused("to nowhere", file + hard_link("l", "") + tar_end());
}

TEST_P(ArchiveRefusal, SpecialFiles) {
    expect_refused("device", tar_entry({.type = '3'}) + tar_end());
    expect_refused("block device", tar_entry({.type = '4'}) + tar_end());
    expect_refused("FIFO", tar_entry({.type = '6'}) + tar_end());
    expect_refused("folder with content", tar_entry({.name = "d", .type = '5'}, "x") + tar_end());
    // With the flag: the FIFO is kept, the device passed over.
    const auto kept = import(
        tar_entry({.name = "p", .type = '6'}) + tar_entry({.name = "n", .type = '3'}) + tar_end(),
        {.special_files = true});
    ASSERT_TRUE(kept) << kept.error().message();
    EXPECT_EQ(kept->skipped, 1u);
    EXPECT_EQ(kept->snapshots[0].others, 1u);
}

TEST_P(ArchiveRefusal, Numbers) {
    const auto entry = [](TarHeader header) { return tar_entry(header) + tar_end(); };
    expect_refused("negative owner", entry({.uid = binary(-1, 8)}));
    expect_refused("negative group", entry({.gid = binary(-2, 8)}));
    expect_refused("owner over 32 bits", entry({.uid = binary(std::int64_t{1} << 32, 8)}));
    expect_refused("owner by pax", pax(pax_record("uid", "4294967296")) + entry({}));
    expect_refused("negative by pax", pax(pax_record("gid", "-1")) + entry({}));
    expect_refused("minus in octal", entry({.uid = "-000001"}));
    expect_refused("not octal", entry({.mode = "0000849"}));
    expect_refused("negative size", entry({.size = binary(-512, 12)}));
    expect_refused("size over 63 bits",
                   entry({.size = std::string("\x80\0\0\0\x80\0\0\0\0\0\0\0", 12)}));
    expect_refused("size over 64 bits",
                   entry({.size = std::string("\x80\0\1\0\0\0\0\0\0\0\0\0", 12)}));
    expect_refused("size by pax", pax(pax_record("size", "9223372036854775808")) + entry({}));
    expect_refused("time out of range",
                   entry({.mtime = std::string("\x80\0\0\0\x80\0\0\0\0\0\0\0", 12)}));
    expect_refused("time by pax", pax(pax_record("mtime", "9223372036854775808")) + entry({}));
    expect_refused("time that is none", pax(pax_record("mtime", "12a")) + entry({}));
    // A program that does not know the pax header reads another archive.
    expect_refused("two sizes",
                   pax(pax_record("size", "0")) + tar_entry({}, std::string(512, 'x')) + tar_end());
    expect_refused("two other sizes",
                   pax(pax_record("size", "512")) + tar_entry({}) + tar_entry({}) + tar_end());
    expect_refused("bad checksum", tar_entry({}) + entry({.name = "b", .bad_checksum = true}));
}

TEST_P(ArchiveRefusal, ExtendedHeaders) {
    const auto with = [](const std::string& records) {
        return pax(records) + tar_entry({}) + tar_end();
    };
    for (const char* records : {"x", "12 path=x\n", "8 path=x", "010 path=x\n", "-1 path=x\n",
                                "99999999999999999999 path=x\n", "10 path=xx", "5 a=\n5 b=\n7 =x\n",
                                "9 path\n\n\n\n", "+9 path=x\n", "9  path=x\n"})
        expect_refused(records, with(records));
    expect_refused("two headers", pax(pax_record("path", "a")) + with(pax_record("path", "b")));
    expect_refused("two kinds of long names", gnu_long("a") + with(pax_record("path", "b")));
    expect_refused("two long names", gnu_long("a") + gnu_long("b") + tar_entry({}) + tar_end());
    expect_refused("a size for all", pax(pax_record("size", "1"), 'g') + tar_entry({}) + tar_end());
    expect_refused("a header without its entry", pax(pax_record("path", "a")) + tar_end());
    expect_refused("over the limit",
                   tar_entry({.type = 'x', .size = octal(std::uint64_t{1} << 30, 11)}) + tar_end());
    expect_refused("an attribute twice", with(pax_record("SCHILY.xattr.user.a", "1") +
                                              pax_record("SCHILY.xattr.user.a", "2")));
}

TEST_P(ArchiveRefusal, SparseMaps) {
    const auto map = [](const std::string& records, const std::string& content) {
        return pax(records) + tar_entry({}, content) + tar_end();
    };
    const auto form_1 = [&](const std::string& size, const std::string& lines,
                            const std::string& data) {
        return map(pax_record("GNU.sparse.major", "1") + pax_record("GNU.sparse.minor", "0") +
                       pax_record("GNU.sparse.name", "f") + pax_record("GNU.sparse.realsize", size),
                   padded(lines) + data);
    };
    const std::string data(512, 'd');
    EXPECT_TRUE(import(form_1("2000", "1\n1000\n512\n", data)));
    store_ = *Store::init((dir_ / "fresh").string());
    expect_refused("overlapping", form_1("2000", "2\n0\n256\n100\n256\n", data));
    expect_refused("backwards", form_1("2000", "2\n1000\n256\n0\n256\n", data));
    expect_refused("outside", form_1("1000", "1\n1000\n512\n", data));
    expect_refused("overflowing", form_1("2000", "1\n18446744073709551615\n512\n", data));
    expect_refused("more than there is", form_1("2000", "1\n0\n1024\n", data));
    expect_refused("less than there is", form_1("2000", "1\n0\n100\n", data));
    expect_refused("absurd count", form_1("2000", "99999999999\n", data));
    expect_refused("no count", form_1("2000", "x\n", data));
    expect_refused("absurd size", form_1("9223372036854775808", "1\n0\n512\n", data));
    expect_refused(
        "version 2",
        map(pax_record("GNU.sparse.major", "2") + pax_record("GNU.sparse.realsize", "512"), data));
    expect_refused("no size", map(pax_record("GNU.sparse.map", "0,512"), data));
    expect_refused(
        "half a pair",
        map(pax_record("GNU.sparse.size", "512") + pax_record("GNU.sparse.map", "0,512,7"), data));
    expect_refused(
        "two maps",
        map(pax_record("GNU.sparse.size", "512") + pax_record("GNU.sparse.map", "0,512") +
                pax_record("GNU.sparse.offset", "0") + pax_record("GNU.sparse.numbytes", "512"),
            data));
    TarHeader old{.type = 'S', .magic = std::string("ustar  \0", 8)};
    old.tail = std::string(41, '\0') + octal(0, 11) + '\0' + octal(512, 11) + '\0' +
               octal(100, 11) + '\0' + octal(512, 11) + '\0' + std::string(49, '\0') +
               octal(2000, 11);
    expect_refused("GNU's old form, overlapping", tar_entry(old, data + data) + tar_end());
}

TEST_P(ArchiveRefusal, CompressedStreams) {
    const std::string tar = tar_entry({.name = "a"}, "content") + tar_end();
    std::string window = zstd_of(tar);
    // Descriptor 0: no content size, a window of 2^(10 + 20) bytes.
    window = window.substr(0, 4) + std::string("\x00\xa0", 2) + window.substr(6);
    expect_refused("window over the limit", window);
    // The content's size, of two bytes behind the descriptor, less 256, with the window the same.
    std::string false_size = zstd_of(std::string(2000, '\0'));
    ASSERT_EQ(false_size[4] & 0xe0, 0x60);
    false_size[5] = static_cast<char>(false_size[5] ^ 1);
    expect_refused("a false content size", false_size);
    std::string unknown = zstd_of(tar);
    unknown[4] = static_cast<char>(unknown[4] | 1);  // a dictionary's id of one byte follows
    expect_refused("unknown dictionary", unknown.substr(0, 5) + '\x07' + unknown.substr(5));
    // 256 MiB in 10 KB, which is no zeros.
    const std::string same = zstd_of(std::string(4 << 20, 'x'));
    std::string bomb = zstd_of(tar_block({.name = "bomb"}, std::size_t{256} << 20));
    for (int i = 0; i < 64; ++i) bomb += same;
    bomb += zstd_of(tar_end());
    expect_refused("ratio bomb", bomb, ErrorKind::no_space);
    std::string endless("\x50\x2a\x4d\x18\x00\x00\x20\x00", 8);  // skippable, 2 MiB each
    endless += std::string(2 << 20, 's');
    std::string many;
    for (int i = 0; i < 33; ++i) many += endless;
    expect_refused("endless frames without content", many, ErrorKind::no_space);
    expect_refused("no archive", std::string(2000, 'n'));
    expect_refused("no archive in zstd", zstd_of(std::string(2000, 'n')));
    expect_refused("empty", "", ErrorKind::corrupt);
}

TEST_P(ArchiveRefusal, GzipStreams) {
    write_file(dir_ / "x.tar", tar_entry({.name = "a"}, code_like(5000, 1)) + tar_end());
    if (std::system(("gzip -n '" + (dir_ / "x.tar").string() + "'").c_str()) != 0)
        GTEST_SKIP() << "gzip is not installed";
    const std::string whole = read_file(dir_ / "x.tar.gz");
    for (std::size_t size = 0; size < whole.size(); size += 13)
        expect_import_refused("tar.gz, cut", whole.substr(0, size), ErrorKind::corrupt);
    expect_refused("tar.gz, cut", whole.substr(0, whole.size() / 2), ErrorKind::corrupt);
    for (const std::size_t from_end : {1u, 4u, 5u, 8u}) {
        std::string bytes = whole;
        bytes[bytes.size() - from_end] = static_cast<char>(bytes[bytes.size() - from_end] ^ 1);
        expect_refused("wrong CRC or length", bytes, ErrorKind::corrupt);
    }
    EXPECT_TRUE(import(whole));
}

TEST_P(ArchiveRefusal, Zips) {
    const ZipMember file{.name = "a", .content = "x"};
    EXPECT_TRUE(restore_out_of(make_zip({file})));
    std::filesystem::remove_all(place() / "out");
    const auto named = [&](const std::string& name) {
        return make_zip({file, {.name = name, .content = "y"}});
    };
    const ZipMember link{.name = "l", .content = "/tmp", .mode = 0120777};
    expect_refused("..", named("../x"));
    expect_refused(".. inside", named("b/../../x"));
    expect_refused("absolute", named("/x"));
    expect_refused("256 bytes", named(std::string(256, 'n')));
    expect_refused("the same twice", named("a"));
    expect_refused("below a file", named("a/b"));
    expect_refused("below a symlink", make_zip({link, {.name = "l/x", .content = "y"}}));
    expect_refused("device", make_zip({{.name = "d", .mode = 0020644}}));
    expect_refused("FIFO", make_zip({{.name = "p", .mode = 0010644}}));
    expect_refused("NUL", named(std::string("b\0c", 3)));
    std::string deep;
    for (int i = 0; i < 1025; ++i) deep += "d/";
    expect_refused("1,025 levels", named(deep + "x"));
    const std::string whole = make_zip({file, {.name = "b", .content = "y"}});
    for (std::size_t size = 4; size < whole.size(); size += 7)
        expect_import_refused("cut", whole.substr(0, size), ErrorKind::corrupt);
    std::string wrong = whole;
    wrong[whole.find("ax") + 1] = 'z';  // the content of the first
    expect_refused("wrong CRC", wrong, ErrorKind::corrupt);
    // A lone symlink is restored as it is; setuid is not.
    const auto taken = restore_out_of(make_zip({link, {.name = "s", .mode = 0104755}}));
    ASSERT_TRUE(taken) << taken.error().message();
    EXPECT_EQ(std::filesystem::read_symlink(place() / "out/l"), "/tmp");
    EXPECT_EQ(std::filesystem::status(place() / "out/s").permissions(),
              std::filesystem::perms(0755));
}

// Holes are not stored, but each byte of them is part of the file's digest.
TEST_P(ArchiveRefusal, ASparseFileOfTwoTerabytes) {
    expect_refused("sparse bomb",
                   pax(pax_record("GNU.sparse.major", "1") + pax_record("GNU.sparse.minor", "0") +
                       pax_record("GNU.sparse.realsize", "2000000000000")) +
                       tar_entry({}, padded("0\n")) + tar_end(),
                   ErrorKind::no_space);
}

TEST_P(ArchiveRefusal, LimitsHaveOptions) {
    std::string many, deep;
    for (int i = 0; i < 20; ++i) {
        many += tar_entry({.name = "f" + std::to_string(i)}, "12345");
        deep += "d/";
    }
    expect_refused("entries", many + tar_end(), ErrorKind::no_space, {.max_entries = 19});
    expect_refused("bytes", many + tar_end(), ErrorKind::no_space, {.max_bytes = 99});
    expect_refused("depth", folder(deep) + tar_end(), ErrorKind::unsafe_input, {.max_depth = 19});
    EXPECT_TRUE(import(many + tar_end(), {.max_entries = 20, .max_bytes = 100}));
    EXPECT_TRUE(import(folder(deep) + tar_end(), {.max_depth = 20}));
    std::string deepest;
    for (int i = 0; i < 1024; ++i) deepest += "d/";
    EXPECT_TRUE(import(pax(pax_record("path", deepest)) + folder("d") + tar_end()));
}

TEST_P(ArchiveRefusal, EveryTruncation) {
    const std::string tar = folder("d") + pax(pax_record("path", "d/long")) +
                            tar_entry({}, std::string(700, 'x')) + symlink("s", "d") + tar_end();
    const std::string packed = zstd_of(tar);
    for (std::size_t size = 0; size < tar.size(); size += size < 600 ? 37 : 61)
        if (size % 512 != 0) expect_import_refused("tar", tar.substr(0, size), ErrorKind::corrupt);
    // Behind the records that belong to an entry, and in its content.
    for (const std::size_t size : {std::size_t{1536}, std::size_t{2560}, std::size_t{2048}})
        expect_import_refused("tar", tar.substr(0, size), ErrorKind::corrupt);
    expect_refused("tar, all but a byte", tar.substr(0, tar.size() - 1), ErrorKind::corrupt);
    for (std::size_t size = 0; size < packed.size(); ++size)
        expect_import_refused("tar.zst", packed.substr(0, size), ErrorKind::corrupt);
    for (const std::size_t size : {tar.size() / 3, tar.size() - 1})
        expect_refused("tar", tar.substr(0, size), ErrorKind::corrupt);
    for (const std::size_t size : {packed.size() / 3, packed.size() - 1})
        expect_refused("tar.zst", packed.substr(0, size), ErrorKind::corrupt);
}

TEST_P(ArchiveRefusal, WhatIsRestoredAsItIs) {
    // Invalid UTF-8, newlines, escapes and backslashes in names; a symlink to anywhere.
    const auto taken =
        import(tar_entry({.name = "caf\xe9\n\x1b[2J\\"}, "x") + symlink("out", "/no/where/../x") +
               hard_link("out2", "out") + tar_end());
    ASSERT_TRUE(taken) << taken.error().message();
    restore(taken->snapshots[0].id.hex(), "out");
    EXPECT_EQ(read_file(dir_ / "out/caf\xe9\n\x1b[2J\\"), "x");
    EXPECT_EQ(std::filesystem::read_symlink(dir_ / "out/out"), "/no/where/../x");
    EXPECT_EQ(std::filesystem::read_symlink(dir_ / "out/out2"), "/no/where/../x");
}

TEST_P(ArchiveRefusal, SpecialBitsAndAttributesAreStrippedUnlessAskedFor) {
    const std::string tar =
        pax(pax_record("SCHILY.xattr.user.a", "1") + pax_record("SCHILY.xattr.trusted.b", "2")) +
        tar_entry({.name = "f", .mode = "0006755"}, "x") +
        tar_entry({.name = "d", .type = '5', .mode = "0001777"}) + tar_end();
    const auto entry = [&](const ImportReport& report, const char* path) {
        EntryInfo found;
        EXPECT_TRUE(store_.ls(report.snapshots[0].id.hex(), path, {},
                              [&](const EntryInfo& info) { found = info; }));
        return found;
    };
    const auto plain = import(tar);
    ASSERT_TRUE(plain) << plain.error().message();
    EXPECT_EQ(plain->stripped, 2u);
    EXPECT_EQ(entry(*plain, "f").mode, 0755);
    EXPECT_EQ(entry(*plain, "f").xattrs.size(), 1u);
    EXPECT_EQ(entry(*plain, "d").mode, 0777);
    const auto all = import(tar, {.special_modes = true, .all_xattrs = true});
    ASSERT_TRUE(all) << all.error().message();
    EXPECT_EQ(all->stripped, 0u);
    EXPECT_EQ(entry(*all, "f").mode, 06755);
    EXPECT_EQ(entry(*all, "f").xattrs.size(), 2u);
    EXPECT_EQ(entry(*all, "d").mode, 01777);
}

}  // namespace
}  // namespace holt::test

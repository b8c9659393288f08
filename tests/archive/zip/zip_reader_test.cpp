// What is read of zips that are right, however unusual: something in front or behind, long
// comments, descriptors in every form, zip64, and what entries say of names, times, owners, modes.
#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

#include "archive/zip/zip_extra.h"
#include "archive/zip/zip_support.h"
#include "codec/zstd/encode/compress.h"
#include "support/zip_maker.h"

namespace holt::store {
namespace {

using test::little;
using test::make_zip;
using test::zip_crc;
using test::zip_extra;
using test::ZipMember;
using What = ArchiveEntry::What;

const std::string kText = "some content";

std::vector<ReadEntry> entries(const std::string& bytes, std::uint16_t umask = 022) {
    auto read = read_zip(bytes, {}, umask);
    EXPECT_TRUE(read) << read.error().message();
    return read ? *std::move(read) : std::vector<ReadEntry>(1);
}
ArchiveEntry only(const ZipMember& member, std::uint16_t umask = 022) {
    return entries(make_zip({member}), umask).at(0).entry;
}
ArchiveEntry with_extra(const std::string& extra) {
    return only({.name = "a", .extra = extra});
}

TEST(ZipReader, FindsTheDirectoryFromTheEnd) {
    const std::vector<ZipMember> members = {{.name = "a", .content = kText}, {.name = "b"}};
    const std::string stub = "#!/usr/bin/env python3\n", program(300'000, '\x7f');
    for (const test::ZipEnd& end : std::vector<test::ZipEnd>{
             {},
             {.comment = "short"},
             {.comment = std::string(20'000, 'c')},
             {.comment = std::string(65'535, 'c')},
             {.behind = std::string(700, '\0')},
             {.front = stub},
             {.front = program, .comment = std::string(65'535, 'c')},
             {.before_directory = "a signature of the whole file"},
             {.zip64 = true},
             {.count = 2, .size = std::nullopt, .zip64 = true},
             {.front = stub, .zip64 = true},
         }) {
        const auto read = entries(make_zip(members, end));
        ASSERT_EQ(read.size(), 2u);
        EXPECT_EQ(read[0].content, kText);
        EXPECT_EQ(read[1].entry.path, "b");
    }
    // A program that knows zips has their magics in it.
    const std::string knows =
        program + std::string("PK\x03\x04\0PK\x01\x02\0PK\x05\x06\0", 15) + std::string(100, '\0');
    EXPECT_EQ(entries(make_zip(members, {.front = knows})).size(), 2u);
    // Where the offsets count what stands in front, as after `zip -A` and in a zipapp.
    ZipMember moved = members[0];
    moved.before = stub;
    EXPECT_EQ(entries(make_zip({moved, members[1]}))[0].content, kText);
    // The mark of a zip that was to be split, and is whole.
    moved.before = "PK00";
    EXPECT_EQ(entries(make_zip({moved, members[1]}))[0].content, kText);
    EXPECT_TRUE(entries(make_zip({})).empty());
}

TEST(ZipReader, AZipInAZipIsContent) {
    const std::string inner = make_zip({{.name = "x", .content = "inner"}});
    const auto read = entries(make_zip({{.name = "in.zip", .content = inner}}));
    EXPECT_EQ(read[0].content, inner);
}

TEST(ZipReader, DescriptorsInEveryForm) {
    const std::string crc = little(zip_crc(kText), 4);
    const std::string short_sizes = little(12, 4) + little(12, 4);
    const std::string long_sizes = little(12, 8) + little(12, 8);
    for (const std::string& magic : {std::string("PK\x07\x08"), std::string()}) {
        for (const std::string& sizes : {short_sizes, long_sizes}) {
            ZipMember member{.name = "a", .content = kText, .flags = 8};
            member.local.crc = member.local.size = member.local.compressed = 0;
            member.descriptor = magic + crc + sizes;
            const auto read = entries(make_zip({member, {.name = "b"}}));
            EXPECT_EQ(read[0].content, kText);
        }
    }
    // All of it in the header, and no descriptor.
    EXPECT_EQ(
        entries(make_zip({{.name = "a", .content = kText, .flags = 8}, {.name = "b"}}))[0].content,
        kText);
}

TEST(ZipReader, SizesOf64Bits) {
    const auto zip64 = [](std::initializer_list<std::uint64_t> numbers) {
        std::string data;
        for (const std::uint64_t number : numbers) data += little(number, 8);
        return zip_extra(1, data);
    };
    ZipMember member{.name = "a", .content = kText};
    member.local = member.central = {.extra = zip64({12, 12}), .compressed = ~0u, .size = ~0u};
    EXPECT_EQ(entries(make_zip({member}))[0].content, kText);
    member.central = {.extra = zip64({12}), .size = ~0u};
    EXPECT_EQ(entries(make_zip({member}))[0].content, kText);
    // All fields although one is wanted.
    member.central = {.extra = zip64({12, 12, 0}), .size = ~0u};
    EXPECT_EQ(entries(make_zip({member}))[0].content, kText);
    member.central = {.extra = zip64({0})};
    member.offset = ~0u;
    EXPECT_EQ(entries(make_zip({member}))[0].content, kText);
    // As Python writes a stream: zeros, and the sizes behind the content.
    member = {.name = "a", .content = kText, .flags = 8};
    member.local = {.extra = zip64({0, 0}), .crc = 0, .compressed = ~0u, .size = ~0u};
    member.descriptor = "PK\x07\x08" + little(zip_crc(kText), 4) + little(12, 8) + little(12, 8);
    EXPECT_EQ(entries(make_zip({member}))[0].content, kText);
}

TEST(ZipReader, StoredDeflateAndZstd) {
    std::string text;
    for (int i = 0; i < 100'000; ++i) text += std::to_string(i);
    zstd::Compressor compressor;
    Bytes frame(zstd::compress_bound(text.size()));
    frame.resize(*compressor.compress(as_bytes(text), frame));
    for (const unsigned method : {93u, 20u}) {
        const auto read = entries(make_zip({{.name = "a",
                                             .content = text,
                                             .method = method,
                                             .packed = std::string(as_text(frame))}}));
        EXPECT_TRUE(read[0].content == text);
    }
    // A folder and an empty file, with a stream of nothing or with none.
    for (const std::string& packed : {std::string("\x03\0", 2), std::string()}) {
        for (const std::string name : {"d/", "f"})
            EXPECT_EQ(entries(make_zip({{.name = name, .mode = 0, .method = 8, .packed = packed}}))
                          .size(),
                      1u);
    }
    EXPECT_EQ(only({.name = "l", .content = "../t\\", .mode = 0120777}).link, "../t\\");
}

TEST(ZipReader, AZstdWindowOverTheLimitIsRefused) {
    // Magic, no flags, a window of 2^31 bytes, an empty raw block.
    const std::string frame("\x28\xb5\x2f\xfd\x00\xa8\x01\x00\x00", 9);
    const auto read = read_zip(make_zip({{.name = "a", .method = 93, .packed = frame}}));
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().kind, ErrorKind::unsafe_input);
}

TEST(ZipReader, NamesAreBytes) {
    for (const std::string name : {"a\\b", "caf\xe9", "caf\xc3\xa9", "new\nline", "./x", " "})
        EXPECT_EQ(only({.name = name}).path, name);
    // SAFETY: names that are no UTF-8 are kept, also where the flag says otherwise.
    EXPECT_EQ(only({.name = "caf\xe9", .flags = 0x800}).path, "caf\xe9");
    const std::string path = "\x01" + little(zip_crc("caf_"), 4) + "caf\xc3\xa9";
    EXPECT_EQ(only({.name = "caf_", .extra = zip_extra(0x7075, path)}).path, "caf\xc3\xa9");
    // Of another name: somebody changed the header since.
    EXPECT_EQ(only({.name = "new", .extra = zip_extra(0x7075, path)}).path, "new");
}

TEST(ZipReader, TimesAndOwners) {
    EXPECT_EQ(with_extra(zip_extra(0x5455, "\x01" + little(5, 4))).mtime, (Time{5, 0}));
    EXPECT_EQ(with_extra(zip_extra(0x5455, "\x01" + little(~4u, 4))).mtime, (Time{-5, 0}));
    const std::string ntfs =
        zip_extra(10, little(0, 4) + little(1, 2) + little(24, 2) +
                          little(116'444'736'050'000'001ull, 8) + little(0, 8) + little(0, 8));
    EXPECT_EQ(with_extra(ntfs).mtime, (Time{5, 100}));
    // The finer one where both mean the same, and the Unix one where they do not.
    EXPECT_EQ(with_extra(zip_extra(0x5455, "\x01" + little(5, 4)) + ntfs).mtime, (Time{5, 100}));
    EXPECT_EQ(with_extra(zip_extra(0x5455, "\x01" + little(9, 4)) + ntfs).mtime, (Time{9, 0}));
    EXPECT_EQ(with_extra(zip_extra(0x5855, little(1, 4) + little(6, 4))).mtime, (Time{6, 0}));
    const ArchiveEntry owned =
        with_extra(zip_extra(0x7875, "\x01\x04" + little(70'000, 4) + "\x02" + little(8, 2)));
    EXPECT_EQ(owned.uid, 70'000u);
    EXPECT_EQ(owned.gid, 8u);
    EXPECT_EQ(with_extra("").uid, 0u);
    // In the local header alone.
    ZipMember member{.name = "a"};
    member.local.extra = zip_extra(0x7855, little(3, 2) + little(4, 2));
    member.central.extra = zip_extra(0x7855, "");
    EXPECT_EQ(only(member).gid, 4u);
    // Some programs make times and owners the same for all, and only in the directory.
    member.local.extra =
        zip_extra(0x7875, "\x01\x01\x05\x01\x05") + zip_extra(0x5455, "\x01" + little(5, 4));
    member.central.extra = zip_extra(0x7875, std::string("\x01\x01\0\x01\0", 5)) +
                           zip_extra(0x5455, "\x01" + little(9, 4));
    EXPECT_EQ(only(member).uid, 0u);
    EXPECT_EQ(only(member).mtime.seconds, 9);
    // Flags may speak of times that are not there.
    EXPECT_EQ(with_extra(zip_extra(0x5455, "\x07" + little(5, 4))).mtime, (Time{5, 0}));
    // Zeros that fill up, and fields that nobody here knows.
    EXPECT_EQ(with_extra(zip_extra(0xd935, "xx") + std::string(3, '\0')).path, "a");
}

TEST(ZipReader, ATimeWithoutAFieldIsLocalTime) {
    std::tm parts{};
    parts.tm_year = 80;
    parts.tm_mday = 1;
    parts.tm_isdst = -1;
    EXPECT_EQ(with_extra("").mtime.seconds, std::mktime(&parts));
}

TEST(ZipReader, ModesAndKinds) {
    EXPECT_EQ(only({.name = "a", .mode = 0104751}).mode, 04751);
    EXPECT_EQ(only({.name = "a", .mode = 0640}).mode, 0640) << "without a type it is a file";
    EXPECT_EQ(only({.name = "d/", .mode = 0100640}).what, What::folder);
    EXPECT_EQ(only({.name = "d/", .mode = 0100640}).mode, 0750);
    EXPECT_EQ(only({.name = "d", .mode = 0040711}).what, What::folder);
    EXPECT_EQ(only({.name = "p", .mode = 0010644}).what, What::fifo);
    EXPECT_EQ(only({.name = "d", .mode = 0020644}).what, What::device);
    // No Unix mode: what the umask gives.
    EXPECT_EQ(only({.name = "a", .mode = 0}).mode, 0644);
    EXPECT_EQ(only({.name = "a", .mode = 0}, 077).mode, 0600);
    EXPECT_EQ(only({.name = "d/", .mode = 0}, 027).mode, 0750);
    ZipMember dos{.name = "a", .mode = 0120777, .system = 0};
    EXPECT_EQ(only(dos).what, What::file);
    EXPECT_EQ(only(dos).mode, 0644);
    dos.external = 0x01;
    EXPECT_EQ(only(dos).mode, 0444);
    dos.external = 0x10;
    EXPECT_EQ(only(dos).what, What::folder);
    EXPECT_EQ(only(dos).mode, 0755);
}

// Entries in another order than in the file, each far from the one before.
TEST(ZipReader, TheDirectorysOrderCounts) {
    const std::string large(300'000, 'x');
    ZipMember first{.content = large, .local = {.name = "a"}, .central = {.name = "b"}};
    ZipMember second{.content = large, .local = {.name = "b"}, .central = {.name = "a"}};
    first.offset = static_cast<std::uint32_t>(test::zip_local(first).size());
    second.offset = 0;
    const auto read = entries(make_zip({first, second}));
    ASSERT_EQ(read.size(), 2u);
    EXPECT_EQ(read[0].entry.path, "b");
    EXPECT_TRUE(read[1].content == large);
}

TEST(ZipExtra, ATimeComesBackExactly) {
    for (const std::int64_t seconds :
         {std::int64_t{0}, std::int64_t{-1}, std::int64_t{1'700'000'000}, std::int64_t{1} << 31,
          -(std::int64_t{1} << 31) - 1, std::int64_t{-11'644'473'600},
          std::int64_t{-11'644'473'601}, std::int64_t{4'354'819'200}, std::int64_t{1} << 40,
          INT64_MIN, INT64_MAX}) {
        for (const std::uint32_t ns : {0u, 1u, 100u, 999'999'900u, 999'999'999u}) {
            Bytes extra;
            zip::append_unix_extras(extra, {seconds, ns}, 1, 0xFFFFFFFE);
            const auto parsed = zip::parse_extras(extra, zip::Place::directory, {});
            ASSERT_TRUE(parsed) << parsed.error();
            EXPECT_EQ(parsed->mtime(), (Time{seconds, ns}));
            EXPECT_EQ(parsed->gid, 0xFFFFFFFEu);
        }
    }
}

}  // namespace
}  // namespace holt::store

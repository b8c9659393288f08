// Zips that contradict themselves, hide something, are damaged, or are of a kind that is not read:
// each as a line of a table, with the kind of error that it must end with.
#include <gtest/gtest.h>

#include <functional>

#include "archive/zip/zip_support.h"
#include "support/zip_maker.h"

namespace holt::store {
namespace {

using test::little;
using test::make_zip;
using test::zip_crc;
using test::zip_extra;
using test::ZipMember;

constexpr ErrorKind kRefused = ErrorKind::unsafe_input, kDamaged = ErrorKind::corrupt;
constexpr unsigned kDescriptor = 8;

const std::string kText = "some content";
// "some content" in a stored block, and in a fixed one's place an empty stream.
std::string deflated(const std::string& text) {
    return "\x01" + little(text.size(), 2) + little(~text.size(), 2) + text;
}
ZipMember file(const std::string& name = "a") {
    return {.name = name, .content = kText};
}
ZipMember deflate(const std::string& stream) {
    return {.name = "a", .content = kText, .method = 8, .packed = stream};
}
ZipMember with(ZipMember member, const std::function<void(ZipMember&)>& change) {
    change(member);
    return member;
}
std::string one(const std::function<void(ZipMember&)>& change) {
    return make_zip({with(file(), change), file("b")});
}
std::string zip64(const std::vector<std::uint64_t>& numbers) {
    std::string data;
    for (const std::uint64_t number : numbers) data += little(number, 8);
    return zip_extra(1, data);
}
std::string unicode_path(const std::string& header_name, const std::string& path) {
    return zip_extra(0x7075, "\x01" + little(zip_crc(header_name), 4) + path);
}

struct Line {
    const char* what;
    std::string bytes;
    ErrorKind kind;
    const char* words = "";  ///< in the message
};

std::vector<Line> ends() {
    const ZipMember a = file(), b = file("b");
    const std::string whole = make_zip({a, b});
    const std::string end_alone = make_zip({});
    return {
        {"directory one byte too long", make_zip({a, b}, {.size = 2 * 47 + 1}), kRefused},
        {"directory one entry too short", make_zip({a, b}, {.size = 47}), kRefused},
        {"directory that starts at the second entry", make_zip({a, b}, {.count = 1, .size = 47}),
         kRefused},
        {"directory larger than the file", make_zip({a}, {.size = 0x7FFFFFFF}), kRefused},
        {"offset of 0", make_zip({a, b}, {.offset = 0}), kRefused},
        {"offset too large", make_zip({a, b}, {.offset = 0x7FFFFFFF}), kRefused},
        {"fewer entries than there are", make_zip({a, b}, {.count = 1}), kRefused},
        {"no entries, and a directory", make_zip({a, b}, {.count = 0}), kRefused},
        {"more entries than there are", make_zip({a, b}, {.count = 3}), kRefused},
        {"two counts", make_zip({a, b}, {.count = 2, .count_here = 1}), kRefused, "split"},
        {"the second disk", make_zip({a}, {.disk = 1}), kRefused, "split"},
        {"first part of a split zip", "PK\x07\x08" + whole.substr(0, 60), kRefused, "split"},
        {"an entry on another disk", one([](auto& m) { m.disk = 2; }), kRefused, "split"},
        {"an end in the comment of the end", make_zip({a}, {.comment = end_alone}), kRefused,
         "two end records"},
        {"a whole zip in the comment", make_zip({a}, {.comment = make_zip({b})}), kRefused,
         "two end records"},
        {"comment cut", make_zip({a}, {.comment = "abc", .comment_size = 4}), kDamaged},
        {"no end", whole.substr(0, whole.size() - 22), kDamaged},
        {"cut in the middle", whole.substr(0, whole.size() / 2), kDamaged},
        {"empty end alone cut", end_alone.substr(0, 21), kDamaged},
        {"locator that points elsewhere", make_zip({a}, {.zip64 = true, .locator = 0}), kRefused,
         "locator"},
        {"locator one byte off",
         make_zip({a}, {.zip64 = true, .locator = make_zip({a}).size() - 22 + 1}), kRefused,
         "locator"},
        {"locator behind the file", make_zip({a}, {.zip64 = true, .locator = ~std::uint64_t{0}}),
         kRefused, "locator"},
        {"zip64 on two disks", make_zip({a}, {.zip64 = true, .disks = 2}), kRefused, "split"},
        {"zip64 record of another length", make_zip({a}, {.zip64 = true, .rest64 = 45}), kRefused,
         "locator"},
        {"zip64 count and count", make_zip({a}, {.count = 2, .zip64 = true}), kRefused,
         "two end records"},
        {"zip64 size and size", make_zip({a}, {.size = 46, .zip64 = true}), kRefused,
         "two end records"},
        {"zip64 offset and offset", make_zip({a}, {.offset = 1, .zip64 = true}), kRefused,
         "two end records"},
        {"zip64 count too large", make_zip({a}, {.zip64 = true, .count64 = 1ull << 60}), kRefused},
        {"zip64 size too large", make_zip({a}, {.zip64 = true, .size64 = ~0ull}), kRefused},
        {"zip64 offset too large", make_zip({a}, {.zip64 = true, .offset64 = ~0ull}), kRefused},
        {"all ones and no zip64", make_zip({a}, {.offset = 0xFFFFFFFF}), kRefused},
    };
}

std::vector<Line> headers() {
    return {
        {"another name", one([](auto& m) { m.local.name = "z"; }), kRefused, "another name"},
        {"a longer name", one([](auto& m) { m.local.name = "a/../b"; }), kRefused, "another name"},
        {"another method", one([](auto& m) { m.local.method = 8; }), kRefused, "method"},
        {"another CRC", one([](auto& m) { m.local.crc = 1; }), kRefused, "CRC"},
        {"a CRC of 0 without a descriptor", one([](auto& m) { m.local.crc = 0; }), kRefused, "CRC"},
        {"another size", one([](auto& m) { m.local.size = 11; }), kRefused, "size"},
        {"another compressed size", one([](auto& m) { m.local.compressed = 11; }), kRefused,
         "compressed size"},
        {"encrypted in one header", one([](auto& m) { m.local.flags = 1; }), kRefused, "flags"},
        {"UTF-8 in one header", one([](auto& m) { m.local.flags = 0x800; }), kRefused, "flags"},
        {"a descriptor in one header", one([](auto& m) { m.central.flags = kDescriptor; }),
         kRefused, "flags"},
        {"a wrong descriptor behind a header that says all", one([](auto& m) {
             m.flags = kDescriptor;
             m.descriptor =
                 "PK\x07\x08" + little(1, 4) + little(kText.size(), 4) + little(kText.size(), 4);
         }),
         kRefused, "descriptor"},
        {"a wrong descriptor without its magic", one([](auto& m) {
             m.flags = kDescriptor;
             m.descriptor = little(1, 4) + little(kText.size(), 4) + little(kText.size(), 4);
         }),
         kRefused, "descriptor"},
        {"a wrong descriptor of 64 bits without its magic", one([](auto& m) {
             m.flags = kDescriptor;
             m.descriptor = little(1, 4) + little(kText.size(), 8) + little(kText.size(), 8);
         }),
         kRefused, "descriptor"},
        {"NUL in a name", one([](auto& m) { m.name = std::string("a\0b", 3); }), kRefused, "NUL"},
        {"NUL at the end of a name", one([](auto& m) { m.name = std::string("a\0", 2); }), kRefused,
         "NUL"},
        {"a folder with content", one([](auto& m) {
             m.name = "a/";
             m.mode = 040755;
         }),
         kRefused, "folder with content"},
        {"a symlink with a folder's name", one([](auto& m) {
             m.name = "a/";
             m.mode = 0120777;
         }),
         kRefused, "folder"},
        {"a target of 5,000 bytes",
         make_zip({{.name = "l", .content = std::string(5000, 't'), .mode = 0120777}}), kRefused,
         "target"},
        {"a target with a wrong CRC",
         make_zip({{.name = "l",
                    .content = "t",
                    .mode = 0120777,
                    .local = {.crc = 7},
                    .central = {.crc = 7}}}),
         kDamaged, "CRC"},
        {"no local header there", one([](auto& m) { m.offset = 1; }), kRefused,
         "not where the directory says"},
        {"an offset in the directory", one([](auto& m) { m.offset = 90; }), kRefused},
        {"an offset behind the file", one([](auto& m) { m.offset = 0x7FFFFFF0; }), kRefused},
    };
}

std::vector<Line> places() {
    const ZipMember a = file(), b = file("b");
    const std::string hidden = test::zip_local(file("hidden"));
    ZipMember again = file("b");
    again.offset = 0;
    const auto sized = [](std::uint32_t size) {
        return one([&](auto& m) {
            m.local.size = m.local.compressed = m.central.size = m.central.compressed = size;
        });
    };
    return {
        {"one content for two entries", make_zip({a, again}), kRefused, "overlap"},
        {"content into the next entry", sized(13), kRefused, "overlap"},
        {"content over all that follows", sized(80), kRefused, "overlap"},
        {"content behind the file", sized(0x7FFFFFF0), kRefused, "overlap"},
        {"an entry in another's content",
         make_zip({{.name = "o", .content = test::zip_local(b) + "x"},
                   with(b, [](auto& m) { m.offset = 31; })}),
         kRefused, "overlap"},
        {"an entry in front that the directory does not have", make_zip({a}, {.front = hidden}),
         kRefused, "directory does not have"},
        {"an entry in front, counted", make_zip({with(a, [&](auto& m) { m.before = hidden; })}),
         kRefused, "directory does not have"},
        {"an entry between", make_zip({a, with(b, [&](auto& m) { m.before = hidden; })}), kRefused,
         "directory does not have"},
        {"an entry behind junk",
         make_zip({a, with(b, [&](auto& m) { m.before = "junk" + hidden; })}), kRefused,
         "directory does not have"},
        {"an entry before the directory", make_zip({a}, {.before_directory = hidden}), kRefused,
         "directory does not have"},
        {"entries, and an empty directory", hidden + make_zip({}), kRefused,
         "directory does not have"},
        {"two zips one behind the other", make_zip({a}) + make_zip({b}), kRefused,
         "directory does not have"},
    };
}

std::vector<Line> contents() {
    std::string broken = deflated(kText);
    broken[1] ^= 1;
    std::string other = deflated(kText);
    other[8] ^= 1;
    const auto sized = [](std::uint32_t size) {
        return make_zip({with(deflate(deflated(kText)),
                              [&](auto& m) { m.local.size = m.central.size = size; })});
    };
    std::vector<Line> lines = {
        {"wrong CRC, stored", one([](auto& m) { m.local.crc = m.central.crc = 5; }), kDamaged,
         "CRC"},
        {"wrong CRC, deflate", make_zip({deflate(other)}), kDamaged, "CRC"},
        {"damaged deflate", make_zip({deflate(broken)}), kDamaged, "damaged"},
        {"a block of type 3", make_zip({deflate("\x07")}), kDamaged, "damaged"},
        {"cut deflate", make_zip({deflate(deflated(kText).substr(0, 9))}), kDamaged, "early"},
        {"no deflate at all", make_zip({deflate("")}), kDamaged, "early"},
        {"more than its size", sized(11), kRefused, "more content"},
        {"less than its size", sized(13), kRefused, "less content"},
        {"something behind the stream", make_zip({deflate(deflated(kText) + "hidden")}), kRefused,
         "go on behind"},
        {"stored with two sizes",
         make_zip({with(file(), [](auto& m) { m.local.size = m.central.size = 11; })}), kRefused,
         "two sizes"},
        {"damaged zstd", make_zip({{.name = "a", .content = "x", .method = 93, .packed = "xxxxx"}}),
         kDamaged, "zstd"},
        {"a wrong descriptor",
         make_zip({with(file(),
                        [](auto& m) {
                            m.flags = kDescriptor;
                            m.local.crc = m.local.size = m.local.compressed = 0;
                            m.descriptor =
                                "PK\x07\x08" + little(1, 4) + little(12, 4) + little(12, 4);
                        })}),
         kRefused, "descriptor"},
        {"no descriptor",
         make_zip({with(file(),
                        [](auto& m) {
                            m.flags = kDescriptor;
                            m.local.crc = m.local.size = m.local.compressed = 0;
                        })}),
         kRefused, "descriptor"},
        {"ZipCrypto", one([](auto& m) { m.flags = 1; }), kRefused, "ZipCrypto"},
        {"AES", one([](auto& m) {
             m.flags = 1;
             m.method = 99;
         }),
         kRefused, "AES"},
        {"strong encryption", one([](auto& m) { m.flags = 0x41; }), kRefused, "strong"},
        {"hidden headers", one([](auto& m) { m.flags = 0x2000; }), kRefused, "strong"},
    };
    constexpr std::pair<unsigned, const char*> kMethods[] = {
        {1, "shrunk"}, {4, "reduced"}, {6, "imploded"}, {9, "Deflate64"}, {12, "bzip2"},
        {14, "LZMA"},  {95, "xz"},     {97, "WavPack"}, {98, "PPMd"},     {77, "unknown"}};
    for (const auto& [method, name] : kMethods)
        lines.push_back({name, one([&](auto& m) { m.method = method; }), kRefused, name});
    return lines;
}

std::vector<Line> extras() {
    const auto both = [](const std::string& extra) {
        return one([&](auto& m) { m.extra = extra; });
    };
    const auto differ = [](const std::string& local, const std::string& central) {
        return one([&](auto& m) {
            m.local.extra = local;
            m.central.extra = central;
        });
    };
    const auto owner = [](unsigned uid) {
        return zip_extra(0x7875, "\x01\x04" + little(uid, 4) + "\x04" + little(7, 4));
    };
    const std::string time = zip_extra(0x5455, "\x01" + little(5, 4));
    const std::string exact = zip_extra(0x4c48, "\x01" + little(6, 8) + little(1, 4));
    return {
        {"a field longer than the extra", both(little(0x5455, 2) + little(9, 2) + "12345"),
         kRefused, "longer"},
        {"a field of half a header", both("ab"), kRefused, "behind the extra"},
        {"times that are cut", both(zip_extra(0x5455, "\x03" + little(5, 3))), kRefused,
         "malformed"},
        {"more times than it says", differ(zip_extra(0x5455, "\x01" + little(5, 8)), ""), kRefused,
         "malformed"},
        {"two times", both(time + time), kRefused, "two extra fields"},
        {"an exact time that is another", both(time + exact), kRefused, "two times"},
        {"an exact time with 10^9 nanoseconds",
         both(zip_extra(0x4c48, "\x01" + little(6, 8) + little(1'000'000'000, 4))), kRefused,
         "malformed"},
        {"an owner that is cut", both(zip_extra(0x7875, "\x01\x04" + little(5, 3))), kRefused,
         "malformed"},
        {"an owner of 9 bytes",
         both(zip_extra(0x7875, "\x01\x09" + std::string(9, '\1') + "\x01\x01")), kRefused,
         "malformed"},
        {"an owner that is nobody's number", both(owner(0xFFFFFFFF)), kRefused, "owner"},
        {"an owner over 32 bits",
         both(zip_extra(0x7875, "\x01\x08" + little(1ull << 32, 8) + "\x01\x01")), kRefused,
         "owner"},
        {"a Unicode path that is none", both(unicode_path("a", "\xff")), kRefused, "UTF-8"},
        {"a Unicode path with a NUL", both(unicode_path("a", std::string("x\0y", 3))), kRefused,
         "NUL"},
        {"two Unicode paths", differ(unicode_path("a", "x"), unicode_path("a", "y")), kRefused,
         "another name"},
        {"a Unicode path in the local header alone", differ(unicode_path("a", "x"), ""), kRefused,
         "another name"},
        {"a Unicode path beside a name that is Unicode", one([](auto& m) {
             m.flags = 0x800;
             m.extra = unicode_path("a", "x");
         }),
         kRefused, "another"},
        {"two zip64 fields", both(zip64({12}) + zip64({12})), kRefused, "two extra fields"},
        {"zip64 sizes that are others", both(zip64({12, 13})), kRefused, "other sizes"},
        {"all ones and no zip64", one([](auto& m) { m.central.size = 0xFFFFFFFF; }), kRefused,
         "no zip64"},
        {"zip64 without what is wanted", one([](auto& m) {
             m.central.size = m.central.compressed = 0xFFFFFFFF;
             m.central.extra = zip64({12});
         }),
         kRefused, "zip64"},
        {"a zip64 size that is another", one([](auto& m) {
             m.central.size = 0xFFFFFFFF;
             m.central.extra = zip64({1ull << 40});
         }),
         kRefused, "size"},
        {"NTFS times that are cut",
         both(zip_extra(10, little(0, 4) + little(1, 2) + little(24, 2))), kRefused, "NTFS"},
    };
}

void expect_all(const std::vector<Line>& lines) {
    for (const Line& line : lines) {
        const auto read = read_zip(line.bytes);
        if (read) {
            ADD_FAILURE() << line.what << ": was believed";
            continue;
        }
        EXPECT_EQ(read.error().kind, line.kind) << line.what << ": " << read.error().message();
        EXPECT_NE(read.error().message().find(line.words), std::string::npos)
            << line.what << ": " << read.error().message();
    }
}

TEST(ZipHostile, EndsAndDirectories) {
    expect_all(ends());
}
TEST(ZipHostile, HeadersThatDoNotAgree) {
    expect_all(headers());
}
TEST(ZipHostile, OverlapsAndGaps) {
    expect_all(places());
}
TEST(ZipHostile, ContentsAndMethods) {
    expect_all(contents());
}
TEST(ZipHostile, ExtraFields) {
    expect_all(extras());
}

// Cut anywhere it is damage, and a changed bit is never believed in what decides: no crash, and no
// entry with other content.
TEST(ZipHostile, EveryCutAndEveryBit) {
    const std::string whole = make_zip({file(), deflate(deflated(kText)), file("b")});
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const auto read = read_zip(whole.substr(0, size));
        ASSERT_FALSE(read) << size;
        EXPECT_EQ(read.error().kind, kDamaged) << size;
    }
    for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
        std::string changed = whole;
        changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ 1 << bit % 8);
        const auto read = read_zip(changed);
        if (!read) continue;
        ASSERT_EQ(read->size(), 3u) << bit;
        for (const auto& [entry, content] : *read) {
            EXPECT_TRUE(content == kText || entry.what != ArchiveEntry::What::file) << bit;
        }
    }
}

TEST(ZipHostile, MoreEntriesThanAllowedAreRefusedBeforeAnyIsRead) {
    std::vector<ZipMember> many;
    for (int i = 0; i < 20; ++i) many.push_back(file(std::to_string(i)));
    const auto read = read_zip(make_zip(many), {.max_entries = 19});
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().kind, ErrorKind::no_space);
    EXPECT_TRUE(read_zip(make_zip(many), {.max_entries = 20}));
}

}  // namespace
}  // namespace holt::store

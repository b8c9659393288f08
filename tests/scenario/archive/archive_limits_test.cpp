// Proves: limits count what would be stored and what memory is taken. Holes and zeros, and files
// of any size, are no attack; names, attributes, targets and folders that a few bytes describe by
// the million are one, and are refused before they take the memory.
#include <fcntl.h>
#include <unistd.h>

#include <holt/archive.hpp>

#include "codec/zstd/encode/compress.h"
#include "support/store_fixture.h"
#include "support/tar_maker.h"

namespace holt::test {
namespace {

class ArchiveLimits : public StoreTest {
  protected:
    Result<ImportReport> import(const std::string& name, const ImportOptions& options = {}) {
        return store_.import_from({.path = (dir_ / name).string()}, options, notes_);
    }
    Result<ImportReport> import_bytes(const std::string& bytes, const ImportOptions& options = {}) {
        write_file(dir_ / "x", bytes);
        return import("x", options);
    }
    static std::string zstd_of(const std::string& content) {
        zstd::Compressor compressor;
        Bytes out(zstd::compress_bound(content.size()));
        const auto size = compressor.compress(as_bytes(content), out);
        return {out.begin(), out.begin() + static_cast<std::ptrdiff_t>(*size)};
    }
    void expect_no_space(const char* what, const Result<ImportReport>& report) {
        ASSERT_FALSE(report) << what;
        EXPECT_EQ(report.error().kind, ErrorKind::no_space)
            << what << ": " << report.error().message();
        EXPECT_TRUE(store_.list()->empty());
    }
};

TEST_F(ArchiveLimits, WhatWeWroteOfHolesAndZerosComesBack) {
    std::filesystem::resize_file((write_file(source_ / "hole", "data"), source_ / "hole"),
                                 std::uintmax_t{3} << 30);
    write_file(source_ / "zeros", std::string(std::size_t{300} << 20, '\0'));
    const Digest root = snapshot({.name = "s"}).snapshot.root;
    for (const std::string format : {"tar.zst", "tar.gz", "holt"}) {
        const std::string name = "x." + format;
        ASSERT_TRUE(store_.export_to({"s"}, {.path = (dir_ / name).string()}, {}, notes_));
        Store other = *Store::init((dir_ / ("other " + format)).string());
        const auto report = other.import_from({.path = (dir_ / name).string()}, {}, notes_);
        ASSERT_TRUE(report) << format << ": " << report.error().message();
        EXPECT_EQ(report->snapshots[0].root, root) << format;
    }
}

TEST_F(ArchiveLimits, AFirstFileOfOverAGigabyte) {
    const std::uint64_t size = (std::uint64_t{1} << 30) + (128u << 20);
    write_file(dir_ / "x.tar", tar_entry({.name = "f", .size = octal(size, 11)}));
    // The content and the end are zeros, which need not be written.
    std::filesystem::resize_file(dir_ / "x.tar", 512 + size + 1024);
    const auto report = import("x.tar");
    ASSERT_TRUE(report) << report.error().message();
    EXPECT_EQ(report->snapshots[0].bytes, size);
}

TEST_F(ArchiveLimits, AttributesForAllEntriesAreKeptOnce) {
    std::string tar = pax(pax_record("SCHILY.xattr.user.a", std::string(60'000, 'v')), 'g');
    for (int i = 0; i < 5000; ++i) tar += tar_entry({.name = std::to_string(i)});
    const auto report = import_bytes(zstd_of(tar + tar_end()), {.max_metadata = 8 << 20});
    // 300 MB of trees, which compress: but each folder's tree is made in memory.
    expect_no_space("one folder's tree", report);
    const auto of_each =
        import_bytes(zstd_of(pax(pax_record("SCHILY.xattr.user.a", std::string(70'000, 'v')), 'g') +
                             tar_entry({}) + tar_end()));
    ASSERT_FALSE(of_each);
    EXPECT_EQ(of_each.error().kind, ErrorKind::unsafe_input);
}

TEST_F(ArchiveLimits, TenThousandHeadersForAllEntries) {
    std::string tar;
    for (int i = 0; i < 10'000; ++i)
        tar += pax(pax_record("SCHILY.xattr.user.k", std::to_string(i)) +
                       pax_record("comment", std::string(400, 'c')),
                   'g');
    const auto report = import_bytes(zstd_of(tar + tar_entry({.name = "f"}) + tar_end()));
    ASSERT_TRUE(report) << report.error().message();
    EntryInfo info;
    ASSERT_TRUE(store_.ls(report->snapshots[0].id.hex(), "f", {},
                          [&](const EntryInfo& found) { info = found; }));
    ASSERT_EQ(info.xattrs.size(), 1u);
}

TEST_F(ArchiveLimits, ImpliedFoldersCount) {
    std::string below;
    for (int i = 0; i < 1000; ++i) below += "d/";
    std::string tar;
    for (int i = 0; i < 2000; ++i)
        tar += pax(pax_record("path", std::to_string(i) + "/" + below + "f")) + tar_entry({});
    expect_no_space("implied folders", import_bytes(zstd_of(tar + tar_end())));
    expect_no_space("a plain one, with a limit",
                    import_bytes(tar + tar_end(), {.max_metadata = 32 << 20}));
}

TEST_F(ArchiveLimits, HardLinksToALongPathCountItEachTime) {
    std::string deep = "a/";
    for (int i = 0; i < 1000; ++i) deep += std::string(250, 'd') + "/";
    // The first name in walk order is the deep one, and every link names it.
    std::string tar = tar_entry({.name = "b/0"}, "x") + pax(pax_record("path", deep + "f")) +
                      hard_link("", "b/0");
    for (int i = 1; i < 3000; ++i) tar += hard_link("b/" + std::to_string(i), "b/0");
    expect_no_space("hard links", import_bytes(zstd_of(tar + tar_end())));
}

TEST_F(ArchiveLimits, LongTargetsAndMapsCount) {
    std::string targets, maps;
    for (int i = 0; i < 3000; ++i)
        targets += gnu_long(std::to_string(i) + std::string(4000, 't'), 'K') +
                   symlink(std::to_string(i), "x");
    expect_no_space("targets", import_bytes(targets + tar_end(), {.max_metadata = 8 << 20}));
    std::string map = "20000\n";
    for (int i = 0; i < 20'000; ++i) map += std::to_string(2 * i) + "\n1\n";
    for (int i = 0; i < 40; ++i)
        maps += pax(pax_record("GNU.sparse.major", "1") + pax_record("GNU.sparse.minor", "0") +
                    pax_record("GNU.sparse.realsize", std::to_string(40'000 + i))) +
                tar_entry({.name = std::to_string(i)}, padded(map) + std::string(20'000, 'd'));
    expect_no_space("maps", import_bytes(maps + tar_end(), {.max_metadata = 8 << 20}));
    EXPECT_TRUE(import_bytes(targets + tar_end()));
}

}  // namespace
}  // namespace holt::test

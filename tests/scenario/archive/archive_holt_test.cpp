// .holt files: what goes in comes out on another machine, and nothing of a wrong one is visible.
#include <holt/archive.hpp>

#include <optional>

#include "archive/format/holt_format.h"
#include "codec/blake3/blake3.h"
#include "store/catalog/catalog.h"
#include "store/content/snapshot_commit.h"
#include "store/pack/pack_writer.h"
#include "support/store_fixture.h"

namespace holt::test {
namespace {

namespace fs = std::filesystem;

class HoltFile : public StoreTest {
  protected:
    HoltFile() : other_(*Store::init((dir_ / "other").string())) {
        write_file(source_ / "a/one", code_like(5000, 1));
        write_file(source_ / "a/two", random_bytes(400'000, 2));
        fs::create_hard_link(source_ / "a/one", source_ / "link");
        fs::create_symlink("nowhere", source_ / "symlink");
    }
    std::string path(const std::string& name) const { return (dir_ / name).string(); }
    std::uint64_t export_to(std::vector<std::string> snaps, const std::string& name,
                            const ExportOptions& options = {}) {
        const auto report = store_.export_to(snaps, {.path = path(name)}, options, notes_);
        EXPECT_TRUE(report) << report.error().message();
        return report ? report->archive_bytes : 0;
    }
    Result<ImportReport> import(const std::string& name, const ImportOptions& options = {}) {
        return other_.import_from({.path = path(name)}, options, notes_);
    }
    void expect_refused(const std::string& name, ErrorKind kind,
                        const ImportOptions& options = {}) {
        const auto report = import(name, options);
        ASSERT_FALSE(report) << "was imported";
        EXPECT_EQ(report.error().kind, kind) << report.error().message();
        EXPECT_TRUE(other_.list()->empty());
    }
    void expect_whole_in_other(const std::string& snap) {
        fs::remove_all(dir_ / "out");
        const auto back = other_.restore(snap, path("out"), {}, notes_);
        ASSERT_TRUE(back) << back.error().message();
        expect_same_tree(source_, dir_ / "out");
        const auto checked = other_.verify({}, {}, notes_);
        ASSERT_TRUE(checked);
        EXPECT_TRUE(checked->damage.empty());
    }

    Store other_;
};

TEST_F(HoltFile, ComesOutAsItWentIn) {
    const std::string id =
        snapshot({.name = "s", .key = "k", .tags = {{"a", "b"}}}).snapshot.id.hex();
    export_to({"s"}, "x.holt");
    const auto report = import("x.holt");
    ASSERT_TRUE(report) << report.error().message();
    const auto info = other_.find("s");
    ASSERT_TRUE(info);
    EXPECT_EQ(info->id.hex(), id);
    EXPECT_EQ(info->key, "k");
    EXPECT_EQ(info->tags, (Tags{{"a", "b"}}));
    expect_whole_in_other("s");
    // Again: nothing new, no error.
    const auto again = import("x.holt");
    ASSERT_TRUE(again) << again.error().message();
    EXPECT_EQ(again->stored_bytes, 0u);
    EXPECT_EQ(other_.list()->size(), 1u);
    // A pack of which all is needed is the same pack there: nothing is stored twice.
    EXPECT_EQ(other_.stats()->chunks, store_.stats()->chunks);
    // The whole of the other store rebuilt from packs alone.
    const auto repaired = Store::repair(path("other"), {}, notes_);
    ASSERT_TRUE(repaired);
    EXPECT_EQ(repaired->snapshots, 1u);
}

TEST_F(HoltFile, HoldsOnlyWhatIsNeeded) {
    snapshot({.name = "one"});
    const std::uint64_t alone = export_to({"one"}, "one.holt");
    write_file(source_ / "much more", random_bytes(3 << 20, 7));
    snapshot({.name = "two"});
    EXPECT_EQ(export_to({"one"}, "again.holt"), alone);
    EXPECT_GT(export_to({"two"}, "two.holt"), alone + (3 << 20));
    const std::uint64_t difference = export_to({"two"}, "since.holt", {.since = {"one"}});
    EXPECT_LT(difference, (3 << 20) + 20'000);
    EXPECT_GT(difference, std::uint64_t{3 << 20});
    // Without its base it is refused; with it, it is whole.
    expect_refused("since.holt", ErrorKind::not_found);
    ASSERT_TRUE(import("one.holt"));
    const auto report = import("since.holt", {.name = "renamed"});
    ASSERT_TRUE(report) << report.error().message();
    expect_whole_in_other("renamed");
}

TEST_F(HoltFile, SeveralSnapshotsAppearTogether) {
    snapshot({.name = "one"});
    write_file(source_ / "more", code_like(9000, 3));
    snapshot({.name = "two"});
    export_to({"one", "two"}, "x.holt");
    ASSERT_TRUE(import("x.holt"));
    EXPECT_EQ(other_.list()->size(), 2u);
    expect_whole_in_other("two");
    // A name that is taken there: none of them.
    auto third = *Store::init(path("third"));
    fs::create_directory(dir_ / "s3");
    ASSERT_TRUE(third.snapshot(path("s3"), {.name = "two"}, notes_));
    EXPECT_FALSE(third.import_from({.path = path("x.holt")}, {}, notes_));
    EXPECT_EQ(third.list()->size(), 1u);
}

TEST_F(HoltFile, EveryDamageIsFound) {
    fs::remove(source_ / "a/two");
    snapshot({.name = "s"});
    export_to({"s"}, "x.holt");
    const std::string whole = read_file(dir_ / "x.holt");
    for (std::size_t at = 0; at < whole.size(); at += 3) {
        std::string bytes = whole;
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << (at % 8)));
        write_file(dir_ / "bad.holt", bytes);
        const auto report = import("bad.holt");
        ASSERT_FALSE(report) << "byte " << at;
        ASSERT_TRUE(other_.list()->empty()) << "byte " << at;
    }
    for (std::size_t size = 1; size < whole.size(); size += 7) {
        write_file(dir_ / "cut.holt", whole.substr(0, size));
        expect_refused("cut.holt", ErrorKind::corrupt);
    }
    write_file(dir_ / "long.holt", whole + "x");
    expect_refused("long.holt", ErrorKind::corrupt);
}

TEST_F(HoltFile, WhatAnImportMayNotBringIsRefused) {
    fs::permissions(source_ / "a", fs::perms::set_gid | fs::perms::owner_all);
    snapshot({.name = "s"});
    export_to({"s"}, "x.holt");
    expect_refused("x.holt", ErrorKind::unsafe_input);
    expect_refused("x.holt", ErrorKind::no_space, {.special_modes = true, .max_entries = 4});
    expect_refused("x.holt", ErrorKind::no_space, {.special_modes = true, .max_bytes = 1000});
    expect_refused("x.holt", ErrorKind::usage, {.key = "k"});
    EXPECT_TRUE(import("x.holt", {.special_modes = true}));
}

// The index is hashed, but not by someone whom we trust.
TEST_F(HoltFile, NamesThatNoSnapshotCanHaveAreRefused) {
    using namespace holt::store;
    snapshot({.name = "s"});
    export_to({"s"}, "x.holt");
    const std::string whole = read_file(dir_ / "x.holt");
    HoltHeader header;
    std::copy_n(whole.begin(), header.size(), header.begin());
    const std::uint32_t size = *decode_holt_header(header, "x");
    const std::string_view encoded = std::string_view(whole).substr(header.size(), size);
    HoltIndex index = *decode_holt_index(as_bytes(encoded), "x");
    for (const std::string& name : {std::string("good"), std::string("a/../b"), std::string("../b"),
                                    std::string("a:b"), std::string("a\0b", 3)}) {
        index.snapshots[0].name = name;
        const Bytes changed = encode_holt_index(index);
        const HoltHeader begin = encode_holt_header(static_cast<std::uint32_t>(changed.size()));
        std::string file(begin.begin(), begin.end());
        file.append(changed.begin(), changed.end());
        file += whole.substr(header.size() + size,
                             whole.size() - header.size() - size - kHoltTrailerSize);
        const HoltTrailer end = encode_holt_trailer(blake3::hash(as_bytes(file)));
        file.append(end.begin(), end.end());
        write_file(dir_ / "named.holt", file);
        if (name == "good") {
            EXPECT_TRUE(
                Store::init(path("third"))->import_from({.path = path("named.holt")}, {}, notes_));
            continue;
        }
        expect_refused("named.holt", ErrorKind::corrupt);
    }
}

// 40 folders that each hold the one before twice: 2^40 paths in 2 KB.
TEST_F(HoltFile, ATreeThatFansOutIsRefused) {
    using namespace holt::store;
    const auto folder = *StoreFolder::open(path("store"));
    auto catalog =
        *Catalog::open(folder, Catalog::Mode::read_write, std::chrono::milliseconds(5000));
    auto writer = *PackWriter::create(folder);
    const auto add = [&](const Bytes& bytes, ChunkKind kind) {
        const ChunkInfo chunk{.digest = blake3::hash(bytes),
                              .kind = kind,
                              .length = static_cast<std::uint32_t>(bytes.size())};
        EXPECT_TRUE(writer.add_block(bytes, BlockCodec::raw, chunk.length, {&chunk, 1}));
        return chunk.digest;
    };
    TreeEntry entry;
    entry.kind = holt::fs::Kind::folder;
    entry.mode = 0755;
    const auto set = [&](const Tree& tree) {
        const Bytes bytes = encode_tree(tree);
        entry.size = bytes.size();
        entry.content = add(bytes, ChunkKind::tree);
        entry.chunks = {{entry.content, static_cast<std::uint32_t>(bytes.size())}};
    };
    set({});
    for (int level = 0; level < 40; ++level) {
        TreeEntry a = entry, b = entry;
        a.name = "a";
        b.name = "b";
        set({a, b});
    }
    Catalog::Commit commit;
    commit.record = {.root = entry, .name = "bomb", .source = "/x", .folders = 1};
    commit.encoded_record = encode_record(commit.record);
    commit.id = add(commit.encoded_record, ChunkKind::snapshot);
    auto sealed = *writer.seal();
    commit.packs_used = {sealed.id};
    commit.new_packs.push_back({sealed.id, sealed.bytes, std::move(sealed.footer)});
    ASSERT_TRUE(catalog.commit(commit));
    export_to({"bomb"}, "x.holt");
    expect_refused("x.holt", ErrorKind::no_space);
}

}  // namespace
}  // namespace holt::test

// Proves: what a .holt file says of itself is computed, never believed. Digests of trees and of
// files, hard links, holes, what was left out, and how much the content grows by chunks that come
// again: a file that is wrong in one of them leaves nothing in the store, whatever in it was found
// right before; and what is accepted restores.
#include <holt/archive.hpp>
#include <holt/gc.hpp>

#include "base/endian.h"
#include "support/holt_maker.h"
#include "support/store_fixture.h"

namespace holt::test {
namespace {

using store::ChunkKind;
using store::LeftOut;
using store::SnapshotRecord;
using store::Tree;
using store::TreeEntry;

class ForgedHolt : public StoreTest {
  protected:
    Result<ImportReport> import(HoltMaker& maker, const ImportOptions& options = {}) {
        write_file(dir_ / "made.holt", maker.finish());
        return store_.import_from({.path = (dir_ / "made.holt").string()}, options, notes_);
    }
    void expect_refused(const char* what, HoltMaker& maker, ErrorKind kind,
                        const ImportOptions& options = {}) {
        const auto report = import(maker, options);
        ASSERT_FALSE(report) << what << ": was imported";
        EXPECT_EQ(report.error().kind, kind) << what << ": " << report.error().message();
        EXPECT_TRUE(store_.list()->empty()) << what;
    }
    static TreeEntry link_to(TreeEntry entry, const std::string& name, const std::string& target) {
        entry.name = name;
        entry.hard_link_to = target;
        return entry;
    }
};

TEST_F(ForgedHolt, ASecondFolderThatClaimsTheDigestOfAnotherIsReadToo) {
    for (const bool setuid : {true, false}) {
        HoltMaker maker;
        TreeEntry plain = maker.file("f", {"good"});
        const TreeEntry good = maker.folder("a", {plain});
        TreeEntry bad_file = plain;
        if (setuid) bad_file.mode = 04755;
        if (!setuid) bad_file.chunks[0].digest = bad_file.content = Digest{};  // nowhere
        TreeEntry claims = maker.folder("b", {bad_file}, 2);
        claims.content = good.content;
        maker.snapshot(
            {.root = maker.folder("", {good, claims}), .files = 2, .folders = 3, .bytes = 8});
        expect_refused("another tree under a known digest", maker, ErrorKind::unsafe_input);
    }
}

TEST_F(ForgedHolt, ASecondRootThatClaimsTheDigestOfTheFirstIsReadToo) {
    HoltMaker maker;
    const TreeEntry good = maker.folder("", {maker.file("f", {"good"})});
    TreeEntry pipe{.name = "f", .kind = holt::fs::Kind::fifo, .mode = 0644};
    TreeEntry claims = maker.folder("", {pipe}, 2);
    claims.content = good.content;
    maker.snapshot({.root = good, .name = "one", .files = 1, .folders = 1, .bytes = 4});
    maker.snapshot({.root = claims, .name = "two", .files = 1, .folders = 1, .bytes = 4});
    expect_refused("a root", maker, ErrorKind::unsafe_input);
}

TEST_F(ForgedHolt, DigestsOfTreesAndFilesAreComputed) {
    {
        HoltMaker maker;
        TreeEntry tree = maker.folder("d", {maker.file("f", {"x"}), maker.file("g", {"y"})}, 2);
        tree.content = Digest{};
        maker.snapshot({.root = maker.folder("", {tree}), .files = 2, .folders = 2, .bytes = 2});
        expect_refused("a tree's digest", maker, ErrorKind::corrupt);
    }
    for (const std::size_t names : {1u, 2u}) {
        HoltMaker maker;
        // The right one first: a digest that was computed once is not believed of other chunks.
        TreeEntry right = maker.file("a", {"one ", "two"});
        TreeEntry wrong = maker.file("b", {"one ", "six"});
        wrong.content = right.content;
        const Tree both = names == 2 ? Tree{right, wrong} : Tree{wrong};
        maker.snapshot(
            {.root = maker.folder("", both), .files = names, .folders = 1, .bytes = 7 * names});
        expect_refused("a file's digest", maker, ErrorKind::corrupt);
    }
}

TEST_F(ForgedHolt, HardLinksThatNoRestoreCouldMake) {
    struct Case {
        const char* what;
        std::function<Tree(HoltMaker&)> tree;
    };
    const auto file = [](HoltMaker& maker, const std::string& name, const std::string& content) {
        return maker.file(name, {content});
    };
    const std::vector<Case> cases{
        {"to nothing", [&](HoltMaker& m) { return Tree{link_to(file(m, "", "x"), "l", "a")}; }},
        {"to nothing in a folder that is not there",
         [&](HoltMaker& m) { return Tree{link_to(file(m, "", "x"), "l", "a/b/c")}; }},
        {"to itself", [&](HoltMaker& m) { return Tree{link_to(file(m, "", "x"), "l", "l")}; }},
        {"to a folder",
         [&](HoltMaker& m) {
             return Tree{m.folder("a", {file(m, "f", "x")}), link_to(file(m, "", "x"), "l", "a")};
         }},
        {"to a later entry",
         [&](HoltMaker& m) {
             return Tree{link_to(file(m, "", "x"), "a", "b"), file(m, "b", "x")};
         }},
        {"to a later entry, in a folder below",
         [&](HoltMaker& m) {
             return Tree{m.folder("a", {file(m, "f", "x")}), link_to(file(m, "", "x"), "z", "a/f")};
         }},
        {"to a link",
         [&](HoltMaker& m) {
             const TreeEntry a = file(m, "a", "x");
             return Tree{a, link_to(a, "b", "a"), link_to(a, "c", "b")};
         }},
        {"with other content",
         [&](HoltMaker& m) {
             return Tree{file(m, "a", "x"), link_to(file(m, "", "y"), "b", "a")};
         }},
        {"with another mode",
         [&](HoltMaker& m) {
             TreeEntry other = link_to(file(m, "", "x"), "b", "a");
             other.mode = 0600;
             return Tree{file(m, "a", "x"), other};
         }},
        {"of another kind",
         [&](HoltMaker& m) {
             TreeEntry other{.name = "b", .kind = holt::fs::Kind::symlink, .mode = 0777};
             other.symlink_target = "x";
             other.hard_link_to = "a";
             return Tree{file(m, "a", "x"), other};
         }},
        {"two that disagree",
         [&](HoltMaker& m) {
             const TreeEntry a = file(m, "a", "x");
             TreeEntry other = link_to(a, "c", "a");
             other.uid = 7;
             return Tree{a, link_to(a, "b", "a"), other};
         }},
    };
    for (const Case& one : cases) {
        HoltMaker maker;
        const Tree tree = one.tree(maker);
        SnapshotRecord record{.root = maker.folder("", tree), .folders = 1};
        for (const TreeEntry& entry : tree) {
            record.files += entry.kind == holt::fs::Kind::file;
            record.symlinks += entry.kind == holt::fs::Kind::symlink;
            record.folders += entry.kind == holt::fs::Kind::folder;
            record.files += entry.kind == holt::fs::Kind::folder;  // f in it
            record.bytes += entry.kind == holt::fs::Kind::folder;
            record.hard_links += !entry.hard_link_to.empty();
            if (entry.kind == holt::fs::Kind::file && entry.hard_link_to.empty())
                record.bytes += entry.size;
        }
        maker.snapshot(record);
        expect_refused(one.what, maker, ErrorKind::unsafe_input);
    }
}

// The same tree at two paths: at the first the link is right, at the second it means another file.
TEST_F(ForgedHolt, ALinkIsCheckedAtEveryPathOfItsTree) {
    HoltMaker maker;
    const TreeEntry f = maker.file("f", {"x"});
    const TreeEntry shared = maker.folder("b", {link_to(f, "l", "a/f")});
    TreeEntry early = shared;
    early.name = "A";  // before "a"
    maker.snapshot({.root = maker.folder("", {early, maker.folder("a", {f}), shared}),
                    .files = 3,
                    .folders = 4,
                    .bytes = 1,
                    .hard_links = 2});
    expect_refused("before its first name", maker, ErrorKind::unsafe_input);
    HoltMaker good;
    const TreeEntry g = good.file("f", {"x"});
    const TreeEntry below = good.folder("b", {link_to(g, "l", "a/f")});
    TreeEntry late = below;
    late.name = "c";
    good.snapshot({.root = good.folder("", {good.folder("a", {g}), below, late}),
                   .name = "s",
                   .files = 3,
                   .folders = 4,
                   .bytes = 1,
                   .hard_links = 2});
    const auto report = import(good);
    ASSERT_TRUE(report) << report.error().message();
    restore("s", "out");
    EXPECT_EQ(std::filesystem::hard_link_count(dir_ / "out/c/l"), 3u);
}

TEST_F(ForgedHolt, HolesMustBeZeros) {
    for (const bool zeros : {false, true}) {
        HoltMaker maker;
        for (const std::size_t parts : {1u, 2u}) {
            const std::string hole(4096, zeros ? '\0' : 'x');
            TreeEntry file =
                parts == 1 ? maker.file("f", {"data" + hole}) : maker.file("f", {"data", hole});
            file.holes = {{4, 4096}};
            maker.snapshot({.root = maker.folder("", {file}),
                            .name = "s" + std::to_string(parts),
                            .files = 1,
                            .folders = 1,
                            .bytes = 4100});
        }
        if (!zeros) {
            expect_refused("a hole over content", maker, ErrorKind::unsafe_input);
        } else {
            const auto report = import(maker);
            ASSERT_TRUE(report) << report.error().message();
            restore("s2", "out");
            EXPECT_EQ(read_file(dir_ / "out/f"), "data" + std::string(4096, '\0'));
        }
    }
}

TEST_F(ForgedHolt, ChunksThatComeAgainCountAgainstTheLimits) {
    const auto many = [](HoltMaker& maker, const std::string& part, std::size_t count) {
        TreeEntry file = maker.file("f", {part, part});
        blake3::Hasher whole;
        file.chunks.assign(count, file.chunks[0]);
        for (std::size_t i = 0; i < count; ++i) whole.update(as_bytes(part));
        file.size = part.size() * count;
        file.content = whole.digest();
        maker.snapshot({.root = maker.folder("", {file}),
                        .name = "s",
                        .files = 1,
                        .folders = 1,
                        .bytes = file.size});
    };
    const std::string random = random_bytes(128 << 10, 1);
    HoltMaker grows;
    many(grows, random, 2048);  // 256 MiB of 200 KB
    expect_refused("growth", grows, ErrorKind::no_space, {.max_ratio = 100});
    HoltMaker large;
    many(large, random, 64);
    expect_refused("size", large, ErrorKind::no_space, {.max_bytes = 1 << 20});
    // Zeros are what holes are stored as: 256 MiB of them in one chunk are no attack.
    HoltMaker zeros;
    many(zeros, std::string(4 << 20, '\0'), 64);
    const auto report = import(zeros, {.max_ratio = 20});
    ASSERT_TRUE(report) << report.error().message();
}

TEST_F(ForgedHolt, WhatWasLeftOutMustBeMarkedAbove) {
    HoltMaker maker;
    TreeEntry missing{.name = "gone", .mode = 0644};
    missing.left_out = LeftOut::denied;
    TreeEntry unmarked = maker.folder("d", {missing});
    maker.snapshot({.root = maker.folder("", {unmarked}), .folders = 2, .left_out = 1});
    expect_refused("unmarked", maker, ErrorKind::unsafe_input);
    // And the record may not say that all is there.
    HoltMaker whole;
    TreeEntry root = whole.folder("", {missing});
    root.incomplete = true;
    whole.snapshot({.root = root, .folders = 1});
    expect_refused("a record that counts nothing left out", whole, ErrorKind::corrupt);
    HoltMaker told;
    TreeEntry honest = told.folder("", {missing});
    honest.incomplete = true;
    told.snapshot({.root = honest, .folders = 1, .left_out = 1});
    EXPECT_TRUE(import(told));
}

// An index of a million snapshots or packs fits into its limit: to compare each with all others
// would take minutes.
TEST_F(ForgedHolt, AnIndexThatListsOneThingTwiceIsRefusedHoweverLongItIs) {
    using namespace store;
    HoltIndex index;
    const auto numbered = [](std::uint32_t i) {
        Digest digest{};
        store_le(digest.bytes.data(), i);
        return digest;
    };
    for (std::uint32_t i = 0; i < 400'000; ++i) index.snapshots.push_back({numbered(i), ""});
    for (std::uint32_t i = 0; i < 400'000; ++i)
        index.packs.push_back({numbered(i + 400'000), 1 << 20});
    ASSERT_LT(encode_holt_index(index).size(), kMaxHoltIndex);
    EXPECT_TRUE(decode_holt_index(encode_holt_index(index), "x"));
    index.packs.push_back(index.packs[7]);
    EXPECT_FALSE(decode_holt_index(encode_holt_index(index), "x"));
    index.packs.pop_back();
    index.snapshots.push_back(index.snapshots[7]);
    EXPECT_FALSE(decode_holt_index(encode_holt_index(index), "x"));
}

TEST_F(ForgedHolt, TwoSnapshotsOfOneNameLeaveNothing) {
    HoltMaker maker;
    for (const std::string content : {"one", "two"}) {
        maker.snapshot({.root = maker.folder("", {maker.file("f", {content})}),
                        .name = "s",
                        .files = 1,
                        .folders = 1,
                        .bytes = 3});
    }
    const auto report = import(maker);
    ASSERT_FALSE(report);
    EXPECT_TRUE(store_.list()->empty()) << report.error().message();
    EXPECT_TRUE(store_.verify({}, {}, notes_)->damage.empty());
}

// What is accepted is verified, collected and restored like anything else, whatever its chunks are
// said to be.
TEST_F(ForgedHolt, ChunksUnderAnotherKindAreNoHarm) {
    HoltMaker maker;
    TreeEntry file = maker.file("f", {"x"});
    file.chunks[0] = maker.chunk("as a tree", ChunkKind::tree);
    file.content = file.chunks[0].digest;
    file.size = file.chunks[0].length;
    const Bytes tree = store::encode_tree({file});
    TreeEntry root{.name = "", .kind = holt::fs::Kind::folder, .mode = 0755, .size = tree.size()};
    root.chunks = {maker.chunk(as_text(tree), ChunkKind::data)};
    root.content = root.chunks[0].digest;
    maker.snapshot({.root = root, .name = "s", .files = 1, .folders = 1, .bytes = file.size});
    const auto report = import(maker);
    if (!report) return;  // refused is as good
    EXPECT_TRUE(store_.gc({}, notes_));
    EXPECT_TRUE(store_.verify({}, {}, notes_)->damage.empty());
    restore("s", "out");
    EXPECT_EQ(read_file(dir_ / "out/f"), "as a tree");
}

TEST_F(ForgedHolt, ATreeOfTheSamePartAgainAndAgainTakesNoMemory) {
    HoltMaker maker;
    TreeEntry tree = maker.folder("", {maker.file("f", {random_bytes(4 << 20, 2)})});
    const store::ChunkRef part = maker.chunk(random_bytes(4 << 20, 2));
    tree.chunks.assign(10'000, part);
    tree.size = std::uint64_t{10'000} * part.length;
    maker.snapshot({.root = tree, .files = 1, .folders = 1, .bytes = 4 << 20});
    expect_refused("a tree of 40 GB", maker, ErrorKind::unsafe_input);
}

TEST_F(ForgedHolt, ANameForASnapshotThatIsThereMakesAFurtherOne) {
    HoltMaker maker;
    maker.snapshot({.root = maker.folder("", {maker.file("f", {"x"})}),
                    .name = "a",
                    .files = 1,
                    .folders = 1,
                    .bytes = 1});
    const std::string bytes = maker.finish();
    write_file(dir_ / "x.holt", bytes);
    const auto import_as = [&](const std::string& name) {
        return store_.import_from({.path = (dir_ / "x.holt").string()}, {.name = name}, notes_);
    };
    ASSERT_TRUE(import_as(""));
    const auto further = import_as("B");
    ASSERT_TRUE(further) << further.error().message();
    EXPECT_EQ(further->snapshots[0].name, "B");
    EXPECT_EQ(store_.find("B")->root, store_.find("a")->root);
    EXPECT_EQ(store_.list()->size(), 2u);
    // Again, it is there; and another name is another one.
    ASSERT_TRUE(import_as("B"));
    ASSERT_TRUE(import_as("a"));
    EXPECT_EQ(store_.list()->size(), 2u);
    snapshot({.name = "taken"});
    EXPECT_FALSE(import_as("taken"));
    restore("B", "out");
    EXPECT_EQ(read_file(dir_ / "out/f"), "x");
    EXPECT_TRUE(store_.verify({}, {}, notes_)->damage.empty());
    ASSERT_TRUE(Store::repair((dir_ / "store").string(), {}, notes_));
    EXPECT_TRUE(store_.find("B"));
}

}  // namespace
}  // namespace holt::test

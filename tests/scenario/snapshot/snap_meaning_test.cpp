// What a SNAP means: whatever is accepted as a name or key is found by every operation, and nothing
// that others choose as a key changes what an id means.
#include <gtest/gtest.h>
#include <holt/archive.hpp>

#include <filesystem>
#include <string>
#include <vector>

#include "support/store_fixture.h"

namespace holt::test {
namespace {

namespace stdfs = std::filesystem;

class SnapMeaning : public StoreTest {
  protected:
    // A snapshot of a folder of its own; its id.
    std::string take(const std::string& content, const SnapshotOptions& options) {
        write_file(source_ / "sub" / "file", content);
        return snapshot(options).snapshot.id.hex();
    }
    std::string content_of(const std::string& snap) {
        const auto where = store_.find_path(snap);
        EXPECT_TRUE(where) << snap << ": " << where.error().message();
        if (!where) return "";
        std::string out;
        EXPECT_TRUE(
            store_.cat(where->snapshot.id.hex(), "sub/file", [&](std::string_view bytes) -> Status {
                out += bytes;
                return {};
            }));
        return out;
    }
    // Each operation that takes a SNAP, with `snap`, which means a snapshot whose file is
    // `content`.
    void expect_found_by_all(const std::string& snap, const std::string& id,
                             const std::string& content) {
        SCOPED_TRACE(snap);
        const auto info = store_.find(snap);
        ASSERT_TRUE(info) << info.error().message();
        EXPECT_EQ(info->id.hex(), id);
        const auto where = store_.find_path(snap + ":sub/file");
        ASSERT_TRUE(where) << where.error().message();
        EXPECT_EQ(where->snapshot.id.hex(), id);
        EXPECT_EQ(where->path, "sub/file");
        EXPECT_EQ(content_of(snap), content);

        const stdfs::path out = dir_ / "out";
        restore(snap, "out");
        EXPECT_EQ(read_file(out / "sub" / "file"), content);
        restore(snap + ":sub", "part");
        EXPECT_EQ(read_file(dir_ / "part" / "file"), content);
        // "/" and ".." are folders that are there.
        const std::string side = snap == "/" || snap == ".." ? "key:" + snap : snap;
        const auto diff = store_.diff(
            side, out.string(), {}, [](const DiffEntry&) {}, notes_);
        ASSERT_TRUE(diff) << diff.error().message();
        EXPECT_FALSE(diff->differs());
        const auto below = store_.diff(
            snap + ":sub", (out / "sub").string(), {}, [](const DiffEntry&) {}, notes_);
        ASSERT_TRUE(below) << below.error().message();
        EXPECT_FALSE(below->differs());
        const auto verified = store_.verify({snap}, {}, notes_);
        ASSERT_TRUE(verified) << verified.error().message();
        EXPECT_EQ(verified->snapshots, 1u);
        for (const std::string& against : {snap, snap + ":."}) {
            const auto same = store_.verify_folder(
                out.string(), {.against = against}, [](const DiffEntry&) {}, notes_);
            ASSERT_TRUE(same) << same.error().message();
            EXPECT_FALSE(same->differs());
        }
        for (const char* file : {"a.tar", "a.holt"}) {
            const auto exported = store_.export_to({snap}, {.path = dir_ / file}, {}, notes_);
            ASSERT_TRUE(exported) << exported.error().message();
            EXPECT_EQ(exported->snapshots.at(0).id.hex(), id);
            stdfs::remove(dir_ / file);
        }
        const auto since =
            store_.export_to({"latest"}, {.path = dir_ / "b.holt"}, {.since = {snap}}, notes_);
        ASSERT_TRUE(since) << since.error().message();
        stdfs::remove(dir_ / "b.holt");
        stdfs::remove_all(out);
        stdfs::remove_all(dir_ / "part");
    }
};

// Keys that separators, other snapshots and other meanings of SNAP could hide.
TEST_F(SnapMeaning, EveryKeyAndNameIsFoundByEveryOperation) {
    const std::vector<std::string> keys = {
        "sha256:ab",  "a/b",    "a:b:c",       ":",
        "a:",         ":a",     "/",           "/abs/olute",
        "./here",     "..",     "-x",          "--key=y",
        "with space", " ",      "caf\xc3\xa9", "\xff\xfe",
        "*?[x]",      "\\",     "a//b",        "a/../b",
        "key",        "name:x", "id:0123abcd", std::string(1024, 'k')};
    for (std::size_t i = 0; i < keys.size(); ++i) {
        const std::string content = "key " + std::to_string(i);
        const std::string id = take(content, {.key = keys[i]});
        expect_found_by_all(keys[i], id, content);
        expect_found_by_all("key:" + keys[i], id, content);
    }
    const std::vector<std::string> names = {
        "n", "key", "name", "id", "a b", "x.tar", "caf\xc3\xa9", "*", "+x", std::string(255, 'n')};
    for (std::size_t i = 0; i < names.size(); ++i) {
        const std::string content = "name " + std::to_string(i);
        const std::string id = take(content, {.name = names[i]});
        expect_found_by_all(names[i], id, content);
        expect_found_by_all("name:" + names[i], id, content);
        expect_found_by_all(id, id, content);
        expect_found_by_all(id.substr(0, 20), id, content);
        expect_found_by_all("id:" + id.substr(0, 20), id, content);
    }
}

// One text may be several things: the order decides, and the prefixes reach what it hides.
TEST_F(SnapMeaning, TheOrderOfMeanings) {
    const std::string named = take("named", {.name = "both"});
    const std::string keyed = take("keyed", {.key = "both"});
    EXPECT_EQ(store_.find("both")->id.hex(), named);
    EXPECT_EQ(store_.find("key:both")->id.hex(), keyed);
    EXPECT_EQ(store_.find("name:both")->id.hex(), named);

    const std::string prefix = take("prefix", {.key = named.substr(0, 8)});
    EXPECT_EQ(store_.find(named.substr(0, 8))->id.hex(), prefix);
    EXPECT_EQ(store_.find("id:" + named.substr(0, 8))->id.hex(), named);
    EXPECT_EQ(store_.find(named.substr(0, 9))->id.hex(), named);

    const std::string latest = take("key latest", {.key = "latest"});
    const std::string newest = take("newest", {});
    EXPECT_EQ(store_.find("latest")->id.hex(), newest);
    EXPECT_EQ(store_.find("key:latest")->id.hex(), latest);

    const std::string older = take("older", {.key = "k"});
    const std::string newer = take("newer", {.key = "k"});
    EXPECT_EQ(store_.find("k")->id.hex(), newer);
    EXPECT_NE(older, newer);
}

// Somebody else's key that is the id of a snapshot: the id means the snapshot, for users and for
// what the store remembers by ids.
TEST_F(SnapMeaning, AnIdIsNeverTakenForAKey) {
    const std::string first = take("first", {});
    restore(first, "space");
    const std::string second = take("second", {.key = first});
    EXPECT_EQ(store_.find(first)->id.hex(), first);
    EXPECT_EQ(store_.find("key:" + first)->id.hex(), second);

    std::uint64_t told = 0;
    const auto verified = store_.verify_folder((dir_ / "space").string(), {},
                                               [&](const DiffEntry&) { ++told; }, notes_);
    ASSERT_TRUE(verified) << verified.error().message();
    EXPECT_FALSE(verified->differs()) << "it was compared with the snapshot that has the key";
    EXPECT_EQ(told, 0u);

    // A record of the space proves what the first snapshot has, not what the second has.
    restore("key:" + first, "space");
    EXPECT_EQ(read_file(dir_ / "space" / "sub" / "file"), "second");
}

// The longest text that means a snapshot is the SNAP; "./" keeps a key out of SUB.
TEST_F(SnapMeaning, TheLongestSnapIsTaken) {
    write_file(source_ / "a:b" / "c:d", "colons");
    const std::string plain = take("plain", {.name = "n"});
    const std::string keyed = take("keyed", {.key = "n:sub"});
    EXPECT_EQ(store_.find_path("n:sub")->snapshot.id.hex(), keyed);
    EXPECT_EQ(store_.find_path("n:sub")->path, "");
    EXPECT_EQ(store_.find_path("n:sub:sub")->snapshot.id.hex(), keyed);
    EXPECT_EQ(store_.find_path("n:./sub")->snapshot.id.hex(), plain);
    EXPECT_EQ(store_.find_path("name:n:sub")->snapshot.id.hex(), plain);
    EXPECT_EQ(store_.find_path("name:n:sub")->path, "sub");
    EXPECT_EQ(store_.find_path("n:a:b/c:d")->snapshot.id.hex(), plain);
    EXPECT_EQ(store_.find_path("n:a:b/c:d")->path, "a:b/c:d");
    EXPECT_EQ(store_.find_path("latest:")->path, "");
    for (const std::string unknown :
         {"m:sub", ":", "", ":sub", "key:", "name:m", "id:n", "key:m:sub"}) {
        const auto found = store_.find_path(unknown);
        ASSERT_FALSE(found) << unknown;
        EXPECT_EQ(found.error().kind, ErrorKind::not_found) << unknown;
    }
    EXPECT_EQ(store_.find_path("n:../x").error().kind, ErrorKind::usage);
    // No text makes it look for long.
    EXPECT_FALSE(store_.find_path(std::string(100'000, ':')));
}

// A folder on disk and a key of the same text.
TEST_F(SnapMeaning, AFolderIsMeantWhereItBeginsAsAPath) {
    const std::string id = take("one", {.key = (dir_ / "source").string()});
    const std::string side = (dir_ / "source").string();
    write_file(source_ / "more", "");
    const auto folder = store_.diff(
        "latest", side, {}, [](const DiffEntry&) {}, notes_);
    ASSERT_TRUE(folder);
    EXPECT_TRUE(folder->differs()) << "the folder is there, so it is the folder";
    const auto snapshot = store_.diff(
        "latest", "key:" + side, {}, [](const DiffEntry&) {}, notes_);
    ASSERT_TRUE(snapshot);
    EXPECT_FALSE(snapshot->differs());
    stdfs::remove_all(source_);
    const auto gone = store_.diff(
        id, side, {}, [](const DiffEntry&) {}, notes_);
    ASSERT_TRUE(gone) << gone.error().message();
    EXPECT_FALSE(gone->differs());
}

// What could never be written or read again is refused when it is chosen.
TEST_F(SnapMeaning, BadKeysAreRefused) {
    for (const std::string& bad :
         {std::string("a\nb"), std::string("\x1b[31m"), std::string(1, '\0'), std::string("\x7f"),
          std::string(1025, 'k')}) {
        const auto taken = store_.snapshot(source_.string(), {.key = bad}, notes_);
        ASSERT_FALSE(taken);
        EXPECT_EQ(taken.error().kind, ErrorKind::usage);
    }
    EXPECT_TRUE(store_.list()->empty());
}

}  // namespace
}  // namespace holt::test

// Each command's usual use, from a new store to a restored tree, as a user runs it.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>

#include "cli/store_fixture.h"

namespace holt::test {
namespace {

using testing::Test;

bool is_id(const std::string& text) {
    return text.size() == 64 &&
           std::ranges::all_of(text, [](unsigned char c) { return std::isxdigit(c) != 0; });
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

TEST_F(StoreTest, InitSaysWhereAndTakesAStoreThatIsThere) {
    const Finished made = run({"init", path("other")});
    EXPECT_EQ(made.code, 0) << made.err;
    EXPECT_EQ(made.out, "");
    EXPECT_TRUE(has(made.err, path("other"))) << made.err;
    const Finished again = run({"init", path("other")});
    EXPECT_EQ(again.code, 0) << again.err;
    EXPECT_TRUE(has(again.err, "already a store")) << again.err;
    const Finished in_tree = run({"init", tree()});
    EXPECT_NE(in_tree.code, 0) << "a folder that is not empty";
    EXPECT_TRUE(has(in_tree.err, tree())) << in_tree.err;
}

TEST_F(StoreTest, SnapshotPrintsTheIdAlone) {
    const Finished taken = run({"snapshot", "tree", "--name", "first"});
    ASSERT_EQ(taken.code, 0) << taken.err;
    EXPECT_TRUE(is_id(taken.out.substr(0, 64))) << taken.out;
    EXPECT_EQ(taken.out.size(), 65u);
    EXPECT_TRUE(has(taken.err, "taken")) << taken.err;
    const Finished quiet = run({"snapshot", "-q", "tree"});
    EXPECT_EQ(quiet.err, "");
    EXPECT_EQ(quiet.out.size(), 65u);
}

TEST_F(StoreTest, ListAndShow) {
    EXPECT_EQ(run({"list"}).out, "");
    const std::string id = snapshot({"--name", "one", "--key", "k1", "--tag", "branch=main"});
    snapshot();
    const Finished list = run({"list"});
    EXPECT_EQ(list.code, 0);
    EXPECT_EQ(std::ranges::count(list.out, '\n'), 3) << list.out;
    EXPECT_TRUE(has(list.out, "one")) << list.out;
    EXPECT_TRUE(has(list.out, tree())) << list.out;
    for (const std::string& snap : {id, id.substr(0, 8), std::string("one"), std::string("k1")}) {
        const Finished show = run({"show", snap});
        EXPECT_EQ(show.code, 0) << show.err;
        for (const char* part : {"one", "k1", "branch=main"})
            EXPECT_TRUE(has(show.out, part)) << show.out;
        EXPECT_TRUE(has(show.out, id));
    }
    EXPECT_FALSE(has(run({"show", "latest"}).out, id));
}

TEST_F(StoreTest, Ls) {
    snapshot({"--name", "s"});
    EXPECT_EQ(run({"ls", "s"}).out, "README\nempty\nlink\nsecond\nsrc\n");
    EXPECT_EQ(run({"ls", "s:src"}).out, "src/deep\nsrc/main.c\n");
    EXPECT_EQ(run({"ls", "s:/src/"}).out, "src/deep\nsrc/main.c\n");
    EXPECT_EQ(run({"ls", "s:src/main.c"}).out, "src/main.c\n");
    EXPECT_EQ(run({"ls", "-R", "s:src"}).out, "src/deep\nsrc/deep/data\nsrc/main.c\n");
    const std::string details = run({"ls", "-l", "s"}).out;
    EXPECT_TRUE(has(details, "link -> src/main.c")) << details;
    EXPECT_TRUE(has(details, "drwx")) << details;
    EXPECT_TRUE(has(run({"ls", "-lR", "s"}).out, "-rwxr-xr-x"));
}

TEST_F(StoreTest, Cat) {
    snapshot({"--name", "s"});
    EXPECT_EQ(run({"cat", "s", "README"}).out, "read me\n");
    EXPECT_EQ(run({"cat", "s:README"}).out, "read me\n");
    EXPECT_EQ(run({"cat", "s:src/deep/data"}).out, std::string(300'000, 'x') + "end");
    EXPECT_NE(run({"cat", "s", "src"}).code, 0) << "a folder";
    EXPECT_EQ(run({"cat", "s", "missing"}).code, 13);
}

TEST_F(StoreTest, RestoreGivesTheSameTree) {
    snapshot({"--name", "s"});
    const Finished restored = run({"restore", "s", "copy"});
    ASSERT_EQ(restored.code, 0) << restored.err;
    EXPECT_EQ(restored.out, "");
    if (!has_rsync()) GTEST_SKIP() << "rsync is not installed";
    EXPECT_EQ(differences(tree(), path("copy")), "");
    ASSERT_EQ(run({"restore", "s:src", "part", "--durable"}).code, 0);
    EXPECT_EQ(differences(tree() + "/src", path("part")), "");
}

TEST_F(StoreTest, RestoreByHardLinkTellsWhatItDid) {
    snapshot({"--name", "s"});
    const Finished copied = run({"restore", "s", "copy"});
    EXPECT_TRUE(has(copied.err, "files    copied")) << copied.err;
    for (const char* name : {"one", "two"}) {
        const Finished linked = run({"restore", "s", name, "--link", "require-hardlink"});
        ASSERT_EQ(linked.code, 0) << linked.err;
        EXPECT_TRUE(has(linked.err, "hard-linked from the store's pool, read-only")) << linked.err;
    }
    EXPECT_TRUE(std::filesystem::equivalent(path("one/README"), path("two/README")));
    EXPECT_FALSE(std::filesystem::equivalent(path("one/README"), path("copy/README")));
    std::filesystem::permissions(path("one/README"), std::filesystem::perms::owner_write,
                                 std::filesystem::perm_options::add);
    write_file(path("one/README"), "changed by a program");
    const Finished mended = run({"restore", "s", "three", "--link", "hardlink"});
    EXPECT_EQ(mended.code, 0) << mended.err;
    EXPECT_TRUE(has(mended.err, "use pool file") && has(mended.err, "/pool/")) << mended.err;
    EXPECT_EQ(read_file(path("three/README")), "read me\n");
}

TEST_F(StoreTest, RestoreOverATreeNeedsForce) {
    snapshot({"--name", "s"});
    std::filesystem::create_directory(path("copy"));
    write_file(path("copy/extra"), "stays");
    write_file(path("copy/README"), "changed");
    const Finished refused = run({"restore", "s", "copy"});
    EXPECT_EQ(refused.code, 1);
    EXPECT_TRUE(has(refused.err, "not empty") && has(refused.err, "--force")) << refused.err;
    EXPECT_EQ(read_file(path("copy/README")), "changed");

    const Finished dry = run({"restore", "s", "copy", "--force", "--dry-run"});
    EXPECT_EQ(dry.code, 0) << dry.err;
    EXPECT_EQ(read_file(path("copy/README")), "changed");

    ASSERT_EQ(run({"restore", "s", "copy", "--force"}).code, 0);
    EXPECT_EQ(read_file(path("copy/README")), "read me\n");
    EXPECT_EQ(read_file(path("copy/extra")), "stays");

    ASSERT_EQ(run({"restore", "s", "copy", "--force", "--delete"}).code, 0);
    EXPECT_FALSE(std::filesystem::exists(path("copy/extra")));
}

TEST_F(StoreTest, RestoredTimes) {
    snapshot({"--name", "s"});
    ASSERT_EQ(run({"restore", "s", "copy", "--mtime", "epoch"}).code, 0);
    struct stat st {};
    ASSERT_EQ(::stat(path("copy/README").c_str(), &st), 0);
    EXPECT_EQ(st.st_mtim.tv_sec, 0);
}

TEST_F(StoreTest, DiffOfSnapshotsAndFolders) {
    snapshot({"--name", "a"});
    EXPECT_EQ(run({"diff", "a", tree()}).code, 0);
    write_file(tree() + "/new", "new");
    std::filesystem::remove(tree() + "/link");
    write_file(tree() + "/src/main.c", "int main(void) { return 1; }\n");
    ::chmod((tree() + "/src/deep/data").c_str(), 0600);
    snapshot({"--name", "b"});
    for (const std::string& newer : {std::string("b"), tree()}) {
        const Finished diff = run({"diff", "a", newer});
        EXPECT_EQ(diff.code, 1) << diff.err;
        EXPECT_TRUE(has(diff.out, "+ new\n")) << diff.out;
        EXPECT_TRUE(has(diff.out, "- link\n")) << diff.out;
        EXPECT_TRUE(has(diff.out, "M src/main.c")) << diff.out;
        EXPECT_TRUE(has(diff.out, "m src/deep/data")) << diff.out;
        EXPECT_TRUE(has(diff.err, "1 added, 1 removed")) << diff.err;
    }
    EXPECT_EQ(run({"diff", "b", tree()}).code, 0);
}

TEST_F(StoreTest, ExcludesFromOptionsAndFiles) {
    write_file(path("globs"), "# a comment\n\nREADME\nsrc/deep/\n");
    const Finished taken =
        run({"snapshot", "tree", "--name", "s", "--exclude", "link", "--exclude-from", "globs"});
    ASSERT_EQ(taken.code, 0) << taken.err;
    EXPECT_EQ(run({"ls", "-R", "s"}).out, "empty\nsecond\nsrc\nsrc/main.c\n");
    Program from_stdin = program({"snapshot", "tree", "--name", "t", "--exclude-from", "-"});
    from_stdin.input = "src\n";
    EXPECT_EQ(from_stdin.run().code, 0);
    EXPECT_EQ(run({"ls", "t"}).out, "README\nempty\nlink\nsecond\n");
    EXPECT_NE(run({"snapshot", "tree", "--exclude-from", "missing"}).code, 0);
    EXPECT_NE(run({"snapshot", "tree", "--exclude-from", "tree"}).code, 0);
}

TEST_F(StoreTest, VerifyStatsRepair) {
    snapshot({"--name", "s"});
    const Finished verified = run({"verify"});
    EXPECT_EQ(verified.code, 0) << verified.err;
    EXPECT_TRUE(has(verified.out, "all in order")) << verified.out;
    EXPECT_EQ(run({"verify", "s", "latest"}).code, 0);
    EXPECT_EQ(run({"verify", "--subset", "50%"}).code, 0);
    EXPECT_EQ(run({"verify", "-q"}).out, "");

    const Finished stats = run({"stats"});
    EXPECT_EQ(stats.code, 0);
    EXPECT_TRUE(has(stats.out, "deduplication")) << stats.out;

    const Finished repaired = run({"repair"});
    EXPECT_EQ(repaired.code, 0) << repaired.err;
    EXPECT_TRUE(has(run({"list"}).out, " s "));
    EXPECT_EQ(run({"verify"}).code, 0);
}

TEST_F(StoreTest, NamesThatLookLikeSomethingElse) {
    snapshot({"--name", "list"});  // a command's name
    EXPECT_EQ(run({"show", "list"}).code, 0);
    for (const std::string name : {"-dash", "[a,b]", "a\nb", "\xff\xfe", "%%", "{}", " ", "a\\b"})
        write_file(tree() + "/" + name, name);
    snapshot({"--name", "odd"});
    const std::string shown = run({"ls", "odd"}).out;
    for (const char* line : {"-dash\n", "[a,b]\n", "a\\nb\n", "\\xff\\xfe\n", "a\\\\b\n"})
        EXPECT_TRUE(has(shown, line)) << shown;
    EXPECT_EQ(run({"cat", "odd", "--", "-dash"}).out, "-dash");
    EXPECT_EQ(run({"cat", "odd", "\xff\xfe"}).out, "\xff\xfe");
    EXPECT_EQ(run({"cat", "odd:a\nb"}).out, "a\nb");
    bool exact = false;
    for (const Json& line : run({"ls", "odd", "--json"}).json())
        exact |= line["type"] == "entry" && line.contains("path_base64") &&
                 line["path_base64"] == "//4=";
    EXPECT_TRUE(exact);
    // A folder with such a name as source and as destination.
    std::filesystem::rename(tree(), path("-t\n"));
    ASSERT_EQ(run({"snapshot", "--name", "minus", "--", "-t\n"}).code, 0);
    ASSERT_EQ(run({"restore", "minus", "--", "-r\xff"}).code, 0);
    EXPECT_TRUE(std::filesystem::exists(path("-r\xff") + "/README"));
}

TEST_F(StoreTest, OptionsStandBeforeOrAfterTheCommand) {
    const std::string id = snapshot();
    const Program before{.args = {"--json", "--store", store(), "list"}};
    const Program after{.args = {"list", "--store=" + store(), "--json"}};
    EXPECT_EQ(before.run().out, after.run().out);
    EXPECT_EQ(before.run().json()[0]["id"], id);
}

TEST_F(StoreTest, AReaderThatGoesAwayIsNoError) {
    for (int i = 0; i < 2000; ++i) write_file(tree() + "/" + std::to_string(i), "");
    snapshot({"--name", "s"});
    const auto shell = [&](const std::string& tail) {
        return other("sh", {"-c", "HOLT_STORE=" + store() + " " + HOLT_PROGRAM + " " + tail});
    };
    const auto listed = shell("ls -lR s | head -n 1");
    EXPECT_EQ(listed->err, "");
    const auto read = shell("cat s src/deep/data | head -c 5");
    EXPECT_EQ(read->out, "xxxxx");
    EXPECT_EQ(read->err, "");
    Program full = program({"ls", "-lR", "s"});
    full.output_to = "/dev/full";
    EXPECT_EQ(full.run().code, 15);
}

}  // namespace
}  // namespace holt::test

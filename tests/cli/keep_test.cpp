// Proves: repair --from, gc --auto and --recompress, verify that goes on, on the command line.
#include <filesystem>
#include <random>

#include "cli/store_fixture.h"

namespace holt::test {
namespace {

namespace stdfs = std::filesystem;

class Keep : public StoreTest {
  protected:
    stdfs::path only_pack() const {
        stdfs::path found;
        for (const auto& entry : stdfs::recursive_directory_iterator(store() + "/packs"))
            if (entry.path().extension() == ".pack") found = entry.path();
        return found;
    }
    /// Text that a higher level makes smaller.
    static std::string words(unsigned seed) {
        std::mt19937 random(seed);
        std::string text;
        while (text.size() < 20'000) {
            const unsigned word = random() % 64 * (random() % 64);
            text += std::to_string(word * word) + (word % 7 == 0 ? ".\n" : " ");
        }
        return text;
    }
};

TEST_F(Keep, RepairTakesALostPackFromAFolderAndFromAHoltFile) {
    snapshot({"--name", "s"});
    const std::string file = path("s.holt");
    ASSERT_EQ(run({"export", "s", file}).code, 0);
    for (const std::string& from : {tree(), file}) {
        while (!only_pack().empty()) ASSERT_TRUE(stdfs::remove(only_pack()));
        EXPECT_EQ(run({"verify"}).code, 14);
        const Finished unmended = run({"repair", "--from", path("store.not")});
        EXPECT_EQ(unmended.code, 1) << "a place that is not there: " << unmended.err;
        const Finished mended = run({"repair", "--from", from, "--json"});
        EXPECT_EQ(mended.code, 0) << mended.err;
        EXPECT_GT(mended.json().back()["regained_chunks"], 0) << from;
        EXPECT_EQ(run({"verify"}).code, 0);
        const Finished restored = run({"restore", "s", path("out")});
        EXPECT_EQ(restored.code, 0) << restored.err;
        if (has_rsync()) {
            EXPECT_EQ(differences(tree(), path("out")), "");
        }
        stdfs::remove_all(path("out"));
    }
}

TEST_F(Keep, WhatNobodyHasIsNamedByPathWithTheSnapshot) {
    snapshot({"--name", "s"});
    ASSERT_TRUE(stdfs::remove(only_pack()));
    const Finished repaired = run({"repair", "--from", path("tree/src/deep")});
    EXPECT_EQ(repaired.code, 14);
    EXPECT_NE(repaired.err.find("s"), std::string::npos) << repaired.err;
}

TEST_F(Keep, AutomaticCollectionIsSetAndEnds) {
    EXPECT_EQ(run({"gc", "--auto", "--max-size", "1G", "--max-age", "30d"}).code, 0);
    snapshot({"--name", "old"});
    EXPECT_EQ(run({"forget", "old"}).code, 0);
    snapshot();
    EXPECT_EQ(run({"undelete", "old"}).code, 13) << "the snapshot has collected";
    EXPECT_EQ(run({"gc", "--no-auto"}).code, 0);
    snapshot({"--name", "again"});
    EXPECT_EQ(run({"forget", "again"}).code, 0);
    snapshot();
    EXPECT_EQ(run({"undelete", "again"}).code, 0);
    for (const std::vector<std::string>& args :
         std::vector<std::vector<std::string>>{{"gc", "--auto", "--no-auto"},
                                               {"gc", "--auto", "--dry-run"},
                                               {"gc", "--recompress", "1"},
                                               {"gc", "--recompress", "most"},
                                               {"verify", "--max-time", "soon"},
                                               {"verify", "latest", "--max-time", "1"}}) {
        const Finished refused = run(args);
        EXPECT_EQ(refused.code, 2) << args[0] << ' ' << args[1] << ": " << refused.err;
    }
}

TEST_F(Keep, PacksAreCompressedAgainOnce) {
    for (unsigned i = 0; i < 40; ++i) write_file(tree() + "/text" + std::to_string(i), words(i));
    snapshot({"--name", "s"});
    const Finished would = run({"gc", "--recompress", "15", "--dry-run", "--json"});
    EXPECT_EQ(would.code, 0) << would.err;
    EXPECT_EQ(would.json().front()["action"], "recompress");
    const Finished did = run({"gc", "--recompress", "15", "--json"});
    EXPECT_EQ(did.code, 0) << did.err;
    EXPECT_LT(did.json().back()["bytes_after"], did.json().back()["bytes_before"]);
    const Finished again = run({"gc", "--recompress", "15", "--dry-run", "--json"});
    EXPECT_EQ(again.json().size(), 1u) << "nothing is left to do: " << again.out;
    const Finished higher = run({"gc", "--recompress", "17", "--dry-run", "--json"});
    EXPECT_EQ(higher.json().front()["action"], "recompress");
    EXPECT_EQ(run({"verify"}).code, 0);
    EXPECT_EQ(run({"restore", "s", path("out")}).code, 0);
    if (has_rsync()) {
        EXPECT_EQ(differences(tree(), path("out")), "");
    }
}

TEST_F(Keep, VerifyGoesOnWhereItStopped) {
    for (int i = 0; i < 4; ++i) {
        write_file(tree() + "/README", std::to_string(i));
        snapshot();
    }
    const Finished first = run({"verify", "--subset", "50%", "--json"});
    EXPECT_EQ(first.code, 0) << first.err;
    EXPECT_EQ(first.json().back()["packs"], 2);
    EXPECT_EQ(first.json().back()["all_packs"], 4);
    EXPECT_NE(run({"verify", "--subset", "50%"}).out.find("2 of 4 packs"), std::string::npos);
    const Finished timed = run({"verify", "--max-time", "3600", "--json"});
    EXPECT_EQ(timed.json().back()["packs"], 4);
    EXPECT_EQ(timed.json().back()["out_of_time"], false);
}

}  // namespace
}  // namespace holt::test

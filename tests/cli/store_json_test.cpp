// With --json every command prints JSON objects with a type, the last a summary or an error, and
// the fields that the documentation promises.
#include <gtest/gtest.h>

#include "cli/store_fixture.h"

namespace holt::test {
namespace {

class StoreJsonTest : public StoreTest {
  protected:
    std::vector<Json> lines(std::vector<std::string> args, int code = 0) const {
        args.push_back("--json");
        const Finished finished = run(args);
        EXPECT_EQ(finished.code, code) << finished.err;
        std::vector<Json> all = finished.json();
        EXPECT_FALSE(all.empty());
        if (all.empty()) return {Json::object()};
        const std::string last = all.back()["type"];
        EXPECT_TRUE(last == "summary" || last == "error") << last;
        EXPECT_EQ(all.back()["exit_code"], code);
        return all;
    }
    Json summary(const std::vector<std::string>& args, int code = 0) const {
        Json last = lines(args, code).back();
        EXPECT_EQ(last["command"], args[0]);
        return last;
    }
};

TEST_F(StoreJsonTest, Snapshot) {
    Json taken = summary({"snapshot", "tree", "--name", "s", "--tag", "k=v"});
    EXPECT_EQ(taken["snapshot"]["name"], "s");
    EXPECT_EQ(taken["snapshot"]["tags"][0]["value"], "v");
    EXPECT_EQ(taken["snapshot"]["source"], tree());
    EXPECT_EQ(taken["snapshot"]["id"].get<std::string>().size(), 64u);
    EXPECT_EQ(taken["snapshot"]["folders"], 4);
    for (const char* field : {"files_read", "files_unchanged", "bytes_read", "new_bytes",
                              "stored_bytes", "left_out", "seconds"})
        EXPECT_TRUE(taken[field].is_number()) << field;
    Json again = summary({"snapshot", "tree"});
    // A file written just before is read again: its time cannot tell yet that nothing changed.
    EXPECT_EQ(again["files_read"].get<int>() + again["files_unchanged"].get<int>(), 3);
    EXPECT_EQ(again["new_bytes"], 0);
}

TEST_F(StoreJsonTest, InitListShowLs) {
    EXPECT_EQ(summary({"init", "other"})["store"], path("other"));
    EXPECT_EQ(summary({"list"})["snapshots"], 0);
    const std::string id = snapshot({"--name", "s"});
    auto listed = lines({"list"});
    ASSERT_EQ(listed.size(), 2u);
    EXPECT_EQ(listed[0]["type"], "snapshot");
    EXPECT_EQ(listed[0]["id"], id);
    auto shown = lines({"show", "s"});
    EXPECT_EQ(shown[0]["root"].get<std::string>().size(), 64u);
    auto entries = lines({"ls", "-R", "s"});
    std::map<std::string, Json> by_path;
    for (Json entry : entries)
        if (entry["type"] == "entry") by_path[entry["path"]] = entry;
    EXPECT_EQ(by_path["src/main.c"]["mode"], "0755");
    EXPECT_EQ(by_path["src/main.c"]["kind"], "file");
    EXPECT_EQ(by_path["link"]["target"], "src/main.c");
    EXPECT_EQ(by_path["second"]["hard_link_to"], "README");
    EXPECT_EQ(by_path["src"]["kind"], "folder");
    EXPECT_EQ(by_path["src/deep/data"]["size"], 300'003);
}

// The digest of a file is that of its content as b3sum prints it.
TEST_F(StoreJsonTest, DigestIsThatOfB3sum) {
    const auto b3sum = other("b3sum", {tree() + "/src/deep/data"});
    if (!b3sum) GTEST_SKIP() << "b3sum is not installed";
    snapshot({"--name", "s"});
    EXPECT_EQ(lines({"ls", "s:src/deep/data"})[0]["digest"], b3sum->out.substr(0, 64));
}

TEST_F(StoreJsonTest, CatIsBase64) {
    snapshot({"--name", "s"});
    auto data = lines({"cat", "s", "README"});
    ASSERT_EQ(data.size(), 2u);
    EXPECT_EQ(data[0]["type"], "data");
    EXPECT_EQ(data[0]["offset"], 0);
    EXPECT_EQ(data[0]["base64"], "cmVhZCBtZQo=");
    EXPECT_EQ(data[1]["bytes"], 8);
}

TEST_F(StoreJsonTest, RestoreDiffVerifyRepairStats) {
    snapshot({"--name", "s"});
    Json restored = summary({"restore", "s", "copy"});
    EXPECT_EQ(restored["symlinks"], 1);
    EXPECT_EQ(restored["warnings"], 0);
    EXPECT_EQ(restored["destination"], "copy");
    EXPECT_EQ(restored["link"], "copy");
    EXPECT_EQ(restored["files_linked"], 0);
    EXPECT_EQ(restored["pool_replaced"], 0);
    EXPECT_FALSE(summary({"diff", "s", "./copy"})["differs"]);
    write_file(path("copy/new"), "new");
    auto changes = lines({"diff", "s", "./copy"}, 1);
    bool found = false;
    for (Json line : changes)
        found |= line["type"] == "change" && line["change"] == "added" && line["path"] == "new";
    EXPECT_TRUE(found);
    EXPECT_EQ(changes.back()["added"], 1);
    EXPECT_EQ(summary({"verify"})["damage"], 0);
    EXPECT_EQ(summary({"stats"})["snapshots"], 1);
    EXPECT_EQ(summary({"repair"})["snapshots"], 1);
}

TEST_F(StoreJsonTest, ErrorsAreTheLastLine) {
    Json error = lines({"show", "nothing-of-that-name"}, 13).back();
    EXPECT_EQ(error["type"], "error");
    EXPECT_EQ(error["kind"], "not-found");
    for (const char* field : {"operation", "object", "cause", "advice", "message"})
        EXPECT_TRUE(error[field].is_string()) << field;
}

}  // namespace
}  // namespace holt::test

// --timings tells where the time went, on standard error or as a JSON line, and changes nothing
// else.
#include <gtest/gtest.h>

#include <set>

#include "cli/store_fixture.h"

namespace holt::test {
namespace {

class TimingsTest : public StoreTest {
  protected:
    Json timings(std::vector<std::string> args) const {
        args.insert(args.end(), {"--timings", "--json"});
        const Finished finished = run(args);
        EXPECT_EQ(finished.code, 0) << finished.err;
        for (const Json& line : finished.json())
            if (line["type"] == "timings") return line;
        ADD_FAILURE() << "no timings in " << finished.out;
        return Json::object();
    }
    static std::set<std::string> stages(const Json& timings) {
        std::set<std::string> names;
        for (const Json& stage : timings["stages"]) {
            EXPECT_GT(stage["times"], 0);
            EXPECT_GE(stage["seconds"], 0);
            names.insert(stage["stage"]);
        }
        return names;
    }
};

TEST_F(TimingsTest, SnapshotAndRestoreNameTheirStages) {
    const Json taken = timings({"snapshot", "tree", "--name", "s"});
    const auto of_snapshot = stages(taken);
    for (const char* stage : {"scan", "read", "hash", "look up", "compress", "append", "commit"})
        EXPECT_TRUE(of_snapshot.contains(stage)) << stage;
    EXPECT_GE(taken["system_calls"]["fsync"], 1);

    const Json restored = timings({"restore", "s", path("back")});
    const auto of_restore = stages(restored);
    for (const char* stage : {"plan", "decode", "check", "write", "publish"})
        EXPECT_TRUE(of_restore.contains(stage)) << stage;
    // Four folders, the root among them, each made with one call, and the store's own for spaces.
    EXPECT_EQ(restored["system_calls"]["mkdir"], 5);
    EXPECT_GE(restored["caches"]["blocks decoded"], 1);
}

TEST_F(TimingsTest, AreATableOnStandardError) {
    const Finished finished = run({"snapshot", "tree", "--timings"});
    EXPECT_EQ(finished.code, 0);
    EXPECT_NE(finished.err.find("compress "), std::string::npos) << finished.err;
    EXPECT_NE(finished.err.find("system calls: "), std::string::npos);
    EXPECT_EQ(finished.out.find("compress "), std::string::npos);
}

TEST_F(TimingsTest, AreNotToldUnasked) {
    EXPECT_EQ(run({"snapshot", "tree"}).err.find("system calls"), std::string::npos);
}

}  // namespace
}  // namespace holt::test

// verify DIR as a script reads it: each path that differs, once.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "cli/store_fixture.h"

namespace holt::test {
namespace {

namespace stdfs = std::filesystem;

// Of many folders that the snapshot does not have, all that is in them is told by its own path.
TEST_F(StoreTest, VerifyTellsAllThatIsInManyFurtherFolders) {
    snapshot({"--name", "one"});
    ASSERT_EQ(run({"restore", "-q", "one", path("a")}).code, 0);
    std::vector<std::string> expected;
    for (int i = 0; i < 40; ++i) {
        const std::string folder = "a-further-folder-with-a-long-name-" + std::to_string(i);
        expected.push_back("+ " + folder);
        stdfs::create_directory(path("a/" + folder));
        for (int k = 0; k < 30; ++k) {
            const std::string file = folder + "/file-" + std::to_string(k);
            expected.push_back("+ " + file);
            write_file(path("a/" + file), "x");
        }
    }
    std::ranges::sort(expected);
    const Finished told = run({"verify", path("a")});
    EXPECT_EQ(told.code, 1) << told.err;
    std::vector<std::string> lines;
    std::istringstream out(told.out);
    for (std::string line; std::getline(out, line);)
        if (line.starts_with("+")) lines.push_back(line);
    std::ranges::sort(lines);
    EXPECT_EQ(lines, expected);
}

}  // namespace
}  // namespace holt::test

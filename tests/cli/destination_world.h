// Destinations that are not plain new folders, made by scripts in a mount namespace of their own.
#pragma once

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/store_fixture.h"
#include "support/child.h"

namespace holt::test {

namespace stdfs = std::filesystem;

inline bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

class DestinationCli : public StoreTest {
  protected:
    DestinationCli() { ::chmod(dir_.path().c_str(), 0755); }

    /// A script in the scratch folder, in a mount namespace of its own where that can be had.
    /// `holt` there is the program under test.
    Finished shell(const std::string& script) const {
        const std::string all = "cd '" + path(".") + "'; export HOLT_STORE='" + store() +
                                "'; holt() { '" + std::string(HOLT_PROGRAM) + "' \"$@\"; }; " +
                                script;
        std::optional<Finished> finished;
        if (root())
            finished = other("unshare", {"-m", "--propagation", "private", "bash", "-c", all});
        if (!finished || (finished->code == 1 && has(finished->err, "unshare failed")))
            finished = other("bash", {"-c", all});
        EXPECT_TRUE(finished);
        return finished.value_or(Finished{});
    }
    bool can(const std::string& script) const { return root() && shell(script).code == 0; }
    std::vector<std::string> names(const std::string& folder) const {
        std::vector<std::string> found;
        for (const auto& entry : stdfs::directory_iterator(path(folder)))
            found.push_back(entry.path().filename());
        std::ranges::sort(found);
        return found;
    }
    using Names = std::vector<std::string>;
};

#define NEEDS(what, script) \
    if (!can(script)) GTEST_SKIP() << "needs root and " << what

}  // namespace holt::test

// A store and a small tree with one of each kind of thing, for tests that run the program.
#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <vector>

#include "cli/program.h"
#include "support/temp_dir.h"

namespace holt::test {

class StoreTest : public testing::Test {
  protected:
    StoreTest() {
        make_tree();
        EXPECT_EQ(run({"init"}).code, 0);
    }

    std::string store() const { return dir_ / "store"; }
    std::string tree() const { return dir_ / "tree"; }
    std::string path(const std::string& name) const { return dir_ / name; }

    Program program(std::vector<std::string> args) const {
        return {.args = std::move(args),
                .environment = {{"HOLT_STORE", store()}},
                .folder = dir_.path()};
    }
    Finished run(std::vector<std::string> args) const { return program(std::move(args)).run(); }

    /// A snapshot of the tree; its id.
    std::string snapshot(std::vector<std::string> options = {}) const {
        options.insert(options.begin(), {"snapshot", tree(), "-q"});
        const Finished taken = run(options);
        EXPECT_EQ(taken.code, 0) << taken.err;
        return taken.out.substr(0, taken.out.find('\n'));
    }

    void make_tree() const {
        namespace fs = std::filesystem;
        fs::create_directories(tree() + "/src/deep");
        fs::create_directories(tree() + "/empty");
        write_file(tree() + "/README", "read me\n");
        write_file(tree() + "/src/main.c", "int main(void) { return 0; }\n");
        write_file(tree() + "/src/deep/data", std::string(300'000, 'x') + "end");
        ::chmod((tree() + "/src/main.c").c_str(), 0755);
        fs::create_symlink("src/main.c", tree() + "/link");
        fs::create_hard_link(tree() + "/README", tree() + "/second");
    }

    /// What `rsync` would change to make b the same as a: nothing, when they are equal in all that
    /// it looks at. Skips the test where rsync is missing.
    static std::string differences(const std::string& a, const std::string& b) {
        const auto result = other("rsync", {"-aHAXnci", "--delete", a + "/", b + "/"});
        if (!result) return "rsync is not installed";
        return result->out + result->err;
    }
    static bool has_rsync() { return other("rsync", {"--version"}).has_value(); }

    TempDir dir_;
};

}  // namespace holt::test

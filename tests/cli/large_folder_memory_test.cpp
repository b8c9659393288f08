// Proves: what a command takes of memory for one folder grows by little with each name in it. An
// entry in memory takes some 400 bytes, and most commands held several of each. The bounds allow
// for buffers that fill up only where there is much to do: at a million names all take under 256
// bytes
// (./dev bench large-folder).
#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "cli/program.h"
#include "support/temp_dir.h"

namespace holt::test {
namespace {

namespace stdfs = std::filesystem;

constexpr int kFew = 2'000, kMany = 150'000;

/// Runs holt; the most memory that it had, in bytes.
double peak_of(const std::vector<std::string>& args, int expected = 0) {
    std::vector<std::string> all = {HOLT_PROGRAM};
    all.insert(all.end(), args.begin(), args.end());
    std::vector<char*> pointers;
    for (std::string& arg : all) pointers.push_back(arg.data());
    pointers.push_back(nullptr);
    ::posix_spawn_file_actions_t quiet;
    ::posix_spawn_file_actions_init(&quiet);
    ::posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", O_WRONLY, 0);
    pid_t child = 0;
    EXPECT_EQ(::posix_spawn(&child, HOLT_PROGRAM, &quiet, nullptr, pointers.data(), environ), 0);
    ::posix_spawn_file_actions_destroy(&quiet);
    int status = 0;
    ::rusage usage{};
    EXPECT_EQ(::wait4(child, &status, 0, &usage), child);
    EXPECT_EQ(WEXITSTATUS(status), expected) << args[0];
    return static_cast<double>(usage.ru_maxrss) * 1024;
}

/// Folders of few and of many names, a store for each, and what commands take in both.
class LargeFolderMemory : public ::testing::Test {
  protected:
    struct World {
        World(const stdfs::path& in, int names)
            : tree(in / "tree"), store((in / "store").string()) {
            stdfs::create_directories(tree);
            for (int i = 0; i < names; ++i)
                std::ofstream(tree / ("f" + std::to_string(1'000'000 + i))) << i;
            EXPECT_EQ(holt({"init", "-q", store}).code, 0);
        }
        stdfs::path tree;
        std::string store;
    };

    void expect_bytes_a_name(double most, const std::vector<std::string>& args, int expected = 0) {
        const auto peak = [&](const World& world) {
            std::vector<std::string> all = {args[0], "--store", world.store};
            for (std::size_t i = 1; i < args.size(); ++i) {
                if (args[i] == "TREE") {
                    all.push_back(world.tree.string());
                } else if (args[i].starts_with("BESIDE/")) {
                    all.push_back((world.tree.parent_path() / args[i].substr(7)).string());
                } else {
                    all.push_back(args[i]);
                }
            }
            return peak_of(all, expected);
        };
        const double few = peak(few_), many = peak(many_);
        EXPECT_LT((many - few) / (kMany - kFew), most)
            << args[0] << ": " << few / (1 << 20) << " and " << many / (1 << 20) << " MiB";
    }

    TempDir dir_;
    World few_{dir_ / "few", kFew}, many_{dir_ / "many", kMany};
};

TEST_F(LargeFolderMemory, EachNameCostsLittle) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    GTEST_SKIP() << "a sanitizer takes memory of its own";
#endif
    expect_bytes_a_name(600, {"snapshot", "-q", "TREE", "--name", "one"});
    expect_bytes_a_name(450, {"snapshot", "-q", "TREE", "--name", "two"});
    expect_bytes_a_name(250, {"ls", "one"});
    expect_bytes_a_name(280, {"find", "f*"});
    expect_bytes_a_name(80, {"diff", "one", "two"});
    expect_bytes_a_name(380, {"restore", "-q", "one", "BESIDE/back"});
    expect_bytes_a_name(380, {"restore", "-q", "one", "BESIDE/back"});
    expect_bytes_a_name(380, {"verify", "-q", "BESIDE/back"});
    expect_bytes_a_name(320, {"diff", "one", "TREE"});
    expect_bytes_a_name(750, {"export", "-q", "one", "BESIDE/x.tar"});
    expect_bytes_a_name(500, {"import", "-q", "BESIDE/x.tar"});
    expect_bytes_a_name(400, {"verify", "-q"});
    expect_bytes_a_name(80, {"forget", "-q", "two"});
    expect_bytes_a_name(320, {"gc", "-q"});
}

}  // namespace
}  // namespace holt::test

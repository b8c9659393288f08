// A restored folder, and the ways in which programs and people change such folders.
#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <holt/store.hpp>

#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "support/store_fixture.h"

namespace holt::test {

/// Makes a tree with a little of everything; the same for the same seed.
void make_space_tree(const std::filesystem::path& root, unsigned seed);

/// Edits below a folder, chosen by a seed. Nothing they do leaves the folder.
class Vandal {
  public:
    Vandal(std::filesystem::path root, unsigned seed) : root_(std::move(root)), random_(seed) {}
    /// One random edit; what was done, for the test's log.
    std::string edit();

  private:
    std::vector<std::filesystem::path> all() const;
    std::filesystem::path any_file();
    std::filesystem::path any_folder();
    std::filesystem::path any();
    unsigned below(std::size_t count) { return static_cast<unsigned>(random_() % count); }
    std::string new_name() { return "new" + std::to_string(names_++); }

    std::filesystem::path root_;
    std::mt19937 random_;
    unsigned names_ = 0;
};

class SpaceTest : public StoreTest {
  protected:
    SpaceTest() : StoreTest() {}
    std::filesystem::path space() const { return dir_ / "space"; }
    RestoreReport repair(const std::string& snap = "one", const RestoreOptions& options = {}) {
        return restore(snap, "space", options);
    }
    /// Beyond the window in which a record could not prove anything (store/source/file_reading.h).
    static void let_the_clock_tick();
    void expect_is(const std::filesystem::path& tree) {
        EXPECT_EQ(tree_differences(tree.string(), space().string()), std::vector<std::string>{});
    }
    std::vector<std::string> verify(const VerifyFolderOptions& options = {});
};

/// One restored from the snapshot "one".
class Space : public SpaceTest {
  protected:
    Space() {
        make_space_tree(source_, 1);
        let_the_clock_tick();
        snapshot({.name = "one"});
        restore("one", "space");
    }
    /// A second snapshot that has much in common with the first.
    void take_two() {
        Vandal vandal(source_, 77);
        for (int i = 0; i < 12; ++i) vandal.edit();
        let_the_clock_tick();
        snapshot({.name = "two"});
    }
    static ino_t inode(const std::filesystem::path& path) {
        struct stat st;
        EXPECT_EQ(::lstat(path.c_str(), &st), 0) << path;
        return st.st_ino;
    }
};

}  // namespace holt::test

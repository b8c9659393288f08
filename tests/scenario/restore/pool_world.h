// A store with a snapshot whose files are restored by hard links into its pool.
#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <vector>

#include "support/store_fixture.h"

namespace holt::test {

namespace stdfs = std::filesystem;

inline struct stat record_of(const stdfs::path& path) {
    struct stat st {};
    EXPECT_EQ(::lstat(path.c_str(), &st), 0) << path;
    return st;
}
inline ino_t inode(const stdfs::path& path) {
    return record_of(path).st_ino;
}
inline unsigned mode(const stdfs::path& path) {
    return record_of(path).st_mode & 07777;
}

class PoolWorld : public StoreTest {
  protected:
    static constexpr RestoreOptions kLink{.link = LinkMode::hardlink};
    static constexpr RestoreOptions kRequire{.link = LinkMode::require_hardlink};

    void SetUp() override {
        write_file(source_ / "a", "content of a");
        write_file(source_ / "sub" / "b", code_like(5000, 1));
        write_file(source_ / "sub" / "large", random_bytes(3 << 20, 2));
        ::chmod((source_ / "sub" / "b").c_str(), 0755);
    }
    std::vector<stdfs::path> pool_files() const {
        std::vector<stdfs::path> found;
        const stdfs::path pool = dir_ / "store" / "pool";
        if (!stdfs::exists(pool)) return found;
        for (const auto& entry : stdfs::recursive_directory_iterator(pool))
            if (!entry.is_directory()) found.push_back(entry.path());
        return found;
    }
    stdfs::path pool_file_of(const stdfs::path& file) const {
        for (const stdfs::path& path : pool_files())
            if (inode(path) == inode(file)) return path;
        return {};
    }
    // What the source looks like when its files with content cannot be written to.
    void expect_linked_tree(const std::string& name) {
        const stdfs::path expected = dir_ / "expected";
        stdfs::remove_all(expected);
        ASSERT_EQ(
            std::system(("cp -a '" + source_.string() + "' '" + expected.string() + "'").c_str()),
            0);
        for (const auto& entry : stdfs::recursive_directory_iterator(expected))
            if (entry.is_regular_file() && !entry.is_symlink() && entry.file_size() > 0)
                ::chmod(entry.path().c_str(), mode(entry.path()) & ~0222u);
        expect_same_tree(expected, dir_ / name);
    }
    // One note, about a file of the pool.
    void expect_replaced(const RestoreReport& report, const stdfs::path& pool_file) {
        EXPECT_EQ(report.pool_replaced, 1u);
        EXPECT_EQ(report.warnings, 0u) << "the tree is as asked: not a partial restore";
        ASSERT_EQ(notes_.count(Severity::warning), 1u);
        EXPECT_EQ(notes_.notes.back().second.object, pool_file.string());
        notes_.notes.clear();
    }
};

class PoolTest : public PoolWorld {
  protected:
    void SetUp() override {
        PoolWorld::SetUp();
        snapshot({.name = "s"});
    }
};

// Forks: nothing is done with the store in this process.
using PoolProcesses = PoolWorld;

}  // namespace holt::test

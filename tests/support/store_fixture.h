// A store and a source folder in a scratch folder, with the few calls that most tests make.
#pragma once

#include <gtest/gtest.h>
#include <holt/store.hpp>

#include <string>
#include <vector>

#include "support/temp_dir.h"
#include "support/tree_compare.h"

namespace holt::test {

/// Keeps what an operation notes.
class NoteKeeper : public Observer {
  public:
    void note(Severity severity, const Error& about) override {
        notes.emplace_back(severity, about);
    }
    std::size_t count(Severity severity) const {
        std::size_t found = 0;
        for (const auto& [s, error] : notes) found += s == severity;
        return found;
    }
    std::vector<std::pair<Severity, Error>> notes;
};

/// Writes a file, making the folders above it.
void write_file(const std::filesystem::path& path, std::string_view content);
/// Bytes that do not compress, the same for the same seed.
std::string random_bytes(std::size_t size, unsigned seed);
/// Text that compresses as source code does.
std::string code_like(std::size_t size, unsigned seed);
std::string read_file(const std::filesystem::path& path);

class StoreTest : public ::testing::Test {
  protected:
    StoreTest() : store_(*Store::init((dir_ / "store").string())) {
        std::filesystem::create_directory(source_);
    }

    SnapshotReport snapshot(const SnapshotOptions& options = {}) {
        auto report = store_.snapshot(source_.string(), options, notes_);
        EXPECT_TRUE(report) << report.error().message();
        return report ? *report : SnapshotReport{};
    }
    RestoreReport restore(const std::string& snap, const std::string& name,
                          const RestoreOptions& options = {}) {
        auto report = store_.restore(snap, (dir_ / name).string(), options, notes_);
        EXPECT_TRUE(report) << report.error().message();
        return report ? *report : RestoreReport{};
    }
    void expect_same_tree(const std::filesystem::path& a, const std::filesystem::path& b) {
        EXPECT_EQ(tree_differences(a.string(), b.string()), std::vector<std::string>{});
    }

    TempDir dir_;
    std::filesystem::path source_ = dir_ / "source";
    NoteKeeper notes_;
    Store store_;
};

}  // namespace holt::test

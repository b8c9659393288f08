// A small world for the fault tests: a store with an acknowledged snapshot, the trees it was made
// of, a canary that nobody may touch, and the questions of SAFETY's invariants about all of them.
//
// The tests fork, so no store operation may run in the test's own process: oneTBB's workers would
// be missing in the next child. Everything that touches a store runs in in_child().
#pragma once

#include <gtest/gtest.h>
#include <holt/store.hpp>

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "support/fault_points.h"
#include "support/store_fixture.h"

namespace holt::test {

/// True when the test was run in a new process instead, because this one has threads already (all
/// tests of the program run in one process). Its verdict is taken over.
bool ran_in_fresh_process();

/// HOLT_LONG_TESTS=1: visit everything, however long it takes.
bool long_tests();

/// How many calls to go on by, so that some `most` of them are visited; 1 with HOLT_LONG_TESTS.
std::uint64_t step_for(std::uint64_t calls, std::uint64_t most);

/// Copies a folder with all metadata, hard links and holes, by cp.
void copy_tree(const std::filesystem::path& from, const std::filesystem::path& to);

/// Names in a folder; empty when it is not there.
std::set<std::string> names_in(const std::filesystem::path& folder);

/// Open descriptors of this process.
std::size_t open_descriptors();

class FaultWorld : public ::testing::Test {
  protected:
    /// What an acknowledged snapshot must restore to.
    struct Acknowledged {
        std::string snap;
        std::filesystem::path tree;
    };

    FaultWorld();
    /// Removes everything but the world's fixed parts.
    void clear();
    /// A new store in store(), empty, or with snapshot "one" of one().
    void put_empty_store();
    void put_store_with_one();
    /// Changes the source, which is the tree of "one" to begin with.
    void use_source_two();

    std::filesystem::path store() const { return dir_ / "store"; }
    std::filesystem::path source() const { return dir_ / "source"; }
    std::filesystem::path out() const { return dir_ / "out"; }
    std::filesystem::path one() const { return fixed() / "one"; }
    std::filesystem::path two() const { return fixed() / "two"; }
    std::filesystem::path fixed() const { return dir_ / "fixed"; }

    // In a child only:
    Store open_store();
    Result<SnapshotReport> snapshot(const std::string& name);
    Result<RestoreReport> restore(const std::string& snap, const std::filesystem::path& to,
                                  const RestoreOptions& options = {});
    /// I1, I2: exactly these snapshots are there, each restores to its tree, verify is clean.
    void expect_store_is_whole(const std::vector<Acknowledged>& snapshots);
    /// I5: nothing is in the store that is not a part of one; after a run that could clean up
    /// (`clean`), no temporary and no pin is left.
    enum class Left : std::uint8_t { garbage_allowed, clean };
    void expect_only_store_files(Left left);
    /// I7: the source and the canary are as they were, and beside the store, the source and the
    /// destination nothing was made but staging folders of the destination.
    void expect_nothing_outside_changed(Left left);

    /// An error as SAFETY wants it for this errno.
    static void expect_clean_error(const Error& error, int err);

    TempDir dir_{memory_folder()};
    NoteKeeper notes_;
    std::filesystem::path source_tree_;  ///< what the source must be equal to
};

}  // namespace holt::test

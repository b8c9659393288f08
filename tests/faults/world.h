// A folder in which a story is played: the store, its source, what is restored and exported, and a
// canary that nobody may touch. Runs operations through the library and compares what is there with
// the model. All that uses a store runs in a child process (run_child): oneTBB's threads must not
// be there when the next child is forked. Thread rule: one thread.
#pragma once

#include <holt/store.hpp>

#include <filesystem>
#include <functional>
#include <string>

#include "faults/model.h"

namespace holt::test {

/// Empty: all is well. Otherwise what is not, in words.
using Finding = std::string;

class StoryWorld {
  public:
    explicit StoryWorld(std::filesystem::path folder) : folder_(std::move(folder)) {}

    /// An empty world with an empty store.
    Finding make() const;
    const std::filesystem::path& folder() const noexcept { return folder_; }
    std::filesystem::path store() const { return folder_ / "store"; }

    /// Runs an operation and holds its outcome to what the model says of it. Nothing else is
    /// looked at.
    Finding run(const Op& op, const StoreModel& before) const;
    /// What an operation under a fault came to: an error, or nothing for success. A snapshot that
    /// left something out is of kind `partial`: it is there, and lacks what it says.
    std::optional<Error> attempt(const Op& op, const StoreModel& before) const;
    /// I1, I2, I5, I7: names, labels and what is forgotten are as in one of the two models (which);
    /// every snapshot restores to its tree; verify finds nothing; the canary is as it was. Of what
    /// is forgotten some may be gone already when `gone_allowed`.
    enum class Which : std::uint8_t { neither, first, second };
    struct Seen {
        Which which = Which::neither;
        Finding finding{};
    };
    Seen compare(const StoreModel& first, const StoreModel& second) const;
    /// I6, and the like for archives: after a fault in `op` what it writes to is as before, as
    /// after, or absent or marked where there was nothing.
    Finding check_destination(const Op& op, const StoreModel& before) const;

  private:
    std::optional<Error> act(Store& store, const Op& op, const StoreModel& before) const;
    Finding check_snapshot(Store& store, const std::string& name,
                           const SnapshotModel& snapshot) const;

    const std::filesystem::path folder_;
};

void write_tree(const std::filesystem::path& folder, const TreeModel& tree);
TreeModel read_tree(const std::filesystem::path& folder);

/// How a child ended.
struct ChildEnd {
    bool killed = false;  ///< by SIGKILL
    Finding finding{};    ///< what `body` returned, or that it crashed
    std::uint64_t number = 0;
};
/// `body` may put a number for its parent.
ChildEnd run_child(const std::function<Finding(std::uint64_t& number)>& body);

}  // namespace holt::test

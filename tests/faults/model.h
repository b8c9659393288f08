// A store as it should be: what the campaigns hold the real one to. Operations are plain values
// that are made from a seed, and what each of them does to the model is a pure function, so that
// the same seed means the same story in every process, whether it is killed half-way or not.
// Thread rule: values and pure functions.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace holt::test {

/// Path to content, of files; one that begins with "-> " is a symlink to the rest.
using TreeModel = std::map<std::string, std::string>;

struct SnapshotModel {
    TreeModel tree{};
    std::map<std::string, std::string> tags{};
    bool hold = false;
    unsigned serial = 0;  ///< two of one name are told apart by it
    bool operator==(const SnapshotModel&) const = default;
};

struct StoreModel {
    TreeModel source{};
    /// By name; no name stands in both.
    std::map<std::string, SnapshotModel> visible{}, forgotten{};
    unsigned serials = 0;
    /// What the archive file holds, by name and with the labels that the snapshot was taken with.
    std::optional<std::pair<std::string, SnapshotModel>> archive{};
    std::optional<TreeModel> out{};  ///< what the folder "out" was restored from
};

struct Op {
    enum class Kind : std::uint8_t {
        edit,
        snapshot,
        restore_new,
        restore_in_place,
        restore_linked,
        replace,
        forget,
        undelete,
        tag,
        hold,
        gc,
        recompress,
        repair,
        lose_catalog,  ///< and repair
        export_file,
        import_file,
        export_tar,
        verify,
        count_
    };
    Kind kind = Kind::edit;
    std::uint32_t a = 0, b = 0;  ///< what it is about: chosen among what there is, modulo
};
std::string text_of(const Op& op);

/// A story of so many operations that begins with a snapshot.
std::vector<Op> make_story(std::uint64_t seed, std::size_t length);
/// One of the commands that change something, for a fault to strike.
Op make_command(std::uint64_t seed);

/// What becomes of the store by an operation that is not disturbed.
StoreModel after(const StoreModel& before, const Op& op);
/// The model of a whole story.
StoreModel after_all(const std::vector<Op>& story);

/// False for an operation that there is nothing for, or that the model does not play through: a
/// name that is taken, an archive of what is there.
bool means_something(const StoreModel& before, const Op& op);

/// The name of the visible snapshot that an operation is about; nothing when there is none.
std::optional<std::string> meant(const StoreModel& model, const Op& op);

}  // namespace holt::test

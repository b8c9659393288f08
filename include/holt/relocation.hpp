// What moving a folder would mean: every file in it that names the folder's own path, what kind of
// file that is, and what a relocating restore (RestoreOptions::relocate) does with it.
// Thread rule: as a Store's operations; no store is needed.
#pragma once

#include <holt/cancel.hpp>
#include <holt/error.hpp>
#include <holt/observer.hpp>

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace holt {

/// The kind of a file that names the folder.
enum class RelocationClass : std::uint8_t {
    text,
    script,  ///< begins with "#!"
    pyc,
    elf,
    archive,  ///< made by ar
    sqlite,
    pickle,
    binary,
    packed,  ///< zip, jar, wheel, gzip: what is in it is never changed
    symlink
};
inline constexpr std::size_t kRelocationClasses = 10;
HOLT_API std::string_view name(RelocationClass kind) noexcept;

/// One place in a file.
struct RelocationPlace {
    std::uint64_t offset = 0;  ///< bytes from the file's beginning
    /// What is done there: "fill" (slashes keep the length), "replace" (another length), "rewrite"
    /// (a script's first line, a length that is stated), "origin" (a run path gets $ORIGIN), "cut"
    /// (the string ends earlier, what follows stays), "cannot". Without a new path: what the place
    /// allows, as for one that is shorter.
    std::string_view action{};
};

struct RelocationFile {
    std::string path{};  ///< from the folder
    RelocationClass kind = RelocationClass::text;
    std::vector<RelocationPlace> places{};  ///< none for a symlink
    std::string problem{};                  ///< why it cannot be moved; empty when it can
};

struct RelocationCheckOptions {
    std::string to{};     ///< the new path; empty: none in mind
    bool packed = false;  ///< tell also of packed files that hold the path, which stays as it is
    const Cancel* cancel = nullptr;
};

struct RelocationReport {
    std::string folder{};        ///< the real path that was looked for
    std::uint64_t files = 0;     ///< that were read
    std::uint64_t holding = 0;   ///< files and symlinks that name the folder
    std::uint64_t places = 0;    ///< in them
    std::uint64_t cannot = 0;    ///< files that cannot be moved to the new path
    std::uint64_t left_out = 0;  ///< files that could not be read, each noted
    std::array<std::uint64_t, kRelocationClasses> by_class{};  ///< places; of symlinks the links
};

/// `visit` is called for each file and symlink that names the folder, in the order of a walk.
/// `usage` for a folder whose path is so short that it would be found everywhere.
HOLT_API Result<RelocationReport> check_relocation(
    const std::string& folder, const RelocationCheckOptions& options,
    const std::function<void(const RelocationFile&)>& visit, Observer& observer);

}  // namespace holt

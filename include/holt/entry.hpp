// What stands in a snapshot's tree. Thread rule: values.
#pragma once

#include <holt/export.h>
#include <holt/cancel.hpp>
#include <holt/digest.hpp>
#include <holt/time.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace holt {

enum class EntryKind : std::uint8_t { file, folder, symlink, fifo };
HOLT_API std::string_view name(EntryKind kind) noexcept;

/// One entry of a snapshot's tree.
struct EntryInfo {
    std::string path;  ///< relative to the snapshot's root; bytes
    EntryKind kind = EntryKind::file;
    std::uint16_t mode = 0;  ///< 07777
    std::uint32_t uid = 0, gid = 0;
    std::uint64_t size = 0;  ///< bytes of content; 0 but for files
    Time mtime{};
    /// Files: BLAKE3 of the content, as b3sum prints it; folders: of the tree; others have none.
    std::optional<Digest> digest{};
    std::string symlink_target{};
    std::string hard_link_to{};  ///< path of the first name of the same inode, or empty
    std::vector<std::pair<std::string, std::string>> xattrs{};
    /// Why it was left out when the snapshot was taken; empty for what is in the snapshot. Of what
    /// was left out only kind, mode, owner and time are known, and not always.
    std::string left_out{};
};

struct ListOptions {
    bool recursive = false;
    const Cancel* cancel = nullptr;
};

}  // namespace holt

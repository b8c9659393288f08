#include "archive/zip/zip_attributes.h"

namespace holt::store::zip {
namespace {

using What = ArchiveEntry::What;

constexpr std::uint8_t kUnix = 3, kMacOs = 19;
constexpr std::uint32_t kDosReadOnly = 0x01, kDosFolder = 0x10;
// st_mode as Unix has it, and so as zips have it everywhere.
constexpr std::uint32_t kType = 0170000, kFile = 0100000, kFolder = 0040000, kSymlink = 0120000,
                        kFifo = 0010000;
constexpr std::uint16_t kAll = 0777, kReadWrite = 0666, kWrite = 0222;

What what_of(std::uint32_t type, bool named_folder) noexcept {
    switch (type) {
        case 0:
            return named_folder ? What::folder : What::file;
        case kFile:
            // Some programs give folders the type of files.
            return named_folder ? What::folder : What::file;
        case kFolder:
            return What::folder;
        case kSymlink:
            return What::symlink;
        case kFifo:
            return What::fifo;
        default:
            return What::device;
    }
}

// Who may read a folder may enter it.
std::uint16_t with_search(std::uint16_t mode) noexcept {
    return static_cast<std::uint16_t>(mode | (mode & 0444) >> 2);
}

}  // namespace

Attributes attributes_of(const DirectoryHeader& entry, std::string_view name, std::uint16_t umask) {
    const bool named_folder = name.ends_with('/');
    const auto system = static_cast<std::uint8_t>(entry.made_by >> 8);
    const std::uint32_t unix_mode = entry.external >> 16;
    Attributes result;
    if ((system == kUnix || system == kMacOs) && unix_mode != 0) {
        const std::uint32_t type = unix_mode & kType;
        result.what = what_of(type, named_folder);
        result.mode = static_cast<std::uint16_t>(unix_mode & 07777);
        if (result.what == What::folder && type != kFolder) result.mode = with_search(result.mode);
    } else {
        const bool folder = named_folder || (entry.external & kDosFolder) != 0;
        result.what = folder ? What::folder : What::file;
        result.mode = folder ? kAll : kReadWrite;
        const bool read_only = (entry.external & kDosReadOnly) != 0 && !folder;
        result.mode &= static_cast<std::uint16_t>(~(umask | (read_only ? kWrite : 0)));
    }
    result.contradicts = named_folder && result.what != What::folder;
    return result;
}

}  // namespace holt::store::zip

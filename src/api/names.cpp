// The words for the public enumerations, as --json prints them.
#include <holt/store.hpp>

namespace holt {

std::string_view name(EntryKind kind) noexcept {
    switch (kind) {
        case EntryKind::file:
            return "file";
        case EntryKind::folder:
            return "folder";
        case EntryKind::symlink:
            return "symlink";
        case EntryKind::fifo:
            return "fifo";
    }
    return "file";
}

std::string_view name(Change change) noexcept {
    switch (change) {
        case Change::added:
            return "added";
        case Change::removed:
            return "removed";
        case Change::content:
            return "content";
        case Change::metadata:
            return "metadata";
        case Change::kind:
            return "kind";
    }
    return "content";
}

std::string_view name(LinkMode mode) noexcept {
    switch (mode) {
        case LinkMode::automatic:
            return "auto";
        case LinkMode::hardlink:
            return "hardlink";
        case LinkMode::reflink:
            return "reflink";
        case LinkMode::copy:
            return "copy";
        case LinkMode::require_hardlink:
            return "require-hardlink";
        case LinkMode::require_reflink:
            return "require-reflink";
    }
    return "copy";
}

std::string_view version() noexcept {
    return HOLT_VERSION;
}

}  // namespace holt

#include "cli/parse/import_options.h"

#include <limits>

#include "base/error.h"
#include "cli/parse/options.h"

namespace holt::cli {

void ImportOptionTexts::define(OptionTable& table) {
    add_switch(table, "--special-modes", special_modes_,
               "of an archive: keep setuid, setgid and sticky bits");
    add_switch(table, "--special-files", special_files_,
               "of an archive: keep FIFOs, and pass over devices instead of refusing them");
    add_switch(table, "--all-xattrs", all_xattrs_,
               "of an archive: keep extended attributes other than user.*, and access control "
               "lists");
    add_value(table, "--max-entries", entries_, "N", "of an archive: 10000000 unless given");
    add_value(table, "--max-depth", depth_, "N", "of an archive: levels, 1024 unless given");
    add_value(table, "--max-size", size_, "SIZE", "of an archive's content: 1TiB unless given");
    add_value(table, "--max-ratio", ratio_, "N",
              "of an archive's content, without holes and zeros, to its own size: 1000 unless "
              "given");
    add_value(table, "--max-metadata", metadata_, "SIZE",
              "of memory for an archive's names and other metadata: 2GiB unless given");
    add_value(table, "--memory", memory_, "SIZE",
              "of an archive's zstd window: 128MiB unless given");
}

Status ImportOptionTexts::complete(std::string_view command, ImportOptions& options) const {
    options.special_modes = special_modes_;
    options.special_files = special_files_;
    options.all_xattrs = all_xattrs_;
    // Entries are numbered in 32 bits.
    constexpr std::int64_t kMostEntries = 4'000'000'000;
    if (!entries_.empty()) {
        HOLT_TRY_LET(entries, parse_integer({command, "--max-entries"}, entries_, 1, kMostEntries));
        options.max_entries = static_cast<std::uint64_t>(entries);
    }
    if (!depth_.empty()) {
        HOLT_TRY_LET(depth, parse_integer({command, "--max-depth"}, depth_, 1, 1 << 20));
        options.max_depth = static_cast<std::uint32_t>(depth);
    }
    if (!size_.empty()) {
        HOLT_TRY_LET(size, parse_size({command, "--max-size"}, size_));
        options.max_bytes = size;
    }
    if (!ratio_.empty()) {
        HOLT_TRY_LET(ratio, parse_integer({command, "--max-ratio"}, ratio_, 1,
                                          std::numeric_limits<std::int32_t>::max()));
        options.max_ratio = static_cast<std::uint64_t>(ratio);
    }
    if (!metadata_.empty()) {
        HOLT_TRY_LET(metadata, parse_size({command, "--max-metadata"}, metadata_));
        options.max_metadata = metadata;
    }
    if (!memory_.empty()) {
        HOLT_TRY_LET(memory, parse_size({command, "--memory"}, memory_));
        options.window_limit = memory;
    }
    return {};
}

}  // namespace holt::cli

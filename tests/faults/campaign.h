// Campaigns: long runs of one kind of trouble, in units that a number names. Each unit can be run
// again by itself (--first N --count 1), a campaign that is run again goes on behind the last one,
// and what all its runs have found adds up in a file. Thread rule: one thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace holt::test {

/// What one unit of a campaign came to.
struct UnitResult {
    std::uint64_t tried = 0;              ///< faults, flips, operations, processes killed
    std::vector<std::string> findings{};  ///< each with what is needed to see it again
};

struct CampaignPlace {
    std::filesystem::path scratch;  ///< a folder for the unit alone, made and removed by it
    std::filesystem::path program;  ///< this one, for units that need new processes
};

/// SIGKILL before system calls of a command, chosen by the unit's number; then the store must be as
/// before or as after, whole, and the command must succeed.
UnitResult kill_unit(std::uint64_t number, const CampaignPlace& place);
/// Errors and short transfers in place of the kill, once and for ever.
UnitResult inject_unit(std::uint64_t number, const CampaignPlace& place);
/// A random story, compared with the model after each operation; what fails is made shorter for as
/// long as it still fails.
UnitResult story_unit(std::uint64_t number, const CampaignPlace& place);
/// 1,024 bits of packs, of the catalog, of the marks, each flipped alone: all must be noticed.
UnitResult bits_unit(std::uint64_t number, const CampaignPlace& place);
/// Processes that mix commands, with one that collects in a loop, some of them killed; what was
/// acknowledged must be there at the end.
UnitResult race_unit(std::uint64_t number, const CampaignPlace& place);
/// One of its processes.
int race_worker(const std::filesystem::path& folder, std::uint64_t seed, unsigned worker);

}  // namespace holt::test

// holt_fault_campaign: see --help, campaign.h and docs/RELIABILITY.md.
#include "faults/campaign.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <iostream>
#include <optional>
#include <string>

namespace holt::test {
namespace {

namespace stdfs = std::filesystem;

constexpr char kHelp[] =
    "Usage: holt_fault_campaign CAMPAIGN [OPTION]...\n"
    "  --kill       kill before system calls of commands       (a unit: 40 kills)\n"
    "  --inject     errors and short counts of system calls    (a unit: 40 faults)\n"
    "  --model      random stories against a model             (a unit: one story)\n"
    "  --bits       bits flipped in packs, catalog, marks      (a unit: 1,024 bits)\n"
    "  --race       processes, a collector, SIGKILL            (a unit: 8 processes, 20 kills)\n"
    "  --count N    so many units (10)\n"
    "  --first N    from this unit on, and nothing is added up\n"
    "  --results F  a file that adds up what all runs have found, and says where to go on\n";

struct Campaign {
    const char* name;
    UnitResult (*unit)(std::uint64_t, const CampaignPlace&);
};
constexpr Campaign kCampaigns[] = {{"kill", kill_unit},
                                   {"inject", inject_unit},
                                   {"model", story_unit},
                                   {"bits", bits_unit},
                                   {"race", race_unit}};

/// What all runs of a campaign came to: "units tried findings" on a line.
struct Totals {
    std::uint64_t units = 0, tried = 0, findings = 0;
};
Totals read_totals(const stdfs::path& file) {
    Totals totals;
    std::ifstream(file) >> totals.units >> totals.tried >> totals.findings;
    return totals;
}
void write_totals(const stdfs::path& file, const Totals& totals) {
    if (file.has_parent_path()) stdfs::create_directories(file.parent_path());
    const stdfs::path next = file.string() + ".next";
    std::ofstream(next) << totals.units << ' ' << totals.tried << ' ' << totals.findings << '\n';
    stdfs::rename(next, file);
}

stdfs::path scratch_folder() {
    const char* asked = std::getenv("TMPDIR");
    std::string name = std::string(asked != nullptr            ? asked
                                   : stdfs::exists("/dev/shm") ? "/dev/shm"
                                                               : "/tmp") +
                       "/holt-campaign-XXXXXX";
    return ::mkdtemp(name.data()) != nullptr ? stdfs::path(name) : stdfs::path();
}

int run_campaign(const Campaign& campaign, std::uint64_t count, std::optional<std::uint64_t> first,
                 const stdfs::path& results) {
    const bool adds_up = !first && !results.empty();
    Totals totals = adds_up ? read_totals(results) : Totals{};
    const std::uint64_t begin = first.value_or(totals.units);
    Totals here;
    CampaignPlace place{scratch_folder(), stdfs::read_symlink("/proc/self/exe")};
    if (place.scratch.empty()) {
        std::cerr << "no scratch folder\n";
        return 1;
    }
    for (std::uint64_t number = begin; number < begin + count; ++number) {
        const UnitResult unit = campaign.unit(number, place);
        for (const std::string& finding : unit.findings)
            std::cout << "unit " << number << ": " << finding << '\n';
        ++here.units;
        here.tried += unit.tried;
        here.findings += unit.findings.size();
        if (adds_up)
            write_totals(results, {totals.units + here.units, totals.tried + here.tried,
                                   totals.findings + here.findings});
        if (::isatty(2) == 1)
            std::cerr << '\r' << here.units << " of " << count << " units" << std::flush;
    }
    stdfs::remove_all(place.scratch);
    std::cout << "| " << campaign.name << " | " << here.units << " units | " << here.tried
              << " tried | " << here.findings << " found |\n";
    if (adds_up)
        std::cout << "| " << campaign.name << ", all runs | " << totals.units + here.units
                  << " units | " << totals.tried + here.tried << " tried | "
                  << totals.findings + here.findings << " found |\n";
    return here.findings == 0 ? 0 : 1;
}

}  // namespace
}  // namespace holt::test

int main(int argc, char** argv) {
    using namespace holt::test;
    std::vector<std::string> arguments(argv + 1, argv + argc);
    if (arguments.size() == 4 && arguments[0] == "--race-worker")
        return race_worker(arguments[1], std::stoull(arguments[2]),
                           static_cast<unsigned>(std::stoul(arguments[3])));
    const Campaign* campaign = nullptr;
    std::uint64_t count = 10;
    std::optional<std::uint64_t> first;
    std::filesystem::path results;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const std::string& word = arguments[i];
        const bool more = i + 1 < arguments.size();
        if (word == "--count" && more)
            count = std::stoull(arguments[++i]);
        else if (word == "--first" && more)
            first = std::stoull(arguments[++i]);
        else if (word == "--results" && more)
            results = arguments[++i];
        else {
            const Campaign* named = nullptr;
            for (const Campaign& one : kCampaigns)
                if (word == std::string("--") + one.name) named = &one;
            if (named == nullptr || campaign != nullptr) {
                std::fputs(kHelp, word == "--help" ? stdout : stderr);
                return word == "--help" ? 0 : 2;
            }
            campaign = named;
        }
    }
    if (campaign == nullptr) {
        std::fputs(kHelp, stderr);
        return 2;
    }
    return run_campaign(*campaign, count, first, results);
}

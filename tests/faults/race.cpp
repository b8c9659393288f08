// Processes that share a store: writers, readers, one that collects in a loop; some of them are
// killed. What a process was told of it writes down after each success ("+ NAME" for a snapshot,
// "- NAME" before it forgets one), so that at the end everything that was acknowledged and not
// forgotten must restore.
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <holt/gc.hpp>
#include <holt/retention.hpp>

#include <fstream>
#include <random>
#include <set>
#include <thread>
#include <vector>

#include "faults/campaign.h"
#include "faults/world.h"

namespace holt::test {
namespace {

namespace stdfs = std::filesystem;

constexpr unsigned kProcesses = 8;
constexpr std::uint64_t kKills = 20;

class Quiet final : public Observer {};

// The content of a name is a function of the name, so that it can be checked by anybody.
TreeModel tree_of(const std::string& name) {
    std::mt19937 random(static_cast<unsigned>(std::hash<std::string>()(name)));
    TreeModel tree;
    for (int i = 0; i < 6; ++i) {
        std::string content = i < 3 ? "shared " + std::to_string(i) : name;
        content += std::string(random() % 3000, static_cast<char>('a' + random() % 4));
        tree["d" + std::to_string(i % 2) + "/f" + std::to_string(i)] = std::move(content);
    }
    return tree;
}

void note(const stdfs::path& log, const std::string& line) {
    std::ofstream(log, std::ios::app) << line << '\n' << std::flush;
}

// What a log says is there; a last line that was cut off counts as its begin says.
std::set<std::string> acknowledged(const stdfs::path& log) {
    std::set<std::string> names;
    std::ifstream in(log);
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with("+ ")) names.insert(line.substr(2));
        if (line.starts_with("- ")) names.erase(line.substr(2));
    }
    return names;
}

pid_t start_worker(const CampaignPlace& place, const stdfs::path& folder, std::uint64_t seed,
                   unsigned worker) {
    const pid_t child = ::fork();
    if (child != 0) return child;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    const std::string number = std::to_string(seed), which = std::to_string(worker);
    ::execl(place.program.c_str(), place.program.c_str(), "--race-worker", folder.c_str(),
            number.c_str(), which.c_str(), static_cast<char*>(nullptr));
    ::_exit(127);
}

Finding check_end(const StoryWorld& world, const std::set<std::string>& names) {
    auto store = Store::open(world.store().string());
    if (!store) return store.error().message();
    Quiet quiet;
    const auto verified = store->verify({}, {}, quiet);
    if (!verified) return "verify: " + verified.error().message();
    if (!verified->damage.empty()) return verified->damage.front().what.message();
    for (const std::string& name : names) {
        const stdfs::path to = world.folder() / "checked";
        const auto restored = store->restore(name, to.string(), {}, quiet);
        if (!restored) return name + ": " + restored.error().message();
        if (read_tree(to) != tree_of(name)) return name + " restores to another tree";
        stdfs::remove_all(to);
    }
    const auto collected = store->gc({}, quiet);
    return collected ? Finding() : "gc: " + collected.error().message();
}

}  // namespace

int race_worker(const stdfs::path& folder, std::uint64_t seed, unsigned worker) {
    std::mt19937_64 random(seed * 100 + worker);
    const stdfs::path log = folder / ("log" + std::to_string(worker));
    const stdfs::path own = folder / ("own" + std::to_string(worker));
    stdfs::create_directories(own);
    Quiet quiet;
    std::vector<std::string> names;
    for (const std::string& name : acknowledged(log)) names.push_back(name);
    const auto told = [&](const char* what, const Error& error) {
        // Others may hold a lock for longer than one waits, and a collector may win.
        if (error.kind == ErrorKind::busy) return true;
        note(folder / "findings", std::string(what) + ": " + error.message());
        return false;
    };
    for (std::uint64_t round = 0; !stdfs::exists(folder / "stop"); ++round) {
        auto store = Store::open((folder / "store").string(), {.threads = 2});
        if (!store) {
            told("open", store.error());
            return 1;
        }
        const auto dice = static_cast<unsigned>(random() % 10);
        if (worker == 0) {
            if (const auto done = store->gc({}, quiet); !done && !told("gc", done.error()))
                return 1;
        } else if (dice < 4 || names.empty()) {
            const std::string name = "w" + std::to_string(worker) + "-" +
                                     std::to_string(::getpid()) + "-" + std::to_string(round);
            write_tree(own / "tree", tree_of(name));
            const auto done = store->snapshot((own / "tree").string(), {.name = name}, quiet);
            if (!done && !told("snapshot", done.error())) return 1;
            if (!done) continue;
            note(log, "+ " + name);
            names.push_back(name);
        } else if (dice < 6) {
            const std::size_t which = random() % names.size();
            const std::string name = names[which];
            names.erase(names.begin() + static_cast<std::ptrdiff_t>(which));
            note(log, "- " + name);
            const auto done = store->forget({.snaps = {name}});
            if (!done && !told("forget", done.error())) return 1;
        } else if (dice < 9) {
            const std::string& name = names[random() % names.size()];
            const bool linked = dice == 8;
            const auto done =
                store->restore(name, (own / "out").string(),
                               {.link = linked ? LinkMode::hardlink : LinkMode::automatic}, quiet);
            if (!done && !told("restore", done.error())) return 1;
            if (done && read_tree(own / "out") != tree_of(name)) {
                note(folder / "findings", name + " was restored to another tree");
                return 1;
            }
        } else {
            const auto done = store->verify({}, {}, quiet);
            if (!done && !told("verify", done.error())) return 1;
            if (done && !done->damage.empty()) {
                note(folder / "findings", "verify: " + done->damage.front().what.message());
                return 1;
            }
        }
    }
    return 0;
}

UnitResult race_unit(std::uint64_t number, const CampaignPlace& place) {
    UnitResult result;
    const StoryWorld world(place.scratch / "race");
    ChildEnd end = run_child([&](std::uint64_t&) { return world.make(); });
    if (!end.finding.empty()) {
        result.findings.push_back(end.finding);
        return result;
    }
    std::mt19937_64 random(number);
    std::vector<pid_t> workers;
    for (unsigned i = 0; i < kProcesses; ++i)
        workers.push_back(start_worker(place, world.folder(), number, i));
    for (std::uint64_t kill = 0; kill < kKills; ++kill) {
        std::this_thread::sleep_for(std::chrono::milliseconds(100 + random() % 300));
        const auto victim = static_cast<unsigned>(random() % kProcesses);
        ::kill(workers[victim], SIGKILL);
        int status = 0;
        ::waitpid(workers[victim], &status, 0);
        if (!WIFSIGNALED(status))
            result.findings.push_back("process " + std::to_string(victim) + " had ended before");
        ++result.tried;
        workers[victim] = start_worker(place, world.folder(), number * 1000 + kill + 1, victim);
    }
    std::ofstream(world.folder() / "stop") << '\n';
    for (const pid_t worker : workers) {
        int status = 0;
        ::waitpid(worker, &status, 0);
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
            result.findings.push_back("a process failed");
    }
    std::ifstream told(world.folder() / "findings");
    for (std::string line; std::getline(told, line);) result.findings.push_back(line);
    std::set<std::string> names;
    for (unsigned i = 0; i < kProcesses; ++i)
        names.merge(acknowledged(world.folder() / ("log" + std::to_string(i))));
    end = run_child([&](std::uint64_t&) { return check_end(world, names); });
    if (!end.finding.empty()) result.findings.push_back(end.finding);
    stdfs::remove_all(world.folder());
    return result;
}

}  // namespace holt::test

// Faults that strike one command: SIGKILL, errors, short transfers.
#include <fcntl.h>
#include <holt/gc.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <random>

#include "faults/campaign.h"
#include "faults/world.h"
#include "fs/fault.h"

namespace holt::test {
namespace {

namespace stdfs = std::filesystem;
using Kind = Op::Kind;

constexpr std::size_t kPerUnit = 40, kStory = 14;

/// A story, and the command that is struck at its end.
struct Scene {
    std::vector<Op> story;
    Op command;
    StoreModel before{}, after{};
};

// An import needs something that it can bring back.
Scene make_scene(std::uint64_t number) {
    Scene scene{.story = make_story(number, kStory), .command = make_command(number)};
    if (scene.command.kind == Kind::import_file) {
        const std::uint32_t about = scene.command.a;
        for (const Kind kind : {Kind::hold, Kind::export_file, Kind::forget, Kind::gc})
            scene.story.push_back({kind, about, 1});
    }
    if (scene.command.kind == Kind::undelete) scene.story.push_back({Kind::forget, 1, 0});
    scene.before = after_all(scene.story);
    scene.after = after(scene.before, scene.command);
    return scene;
}

void copy_world(const stdfs::path& from, const stdfs::path& to) {
    stdfs::remove_all(to);
    const std::string command = "cp -a '" + from.string() + "' '" + to.string() + "'";
    if (std::system(command.c_str()) != 0) std::abort();
}

Finding play(const StoryWorld& world, const std::vector<Op>& story) {
    if (Finding made = world.make(); !made.empty()) return made;
    StoreModel model;
    for (const Op& op : story) {
        if (Finding found = world.run(op, model); !found.empty()) return found;
        model = after(model, op);
    }
    return {};
}

// The base must be as the model says; how many calls the command makes undisturbed.
ChildEnd count_calls_of(const Scene& scene, const StoryWorld& world) {
    return run_child([&](std::uint64_t& number) -> Finding {
        if (scene.command.kind == Kind::lose_catalog) stdfs::remove(world.store() / "catalog.db");
        const fs::ScopedFaultPlan plan;
        const auto problem = world.attempt(scene.command, scene.before);
        number = plan.calls();
        return problem ? "undisturbed: " + problem->message() : Finding();
    });
}

// After the fault: as before or as after, whole; what is written to is no half thing; the same
// command succeeds, and then all is as after. `done`: it said that it had succeeded.
Finding check(const Scene& scene, const StoryWorld& world, bool done) {
    if (Finding found = world.check_destination(scene.command, scene.before); !found.empty())
        return found;
    StoryWorld::Seen seen;
    const bool catalog_gone = !stdfs::exists(world.store() / "catalog.db");
    if (!catalog_gone) {
        seen = world.compare(scene.before, scene.after);
        if (!seen.finding.empty()) return seen.finding;
        if (done && seen.which != StoryWorld::Which::second) return "success was told, and undone";
    }
    const bool stands = !catalog_gone && seen.which == StoryWorld::Which::second &&
                        scene.after.visible != scene.before.visible;
    if (!stands) {
        // A new tree that is whole and could not be remembered is somebody's own by now.
        if (scene.command.kind == Kind::restore_new) stdfs::remove_all(world.folder() / "fresh");
        if (Finding found = world.run(scene.command, scene.before); !found.empty())
            return "again: " + found;
    }
    seen = world.compare(scene.after, scene.after);
    if (!seen.finding.empty()) return "at the end: " + seen.finding;
    return {};
}

// Names of the store's folder that a fault may leave for ever; anything else is garbage that a
// writer or a collection must have removed.
Finding check_garbage(const StoryWorld& world) {
    return run_child([&](std::uint64_t&) -> Finding {
               auto store = Store::open(world.store().string(), {.threads = 2});
               if (!store) return store.error().message();
               Observer silent;
               const auto collected = store->gc({}, silent);
               if (!collected) return "gc: " + collected.error().message();
               for (const char* part : {"tmp", "pins"})
                   if (!stdfs::is_empty(world.store() / part))
                       return std::string("something is left in ") + part;
               const auto stats = store->stats();
               if (!stats) return stats.error().message();
               return stats->unknown_packs == 0 ? Finding() : "packs are left that nobody knows";
           })
        .finding;
}

template <class Strike>
UnitResult strike_unit(std::uint64_t number, const CampaignPlace& place, Strike strike) {
    UnitResult result;
    const Scene scene = make_scene(number);
    const bool refused =
        scene.command.kind == Kind::forget && scene.after.visible == scene.before.visible;
    if (refused || !means_something(scene.before, scene.command)) return result;
    const StoryWorld base(place.scratch / "base"), world(place.scratch / "world");
    const auto tell = [&](const Finding& found) {
        result.findings.push_back(text_of(scene.command) + " after " +
                                  std::to_string(scene.story.size()) + " operations: " + found);
    };
    ChildEnd end = run_child([&](std::uint64_t&) { return play(base, scene.story); });
    if (!end.finding.empty()) {
        tell(end.finding);
        return result;
    }
    copy_world(base.folder(), world.folder());
    end = count_calls_of(scene, world);
    if (!end.finding.empty()) tell(end.finding);
    if (end.number == 0 || !end.finding.empty()) return result;
    std::mt19937_64 random(number * 31 + 7);
    std::vector<std::uint64_t> points;
    for (std::size_t i = 0; i < kPerUnit; ++i) points.push_back(1 + random() % end.number);
    std::ranges::sort(points);
    for (const std::uint64_t point : points) {
        copy_world(base.folder(), world.folder());
        if (scene.command.kind == Kind::lose_catalog) stdfs::remove(world.store() / "catalog.db");
        const Finding found = strike(scene, world, point, random());
        ++result.tried;
        if (found.empty()) continue;
        tell("at call " + std::to_string(point) + " of " + std::to_string(end.number) + ": " +
             found);
        if (result.findings.size() >= 3) break;
    }
    if (result.findings.empty())
        if (const Finding left = check_garbage(world); !left.empty()) tell(left);
    stdfs::remove_all(base.folder());
    stdfs::remove_all(world.folder());
    return result;
}

// Whether an error says what SAFETY wants for this errno.
Finding judge(const Error& error, int err) {
    const std::string told = " (" + error.message() + ")";
    if (error.operation.empty()) return "an error without an operation" + told;
    const bool no_room = err == ENOSPC || err == EDQUOT;
    if (no_room && error.kind != ErrorKind::no_space && error.sys_errno != 0 &&
        error.sys_errno == err)
        return "no room is told as " + std::string(name(error.kind)) + told;
    const bool shortage = err == EMFILE || err == ENOMEM;
    if (shortage && error.kind == ErrorKind::corrupt) return "a shortage is told as damage" + told;
    return {};
}

std::size_t open_descriptors() {
    return static_cast<std::size_t>(
        std::distance(stdfs::directory_iterator("/proc/self/fd"), stdfs::directory_iterator{}));
}

}  // namespace

UnitResult kill_unit(std::uint64_t number, const CampaignPlace& place) {
    return strike_unit(
        number, place,
        [](const Scene& scene, const StoryWorld& world, std::uint64_t point,
           std::uint64_t) -> Finding {
            const ChildEnd struck = run_child([&](std::uint64_t& done) -> Finding {
                const fs::ScopedFaultPlan plan({{.nth = point, .action = fs::Fault::Action::kill}});
                done = world.attempt(scene.command, scene.before) ? 0 : 1;
                return {};
            });
            if (!struck.finding.empty()) return struck.finding;
            return run_child(
                       [&](std::uint64_t&) { return check(scene, world, struck.number == 1); })
                .finding;
        });
}

UnitResult inject_unit(std::uint64_t number, const CampaignPlace& place) {
    constexpr std::array kErrors = {EIO, ENOSPC, EDQUOT, EMFILE, ENOMEM, EACCES, EROFS, EINTR};
    return strike_unit(number, place,
                       [&](const Scene& scene, const StoryWorld& world, std::uint64_t point,
                           std::uint64_t dice) -> Finding {
                           fs::Fault fault{.nth = point};
                           const std::size_t which = dice % (kErrors.size() + 1);
                           std::string shown;
                           if (which == kErrors.size()) {
                               fault.action = fs::Fault::Action::short_count;
                               fault.count = 1 + dice / 64 % 7;
                               shown = "a short count";
                           } else {
                               fault.err = kErrors[which];
                               shown = std::string("errno ") + std::to_string(fault.err);
                           }
                           const bool for_ever = dice / 16 % 2 == 1 && fault.err != EINTR;
                           if (for_ever) fault.repeat = fs::Fault::Repeat::for_ever;
                           if (for_ever) shown += ", for ever";
                           const bool invisible = fault.err == EINTR || which == kErrors.size();
                           const ChildEnd struck = run_child([&](std::uint64_t& done) -> Finding {
                               // The threads of the library come with its first use.
                               (void)Store::open(world.store().string());
                               const std::size_t before = open_descriptors();
                               std::optional<Error> problem;
                               {
                                   const fs::ScopedFaultPlan plan({fault});
                                   problem = world.attempt(scene.command, scene.before);
                                   if (plan.struck() == 0) return {};
                               }
                               if (problem && problem->kind == ErrorKind::partial) {
                                   done = 2;
                                   return {};
                               }
                               done = problem ? 0 : 1;
                               if (open_descriptors() > before) return "a descriptor was left open";
                               if (!problem) return {};
                               if (invisible) return "it was seen: " + problem->message();
                               return judge(*problem, fault.err);
                           });
                           if (struck.killed) return shown + ": it was killed";
                           if (struck.number == 2 && struck.finding.empty())
                               return {};  // it says what it lacks
                           if (!struck.finding.empty()) return shown + ": " + struck.finding;
                           const Finding found = run_child([&](std::uint64_t&) {
                                                     return check(scene, world, false);
                                                 }).finding;
                           return found.empty() ? found : shown + ": " + found;
                       });
}

}  // namespace holt::test

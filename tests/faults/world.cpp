#include "faults/world.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <holt/archive.hpp>
#include <holt/gc.hpp>
#include <holt/retention.hpp>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <new>
#include <sstream>

namespace holt::test {
namespace {

namespace stdfs = std::filesystem;
using Kind = Op::Kind;

constexpr std::string_view kLink = "-> ";
constexpr std::string_view kCanary = "nobody may touch this";

class Silent final : public Observer {};

std::string slurp(const stdfs::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

void spill(const stdfs::path& path, std::string_view content) {
    stdfs::create_directories(path.parent_path());
    stdfs::remove(path);
    if (content.starts_with(kLink))
        stdfs::create_symlink(content.substr(kLink.size()), path);
    else
        std::ofstream(path, std::ios::binary) << content;
}

std::string names_of(const std::map<std::string, SnapshotModel>& snapshots) {
    std::string text;
    for (const auto& [name, snapshot] : snapshots) {
        text += " " + name;
        for (const auto& [key, value] : snapshot.tags) text += "," + key + "=" + value;
        if (snapshot.hold) text += ",held";
    }
    return text;
}

// What the store says, without the trees.
std::map<std::string, SnapshotModel> labels_of(const std::vector<SnapshotInfo>& infos) {
    std::map<std::string, SnapshotModel> all;
    for (const SnapshotInfo& info : infos) {
        SnapshotModel one{.hold = info.hold};
        one.tags.insert(info.tags.begin(), info.tags.end());
        all.emplace(info.name, std::move(one));
    }
    return all;
}

bool say_the_same(const std::map<std::string, SnapshotModel>& found,
                  const std::map<std::string, SnapshotModel>& wanted) {
    return std::ranges::equal(found, wanted, [](const auto& a, const auto& b) {
        return a.first == b.first && a.second.tags == b.second.tags &&
               a.second.hold == b.second.hold;
    });
}

// All of `some` stand in `all`.
bool part_of(const std::map<std::string, SnapshotModel>& some,
             const std::map<std::string, SnapshotModel>& all) {
    return std::ranges::all_of(some, [&](const auto& one) { return all.contains(one.first); });
}

Error no_store(Error error) {
    error.cause = "the store cannot be opened: " + error.cause;
    return error;
}

std::optional<Error> problem_of(const auto& result) {
    return result ? std::nullopt : std::optional(result.error());
}

bool writes_out(Kind kind) noexcept {
    return kind == Kind::restore_in_place || kind == Kind::restore_linked || kind == Kind::replace;
}

}  // namespace

void write_tree(const stdfs::path& folder, const TreeModel& tree) {
    stdfs::create_directories(folder);
    const TreeModel there = read_tree(folder);
    for (const auto& [path, content] : there)
        if (!tree.contains(path)) stdfs::remove(folder / path);
    for (const auto& [path, content] : tree)
        if (const auto known = there.find(path); known == there.end() || known->second != content)
            spill(folder / path, content);
}

TreeModel read_tree(const stdfs::path& folder) {
    TreeModel tree;
    if (!stdfs::exists(folder)) return tree;
    for (const auto& entry : stdfs::recursive_directory_iterator(folder)) {
        const std::string path = entry.path().lexically_relative(folder);
        if (entry.is_symlink())
            tree[path] = std::string(kLink) + stdfs::read_symlink(entry.path()).string();
        else if (entry.is_regular_file())
            tree[path] = slurp(entry.path());
    }
    return tree;
}

Finding StoryWorld::make() const {
    stdfs::remove_all(folder_);
    stdfs::create_directories(folder_ / "source");
    spill(folder_ / "canary", kCanary);
    const auto made = Store::init(store().string());
    return made ? Finding() : made.error().message();
}

std::optional<Error> StoryWorld::act(Store& store, const Op& op, const StoreModel& before) const {
    Silent silent;
    const std::string out = (folder_ / "out").string(), fresh = (folder_ / "fresh").string();
    const std::string file = (folder_ / "x.holt").string(), tar = (folder_ / "x.tar").string();
    const std::string name = meant(before, op).value_or("nobody");
    // A copy of the world has folders of other inodes, which no store knows as its own.
    RestoreOptions in_place{.force = true, .remove_extra = true};
    switch (op.kind) {
        case Kind::snapshot: {
            const auto taken = store.snapshot((folder_ / "source").string(),
                                              {.name = "s" + std::to_string(op.a)}, silent);
            if (taken && taken->left_out > 0)
                return Error{.kind = ErrorKind::partial, .operation = "snapshot"};
            return problem_of(taken);
        }
        case Kind::restore_new:
            return problem_of(store.restore(name, fresh, {.durable = op.b % 4 == 0}, silent));
        case Kind::restore_in_place:
            return problem_of(store.restore(name, out, in_place, silent));
        case Kind::restore_linked:
            in_place.link = LinkMode::hardlink;
            return problem_of(store.restore(name, out, in_place, silent));
        case Kind::replace:
            return problem_of(store.restore(
                name, out, {.force = true, .remove_extra = true, .atomic = true}, silent));
        case Kind::forget:
            return problem_of(store.forget({.snaps = {name}}));
        case Kind::undelete:
            return problem_of(store.undelete({}));
        case Kind::tag:
            return problem_of(
                store.tag(name, {.set = {{"k" + std::to_string(op.b % 3), std::to_string(op.b)}}}));
        case Kind::hold:
            return problem_of(store.tag(name, {.hold = op.b % 2 == 0}));
        case Kind::gc:
            return problem_of(store.gc({}, silent));
        case Kind::recompress:
            return problem_of(store.gc({.recompress = 5}, silent));
        case Kind::export_file:
            return problem_of(store.export_to({name}, {.path = file}, {.overwrite = true}, silent));
        case Kind::import_file:
            return problem_of(store.import_from({.path = file}, {}, silent));
        case Kind::export_tar:
            return problem_of(store.export_to({name}, {.path = tar}, {.overwrite = true}, silent));
        case Kind::verify:
            return problem_of(store.verify({}, {}, silent));
        default:
            return std::nullopt;
    }
}

std::optional<Error> StoryWorld::attempt(const Op& op, const StoreModel& before) const {
    const bool repairs = op.kind == Kind::repair || op.kind == Kind::lose_catalog;
    if (op.kind == Kind::edit) {
        write_tree(folder_ / "source", after(before, op).source);
        return std::nullopt;
    }
    OpenOptions options{.lock_timeout = std::chrono::milliseconds(2000), .threads = 2};
    if (repairs) {
        Silent silent;
        return problem_of(Store::repair(store().string(), options, silent));
    }
    auto opened = Store::open(store().string(), options);
    if (!opened) return no_store(opened.error());
    return act(*opened, op, before);
}

Finding StoryWorld::run(const Op& op, const StoreModel& before) const {
    const auto name = meant(before, op);
    if (!means_something(before, op)) return {};
    const StoreModel now = after(before, op);
    const bool changes = now.visible != before.visible;
    if (op.kind == Kind::lose_catalog) {
        stdfs::remove(store() / "catalog.db");
        stdfs::remove(store() / "catalog.db-journal");
    }
    const auto problem = attempt(op, before);
    const bool refused = op.kind == Kind::forget && !changes;
    if (problem && !refused) return text_of(op) + ": " + problem->message();
    if (!problem && refused) return text_of(op) + ": a snapshot on hold was forgotten";
    if (op.kind == Kind::restore_new) {
        const TreeModel found = read_tree(folder_ / "fresh");
        stdfs::remove_all(folder_ / "fresh");
        if (found != before.visible.at(*name).tree) return text_of(op) + ": another tree";
    }
    if (writes_out(op.kind) && read_tree(folder_ / "out") != *now.out)
        return text_of(op) + ": another tree in out";
    return {};
}

Finding StoryWorld::check_snapshot(Store& store, const std::string& name,
                                   const SnapshotModel& snapshot) const {
    Silent silent;
    const stdfs::path to = folder_ / "checked";
    const auto restored = store.restore(name, to.string(), {}, silent);
    if (!restored) return name + " does not restore: " + restored.error().message();
    const bool same = read_tree(to) == snapshot.tree;
    stdfs::remove_all(to);
    return same ? Finding() : name + " restores to another tree";
}

StoryWorld::Seen StoryWorld::compare(const StoreModel& first, const StoreModel& second) const {
    const auto fail = [](Finding what) { return Seen{Which::neither, std::move(what)}; };
    if (slurp(folder_ / "canary") != kCanary) return fail("the canary was changed");
    auto opened = Store::open(store().string(), {.threads = 2});
    if (!opened) return fail("the store cannot be opened: " + opened.error().message());
    const auto listed = opened->list(), gone = opened->list_forgotten();
    if (!listed) return fail("list: " + listed.error().message());
    if (!gone) return fail("list forgotten: " + gone.error().message());
    const auto visible = labels_of(*listed), forgotten = labels_of(*gone);
    const auto fits = [&](const StoreModel& model) {
        return say_the_same(visible, model.visible) && part_of(model.forgotten, forgotten) &&
               (part_of(forgotten, model.forgotten) || part_of(forgotten, first.forgotten));
    };
    Seen seen;
    if (fits(second))
        seen.which = Which::second;
    else if (fits(first))
        seen.which = Which::first;
    else
        return fail("it has" + names_of(visible) + "; forgotten" + names_of(forgotten) +
                    "; not as before:" + names_of(first.visible) + "; forgotten" +
                    names_of(first.forgotten) + "; nor as after:" + names_of(second.visible) +
                    "; forgotten" + names_of(second.forgotten));
    const StoreModel& model = seen.which == Which::second ? second : first;
    for (const auto& [name, snapshot] : model.visible)
        if (Finding found = check_snapshot(*opened, name, snapshot); !found.empty())
            return fail(std::move(found));
    Silent silent;
    const auto verified = opened->verify({}, {}, silent);
    if (!verified) return fail("verify: " + verified.error().message());
    if (!verified->damage.empty())
        return fail("verify: " + verified->damage.front().what.message());
    return seen;
}

Finding StoryWorld::check_destination(const Op& op, const StoreModel& before) const {
    const auto name = meant(before, op);
    if (!name) return {};
    const TreeModel& wanted = before.visible.at(*name).tree;
    if (op.kind == Kind::restore_new && stdfs::exists(folder_ / "fresh") &&
        read_tree(folder_ / "fresh") != wanted)
        return "a half-made tree has the destination's name";
    if (op.kind == Kind::replace && stdfs::exists(folder_ / "out")) {
        const TreeModel found = read_tree(folder_ / "out");
        if (found != wanted && !(before.out && found == *before.out))
            return "the destination is neither the old tree nor the new one";
    }
    return {};
}

ChildEnd run_child(const std::function<Finding(std::uint64_t& number)>& body) {
    struct Shared {
        std::uint64_t number;
        char finding[4096];
        char done;
    };
    void* memory =
        ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return {.finding = "no shared memory"};
    auto* shared = new (memory) Shared{};
    std::fflush(nullptr);
    const pid_t child = ::fork();
    if (child == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        const Finding found = body(shared->number);
        std::strncpy(shared->finding, found.c_str(), sizeof shared->finding - 1);
        shared->done = 1;
        ::_exit(0);
    }
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    ChildEnd end{.killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL,
                 .finding = shared->finding,
                 .number = shared->number};
    if (!end.killed && shared->done == 0)
        end.finding = WIFSIGNALED(status) ? "it died of signal " + std::to_string(WTERMSIG(status))
                                          : "it ended with " + std::to_string(WEXITSTATUS(status));
    ::munmap(memory, sizeof(Shared));
    return end;
}

}  // namespace holt::test

#include "store/space/space_check.h"

#include <tbb/task_arena.h>

#include <algorithm>
#include <functional>
#include <numeric>
#include <utility>

#include "fs/file.h"
#include "fs/folder.h"
#include "fs/metadata/metadata.h"
#include "store/content/tree_cursor.h"
#include "store/format/left_out.h"
#include "store/space/space_check_impl.h"
#include "store/trees/tree_batch.h"

namespace holt::store::space_check {
namespace {

constexpr std::size_t kSiblings = 16;  // folders that one task looks at
// Names of one folder that one task looks at: some milliseconds.
constexpr std::size_t kNames = 1024;
// Files that one task reads.
constexpr std::size_t kReadFiles = 64;
constexpr std::uint64_t kReadBytes = 4u << 20;

// By their indices. Gives their entries in the same order; none when not all were kept.
std::vector<TreeEntry> sort_items(State& state) {
    std::vector<TreeEntry> entries;
    if (state.entries.size() == state.items.size()) {
        std::vector<std::uint32_t> order(state.items.size());
        std::iota(order.begin(), order.end(), 0u);
        std::ranges::sort(order, {}, [&](std::uint32_t i) { return state.items[i].index; });
        entries.reserve(order.size());
        for (const std::uint32_t i : order) entries.push_back(std::move(state.entries[i]));
    }
    state.entries.clear();
    std::ranges::sort(state.items, {}, &SpaceItem::index);
    return entries;
}

}  // namespace

Result<SpaceFindings> Check::run() {
    std::vector<Job> root(1);
    Job& job = root.front();
    job.target = in_.target;
    if (in_.base) {
        job.same_base = in_.base->content == in_.target.content;
        if (!job.same_base) job.base = in_.base;
    }
    HOLT_TRY(look_at_root(job));
    start(std::move(root));
    tasks_.wait();
    HOLT_TRY(first_.take());
    return settle();
}

// The root has no record: its time changes whenever a mark is put into it.
Status Check::look_at_root(Job& job) {
    HOLT_TRY_LET(boundary, fs::Boundary::around(in_.root, in_.shown));
    boundary_ = boundary;
    HOLT_TRY_LET(stat, fs::stat_fd(in_.root, in_.shown));
    if (in_.root_mode) stat.mode = *in_.root_mode;
    job.stat = stat;
    root_dev_ = stat.dev;
    if (!in_.selection.selects_root()) {
        job.way = true;
        root_keeps_ = stat;
        return {};
    }
    HOLT_TRY_LET(xattrs, fs::read_xattrs(in_.root, in_.shown));
    const Likeness attributes = attributes_.compare(job.target, xattrs, "");
    const Facets facets =
        inode_facets(job.target, stat).set(Facet::attributes, attributes == Likeness::differs);
    job.self = !facets.none();
    describe(facets, job.target, stat, "");
    return {};
}

void Check::start(std::vector<Job> jobs) {
    for (std::size_t begin = 0; begin < jobs.size(); begin += kSiblings) {
        const std::size_t end = std::min(jobs.size(), begin + kSiblings);
        auto batch = std::make_shared<std::vector<Job>>(
            std::make_move_iterator(jobs.begin() + static_cast<std::ptrdiff_t>(begin)),
            std::make_move_iterator(jobs.begin() + static_cast<std::ptrdiff_t>(end)));
        tasks_.run([this, batch] {
            if (in_.cancel != nullptr && in_.cancel->requested())
                first_.set(cancelled("check folder").error());
            if (!first_.stopped()) keep(look_at(*batch));
        });
    }
}

Status Check::look_at(std::vector<Job>& jobs) {
    const auto is_large = [](const Job& job) {
        return job.target.chunks.size() > 1 || (job.base && job.base->chunks.size() > 1);
    };
    const auto large = std::ranges::stable_partition(jobs, std::not_fn(is_large));
    const std::span small(jobs.begin(), large.begin());
    std::vector<const TreeEntry*> wanted;
    std::vector<const std::string*> paths;
    for (const Job& job : small) {
        wanted.push_back(&job.target);
        paths.push_back(&job.path);
        if (!job.base) continue;
        wanted.push_back(&*job.base);
        paths.push_back(&job.path);
    }
    HOLT_TRY_LET(trees, read_trees(reader_, wanted,
                                   [&](std::size_t i) -> const std::string& { return *paths[i]; }));
    std::size_t at = 0;
    for (Job& job : small) {
        if (first_.stopped()) return {};
        Tree& tree = trees[at++];
        in_.owner_rule.apply(tree, job.path, reporter_);
        Tree base = job.base ? std::move(trees[at++]) : Tree{};
        if (in_.move != nullptr) {
            in_.move->apply(tree, job.path);
            in_.move->apply(base, job.path);
        }
        HOLT_TRY(look_at_folder(std::move(job), std::move(tree), std::move(base)));
    }
    for (Job& job : large)
        if (!first_.stopped()) HOLT_TRY(look_at_large_folder(std::move(job)));
    return {};
}

// What cannot be looked at is no difference, and not known to be right.
Status Check::leave_out(const Error& about) {
    Error named = about;
    named.kind = ErrorKind::partial;
    return reporter_.leave_out(named);
}

Status Check::look_at_folder(Job job, Tree tree, Tree base) {
    Names names;
    HOLT_TRY_LET(state, enter(std::move(job), names));
    if (!state) return {};
    const auto part = std::make_shared<Part>(
        Part{.folder = state, .tree = std::move(tree), .base = std::move(base)});
    HOLT_TRY(look_at_entries(part, names));
    return leave(state, names);
}

// A slice of the tree after the other, each with what the base has by the same names.
Status Check::look_at_large_folder(Job job) {
    TreeCursor entries(reader_, job.target, job.path);
    std::optional<TreeCursor> base;
    TreeEntry* known = nullptr;
    if (job.base) {
        base.emplace(reader_, *job.base, job.path);
        HOLT_TRY_LET(first, base->next_entry());
        known = first;
    }
    Names names;
    HOLT_TRY_LET(state, enter(std::move(job), names));
    if (!state) return {};
    std::uint32_t first = 0;
    while (!entries.ended()) {
        if (first_.stopped()) return {};
        const auto part = std::make_shared<Part>(Part{.folder = state, .first = first});
        part->is_slice = true;
        HOLT_TRY_LET(slice, entries.next());
        part->tree = std::move(slice);
        in_.owner_rule.apply(part->tree, state->job.path, reporter_);
        if (in_.move != nullptr) in_.move->apply(part->tree, state->job.path);
        first += static_cast<std::uint32_t>(part->tree.size());
        while (known != nullptr && !part->tree.empty() && known->name <= part->tree.back().name) {
            part->base.push_back(std::move(*known));
            HOLT_TRY_LET(next, base->next_entry());
            known = next;
        }
        if (in_.move != nullptr) in_.move->apply(part->base, state->job.path);
        HOLT_TRY(look_at_entries(part, names));
    }
    return leave(state, names);
}

Status Check::look_at_entries(const PartPtr& part, Names& names) {
    std::vector<Job> below;
    const std::vector<Pairing> there = pair_names(part, names, below);
    start(std::move(below));
    return look_at_pairings(part, there);
}

// All that the tree has was looked at: what else is there is too many.
Status Check::leave(const StatePtr& state, Names& names) {
    while (names.at < names.all.size()) add_extra(*state, names.all[names.at++]);
    HOLT_TRY(look_at_extras(state));
    done(state);
    return {};
}

// All but the first of them in tasks of their own, which leaves small folders to this one.
Status Check::look_at_pairings(const PartPtr& part, std::span<const Pairing> there) {
    while (there.size() > kNames) {
        const auto some = there.last(kNames);
        there = there.first(there.size() - kNames);
        HOLT_TRY(in_task(part, [this, part, some = std::vector(some.begin(), some.end())] {
            return look_at_some(part, some);
        }));
    }
    return look_at_some(part, there);
}

// A task for a part of a folder, which is done when all of them are. What only this one has of a
// large tree must not pile up.
Status Check::in_task(const PartPtr& part, std::function<Status()> work) {
    const auto most = 4 * static_cast<std::size_t>(tbb::this_task_arena::max_concurrency());
    if (part->is_slice && slice_tasks_.load(std::memory_order_relaxed) >= most) return work();
    slice_tasks_ += part->is_slice;
    ++part->folder->pending;
    tasks_.run([this, part, work = std::move(work)] {
        if (!first_.stopped()) keep(work());
        slice_tasks_ -= part->is_slice;
        done(part->folder);
    });
    return {};
}

Status Check::look_at_some(const PartPtr& part, std::span<const Pairing> some) {
    std::vector<Job> below;
    std::vector<std::uint32_t> to_read;
    for (const Pairing& one : some)
        HOLT_TRY(look_at_entry(part, one.index, one.known, below, to_read));
    start(std::move(below));

    // What must be read, in parts of a size that keeps all threads busy.
    for (std::size_t begin = 0; begin < to_read.size();) {
        std::uint64_t bytes = 0;
        std::size_t end = begin;
        while (end < to_read.size() && end - begin < kReadFiles && bytes < kReadBytes)
            bytes += part->entry(to_read[end++]).size;
        HOLT_TRY(in_task(part,
                         [this, part,
                          files = std::vector(to_read.begin() + static_cast<std::ptrdiff_t>(begin),
                                              to_read.begin() + static_cast<std::ptrdiff_t>(end))] {
                             return read_files(part, files);
                         }));
        begin = end;
    }
    return {};
}

// Goes through the tree, the base's tree and the names on disk side by side: all are sorted. What
// is missing, and what is too many up to here, is settled; the rest is still to be looked at.
std::vector<Pairing> Check::pair_names(const PartPtr& part, Names& names, std::vector<Job>& below) {
    const Tree& tree = part->tree;
    State& state = *part->folder;
    const Tree& base = state.job.same_base ? tree : part->base;
    std::vector<Pairing> there;
    if (!state.job.absent) there.reserve(tree.size());
    std::size_t at_base = 0;
    for (std::size_t i = 0; i < tree.size(); ++i) {
        const std::uint32_t index = part->first + static_cast<std::uint32_t>(i);
        const std::string& name = tree[i].name;
        bool is_there = !state.job.absent;
        if (names.listed) {
            while (names.at < names.all.size() && names.all[names.at] < name)
                add_extra(state, names.all[names.at++]);
            is_there = names.at < names.all.size() && names.all[names.at] == name;
            names.at += is_there;
        }
        if (role_of(*part, index) == Role::none) {
            state.passed_over = true;
            continue;
        }
        tell_left_out(reporter_, in_.describe ? "verify folder" : "restore", tree[i],
                      fs::join_path(state.job.path, name));
        if (tree[i].left_out != LeftOut::no) {
            if (!is_there && tree[i].kind == fs::Kind::folder) missing(part, index, below);
            continue;
        }
        if (!is_there) {
            missing(part, index, below);
            continue;
        }
        while (at_base < base.size() && base[at_base].name < name) ++at_base;
        const bool is_known = at_base < base.size() && base[at_base].name == name;
        there.push_back({.index = index, .known = is_known ? &base[at_base] : nullptr});
    }
    const std::uint64_t total = looked_at_ += tree.size();
    if (tree.size() > 0 && (total / 4096) != ((total - tree.size()) / 4096))
        reporter_.progress({.stage = "check", .files_done = total});
    return there;
}

// Nothing is left to look at in a folder: what was found in it is kept.
void Check::done(const StatePtr& state) {
    if (--state->pending != 0) return;
    // The state itself is kept by those below, in a deep tree by a thousand of them.
    state->folder.reset();
    Found& found = found_.local();
    const Job& job = state->job;
    const bool is_as_it_was = !job.self && !job.absent && !job.opened_up;
    if (state->items.empty() && state->extras.empty() && is_as_it_was) {
        if (job.above && !job.way && !state->passed_over)
            right(job.stat, job.path, job.proved && job.same_base,
                  job.unseen ? Likeness::as_shown : Likeness::same);
        return;
    }
    std::vector<TreeEntry> entries = sort_items(*state);
    found.folders.push_back({.path = job.path,
                             .entry = job.target,
                             .items = std::move(state->items),
                             .entries = std::move(entries),
                             .extras = std::move(state->extras),
                             .keeps = kept_by(job),
                             .self = job.self,
                             .writable = !job.absent && (job.stat.mode & 0700) == 0700});
}

}  // namespace holt::store::space_check

namespace holt::store {

Result<SpaceFindings> check_space(ChunkReader& reader, const SpaceCheckInput& input,
                                  Reporter& reporter) {
    return space_check::Check(reader, input, reporter).run();
}

}  // namespace holt::store

#include "store/trees/move.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "fs/folder.h"
#include "relocation/relocation.h"
#include "relocation/splices.h"
#include "relocation/target.h"
#include "store/format/cache_fields.h"
#include "store/format/relocation_codec.h"

namespace holt::store {

using relocation::Side;
using relocation::Splices;
using relocation::Target;

namespace {

std::size_t folders_of(const RestoreSource& source) {
    return static_cast<std::size_t>(decode_cache_fields(source.snapshot.record.fields).folders);
}

// Which of the folders it is that were saved together; nothing for all, and for what is no whole
// one.
std::optional<std::size_t> number_of(const RestoreSource& source) {
    const std::size_t folders = folders_of(source);
    for (std::size_t i = 0; folders > 1 && i < folders; ++i)
        if (source.path == cache_folder_name(i)) return i;
    return std::nullopt;
}

}  // namespace

Result<bool> is_movable(const RestoreSource& source) {
    HOLT_TRY_LET(prefixes, prefixes_of(source.snapshot.record));
    return prefixes && (source.path.empty() || number_of(source));
}

std::vector<std::string> targets_of(const RestoreSource& source, const std::string& target,
                                    const std::vector<std::string>& beside) {
    const std::size_t folders = folders_of(source);
    if (folders == 1) return {target};
    if (!beside.empty()) return beside;
    std::vector<std::string> targets(folders);
    const auto number = number_of(source);
    for (std::size_t i = 0; i < folders; ++i)
        if (!number)
            targets[i] = fs::join_path(target, cache_folder_name(i));
        else if (i == *number)
            targets[i] = target;
    return targets;
}

Result<std::optional<Move>> Move::make(const RestoreSource& source,
                                       std::vector<std::string> targets,
                                       const std::vector<std::string>& leave) {
    HOLT_TRY_LET(movable, is_movable(source));
    if (!movable) return std::nullopt;
    HOLT_TRY_LET(prefixes, prefixes_of(source.snapshot.record));
    for (std::size_t i = 0; i < targets.size(); ++i) {
        if (targets[i].empty() || prefixes->has(i, targets[i])) targets[i].clear();  // it stays
    }
    if (std::ranges::all_of(targets, &std::string::empty)) return std::nullopt;
    HOLT_TRY_LET(left, Exclude::compile(leave));
    Move move;
    move.prefixes_ = *std::move(prefixes);
    move.target_ = Target::text(targets);
    move.leaving_ = Target::leaving(move.target_);
    for (const std::string& target : targets) {
        const Status can_be_named = target.empty() ? Status{} : relocation::check_target(target);
        if (!can_be_named && !move.unnameable_) move.unnameable_ = can_be_named.error();
    }
    move.targets_ = std::move(targets);
    move.leave_ = leave;
    move.left_ = std::move(left);
    return move;
}

// How many paths, each of them, then each pattern, with NULs between, which none of them has.
std::string Move::remember() const {
    std::string text = std::to_string(targets_.size());
    for (const auto& parts : {targets_, leave_})
        for (const std::string& part : parts) text += '\0' + part;
    return text;
}

Result<std::optional<Move>> Move::recall(const RestoreSource& source,
                                         const std::string& remembered) {
    if (remembered.empty()) return std::nullopt;
    std::vector<std::string> parts;
    for (std::size_t begin = 0; begin <= remembered.size();) {
        const std::size_t end = std::min(remembered.find('\0', begin), remembered.size());
        parts.push_back(remembered.substr(begin, end - begin));
        begin = end + 1;
    }
    std::size_t count = 0;
    const std::string& first = parts.front();
    const auto read = std::from_chars(first.data(), first.data() + first.size(), count);
    if (read.ec != std::errc() || count >= parts.size()) return std::nullopt;
    const auto patterns = parts.begin() + 1 + static_cast<std::ptrdiff_t>(count);
    return make(source, {parts.begin() + 1, patterns}, {patterns, parts.end()});
}

void Move::apply(Tree& tree, const std::string& path) const {
    for (TreeEntry& entry : tree) {
        const bool is_link = entry.kind == fs::Kind::symlink && !entry.symlink_target.empty();
        if (is_link || !entry.relocation.empty()) apply(entry, fs::join_path(path, entry.name));
    }
}

void Move::apply(TreeEntry& entry, const std::string& path) const {
    if (entry.kind == fs::Kind::symlink) {
        auto link = relocation::moved_symlink(entry.symlink_target, prefixes_, target_);
        if (link) entry.symlink_target = *std::move(link);
        return;
    }
    const auto relocation = relocation_of(entry);
    if (!relocation || unnameable_) return;
    const std::string* target = &target_;
    auto moved = Splices::make(*relocation, Side::original, Side::moved, target_);
    if (!moved && left_.matches(path, entry.kind)) {
        target = &leaving_;
        moved = Splices::make(*relocation, Side::original, Side::moved, leaving_);
    }
    if (!moved) return;
    entry.size = moved->size_of(entry.size);
    entry.moved_to = *target;
}

std::uint64_t Move::size_of(const TreeEntry& entry, const std::string& path) const {
    if (entry.relocation.empty()) return entry.size;
    TreeEntry moved = entry;
    apply(moved, path);
    return moved.size;
}

std::string Move::problem_of(const TreeEntry& entry, const std::string& path) const {
    if (entry.relocation.empty() || left_.matches(path, entry.kind)) return {};
    if (unnameable_) return unnameable_->cause;
    const auto relocation = relocation_of(entry);
    return relocation ? relocation::problem_at(*relocation, target_) : std::string();
}

Status check_move(ChunkReader& reader, const TreeEntry& root, const Selection& selection,
                  const Move& move, Reporter& reporter) {
    std::uint64_t count = 0;
    std::string first;
    std::vector<std::pair<TreeEntry, std::string>> to_visit{{root, ""}};
    while (!to_visit.empty()) {
        const auto [folder, path] = std::move(to_visit.back());
        to_visit.pop_back();
        HOLT_TRY_LET(tree, reader.read_tree(folder, path));
        selection.keep_selected(tree, path);
        for (TreeEntry& entry : tree) {
            std::string at = fs::join_path(path, entry.name);
            if (entry.kind == fs::Kind::folder) {
                if (entry.left_out == LeftOut::no) to_visit.emplace_back(std::move(entry), at);
                continue;
            }
            const std::string problem = move.problem_of(entry, at);
            if (problem.empty()) continue;
            if (count++ == 0) first = at;
            reporter.note(Severity::warning,
                          fail(ErrorKind::unsafe_input, "move file", at, problem).error());
        }
    }
    if (count == 0) return {};
    if (move.unnameable()) return std::unexpected(*move.unnameable());
    return fail(ErrorKind::unsafe_input, "restore", first,
                count == 1 ? "it cannot be moved to this path"
                           : "it and " + std::to_string(count - 1) +
                                 " more files cannot be moved to this path",
                Advice::leave_or_shorter);
}

}  // namespace holt::store

#include "store/trees/move.h"

#include <utility>

#include "fs/folder.h"
#include "relocation/relocation.h"
#include "relocation/splices.h"
#include "store/format/relocation_codec.h"

namespace holt::store {

using relocation::Side;
using relocation::Splices;

Result<std::optional<Move>> Move::make(const RestoreSource& source, const std::string& target,
                                       const std::vector<std::string>& leave) {
    HOLT_TRY_LET(prefixes, prefixes_of(source.snapshot.record));
    // A part of a tree names the whole tree's path, which stays where it is.
    if (!prefixes || !source.path.empty() || prefixes->has(target)) return std::nullopt;
    HOLT_TRY(relocation::check_target(target));
    HOLT_TRY_LET(left, Exclude::compile(leave));
    Move move;
    move.prefixes_ = *std::move(prefixes);
    move.target_ = target;
    move.leave_ = leave;
    move.left_ = std::move(left);
    return move;
}

// The target, then each pattern behind a NUL, which neither of them has.
std::string Move::remember() const {
    std::string text = target_;
    for (const std::string& pattern : leave_) text += '\0' + pattern;
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
    return make(source, parts.front(), {parts.begin() + 1, parts.end()});
}

void Move::apply(Tree& tree, const std::string& path) const {
    for (TreeEntry& entry : tree) {
        const bool is_link = entry.kind == fs::Kind::symlink && !entry.symlink_target.empty();
        if (is_link || !entry.relocation.empty()) apply(entry, fs::join_path(path, entry.name));
    }
}

void Move::apply(TreeEntry& entry, const std::string& path) const {
    if (left_.matches(path, entry.kind)) return;
    if (entry.kind == fs::Kind::symlink) {
        auto link = relocation::moved_symlink(entry.symlink_target, prefixes_, target_);
        if (link) entry.symlink_target = *std::move(link);
        return;
    }
    const auto relocation = relocation_of(entry);
    if (!relocation) return;
    const auto moved = Splices::make(*relocation, Side::original, Side::moved, target_);
    if (!moved) return;
    entry.size = moved->size_of(entry.size);
    entry.moved_to = target_;
}

std::string Move::problem_of(const TreeEntry& entry, const std::string& path) const {
    if (entry.relocation.empty() || left_.matches(path, entry.kind)) return {};
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
    return fail(ErrorKind::unsafe_input, "restore", first,
                count == 1 ? "it cannot be moved to this path"
                           : "it and " + std::to_string(count - 1) +
                                 " more files cannot be moved to this path",
                Advice::leave_or_shorter);
}

}  // namespace holt::store

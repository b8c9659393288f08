#include "store/trees/diff.h"

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/cancel.h"
#include "fs/folder.h"
#include "store/format/left_out.h"
#include "store/source/attributes.h"

namespace holt::store {
namespace {

/// One name on either side.
struct Pair {
    std::optional<TreeEntry> a, b;
    std::string path;
    // Of each side, as the pattern for folders only takes them apart.
    Role role_a = Role::selected, role_b = Role::selected;
};

/// The entries of a folder on one side.
class Side {
  public:
    Status open(TreeView& view, const TreeEntry& folder, const std::string& path) {
        HOLT_TRY_LET(entries, view.list(folder, path));
        entries_ = std::move(entries);
        return {};
    }
    /// The entry that comes next; null behind the last.
    Result<TreeEntry*> peek() {
        if (at_ < slice_.size()) return &slice_[at_];
        if (!entries_) return nullptr;
        slice_.clear();  // before the next one is made
        HOLT_TRY_LET(slice, entries_->next());
        slice_ = std::move(slice);
        at_ = 0;
        if (!slice_.empty()) return &slice_[0];
        entries_.reset();
        return nullptr;
    }
    TreeEntry take() { return std::move(slice_[at_++]); }

  private:
    std::unique_ptr<FolderView> entries_;
    Tree slice_;
    std::size_t at_ = 0;
};

/// A folder whose names are gone through, side by side.
struct Level {
    std::string path;
    Selection::Folder here;
    Side a{}, b{};
};

// The next name of a folder on either side; nothing behind the last.
Result<std::optional<Pair>> next_pair(Level& level) {
    HOLT_TRY_LET(a, level.a.peek());
    HOLT_TRY_LET(b, level.b.peek());
    if (a == nullptr && b == nullptr) return std::nullopt;
    const bool has_a = a != nullptr && (b == nullptr || a->name <= b->name);
    const bool has_b = b != nullptr && (a == nullptr || b->name <= a->name);
    Pair pair;
    pair.path = fs::join_path(level.path, has_a ? a->name : b->name);
    if (has_a) pair.a = level.a.take();
    if (has_b) pair.b = level.b.take();
    return pair;
}

// Takes away the side that is not selected; false when that is all.
bool keep_selected(Pair& pair, const Selection::Folder& here) {
    const auto look = [&](std::optional<TreeEntry>& entry, Role& role) {
        if (entry) role = here.role(pair.path, entry->kind);
        if (role == Role::none) entry.reset();
    };
    look(pair.a, pair.role_a);
    look(pair.b, pair.role_b);
    return pair.a || pair.b;
}

bool is_folder(const std::optional<TreeEntry>& entry) {
    return entry && entry->kind == fs::Kind::folder;
}

bool is_left_out(const std::optional<TreeEntry>& entry) {
    return entry && entry->left_out != LeftOut::no;
}

// What was left out of a snapshot, and a folder on disk lacks: a restore does not make it either.
bool is_missing_as_ever(const Pair& pair, const TreeView& a, const TreeView& b) {
    return (is_left_out(pair.a) && !pair.b && !b.folders_have_digests()) ||
           (is_left_out(pair.b) && !pair.a && !a.folders_have_digests());
}

// Once for both sides.
void tell_incomplete(const Pair& pair, Reporter& reporter) {
    const auto lacks = [](const std::optional<TreeEntry>& entry) {
        return entry && (entry->left_out != LeftOut::no || entry->attributes_left_out);
    };
    const std::optional<TreeEntry>& side = lacks(pair.a) ? pair.a : pair.b;
    if (lacks(side)) tell_left_out(reporter, "compare", *side, pair.path);
}

bool is_selected(const Pair& pair) {
    return (pair.a && pair.role_a == Role::selected) || (pair.b && pair.role_b == Role::selected);
}

// What became of one name; nothing when both sides are equal. A folder on the way to what is
// selected is as good as not there.
std::optional<DiffEntry> compare(const Pair& pair, Owners owners) {
    if (!pair.b || pair.role_b == Role::way) return describe_lone(pair.path, Change::removed);
    if (!pair.a || pair.role_a == Role::way) return describe_lone(pair.path, Change::added);
    return describe_difference(compare_entries(*pair.a, *pair.b, owners), InodeFacts::of(*pair.a),
                               InodeFacts::of(*pair.b), pair.path);
}

}  // namespace

Visit DiffTally::tell(const DiffEntry& entry) {
    report.added += entry.change == Change::added;
    report.removed += entry.change == Change::removed;
    report.changed += entry.change != Change::added && entry.change != Change::removed;
    return visit_(entry);
}

Result<DiffReport> diff_trees(Operation& op, TreeView& a, TreeView& b, const DiffRules& rules,
                              const Store::DiffVisitor& visit) {
    const Selection& selection = rules.selection;
    Reporter& reporter = op.reporter;
    DiffTally tally(visit);
    const bool digests_decide = a.folders_have_digests() && b.folders_have_digests();
    const AttributeComparison attributes(reporter, Severity::info);
    const auto leave_what_is_seen = [&](Pair& pair) {
        if (digests_decide || !pair.a || !pair.b) return;
        pair.a->xattrs = attributes.shown(std::move(pair.a->xattrs), pair.path);
        pair.b->xattrs = attributes.shown(std::move(pair.b->xattrs), pair.path);
        a.put_back(*pair.b, *pair.a, pair.path);
        b.put_back(*pair.a, *pair.b, pair.path);
    };
    // In preorder: the levels are the folders on the way to the pair at hand.
    std::vector<Level> levels;
    const Role root_role = selection.selects_root() ? Role::selected : Role::way;
    std::optional<Pair> next = Pair{a.root(), b.root(), "", root_role, root_role};
    for (;; next.reset()) {
        if (!next && levels.empty()) break;
        if (!next) {
            HOLT_TRY_LET(found, next_pair(levels.back()));
            if (!found) {
                levels.pop_back();
                continue;
            }
            if (!selection.all() && !keep_selected(*found, levels.back().here)) continue;
            next = std::move(found);
        }
        HOLT_TRY(op.go_on("diff"));
        Pair pair = *std::move(next);
        tell_incomplete(pair, reporter);
        // What is known of the one side says nothing of the other.
        if (pair.a && pair.b && (is_left_out(pair.a) || is_left_out(pair.b))) continue;
        if (is_missing_as_ever(pair, a, b)) continue;
        if (!pair.a && b.belongs_to_file_system(pair.path)) continue;
        if (!pair.b && a.belongs_to_file_system(pair.path)) continue;
        leave_what_is_seen(pair);
        if (!is_selected(pair)) {
            // Only on the way.
        } else if (const auto change = compare(pair, rules.owners)) {
            if (tally.tell(*change) == Visit::stop) break;
        } else {
            ++tally.report.same;
        }
        const bool folder_a = is_folder(pair.a), folder_b = is_folder(pair.b);
        if (!folder_a && !folder_b) continue;
        if (folder_a && folder_b && digests_decide && same_digest(*pair.a, *pair.b) &&
            !pair.a->incomplete)
            continue;
        Level below{pair.path, selection.folder(pair.path)};
        if (folder_a) HOLT_TRY(below.a.open(a, *pair.a, pair.path));
        if (folder_b) HOLT_TRY(below.b.open(b, *pair.b, pair.path));
        levels.push_back(std::move(below));
    }
    tally.report.left_out = reporter.left_out();
    return tally.report;
}

}  // namespace holt::store

#include "store/trees/selection.h"

#include <utility>

#include "fs/folder.h"
#include "store/content/tree_cursor.h"

namespace holt::store {
namespace {

// A glob that matches just this name, at the root.
std::string literally(const std::string& name) {
    std::string glob = "/";
    for (const char c : name) {
        if (c == '*' || c == '?' || c == '[' || c == '\\') glob += '\\';
        glob += c;
    }
    return glob;
}

std::string above(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    return slash == std::string::npos ? "" : path.substr(0, slash);
}

}  // namespace

Result<Selection> Selection::compile(const std::vector<std::string>& include,
                                     const std::vector<std::string>& exclude) {
    Selection selection;
    auto included = Exclude::compile(include);
    if (!included) {
        included.error().operation = "include";
        return std::unexpected(std::move(included).error());
    }
    selection.include_ = *std::move(included);
    HOLT_TRY_LET(excluded, Exclude::compile(exclude));
    selection.exclude_ = std::move(excluded);
    return selection;
}

Selection Selection::only(const std::string& name) {
    Selection selection;
    // As .gitignore patterns are taken: none is refused.
    selection.include_ = Exclude::from_gitignore({literally(name)});
    selection.found_any_ = true;
    return selection;
}

Role Selection::Folder::role(const std::string& path, fs::Kind kind) const {
    if (excluded_ || selection_.exclude_.matches(path, kind)) return Role::none;
    const Exclude& include = selection_.include_;
    if (include.empty() || include.decides(path, kind).value_or(included_)) return Role::selected;
    const bool leads = kind == fs::Kind::folder && include.may_match_below(path);
    return leads ? Role::way : Role::none;
}

Role Selection::Folder::role_in_tree(const std::string& path, fs::Kind kind) const {
    const Role by_patterns = role(path, kind);
    return by_patterns == Role::way && !selection_.ways_.contains(path) ? Role::none : by_patterns;
}

Selection::Folder Selection::folder(const std::string& path) const {
    Folder folder(*this);
    if (all() || path.empty()) return folder;
    for (std::size_t end = 0; end != std::string::npos && !folder.excluded_;) {
        end = path.find('/', end + 1);
        const std::string part = path.substr(0, end);
        folder.excluded_ = exclude_.matches(part, fs::Kind::folder);
        if (!include_.empty())
            folder.included_ = include_.decides(part, fs::Kind::folder).value_or(folder.included_);
    }
    return folder;
}

bool Selection::selects(const std::string& path, fs::Kind kind) const {
    return all() || folder(above(path)).role(path, kind) == Role::selected;
}

void Selection::add_ways(std::string path) {
    while (!path.empty() && ways_.insert(path).second) path = above(path);
}

Status Selection::look_for_any(ChunkReader& reader, const TreeEntry& root) {
    if (include_.empty()) return {};
    std::vector<std::pair<TreeEntry, std::string>> to_visit{{root, ""}};
    while (!to_visit.empty()) {
        const auto [entry, path] = std::move(to_visit.back());
        to_visit.pop_back();
        TreeCursor cursor(reader, entry, path);
        const Folder here = folder(path);
        for (;;) {
            HOLT_TRY_LET(child, cursor.next_entry());
            if (child == nullptr) break;
            std::string below = fs::join_path(path, child->name);
            const Role role = here.role(below, child->kind);
            if (role == Role::selected) {
                found_any_ = true;
                add_ways(path);
            }
            // Below a selected folder there are ways only when something is taken out again.
            const bool enters =
                child->kind == fs::Kind::folder &&
                (role == Role::way || (role == Role::selected && include_.has_negated()));
            if (enters) to_visit.emplace_back(std::move(*child), std::move(below));
        }
    }
    return {};
}

Status Selection::look_into(ChunkReader& reader, const TreeEntry& root, const char* operation,
                            const std::string& object) {
    HOLT_TRY(look_for_any(reader, root));
    if (found_any()) return {};
    return nothing_selected(operation, object);
}

void Selection::keep_selected(Tree& tree, const std::string& path) const {
    if (all()) return;
    const Folder here = folder(path);
    std::erase_if(tree, [&](const TreeEntry& entry) {
        return here.role_in_tree(fs::join_path(path, entry.name), entry.kind) == Role::none;
    });
}

std::unexpected<Error> nothing_selected(const char* operation, const std::string& object) {
    return fail(ErrorKind::usage, operation, object, "nothing in it is selected",
                Advice::check_globs);
}

}  // namespace holt::store

#include "fs/walk/merge.h"

#include <algorithm>
#include <cerrno>
#include <utility>
#include <vector>

#include "fs/boundary.h"
#include "fs/file.h"
#include "fs/folder.h"
#include "fs/metadata/metadata.h"
#include "fs/path/open_up.h"
#include "fs/paths.h"
#include "fs/walk/remove_tree.h"

namespace holt::fs {
namespace {

class Merge {
  public:
    Merge(int to, const Boundary& boundary, Extras extras, const std::string& except,
          std::string_view shown)
        : to_(to), boundary_(boundary), extras_(extras), except_(except), shown_(shown) {}

    Status run(int from) {
        HOLT_TRY(merge_names(from));
        HOLT_TRY(remove_extras());
        return finish_folders();
    }

  private:
    /// A folder that stands on both sides, while its names are gone through.
    struct Level {
        UniqueFd from, to;
        std::string path;
        std::vector<std::string> names;
        std::size_t at = 0;
    };
    struct Finish {
        std::string path;
        Metadata metadata;
    };

    std::string show(const std::string& path) const { return join_path(shown_, path); }

    // Only the deepest levels keep their descriptors: a tree may be deeper than a process may have
    // open folders.
    static void close_far(std::vector<Level>& levels) {
        constexpr std::size_t kOpenLevels = 16;
        if (levels.size() <= kOpenLevels) return;
        Level& far = levels[levels.size() - 1 - kOpenLevels];
        far.from.reset();
        far.to.reset();
    }
    Status reopen(Level& level, int from) const {
        if (level.from) return {};
        HOLT_TRY_LET(old, boundary_.open_beneath(from, level.path, show(level.path)));
        HOLT_TRY_LET(merged, boundary_.open_beneath(to_, level.path, show(level.path)));
        level.from = std::move(old);
        level.to = std::move(merged);
        return {};
    }

    /// `mode` is that of the new folder, which may have been opened up by now.
    Result<Level> enter(UniqueFd from, std::uint16_t mode, UniqueFd to, std::string path) {
        Level level{std::move(from), std::move(to), std::move(path), {}, 0};
        const std::string shown = show(level.path);
        HOLT_TRY_LET(stat, stat_fd(level.from.get(), shown));
        HOLT_TRY_LET(xattrs, read_xattrs(level.from.get(), shown));
        finish_.push_back({level.path, Metadata{.mode = mode,
                                                .uid = stat.uid,
                                                .gid = stat.gid,
                                                .mtime = stat.mtime,
                                                .xattrs = std::move(xattrs)}});
        // Names are moved out of the one and into the other, whatever modes they have.
        HOLT_TRY(set_mode(level.from.get(), 0700, shown));
        HOLT_TRY_LET(old, stat_fd(level.to.get(), shown));
        if ((old.mode & 0700) != 0700) {
            HOLT_TRY(set_mode(level.to.get(), static_cast<std::uint16_t>(old.mode | 0700), shown));
        }
        HOLT_TRY_LET(names, list_names(level.from.get(), shown));
        if (extras_ == Extras::remove) HOLT_TRY(note_extras(level, names));
        level.names = std::move(names);
        return level;
    }

    // What the old folder has and the new one lacks; both lists are sorted.
    Status note_extras(const Level& level, const std::vector<std::string>& names) {
        HOLT_TRY_LET(old, list_names(level.to.get(), show(level.path)));
        for (const std::string& name : old) {
            const bool is_staging = level.path.empty() && name == except_;
            if (is_staging || std::ranges::binary_search(names, name)) continue;
            to_remove_.push_back(join_path(level.path, name));
        }
        return {};
    }

    Status merge_names(int from) {
        HOLT_TRY_LET(from_root, duplicate(from, shown_));
        HOLT_TRY_LET(to_root, duplicate(to_, shown_));
        HOLT_TRY_LET(stat, stat_fd(from, shown_));
        HOLT_TRY_LET(root, enter(std::move(from_root), stat.mode, std::move(to_root), ""));
        std::vector<Level> levels;
        levels.push_back(std::move(root));
        while (!levels.empty()) {
            Level& level = levels.back();
            if (level.at == level.names.size()) {
                const std::string path = std::move(level.path);
                levels.pop_back();
                if (levels.empty()) break;
                HOLT_TRY(reopen(levels.back(), from));
                // Its names are all in the other folder by now.
                const std::string name = path.substr(path.rfind('/') + 1);
                HOLT_TRY(remove_folder(levels.back().from.get(), name, show(path)));
                continue;
            }
            const std::string name = level.names[level.at++];
            HOLT_TRY_LET(both_folders, move_over(level, name));
            if (!both_folders) continue;
            const std::string path = join_path(level.path, name);
            const std::string shown = show(path);
            HOLT_TRY_LET(sub_from, open_or_open_up(level.from.get(), name, boundary_, shown));
            HOLT_TRY_LET(sub_to, open_or_open_up(level.to.get(), name, boundary_, shown));
            HOLT_TRY_LET(below, enter(std::move(sub_from.fd), sub_from.place.mode,
                                      std::move(sub_to.fd), path));
            levels.push_back(std::move(below));
            close_far(levels);
        }
        return {};
    }

    // Puts one name in its place; true when it is a folder on both sides, which is for the caller
    // to enter.
    Result<bool> move_over(const Level& level, const std::string& name) {
        const std::string shown = show(join_path(level.path, name));
        HOLT_TRY_LET(incoming, stat_at(level.from.get(), name, shown));
        const auto standing = stat_at(level.to.get(), name, shown);
        if (!standing && standing.error().sys_errno != ENOENT) {
            return std::unexpected(standing.error());
        }
        if (standing) {
            const bool was_folder = standing->kind == Kind::folder;
            if (was_folder && incoming.kind == Kind::folder) return true;
            if (was_folder || incoming.kind == Kind::folder) {
                HOLT_TRY(remove_tree(level.to.get(), name, shown));
            }
            // Two names of one inode (of the link pool): rename would succeed and leave both.
            if (standing->dev == incoming.dev && standing->ino == incoming.ino) {
                HOLT_TRY(unlink_file(level.from.get(), name, shown));
                return false;
            }
        }
        HOLT_TRY(move_entry(level.from.get(), name, level.to.get(), name, IfThere::replace, shown));
        return false;
    }

    Status remove_extras() {
        for (const std::string& path : to_remove_) {
            const std::size_t slash = path.rfind('/');
            const bool at_root = slash == std::string::npos;
            HOLT_TRY_LET(parent, boundary_.open_beneath(to_, at_root ? "" : path.substr(0, slash),
                                                        show(path)));
            HOLT_TRY(
                remove_tree(parent.get(), at_root ? path : path.substr(slash + 1), show(path)));
        }
        return {};
    }

    // Children before parents, so that setting a child changes no time that was set already.
    Status finish_folders() {
        for (auto folder = finish_.rbegin(); folder != finish_.rend(); ++folder) {
            HOLT_TRY_LET(fd, boundary_.open_beneath(to_, folder->path, show(folder->path)));
            HOLT_TRY(apply_metadata(fd.get(), folder->metadata, {.exact_xattrs = true},
                                    show(folder->path)));
        }
        return {};
    }

    const int to_;
    const Boundary& boundary_;
    const Extras extras_;
    const std::string& except_;
    const std::string_view shown_;
    std::vector<Finish> finish_;          // merged folders, parents first
    std::vector<std::string> to_remove_;  // paths below `to`
};

}  // namespace

Status merge_tree(int from, int to, Extras extras, const std::string& except,
                  std::string_view shown) {
    // Both sides lie on the same mount: a name could not be moved from the one to the other else.
    HOLT_TRY_LET(boundary, Boundary::around(to, shown));
    return Merge(to, boundary, extras, except, shown).run(from);
}

}  // namespace holt::fs

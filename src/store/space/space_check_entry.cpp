// One entry of a folder: is it proved, must it be read, is it right.
#include <cerrno>
#include <utility>

#include "fs/file.h"
#include "fs/folder.h"
#include "fs/metadata/metadata.h"
#include "store/content/content_form.h"
#include "store/source/space_file.h"
#include "store/space/moved_file.h"
#include "store/space/space_check_impl.h"

namespace holt::store::space_check {

Status Check::look_at_entry(const PartPtr& part, std::uint32_t index, const TreeEntry* base,
                            std::vector<Job>& below, std::vector<std::uint32_t>& to_read) {
    const TreeEntry& entry = part->entry(index);
    const std::string path = path_of(*part, index);
    const auto looked = fs::stat_at(part->state().folder->fd.get(), entry.name, path);
    if (!looked) {
        if (looked.error().sys_errno != ENOENT) return std::unexpected(looked.error());
        missing(part, index, below);
        return {};
    }
    const fs::FileStat& stat = *looked;
    // A mount or a subvolume that was not there, or could not be known, before the check.
    if (stat.kind == fs::Kind::folder && stat.dev != root_dev_) return fs::crossing(path);
    const bool is_member = look_at_link(part, index, stat, path);
    if (stat.kind != entry.kind) {
        HOLT_TRY(refuse_unselected(part, index, stat, path));
        if (!is_member) {
            replace(part, index, stat, below);
        } else if (in_.describe) {
            describe(path, Change::kind);
        }
        return {};
    }
    const bool proved = is_proved(stat, path, base);
    if (entry.kind == fs::Kind::folder) {
        Job job = job_below(part, index, base, path);
        job.stat = stat;
        job.proved = proved;
        return look_at_folder_entry(part, index, base, std::move(job), below);
    }
    if (is_member) return {};  // as right as the first name: settled when that is known
    if (entry.kind != fs::Kind::file) return look_at_special(part, index, base, stat, path, proved);
    if (!proved) {
        if (must_be_replaced(entry, stat, base)) {
            add(part, {.index = index, .need = Need::content});
        } else {
            to_read.push_back(index);
        }
        return {};
    }
    const bool same_content = base->content == entry.content && base->size == entry.size &&
                              (entry.moved_to.empty() || base->relocation == entry.relocation);
    // In the same base it was right that they share an inode; a new link gives it another ctime.
    const bool own = part->state().job.same_base || claim(entry, stat, path);
    const Facets facets = inode_facets(entry, stat, base)
                              .set(Facet::content, !same_content)
                              .set(Facet::attributes, base->xattrs != entry.xattrs)
                              .set(Facet::links, !own);
    if (facets.none()) {
        right(stat, path, true);
    } else {
        add_changed(part, index, facets, stat);
    }
    return {};
}

// A file that is another one than it shall be. A link into somewhere else (the pool) is never
// written to, nor are its attributes changed.
void Check::add_changed(const PartPtr& part, std::uint32_t index, Facets facets,
                        const fs::FileStat& stat) {
    const bool unreadable = (stat.mode & 0400) == 0 && !fs::is_root();
    const bool rewrite = facets.has(Facet::kind) || facets.has(Facet::content) ||
                         facets.has(Facet::attributes) || facets.has(Facet::links) ||
                         stat.nlink > 1 || unreadable;
    add(part, {.index = index, .need = rewrite ? Need::content : Need::metadata});
    describe(facets, part->entry(index), stat, path_of(*part, index));
}

// Whatever is in it: its inode may be shared (with the pool), so it is never changed, and it cannot
// stay as it is. Only of a file that looks as it was restored: where a program may have written
// into other trees, that is to be found out and told.
bool Check::must_be_replaced(const TreeEntry& entry, const fs::FileStat& stat,
                             const TreeEntry* base) const {
    if (in_.describe || base == nullptr || stat.nlink < 2) return false;
    const bool looks_untouched = stat.size == base->size && stat.mtime == base->mtime;
    return looks_untouched &&
           (stat.size != entry.size || inode_facets(entry, stat).has(Facet::mtime));
}

Status Check::look_at_folder_entry(const PartPtr& part, std::uint32_t index, const TreeEntry* base,
                                   Job job, std::vector<Job>& below) {
    const TreeEntry& entry = part->entry(index);
    if (job.way) {
        below.push_back(std::move(job));
        return {};
    }
    fs::Xattrs xattrs;
    if (job.proved) {
        xattrs = base->xattrs;
    } else {
        // By its name, without following: it is opened when its turn comes.
        auto read = fs::read_xattrs_at(part->state().folder->fd.get(), entry.name, job.path);
        if (read) {
            xattrs = *std::move(read);
        } else if (is_shortage(read.error().sys_errno)) {
            return std::unexpected(std::move(read).error());
        } else if (in_.open_up) {
            job.self = true;
        } else {
            xattrs = entry.xattrs;  // not known; the folder is named when it is to be opened
        }
    }
    const Likeness attributes = attributes_.compare(entry, xattrs, job.path);
    job.unseen = attributes == Likeness::as_shown;
    const Facets facets =
        inode_facets(entry, job.stat).set(Facet::attributes, attributes == Likeness::differs);
    job.self = job.self || !facets.none();
    describe(facets, entry, job.stat, job.path);
    below.push_back(std::move(job));
    return {};
}

// Symlinks and FIFOs: made anew when anything about them differs.
Status Check::look_at_special(const PartPtr& part, std::uint32_t index, const TreeEntry* base,
                              const fs::FileStat& stat, const std::string& path, bool proved) {
    const TreeEntry& entry = part->entry(index);
    const int folder = part->state().folder->fd.get();
    TreeEntry now = proved ? *base : entry;
    if (!proved) {
        if (entry.kind == fs::Kind::symlink) {
            auto target = fs::read_symlink(folder, entry.name, path);
            if (!target && is_shortage(target.error().sys_errno))
                return std::unexpected(std::move(target).error());
            now.symlink_target = target ? *std::move(target) : "";
        }
        auto xattrs = fs::read_xattrs_at(folder, entry.name, path);
        if (!xattrs && is_shortage(xattrs.error().sys_errno))
            return std::unexpected(std::move(xattrs).error());
        if (xattrs) now.xattrs = *std::move(xattrs);
    }
    const Likeness attributes = proved && now.xattrs != entry.xattrs && !entry.attributes_left_out
                                    ? Likeness::differs
                                    : attributes_.compare(entry, now.xattrs, path);
    const bool own = claim(entry, stat, path);
    const Facets facets = inode_facets(entry, stat)
                              .set(Facet::content, now.symlink_target != entry.symlink_target)
                              .set(Facet::attributes, attributes == Likeness::differs)
                              .set(Facet::links, !own);
    if (facets.none()) {
        right(stat, path, proved, attributes);
        return {};
    }
    add(part, {.index = index, .need = Need::content});
    describe(facets, entry, stat, path);
    return {};
}

// Remembers the names of inodes that shall have several. True for all but the first of them: they
// are made as links to it, and never read.
bool Check::look_at_link(const PartPtr& part, std::uint32_t index, const fs::FileStat& stat,
                         const std::string& path) {
    const TreeEntry& entry = part->entry(index);
    if (head_paths_.empty() || entry.kind == fs::Kind::folder) return false;
    const auto head = in_.heads->find(entry.hard_link_to);
    const bool is_member =
        !entry.hard_link_to.empty() && head != in_.heads->end() && head->second != path;
    if (!is_member && !head_paths_.contains(path)) return false;
    const bool is_of_kind = stat.kind == entry.kind;
    found_.local().links.push_back(
        {.folder = part->folder,
         .index = index,
         .path = path,
         .kind = entry.kind,
         .head = is_member ? head->second : path,
         .inode = is_of_kind ? fs::Inode{stat.dev, stat.ino} : fs::Inode{},
         .is_head = !is_member,
         .other_kind = stat.kind == fs::Kind::folder});
    return is_member;
}

// False when another entry that shall be one of its own has this inode already, and it is not the
// pool's.
bool Check::claim(const TreeEntry& entry, const fs::FileStat& stat, const std::string& path) {
    if (stat.nlink < 2) return true;
    const std::lock_guard lock(mutex_);
    const auto [found, is_first] =
        claims_.try_emplace(fs::Inode{stat.dev, stat.ino}, Claim{.path = path});
    Claim& first = found->second;
    if (is_first || first.path == path) return true;
    if (in_.pool == nullptr || !PoolLinks::may_be_link(stat)) return false;
    if (!first.is_pooled) first.is_pooled = in_.pool->has(entry, stat);
    return *first.is_pooled;
}

Status Check::read_files(const PartPtr& part, std::span<const std::uint32_t> indices) {
    for (const std::uint32_t index : indices) {
        if (first_.stopped()) return {};
        if (in_.cancel != nullptr && in_.cancel->requested()) return cancelled("check folder");
        HOLT_TRY(read_file(part, index));
    }
    return {};
}

// A file that was moved has no digest of its own: it is that of the original that it leads back to.
Result<bool> Check::holds_content(int folder, const TreeEntry& entry, const Digest& found,
                                  const std::string& path) {
    HOLT_TRY_LET(back, back_to_original(entry));
    if (!back) return found == entry.content;
    const auto original = hash_original(folder, entry.name, *back, path, buffers_);
    if (!original && is_shortage(original.error().sys_errno))
        return std::unexpected(original.error());
    return original && *original == entry.content;
}

Status Check::read_file(const PartPtr& part, std::uint32_t index) {
    const TreeEntry& entry = part->entry(index);
    const std::string path = path_of(*part, index);
    const auto facts = read_file_facts(part->state().folder->fd.get(), entry.name, entry.size,
                                       HashWhat::same_size, path, buffers_);
    if (!facts) {
        const Error& error = facts.error();
        if (is_shortage(error.sys_errno)) return std::unexpected(error);
        if (in_.describe && error.sys_errno == ENOENT) describe(path, Change::removed);
        if (in_.describe && error.sys_errno != ENOENT) return leave_out(error);
        // Whatever is the matter with it, another file takes its place.
        add(part, {.index = index, .need = Need::content});
        return {};
    }
    ++found_.local().hashed;
    bool same_content = facts->is_file && facts->stable && facts->stat.size == entry.size;
    if (same_content) {
        HOLT_TRY_LET(same,
                     holds_content(part->state().folder->fd.get(), entry, facts->content, path));
        same_content = same;
    }
    TreeEntry on_its_own = entry;  // the pool knows a file that was moved by what it has become
    if (same_content) on_its_own.content = facts->content;
    const bool own = claim(on_its_own, facts->stat, path);
    // Of a file of another size the attributes were not read.
    const Likeness attributes = facts->stat.size == entry.size
                                    ? attributes_.compare(entry, facts->xattrs, path)
                                    : Likeness::same;
    const Facets facets = inode_facets(on_its_own, facts->stat)
                              .set(Facet::kind, !facts->is_file)
                              .set(Facet::content, !same_content)
                              .set(Facet::attributes, attributes == Likeness::differs)
                              .set(Facet::links, !own);
    if (facets.none()) {
        right(facts->stat, path, false, attributes);
        return {};
    }
    // Where trees share a file by hard link, who wrote into it has written into all of them.
    if (!same_content && !in_.describe && PoolLinks::may_be_link(facts->stat))
        reporter_.tally(Severity::info,
                        fail(ErrorKind::corrupt, "mend file", path,
                             "a program has written into a file that other trees may share",
                             Advice::copy_instead_of_links)
                            .error());
    add_changed(part, index, facets, facts->stat);
    return {};
}

}  // namespace holt::store::space_check

#include "archive/holt/holt_check.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "archive/holt/link_check.h"
#include "archive/io/source.h"
#include "codec/blake3/blake3.h"
#include "fs/folder.h"
#include "fs/metadata/posix_acl.h"
#include "store/format/entry_codec.h"

namespace holt::store {
namespace {

constexpr const char* kNothing = "nothing was imported";
constexpr std::uint32_t kLongChunk = 64u << 10;

// Of a tree's entries in memory, as it says how many there are.
std::uint64_t decoded_size(ByteView tree) noexcept {
    constexpr std::size_t kMagicAndVersion = 5;
    if (tree.size() < kMinTreeSize) return 0;
    WireReader reader(tree.subspan(kMagicAndVersion));
    return std::min(reader.varint(~std::uint64_t{0}, ""), tree.size() / kMinEntrySize) *
           sizeof(TreeEntry);
}

std::uint64_t sum(std::uint64_t a, std::uint64_t b) noexcept {
    std::uint64_t result = 0;
    return __builtin_add_overflow(a, b, &result) ? std::numeric_limits<std::uint64_t>::max()
                                                 : result;
}

}  // namespace

std::unexpected<Error> HoltCheck::refuse(const std::string& path, std::string cause,
                                         AdviceText advice) const {
    return fail(ErrorKind::unsafe_input, "import '" + printable(shown_) + "'",
                path.empty() ? "/" : path, std::move(cause), std::move(advice));
}

// What encoding has sorted by name has no chunk twice, so a tree is no longer than the chunks that
// there are.
Result<Tree> HoltCheck::read_tree(const TreeEntry& folder, const std::string& path) {
    const std::string shown = path.empty() ? "/" : path;
    HOLT_TRY(brought_.check_there(folder.chunks));
    std::unordered_set<Digest> own;
    for (const ChunkRef& chunk : folder.chunks)
        if (!own.insert(chunk.digest).second)
            return refuse(path, "a folder's tree with the same part twice", kNothing);
    MetadataCharge charge(budget_);  // for as long as it is decoded
    HOLT_TRY(charge.add(folder.size));
    HOLT_TRY_LET(bytes, brought_.read(folder.chunks, folder.content, shown));
    HOLT_TRY(charge.add(decoded_size(bytes)));
    return decode_tree(bytes, shown);
}

Status HoltCheck::admit(const TreeEntry& entry, const std::string& path) const {
    if (entry.uid == fs::kNoId || entry.gid == fs::kNoId)
        return refuse(path, "an owner or group that is nobody's number (4294967295)",
                      "nothing was imported");
    // A .holt file keeps its snapshots' ids, so nothing can be stripped from them.
    if (!options_.special_modes && (entry.mode & 07000) != 0 && entry.kind != fs::Kind::symlink)
        return refuse(path, "a setuid, setgid or sticky bit", Advice::allow_special_modes);
    if (!options_.special_files && entry.kind == fs::Kind::fifo)
        return refuse(path, "a FIFO", Advice::allow_special_files);
    const bool plain = std::ranges::all_of(
        entry.xattrs, [](const auto& xattr) { return xattr.first.starts_with("user."); });
    if (!options_.all_xattrs && !plain)
        return refuse(path, "an attribute other than user.*", Advice::allow_xattrs);
    return {};
}

Status HoltCheck::check_limits(const Weight& weight, const std::string& path) const {
    if (weight.depth > options_.max_depth)
        return refuse(path, "over " + std::to_string(options_.max_depth) + " levels",
                      Advice::allow_depth);
    if (weight.entries > options_.max_entries)
        return fail(ErrorKind::no_space, "import", shown_,
                    "it has over " + std::to_string(options_.max_entries) + " entries",
                    Advice::allow_entries);
    if (weight.bytes > options_.max_bytes)
        return fail(ErrorKind::no_space, "import", shown_,
                    "its content is over " + std::to_string(options_.max_bytes) + " bytes",
                    Advice::allow_content);
    // What the store stores once may be written to many places.
    return check_ratio(sum(archive_bytes_(), brought_.older_bytes()), weight.written,
                       options_.max_ratio, shown_);
}

void HoltCheck::add(Weight& to, const Weight& below) {
    to.entries = sum(to.entries, below.entries);
    to.files = sum(to.files, below.files);
    to.folders = sum(to.folders, below.folders);
    to.symlinks = sum(to.symlinks, below.symlinks);
    to.others = sum(to.others, below.others);
    to.hard_links = sum(to.hard_links, below.hard_links);
    to.bytes = sum(to.bytes, below.bytes);
    to.written = sum(to.written, below.written);
    to.depth = std::max(to.depth, below.depth + 1);
}

// Chunks of zeros do not count: they are what holes are stored as. A short chunk costs at most its
// own reference some hundred times, so only long ones that come again are looked at.
std::uint64_t HoltCheck::written_bytes(const TreeEntry& file) {
    std::uint64_t written = 0;
    for (const ChunkRef& chunk : file.chunks) {
        const bool again = chunk.length >= kLongChunk && !seen_.insert(chunk.digest).second;
        if (again) {
            const auto [zeros, fresh] = zeros_.try_emplace(chunk.digest, false);
            if (fresh) {
                blake3::Hasher hasher;
                hasher.update_zeros(chunk.length);
                zeros->second = hasher.digest() == chunk.digest;
            }
            if (zeros->second) continue;
        }
        written += chunk.length;
    }
    return written;
}

Result<HoltCheck::Weight> HoltCheck::weigh(const TreeEntry& entry, const std::string& path) {
    HOLT_TRY(admit(entry, path));
    Weight one{.entries = 1};
    if (entry.left_out != LeftOut::no) return one;
    one.files = entry.kind == fs::Kind::file;
    one.folders = entry.kind == fs::Kind::folder;
    one.symlinks = entry.kind == fs::Kind::symlink;
    one.others = entry.kind == fs::Kind::fifo;
    one.hard_links = !entry.hard_link_to.empty();
    if (entry.kind != fs::Kind::file) return one;
    HOLT_TRY(brought_.check_there(entry.chunks));
    HOLT_TRY(contents_.add(entry, path));
    // A further name has the content of its first one (link_check.h), which is counted.
    if (!entry.hard_link_to.empty()) return one;
    one.bytes = entry.size;
    one.written = written_bytes(entry);
    return one;
}

Result<HoltCheck::Visit> HoltCheck::enter(TreeEntry folder, std::string path) {
    HOLT_TRY_LET(tree, read_tree(folder, path));
    Visit visit{
        .folder = std::move(folder), .path = std::move(path), .charge = MetadataCharge(budget_)};
    for (TreeEntry& entry : tree) {
        HOLT_TRY_LET(one, weigh(entry, fs::join_path(visit.path, entry.name)));
        add(visit.weight, one);
        visit.incomplete |= is_incomplete(entry);
        if (entry.kind == fs::Kind::folder && entry.left_out == LeftOut::no)
            visit.subfolders.push_back(std::move(entry));
    }
    HOLT_TRY(visit.charge.add(visit.subfolders.size() * sizeof(TreeEntry)));
    return visit;
}

// What was left out decides what a restore may remove.
Status HoltCheck::check_marked(const TreeEntry& folder, bool incomplete,
                               const std::string& path) const {
    if (!incomplete || folder.incomplete) return {};
    return refuse(path, "something below it was left out, and it does not say so", kNothing);
}

// A folder whose digest is that of a tree which was read: it must be the same one.
Status HoltCheck::take_known(const TreeEntry& folder, const Known& known, Visit& above,
                             const std::string& path) {
    if (folder.chunks != known.chunks)
        return refuse(path, "a folder's tree in other parts than the same tree elsewhere",
                      kNothing);
    HOLT_TRY(check_marked(folder, known.incomplete, path));
    add(above.weight, known.weight);
    return check_limits(above.weight, path);
}

Status HoltCheck::leave(Visit& visit) {
    HOLT_TRY(check_marked(visit.folder, visit.incomplete, visit.path));
    HOLT_TRY(check_limits(visit.weight, visit.path));
    known_.emplace(visit.folder.content,
                   Known{visit.weight, std::move(visit.folder.chunks), visit.incomplete});
    return {};
}

Status HoltCheck::walk(const TreeEntry& root) {
    Visit top{.folder = {}, .path = {}, .charge = MetadataCharge(budget_)};  // above the root
    top.subfolders.push_back(root);
    std::vector<Visit> open;
    open.push_back(std::move(top));
    while (!open.empty()) {
        if (options_.cancel != nullptr && options_.cancel->requested())
            return fail(ErrorKind::cancelled, "import", shown_, "stopped on request");
        if (open.size() > options_.max_depth + std::size_t{2})
            return refuse(open.back().path,
                          "over " + std::to_string(options_.max_depth) + " levels",
                          Advice::allow_depth);
        Visit& at = open.back();
        if (at.next < at.subfolders.size()) {
            TreeEntry& sub = at.subfolders[at.next];
            std::string path = fs::join_path(at.path, sub.name);
            if (const auto known = known_.find(sub.content); known != known_.end()) {
                HOLT_TRY(take_known(sub, known->second, at, path));
                ++at.next;
                continue;
            }
            HOLT_TRY_LET(below, enter(sub, std::move(path)));
            open.push_back(std::move(below));
            continue;
        }
        if (open.size() > 1) HOLT_TRY(leave(at));
        open.pop_back();
    }
    return {};
}

Status HoltCheck::check(const SnapshotRecord& record, const std::string& name) {
    const TreeEntry& root = record.root;
    if (root.left_out != LeftOut::no) return refuse("", "a root that was left out", kNothing);
    HOLT_TRY(admit(root, ""));
    HOLT_TRY(walk(root));
    HOLT_TRY(contents_.run());
    const Known& whole = known_.at(root.content);
    const Weight& all = whole.weight;
    const bool right = (record.left_out > 0 || !whole.incomplete) && all.files == record.files &&
                       all.folders + 1 == record.folders && all.symlinks == record.symlinks &&
                       all.others == record.others && all.hard_links == record.hard_links &&
                       all.bytes == record.bytes;
    if (!right)
        return fail(ErrorKind::corrupt, "import", name,
                    "its record counts other things than its trees hold", "export it again");
    if (all.hard_links == 0) return {};
    LinkCheck links([this](const TreeEntry& folder,
                           const std::string& path) { return read_tree(folder, path); },
                    [this](const Digest& tree) {
                        const auto known = known_.find(tree);
                        return known != known_.end() && known->second.weight.hard_links > 0;
                    },
                    shown_);
    return links.check(root);
}

}  // namespace holt::store

#include "archive/holt/holt_check.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "codec/blake3/blake3.h"
#include "fs/folder.h"
#include "fs/metadata/posix_acl.h"

namespace holt::store {
namespace {

std::uint64_t sum(std::uint64_t a, std::uint64_t b) noexcept {
    std::uint64_t result = 0;
    return __builtin_add_overflow(a, b, &result) ? std::numeric_limits<std::uint64_t>::max()
                                                 : result;
}

}  // namespace

void NewPacks::add(PackReader pack) {
    const auto number = static_cast<std::uint32_t>(packs_.size());
    const auto& chunks = pack.footer().chunks;
    for (std::uint32_t i = 0; i < chunks.size(); ++i)
        places_.try_emplace(chunks[i].digest, Place{number, i});
    packs_.push_back(std::move(pack));
}

const ChunkInfo* NewPacks::find(const Digest& digest) const {
    const auto found = places_.find(digest);
    if (found == places_.end()) return nullptr;
    return &packs_[found->second.pack].footer().chunks[found->second.ordinal];
}

Status NewPacks::read(const Digest& digest, Bytes& out) {
    const Place place = places_.at(digest);
    const PackReader& pack = packs_[place.pack];
    const ChunkInfo& chunk = pack.footer().chunks[place.ordinal];
    HOLT_TRY_LET(block, cache_.get({place.pack, chunk.block}));
    const ByteView bytes = ByteView(*block).subspan(chunk.offset, chunk.length);
    if (blake3::hash(bytes) != digest)
        return fail(ErrorKind::corrupt, "read chunk", digest.hex(),
                    "its content has another digest", "get a whole copy of the archive");
    out.insert(out.end(), bytes.begin(), bytes.end());
    return {};
}

std::unexpected<Error> HoltCheck::refuse(const std::string& path, std::string cause,
                                         std::string advice) const {
    return fail(ErrorKind::unsafe_input, "import '" + printable(shown_) + "'",
                path.empty() ? "/" : path, std::move(cause), std::move(advice));
}

Result<Tree> HoltCheck::read_tree(const TreeEntry& folder, const std::string& path) {
    const bool all_new = std::ranges::all_of(
        folder.chunks, [&](const ChunkRef& chunk) { return packs_.find(chunk.digest) != nullptr; });
    if (!all_new) return store_.read_tree(folder, path);
    Bytes bytes;
    for (const ChunkRef& chunk : folder.chunks) HOLT_TRY(packs_.read(chunk.digest, bytes));
    return decode_tree(bytes, path.empty() ? "/" : path);
}

Status HoltCheck::check_chunks(std::span<const ChunkRef> chunks) {
    std::vector<ChunkRef> older;
    for (const ChunkRef& chunk : chunks) {
        const ChunkInfo* const info = packs_.find(chunk.digest);
        if (info == nullptr) {
            older.push_back(chunk);
        } else if (info->length != chunk.length) {
            return fail(ErrorKind::corrupt, "import", shown_,
                        "chunk " + chunk.digest.hex() + " has another length than its file says",
                        "get a whole copy of it");
        }
    }
    if (older.empty()) return {};
    auto located = store_.locate(older);
    if (!located) {
        if (located.error().kind != ErrorKind::corrupt) return std::unexpected(located.error());
        return fail(ErrorKind::corrupt, "import", shown_,
                    "it lacks content: " + located.error().cause,
                    "export it again, with no --since that this store does not have");
    }
    for (const LocatedChunk& chunk : *located) older_packs_.insert(chunk.pack);
    return {};
}

Status HoltCheck::admit(const TreeEntry& entry, const std::string& path) const {
    if (entry.uid == fs::kNoId || entry.gid == fs::kNoId)
        return refuse(path, "an owner or group that is nobody's number (4294967295)",
                      "nothing was imported");
    // A .holt file keeps its snapshots' ids, so nothing can be stripped from them.
    if (!options_.special_modes && (entry.mode & 07000) != 0 && entry.kind != fs::Kind::symlink)
        return refuse(path, "a setuid, setgid or sticky bit",
                      "if you trust the archive, allow it with --special-modes");
    if (!options_.special_files && entry.kind == fs::Kind::fifo)
        return refuse(path, "a FIFO", "if you trust the archive, allow it with --special-files");
    const bool plain = std::ranges::all_of(
        entry.xattrs, [](const auto& xattr) { return xattr.first.starts_with("user."); });
    if (!options_.all_xattrs && !plain)
        return refuse(path, "an attribute other than user.*",
                      "if you trust the archive, allow it with --all-xattrs");
    return {};
}

Status HoltCheck::check_limits(const Weight& weight, const std::string& path) const {
    if (weight.depth > options_.max_depth)
        return refuse(path, "over " + std::to_string(options_.max_depth) + " levels",
                      "if you trust the archive, allow more with --max-depth");
    if (weight.entries > options_.max_entries)
        return fail(ErrorKind::no_space, "import", shown_,
                    "it has over " + std::to_string(options_.max_entries) + " entries",
                    "if you trust it, allow more with --max-entries");
    if (weight.bytes > options_.max_bytes)
        return fail(ErrorKind::no_space, "import", shown_,
                    "its content is over " + std::to_string(options_.max_bytes) + " bytes",
                    "if you trust it, allow more with --max-size");
    return {};
}

void HoltCheck::add(Weight& to, const Weight& below) {
    to.entries = sum(to.entries, below.entries);
    to.files = sum(to.files, below.files);
    to.folders = sum(to.folders, below.folders);
    to.symlinks = sum(to.symlinks, below.symlinks);
    to.others = sum(to.others, below.others);
    to.hard_links = sum(to.hard_links, below.hard_links);
    to.bytes = sum(to.bytes, below.bytes);
    to.depth = std::max(to.depth, below.depth + 1);
}

Result<HoltCheck::Visit> HoltCheck::enter(TreeEntry folder, std::string path) {
    HOLT_TRY(check_chunks(folder.chunks));
    HOLT_TRY_LET(tree, read_tree(folder, path));
    Visit visit{.folder = std::move(folder), .path = std::move(path)};
    std::vector<ChunkRef> chunks;
    for (TreeEntry& entry : tree) {
        HOLT_TRY(admit(entry, fs::join_path(visit.path, entry.name)));
        Weight one{.entries = 1};
        if (entry.left_out != LeftOut::no) {
            add(visit.weight, one);
            continue;
        }
        one.files = entry.kind == fs::Kind::file;
        one.folders = entry.kind == fs::Kind::folder;
        one.symlinks = entry.kind == fs::Kind::symlink;
        one.others = entry.kind == fs::Kind::fifo;
        one.hard_links = !entry.hard_link_to.empty();
        // Each name counts for the limit on size below; the record counts first names only.
        if (entry.kind == fs::Kind::file && entry.hard_link_to.empty()) one.bytes = entry.size;
        add(visit.weight, one);
        if (entry.kind == fs::Kind::file)
            chunks.insert(chunks.end(), entry.chunks.begin(), entry.chunks.end());
        if (entry.kind == fs::Kind::folder) visit.subfolders.push_back(std::move(entry));
    }
    HOLT_TRY(check_chunks(chunks));
    return visit;
}

Status HoltCheck::check(const SnapshotRecord& record, const std::string& name) {
    HOLT_TRY(admit(record.root, ""));
    std::vector<Visit> open;
    if (!known_.contains(record.root.content)) {
        HOLT_TRY_LET(first, enter(record.root, ""));
        open.push_back(std::move(first));
    }
    while (!open.empty()) {
        if (options_.cancel != nullptr && options_.cancel->requested())
            return fail(ErrorKind::cancelled, "import", shown_, "stopped on request");
        if (open.size() > options_.max_depth)
            return refuse(open.back().path,
                          "over " + std::to_string(options_.max_depth) + " levels",
                          "if you trust the archive, allow more with --max-depth");
        Visit& at = open.back();
        if (at.next < at.subfolders.size()) {
            TreeEntry& sub = at.subfolders[at.next];
            if (const auto known = known_.find(sub.content); known != known_.end()) {
                add(at.weight, known->second);
                ++at.next;
                continue;
            }
            HOLT_TRY_LET(below, enter(sub, fs::join_path(at.path, sub.name)));
            open.push_back(std::move(below));
            continue;
        }
        HOLT_TRY(check_limits(at.weight, at.path));
        known_.emplace(at.folder.content, at.weight);
        open.pop_back();
    }
    const Weight& all = known_.at(record.root.content);
    const bool right = all.files == record.files && all.folders + 1 == record.folders &&
                       all.symlinks == record.symlinks && all.others == record.others &&
                       all.hard_links == record.hard_links && all.bytes == record.bytes;
    if (right) return {};
    return fail(ErrorKind::corrupt, "import", name,
                "its record counts other things than its trees hold", "export it again");
}

}  // namespace holt::store

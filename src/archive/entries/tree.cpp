#include "archive/entries/tree.h"

#include <algorithm>
#include <cstring>
#include <random>
#include <ranges>
#include <utility>

#include "base/endian.h"
#include "codec/blake3/blake3.h"
#include "fs/folder.h"
#include "fs/metadata/posix_acl.h"
#include "store/format/entry_codec.h"

namespace holt::store {
namespace {

constexpr std::size_t kNamesPiece = std::size_t{1} << 20;
constexpr std::size_t kMaxTarget = 4095;  // PATH_MAX less its NUL
constexpr std::uint16_t kFolderMode = 0755;
// A node, its places in the table and among the sorted, and the content of a file.
constexpr std::uint64_t kNodeCost = sizeof(ArchiveTree::Node) + 4 * sizeof(ArchiveTree::Index) + 56;
// Of a small object on the heap, besides its bytes.
constexpr std::uint64_t kObjectCost = 96;

std::uint64_t cost_of(const ArchiveTree::Extra& extra) noexcept {
    std::uint64_t cost = 2 * kObjectCost + extra.holes.size() * sizeof(fs::Range);
    for (const auto& [name, value] : extra.xattrs) cost += kObjectCost + name.size() + value.size();
    return cost;
}

Digest digest_of(const ArchiveTree::Extra& extra) {
    blake3::Hasher hasher;
    const auto number = [&](std::uint64_t value) {
        std::array<std::uint8_t, sizeof value> bytes;
        store_le(bytes.data(), value);
        hasher.update(bytes);
    };
    number(extra.xattrs.size());
    for (const auto& [name, value] : extra.xattrs) {
        number(name.size());
        hasher.update(as_bytes(name));
        number(value.size());
        hasher.update(as_bytes(value));
    }
    for (const fs::Range& hole : extra.holes) {
        number(hole.offset);
        number(hole.length);
    }
    return hasher.digest();
}

// As the tree would find it: without "." and what a slash too many leaves.
std::string plain_path(std::string_view path) {
    std::string plain;
    while (!path.empty()) {
        const std::size_t slash = path.find('/');
        const std::string_view name = path.substr(0, slash);
        path.remove_prefix(slash == path.npos ? path.size() : slash + 1);
        if (!name.empty() && name != ".") plain = fs::join_path(plain, name);
    }
    return plain;
}

std::vector<fs::Range> holes_between(const std::vector<fs::Range>& data, std::uint64_t size) {
    std::vector<fs::Range> holes;
    std::uint64_t at = 0;
    for (const fs::Range& piece : data) {
        if (piece.offset > at) holes.push_back({at, piece.offset - at});
        at = piece.offset + piece.length;
    }
    if (size > at) holes.push_back({at, size - at});
    return holes;
}

}  // namespace

ArchiveTree::ArchiveTree(ArchiveTreeLimits limits, MetadataBudget& budget, std::string shown)
    : limits_(limits), budget_(budget), shown_(std::move(shown)), table_(1024, kNone) {
    std::random_device random;
    for (std::uint8_t& byte : salt_) byte = static_cast<std::uint8_t>(random());
    nodes_.push_back({.name = "", .mode = kFolderMode, .implied = true});
}

std::unexpected<Error> ArchiveTree::refuse(const std::string& path, std::string cause) const {
    return fail(ErrorKind::unsafe_input, "import '" + printable(shown_) + "'", path,
                std::move(cause), "nothing was imported");
}

std::size_t ArchiveTree::slot(Index parent, std::string_view name) const noexcept {
    std::array<std::uint8_t, 16 + sizeof parent + 255> bytes;
    std::copy(salt_.begin(), salt_.end(), bytes.begin());
    store_le(bytes.data() + 16, parent);
    std::memcpy(bytes.data() + 20, name.data(), name.size());
    const Digest hash = blake3::hash(ByteView(bytes).first(20 + name.size()));
    std::size_t at = load_le<std::uint64_t>(hash.bytes.data()) & (table_.size() - 1);
    while (table_[at] != kNone) {
        const Node& node = nodes_[table_[at]];
        if (node.parent == parent && node.name_view() == name) break;
        at = (at + 1) & (table_.size() - 1);
    }
    return at;
}

ArchiveTree::Index ArchiveTree::find(Index parent, std::string_view name) const noexcept {
    return table_[slot(parent, name)];
}

void ArchiveTree::insert(Index node) {
    table_[slot(nodes_[node].parent, nodes_[node].name_view())] = node;
}

void ArchiveTree::grow() {
    if (nodes_.size() * 3 < table_.size() * 2) return;
    const std::size_t larger = 2 * table_.size();
    table_.assign(larger, kNone);
    for (Index node = kRoot + 1; node < nodes_.size(); ++node) insert(node);
}

const char* ArchiveTree::keep_name(std::string_view name) {
    if (names_.empty() || kNamesPiece - names_used_ < name.size()) {
        names_.push_back(std::make_unique_for_overwrite<char[]>(kNamesPiece));
        names_used_ = 0;
    }
    char* const at = names_.back().get() + names_used_;
    std::memcpy(at, name.data(), name.size());
    names_used_ += name.size();
    return at;
}

Result<ArchiveTree::Index> ArchiveTree::make(Index parent, std::string_view name,
                                             const std::string& path) {
    if (nodes_.size() > limits_.max_entries) {
        return fail(ErrorKind::no_space, "import '" + printable(shown_) + "'", path,
                    "the archive has over " + std::to_string(limits_.max_entries) + " entries",
                    Advice::allow_entries);
    }
    HOLT_TRY(budget_.charge(kNodeCost + name.size()));
    grow();
    const auto index = static_cast<Index>(nodes_.size());
    nodes_.push_back({.name = keep_name(name),
                      .parent = parent,
                      .name_size = static_cast<std::uint8_t>(name.size())});
    insert(index);
    return index;
}

// at.name becomes the folder that the next component is looked up in.
Status ArchiveTree::step_into(Walked& at, Missing missing, const std::string& path) {
    Index next = find(at.parent, at.name);
    if (next == kNone && missing == Missing::refuse)
        return refuse(path, "a hard link to what is not in the archive before it");
    if (next == kNone) {
        HOLT_TRY_LET(made, make(at.parent, at.name, path));
        next = made;
        nodes_[next].mode = kFolderMode;
        nodes_[next].implied = true;
    }
    if (nodes_[next].kind != fs::Kind::folder) {
        return refuse(path, nodes_[next].kind == fs::Kind::symlink
                                ? "a path through a symlink"
                                : "something below what is no folder");
    }
    at.parent = next;
    return {};
}

Result<ArchiveTree::Walked> ArchiveTree::walk(std::string_view path, Missing missing) {
    const std::string whole(path);
    if (path.empty()) return refuse(whole, "an empty name");
    if (path.starts_with('/')) return refuse(whole, "an absolute path");
    const std::size_t cut = path.find_last_of('/', path.find_last_not_of('/')) + 1;
    const std::string_view folder = path.substr(0, cut);
    const std::string_view last = path.substr(cut, path.find('/', cut) - cut);
    const bool plain = !folder.empty() && last != "." && last != "..";

    Walked at;
    std::uint32_t depth = 0;
    std::string_view rest = path;
    if (plain && folder == last_folder_) {
        at.parent = last_node_;
        depth = last_depth_;
        rest = path.substr(cut);
    }
    while (!rest.empty()) {
        const std::size_t slash = rest.find('/');
        const std::string_view name = rest.substr(0, slash);
        rest.remove_prefix(slash == rest.npos ? rest.size() : slash + 1);
        if (name.empty() || name == ".") continue;
        if (name == "..") return refuse(whole, "a path with '..'");
        if (!valid_component(name)) {
            return refuse(whole, name.size() > 255 ? "a name of over 255 bytes"
                                                   : "a name that no file can have");
        }
        if (++depth > limits_.max_depth)
            return refuse(whole, "over " + std::to_string(limits_.max_depth) + " levels");
        if (!at.name.empty()) HOLT_TRY(step_into(at, missing, whole));
        at.name = name;
    }
    if (plain) {
        last_folder_ = folder;
        last_node_ = at.parent;
        last_depth_ = depth - 1;
    }
    return at;
}

Result<ArchiveTree::Index> ArchiveTree::find_target(const ArchiveEntry& entry) {
    HOLT_TRY_LET(at, walk(entry.link, Missing::refuse));
    const Index target = at.name.empty() ? kRoot : find(at.parent, at.name);
    if (target == kNone)
        return refuse(entry.path, "a hard link to what is not in the archive before it");
    const fs::Kind kind = nodes_[target].kind;
    if (kind == fs::Kind::folder) return refuse(entry.path, "a hard link to a folder");
    return target;
}

// The same attributes and holes are kept once, however many entries have them.
Result<std::uint32_t> ArchiveTree::keep_extra(Extra extra) {
    if (extra.xattrs.empty() && extra.holes.empty()) return kNone;
    const auto number = static_cast<std::uint32_t>(extras_.size());
    const auto [found, fresh] = extra_numbers_.try_emplace(digest_of(extra), number);
    if (!fresh) return found->second;
    HOLT_TRY(budget_.charge(cost_of(extra)));
    extras_.push_back(std::move(extra));
    return number;
}

Status ArchiveTree::left_out(const std::string& path) {
    HOLT_TRY(budget_.charge(kObjectCost + path.size()));
    left_out_.insert(plain_path(path));
    return {};
}

bool ArchiveTree::links_to_left_out(const ArchiveEntry& entry) const {
    if (left_out_.empty() || entry.what != ArchiveEntry::What::hard_link) return false;
    return left_out_.contains(plain_path(entry.link));
}

// What is there already at the entry's path, and may give way to it or not.
Status ArchiveTree::check_replaced(const ArchiveEntry& entry, Index index, Index target) const {
    using What = ArchiveEntry::What;
    const Node& node = nodes_[index];
    if (node.implied && entry.what == What::folder) return {};
    if (node.implied && index != kRoot)
        return refuse(entry.path, "something that is no folder, and entries below it");
    const fs::Kind kind = entry.what == What::folder      ? fs::Kind::folder
                          : entry.what == What::symlink   ? fs::Kind::symlink
                          : entry.what == What::fifo      ? fs::Kind::fifo
                          : entry.what == What::hard_link ? nodes_[target].kind
                                                          : fs::Kind::file;
    if (limits_.same_path == SamePath::refuse) return refuse(entry.path, "the same path twice");
    if (kind != node.kind) return refuse(entry.path, "the same path twice, as two kinds");
    return {};
}

Result<ArchiveTree::Added> ArchiveTree::add(ArchiveEntry&& entry) {
    using What = ArchiveEntry::What;
    Index target = kNone;
    if (entry.what == What::hard_link) {
        HOLT_TRY_LET(found, find_target(entry));
        target = found;
    }
    HOLT_TRY_LET(at, walk(entry.path, Missing::make));
    Index index = at.name.empty() ? kRoot : find(at.parent, at.name);
    Added added;
    if (index != kNone) {
        HOLT_TRY(check_replaced(entry, index, target));
        added.replaced = !nodes_[index].implied;
    }
    if (entry.uid == fs::kNoId || entry.gid == fs::kNoId)
        return refuse(entry.path, "an owner or group that is nobody's number (4294967295)");
    if (entry.what == What::symlink &&
        (entry.link.empty() || entry.link.size() > kMaxTarget || entry.link.contains('\0')))
        return refuse(entry.path, "a symlink's target that no symlink can have");
    if (index == kNone) {
        HOLT_TRY_LET(made, make(at.parent, at.name, entry.path));
        index = made;
    }
    added.node = index;
    if (!left_out_.empty()) left_out_.erase(plain_path(entry.path));
    HOLT_TRY(settle(entry, index, target, added));
    return added;
}

// What the node is from now on. One that was there gets an inode of its own: its other names keep
// what it was.
Status ArchiveTree::settle(ArchiveEntry& entry, Index index, Index target, Added& added) {
    using What = ArchiveEntry::What;
    Node& node = nodes_[index];
    node.implied = false;
    if (entry.what == What::hard_link) {
        // Of an inode there is one record: what the further name says of it does not count.
        const Node& first = nodes_[target];
        node.kind = first.kind;
        node.detail = first.detail;
        node.extra = first.extra;
        node.mode = first.mode;
        node.uid = first.uid;
        node.gid = first.gid;
        node.mtime = first.mtime;
        return {};
    }
    node.mode = entry.mode;
    node.uid = entry.uid;
    node.gid = entry.gid;
    node.mtime = entry.mtime;
    switch (entry.what) {
        case What::folder:
            node.kind = fs::Kind::folder;
            break;
        case What::fifo:
            node.kind = fs::Kind::fifo;
            node.detail = fifos_++;
            break;
        case What::symlink:
            HOLT_TRY(budget_.charge(kObjectCost + entry.link.size()));
            node.kind = fs::Kind::symlink;
            node.mode = 0777;
            node.detail = static_cast<std::uint32_t>(targets_.size());
            targets_.push_back(std::move(entry.link));
            break;
        case What::file:
        case What::device:
        case What::hard_link:
            node.kind = fs::Kind::file;
            added.content = node.detail = static_cast<std::uint32_t>(contents_.size());
            contents_.push_back(index);
            break;
    }
    Extra extra{.xattrs = std::move(entry.xattrs)};
    if (entry.sparse) extra.holes = holes_between(entry.data, entry.size);
    HOLT_TRY_LET(number, keep_extra(std::move(extra)));
    node.extra = number;
    return {};
}

std::string ArchiveTree::path(Index node) const {
    std::vector<std::string_view> names;
    for (; node != kRoot; node = nodes_[node].parent) names.push_back(nodes_[node].name_view());
    std::string path;
    for (const std::string_view name : names | std::views::reverse)
        path = fs::join_path(path, name);
    return path;
}

}  // namespace holt::store

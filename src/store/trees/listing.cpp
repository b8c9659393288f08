#include "store/trees/listing.h"

#include <utility>
#include <vector>

#include "fs/folder.h"
#include "store/content/content_form.h"
#include "store/content/tree_cursor.h"
#include "store/format/left_out.h"
#include "store/trees/lookup.h"

namespace holt::store {
namespace {

EntryKind public_kind(fs::Kind kind) {
    switch (kind) {
        case fs::Kind::folder:
            return EntryKind::folder;
        case fs::Kind::symlink:
            return EntryKind::symlink;
        case fs::Kind::fifo:
            return EntryKind::fifo;
        default:
            return EntryKind::file;
    }
}

}  // namespace

EntryInfo to_info(const TreeEntry& entry, const std::string& path) {
    const bool has_content = entry.left_out == LeftOut::no &&
                             (entry.kind == fs::Kind::file || entry.kind == fs::Kind::folder);
    return {.path = path,
            .kind = public_kind(entry.kind),
            .mode = entry.mode,
            .uid = entry.uid,
            .gid = entry.gid,
            .size = entry.kind == fs::Kind::file ? entry.size : 0,
            .mtime = entry.mtime,
            .digest = has_content ? std::optional(entry.content) : std::nullopt,
            .symlink_target = entry.symlink_target,
            .hard_link_to = entry.hard_link_to,
            .xattrs = entry.xattrs,
            .left_out = entry.left_out == LeftOut::no ? "" : reason_of(entry.left_out)};
}

Status list_entries(ChunkReader& reader, const TreeEntry& root, const std::string& path,
                    const ListOptions& options, const Store::EntryVisitor& visit) {
    HOLT_TRY_LET(entry, find_entry(reader, root, path));
    if (visit(to_info(entry, path)) == Visit::stop) return {};
    if (entry.kind != fs::Kind::folder) return {};
    // In preorder, as find(1) prints: the folders that are open are those on the way to one.
    struct Open {
        TreeCursor entries;
        std::string path;
    };
    std::vector<Open> open;
    open.push_back({TreeCursor(reader, entry, path), path});
    while (!open.empty()) {
        if (options.cancel != nullptr && options.cancel->requested())
            return fail(ErrorKind::cancelled, "list", path, "stopped on request");
        HOLT_TRY_LET(child, open.back().entries.next_entry());
        if (child == nullptr) {
            open.pop_back();
            continue;
        }
        std::string at = fs::join_path(open.back().path, child->name);
        if (visit(to_info(*child, at)) == Visit::stop) return {};
        if (!options.recursive || child->kind != fs::Kind::folder) continue;
        TreeCursor below(reader, *child, at);
        open.push_back({std::move(below), std::move(at)});
    }
    return {};
}

Status write_out(ChunkReader& reader, const TreeEntry& root, const std::string& path,
                 const Store::Sink& sink) {
    HOLT_TRY_LET(entry, find_entry(reader, root, path));
    if (entry.left_out != LeftOut::no)
        return std::unexpected(left_out_error("write out", entry, path));
    if (entry.kind != fs::Kind::file) {
        return fail(ErrorKind::usage, "write out", path, "it is not a file",
                    entry.kind == fs::Kind::folder ? AdviceText(Advice::list_entries) : "");
    }
    // A window of chunks at a time: a file of any size costs little memory for their places.
    constexpr std::size_t kWindow = 1024;
    HOLT_TRY_LET(form, ContentForm::of(entry));
    std::uint64_t at = 0;
    for (std::span<const ChunkRef> rest = entry.chunks; !rest.empty();) {
        const auto window = rest.first(std::min(kWindow, rest.size()));
        HOLT_TRY_LET(located, reader.locate(window));
        HOLT_TRY(reader.read(located, [&](std::size_t, ByteView stored) -> Status {
            HOLT_TRY_LET(bytes, form.apply(std::exchange(at, at + stored.size()), stored));
            return sink(as_text(bytes));
        }));
        rest = rest.subspan(window.size());
    }
    return {};
}

}  // namespace holt::store

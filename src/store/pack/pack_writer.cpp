#include "store/pack/pack_writer.h"

#include <cassert>
#include <cerrno>
#include <utility>

#include "codec/blake3/blake3.h"
#include "codec/zstd/encode/compress.h"
#include "fs/file.h"
#include "fs/folder.h"
#include "fs/paths.h"
#include "fs/staging/atomic_file.h"
#include "store/pack/pack_check.h"

namespace holt::store {
namespace {

constexpr const char* kWritePack = "write pack";

// One write call for many small blocks; a block of its own size goes past it.
constexpr std::size_t kBufferSize = 1u << 20;

// A footer is mostly digests: a higher level would find nothing more.
constexpr int kFooterLevel = 1;

// An interrupted snapshot may have left a pack of this very name, which nobody read since: a
// damaged one is put aside, or what we refer to from now on would be that.
Status make_room(const StoreFolder& folder, int target, const Digest& id) {
    HOLT_TRY_LET(there, fs::exists(target, pack_base_name(id), folder.shown(pack_object(id))));
    if (!there) return {};
    PackCheckScratch scratch;
    const PackCheck check = check_pack(folder, id, scratch);
    if (const Error* error = check.undecided()) return std::unexpected(*error);
    return check.is_whole() ? Status{} : folder.quarantine_pack(id);
}

}  // namespace

Result<Bytes> compress_footer(const Bytes& raw, const std::string& object) {
    zstd::Compressor compressor({.level = kFooterLevel});
    Bytes stored(zstd::compress_bound(raw.size()));
    const zstd::Expected<std::size_t> size = compressor.compress(raw, stored);
    if (!size)
        return fail(ErrorKind::failed, kWritePack, object,
                    std::string(zstd::describe(size.error().code)));
    stored.resize(*size);
    return stored;
}

// Steps 2 and 3 of the commit order: the content is forced to the device before the name exists;
// then the name, and the folder's own name when it is new.
Status publish_pack(const StoreFolder& folder, fs::AtomicFile& file, const Digest& id) {
    const std::string packs_shown = folder.shown("packs");
    HOLT_TRY_LET(packs, folder.open_part("packs"));
    bool made = false;
    HOLT_TRY_LET(target, fs::make_or_open_folder(packs.get(), pack_folder_name(id), 0777,
                                                 packs_shown + "/" + pack_folder_name(id), &made));
    HOLT_TRY(file.sync());
    HOLT_TRY(make_room(folder, target.get(), id));
    Status committed =
        file.commit(target.get(), pack_base_name(id), folder.shown(pack_object(id)),
                    fs::IfExists::fail, fs::Durability::synced, made ? packs.get() : -1);
    if (committed || committed.error().sys_errno != EEXIST) return committed;
    // Another writer made the very same pack. Its own fsync of the folders may be still to come.
    HOLT_TRY(fs::sync_fd(target.get(), packs_shown + "/" + pack_folder_name(id)));
    return fs::sync_fd(packs.get(), packs_shown);
}

struct PackWriter::Impl {
    const StoreFolder* folder;
    UniqueFd tmp;  // outlives the file in it
    fs::AtomicFile file;
    Bytes buffer{};
    std::uint64_t size = 0;  // of the pack so far, the buffer included
    PackFooter footer{};
    bool broken = false;  // after an error, and once sealed

    Impl(const StoreFolder& store, UniqueFd tmp_fd, fs::AtomicFile atomic)
        : folder(&store), tmp(std::move(tmp_fd)), file(std::move(atomic)) {}

    Status usable() const {
        if (broken)
            return fail(ErrorKind::failed, kWritePack, file.shown(),
                        "an earlier write of this pack failed");
        return {};
    }
    // The first error throws the temporary away at once, so that its room can be used.
    Status note(Status status) {
        if (!status) {
            broken = true;
            file.discard();
        }
        return status;
    }

    Status flush() {
        const Status status = file.write(buffer);
        buffer.clear();
        return note(status);
    }
    Status append(ByteView bytes) {
        HOLT_TRY(usable());
        if (buffer.size() + bytes.size() > kBufferSize) HOLT_TRY(flush());
        size += bytes.size();
        if (bytes.size() > kBufferSize) return note(file.write(bytes));
        buffer.insert(buffer.end(), bytes.begin(), bytes.end());
        return {};
    }
};

PackWriter::PackWriter(std::unique_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
PackWriter::PackWriter(PackWriter&&) noexcept = default;
PackWriter& PackWriter::operator=(PackWriter&&) noexcept = default;
PackWriter::~PackWriter() = default;

Result<PackWriter> PackWriter::create(const StoreFolder& folder, Bytes fields) {
    HOLT_TRY_LET(tmp, folder.open_part("tmp"));
    HOLT_TRY_LET(file, fs::AtomicFile::create_locked(tmp.get(), "pack", folder.shown("tmp"), 0444));
    auto impl = std::make_unique<Impl>(folder, std::move(tmp), std::move(file));
    impl->buffer.reserve(kBufferSize);
    impl->footer.fields = std::move(fields);
    HOLT_TRY(impl->append(encode_header()));
    return PackWriter(std::move(impl));
}

Result<std::uint32_t> PackWriter::add_block(ByteView stored, BlockCodec codec,
                                            std::uint32_t raw_size,
                                            std::span<const ChunkInfo> chunks) {
    Impl& impl = *impl_;
    HOLT_TRY(impl.usable());
    std::uint64_t tiled = 0;
    bool fits = raw_size > 0 && raw_size <= kMaxBlockRaw && !stored.empty() &&
                stored.size() <= zstd::compress_bound(raw_size) &&
                (codec == BlockCodec::zstd || stored.size() == raw_size) &&
                impl.footer.blocks.size() < kMaxPackBlocks &&
                chunks.size() <= kMaxPackChunks - impl.footer.chunks.size();
    for (const ChunkInfo& chunk : chunks) {
        tiled += chunk.length;
        fits = fits && chunk.length > 0;
    }
    if (!fits || tiled != raw_size)
        return fail(ErrorKind::failed, kWritePack, impl.file.shown(),
                    "a block that no pack can hold", "report this as a bug");

    const auto first = static_cast<std::uint32_t>(impl.footer.chunks.size());
    const auto block = static_cast<std::uint32_t>(impl.footer.blocks.size());
    impl.footer.blocks.push_back({.offset = impl.size,
                                  .stored_size = static_cast<std::uint32_t>(stored.size()),
                                  .raw_size = raw_size,
                                  .codec = codec,
                                  .stored_digest = blake3::hash(stored)});
    std::uint32_t at = 0;
    for (const ChunkInfo& chunk : chunks) {
        impl.footer.chunks.push_back({chunk.digest, chunk.kind, block, at, chunk.length});
        at += chunk.length;
    }
    HOLT_TRY(impl.append(stored));
    return first;
}

std::uint64_t PackWriter::size() const noexcept {
    return impl_->size;
}
std::size_t PackWriter::chunk_count() const noexcept {
    return impl_->footer.chunks.size();
}

Result<PackWriter::Sealed> PackWriter::seal() {
    Impl& impl = *impl_;
    HOLT_TRY(impl.usable());
    const Bytes raw = encode_footer(impl.footer);
    HOLT_TRY_LET(stored, compress_footer(raw, impl.file.shown()));
    const Digest id = blake3::hash(stored);
    const PackTrailer trailer{.footer_offset = impl.size,
                              .footer_stored = static_cast<std::uint32_t>(stored.size()),
                              .footer_raw = static_cast<std::uint32_t>(raw.size()),
                              .footer_digest = id};
    HOLT_TRY(impl.append(stored));
    HOLT_TRY(impl.append(encode_trailer(trailer)));
    HOLT_TRY(impl.flush());
    HOLT_TRY(impl.note(publish_pack(*impl.folder, impl.file, id)));
    impl.broken = true;
    return Sealed{.id = id, .bytes = impl.size, .footer = std::move(impl.footer)};
}

}  // namespace holt::store

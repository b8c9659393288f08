#include "store/pack/pack_reader.h"

#include <algorithm>
#include <cerrno>

#include "base/guard.h"
#include "codec/blake3/blake3.h"
#include "codec/zstd/decode/decompress.h"
#include "fs/file.h"
#include "fs/folder.h"

namespace holt::store {
namespace {

constexpr const char* kReadPack = "read pack";
constexpr Advice kRepairAdvice = Advice::repair_store;

std::unexpected<Error> damaged(const std::string& object, std::string cause) {
    return fail(ErrorKind::corrupt, kReadPack, object, std::move(cause), kRepairAdvice);
}

Result<UniqueFd> open_pack(const StoreFolder& folder, const Digest& id, const std::string& object) {
    Result<UniqueFd> fd = fs::open_beneath(folder.fd(), "packs/" + pack_folder_name(id), object);
    if (fd) fd = fs::open_read(fd->get(), pack_base_name(id), object);
    if (fd) return fd;
    switch (fd.error().sys_errno) {
        case ENOENT:
            return damaged(object, "it is missing");
        case ELOOP:
        case ENOTDIR:
            return damaged(object, "it, or its folder, is a symbolic link, which is not followed");
        case ENXIO:
        case ENODEV:
            return damaged(object, "it is not a file");
        default:
            return fd;
    }
}

// The footer, once its bytes are what the pack's id promises.
Result<PackFooter> read_footer(int fd, const Digest& id, std::uint64_t file_size,
                               const std::string& object) {
    if (file_size < kPackHeaderSize + kPackTrailerSize)
        return damaged(object, "it is shorter than a pack can be");
    PackHeaderBytes header;
    HOLT_TRY(fs::pread_exact(fd, header, 0, object));
    HOLT_TRY(check_header(header, object));
    PackTrailerBytes trailer_bytes;
    HOLT_TRY(fs::pread_exact(fd, trailer_bytes, file_size - kPackTrailerSize, object));
    HOLT_TRY_LET(trailer, decode_trailer(trailer_bytes, file_size, object));
    if (guard("digest of a footer") && trailer.footer_digest != id)
        return damaged(object, "it is another pack than its name says, or its end is damaged");

    // The stored length is bounded by the file's size; the raw one by kMaxFooterRaw, and it is not
    // allocated before the hash of the stored bytes was found right.
    Bytes stored(trailer.footer_stored);
    HOLT_TRY(fs::pread_exact(fd, stored, trailer.footer_offset, object));
    if (blake3::hash(stored) != id) return damaged(object, "its footer is damaged");
    Bytes raw(trailer.footer_raw);
    zstd::Decompressor decoder;
    const zstd::Expected<std::size_t> size = decoder.decompress(stored, raw);
    if (!size)
        return damaged(object, "its footer: " + std::string(zstd::describe(size.error().code)));
    if (*size != raw.size()) return damaged(object, "its footer is shorter than it says");
    return decode_footer(raw, trailer.footer_offset, object);
}

}  // namespace

Result<PackReader> PackReader::open(const StoreFolder& folder, const Digest& id) {
    std::string object = pack_object(id);
    HOLT_TRY_LET(fd, open_pack(folder, id, object));
    return open_file(std::move(fd), id, std::move(object));
}

Result<PackReader> PackReader::open_file(UniqueFd fd, const Digest& id, std::string object) {
    PackReader reader;
    reader.id_ = id;
    reader.object_ = std::move(object);
    HOLT_TRY_LET(stat, fs::stat_fd(fd.get(), reader.object_));
    if (stat.kind != fs::Kind::file) return damaged(reader.object_, "it is not a file");
    HOLT_TRY_LET(footer, read_footer(fd.get(), id, stat.size, reader.object_));
    reader.fd_ = std::move(fd);
    reader.footer_ = std::move(footer);
    reader.file_size_ = stat.size;
    return reader;
}

void PackReader::read_ahead(std::uint32_t index) const noexcept {
    if (index >= footer_.blocks.size()) return;
    const BlockInfo& block = footer_.blocks[index];
    fs::advise_soon(fd_.get(), block.offset, block.stored_size);
}

Status PackReader::get_stored(std::uint32_t index, Bytes& stored) const {
    if (index >= footer_.blocks.size())
        return damaged(object_, "it has no block " + std::to_string(index));
    const BlockInfo& block = footer_.blocks[index];
    stored.resize(block.stored_size);
    return fs::pread_exact(fd_.get(), stored, block.offset, object_);
}

Status PackReader::read_stored(std::uint32_t index, Bytes& stored) const {
    HOLT_TRY(get_stored(index, stored));
    if (guard("digest of a block") && blake3::hash(stored) != footer_.blocks[index].stored_digest)
        return damaged(object_, "block " + std::to_string(index) + " is damaged");
    return {};
}

Status PackReader::read_block(std::uint32_t index, Bytes& raw, Bytes& stored,
                              zstd::Decompressor& decoder) const {
    return read_block_front(index, raw, stored, decoder, kWholeBlock);
}

Status PackReader::read_block_front(std::uint32_t index, Bytes& raw, Bytes& stored,
                                    zstd::Decompressor& decoder, std::uint32_t front) const {
    if (is_raw(index)) return read_stored(index, raw);
    HOLT_TRY(read_stored(index, stored));
    return decode_stored(index, stored, front, raw, decoder);
}

Status PackReader::decode_stored(std::uint32_t index, ByteView stored, std::uint32_t front,
                                 Bytes& raw, zstd::Decompressor& decoder) const {
    raw.resize(footer_.blocks[index].raw_size);
    const std::size_t wanted = std::min<std::size_t>(front, raw.size());
    const zstd::Expected<std::size_t> size = wanted < raw.size()
                                                 ? decoder.decompress_front(stored, raw, wanted)
                                                 : decoder.decompress(stored, raw);
    if (!size)
        return damaged(object_, "block " + std::to_string(index) + ": " +
                                    std::string(zstd::describe(size.error().code)));
    if (*size < wanted)
        return damaged(object_, "block " + std::to_string(index) + " is shorter than it says");
    return {};
}

}  // namespace holt::store

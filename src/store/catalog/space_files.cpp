#include "store/catalog/space_files.h"

#include <array>
#include <cerrno>
#include <limits>
#include <optional>
#include <utility>

#include "base/endian.h"
#include "codec/xxhash64/xxhash64.h"
#include "fs/file.h"
#include "fs/folder.h"
#include "fs/paths.h"
#include "store/format/wire.h"

namespace holt::store {
namespace {

constexpr const char* kFolder = "spaces";
constexpr std::array<std::uint8_t, 5> kHead = {'h', 's', 'p', 'c', 2};
constexpr std::size_t kChecksum = 8;
constexpr std::size_t kMaxSize = 64u << 10;  // paths, and some patterns
constexpr std::uint64_t kAnyInteger = std::numeric_limits<std::uint64_t>::max();

std::string hex(std::uint64_t value) {
    constexpr std::size_t kDigits = 16;
    std::string text(kDigits, '0');
    for (std::size_t i = kDigits; i-- > 0; value >>= 4) text[i] = "0123456789abcdef"[value & 15];
    return text;
}

std::string file_name(const fs::FolderIdentity& root) {
    return hex(root.ino) + "-" + hex(root.born);
}

Bytes encode(const Space& space) {
    Bytes out;
    WireWriter writer(out);
    writer.bytes(kHead);
    writer.text(space.path);
    writer.varint(space.root.dev);
    writer.varint(space.root.ino);
    writer.varint(space.root.born);
    writer.digest(space.snapshot);
    writer.text(space.sub);
    writer.text(space.moved);
    const std::uint64_t checksum = zstd::xxhash64(out);
    out.resize(out.size() + kChecksum);
    store_le(&out[out.size() - kChecksum], checksum);
    return out;
}

std::optional<Space> decode(ByteView file, const std::string& name) {
    if (file.size() < kHead.size() + kChecksum) return std::nullopt;
    const ByteView body = file.first(file.size() - kChecksum);
    if (load_le<std::uint64_t>(&file[body.size()]) != zstd::xxhash64(body)) return std::nullopt;
    WireReader reader(body);
    reader.require(equal(reader.bytes(kHead.size()), kHead), "another version");
    Space space;
    space.path = std::string(as_text(reader.text(1, body.size(), "a path")));
    space.root.dev = reader.varint(kAnyInteger, "");
    space.root.ino = reader.varint(kAnyInteger, "");
    space.root.born = reader.varint(kAnyInteger, "");
    space.snapshot = reader.digest();
    space.sub = std::string(as_text(reader.text(0, body.size(), "a path")));
    space.moved = std::string(as_text(reader.text(0, body.size(), "a path")));
    if (!reader.finish("read space", name) || file_name(space.root) != name) return std::nullopt;
    return space;
}

}  // namespace

Status put_space_file(int store, const std::string& shown_store, const Space& space) {
    const std::string name = file_name(space.root), shown = shown_store + "/" + kFolder;
    HOLT_TRY_LET(folder, fs::make_or_open_folder(store, kFolder, 0777, shown));
    const std::string shown_file = shown + "/" + name;
    HOLT_TRY_LET(file, fs::open_or_create(folder.get(), name, 0666, shown_file));
    const Bytes content = encode(space);
    HOLT_TRY(fs::pwrite_full(file.get(), content, 0, shown_file));
    return fs::set_size(file.get(), content.size(), shown_file);
}

Status remove_space_file(int store, const std::string& shown_store,
                         const fs::FolderIdentity& root) {
    const std::string name = file_name(root), shown = shown_store + "/" + kFolder;
    const auto folder = fs::open_subfolder(store, kFolder, shown);
    if (!folder && folder.error().sys_errno == ENOENT) return {};
    if (!folder) return std::unexpected(folder.error());
    HOLT_TRY(fs::unlink_file(folder->get(), name, shown + "/" + name));
    return {};
}

Result<std::vector<Space>> read_space_files(int store, const std::string& shown_store) {
    std::vector<Space> spaces;
    const std::string shown = shown_store + "/" + kFolder;
    const auto folder = fs::open_subfolder(store, kFolder, shown);
    if (!folder && is_shortage(folder.error().sys_errno)) return std::unexpected(folder.error());
    if (!folder) return spaces;
    HOLT_TRY_LET(names, fs::list_names(folder->get(), shown));
    for (const std::string& name : names) {
        const auto file = fs::read_file(folder->get(), name, kMaxSize, shown + "/" + name);
        if (!file && is_shortage(file.error().sys_errno)) return std::unexpected(file.error());
        if (!file) continue;
        if (auto space = decode(*file, name)) spaces.push_back(*std::move(space));
    }
    return spaces;
}

}  // namespace holt::store

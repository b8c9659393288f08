#include "archive/zip/zip_layout.h"

#include <algorithm>

#include "archive/zip/zip_extra.h"
#include "base/utf8.h"
#include "codec/gzip/crc32.h"

namespace holt::store::zip {
namespace {

constexpr std::uint16_t kVersion = 20, kVersion64 = 45;
constexpr std::uint32_t kDosFolder = 0x10;

std::uint32_t type_of(fs::Kind kind) noexcept {
    return kind == fs::Kind::folder ? 0040000 : kind == fs::Kind::symlink ? 0120000 : 0100000;
}

// Set only where it tells something, and never where it is wrong: whoever believes it of a name
// that is none fails on the whole zip.
std::uint16_t name_flag(std::string_view name) noexcept {
    const bool plain = std::ranges::all_of(
        name, [](char byte) { return static_cast<unsigned char>(byte) < 0x80; });
    return !plain && utf8_valid(name) ? kUtf8 : std::uint16_t{0};
}

// A piece that does not get smaller is stored in blocks of 65,535 bytes with 5 more each, and has
// as many behind it.
bool may_pass_32_bits(std::uint64_t size) noexcept {
    return size + (size >> 10) >= kFull32;
}

void append(Bytes& out, ByteView bytes) {
    out.insert(out.end(), bytes.begin(), bytes.end());
}

}  // namespace

void Layout::begin(const Item& item, const Encoded& encoded, Bytes& out) {
    const bool later = item.part == Item::Part::first;
    const DosTime time = dos_time(item.mtime);
    name_ = item.name;
    extras_.clear();
    append_unix_extras(extras_, item.mtime, item.uid, item.gid);
    large_sizes_ = later && may_pass_32_bits(item.file_size);
    entry_ = {.header = {.version = large_sizes_ ? kVersion64 : kVersion,
                         .flags = static_cast<std::uint16_t>(name_flag(name_) |
                                                             (later ? kDescriptorFollows : 0)),
                         .method = encoded.method,
                         .time = time.time,
                         .date = time.date,
                         .name_size = static_cast<std::uint16_t>(name_.size())},
              .external = (type_of(item.kind) | item.mode) << 16 |
                          (item.kind == fs::Kind::folder ? kDosFolder : 0),
              .offset = offset_};
    Header local = entry_.header;
    Bytes local_extras;
    if (large_sizes_) {
        local.size = local.compressed = kFull32;
        append_zip64(local_extras, {0, 0});
    } else if (!later) {
        local.crc = encoded.crc;
        local.size = encoded.size;
        local.compressed = encoded.bytes.size();
    }
    append(local_extras, extras_);
    local.extra_size = static_cast<std::uint16_t>(local_extras.size());
    append_local(out, local);
    append(out, as_bytes(name_));
    append(out, local_extras);
}

void Layout::append_descriptor(Bytes& out) const {
    const Header& header = entry_.header;
    append_number(out, kDescriptorMagic);
    append_number(out, header.crc);
    if (large_sizes_) {
        append_number(out, header.compressed);
        append_number(out, header.size);
    } else {
        append_number(out, static_cast<std::uint32_t>(header.compressed));
        append_number(out, static_cast<std::uint32_t>(header.size));
    }
}

void Layout::append_to_directory() {
    DirectoryHeader entry = entry_;
    Bytes large;
    for (std::uint64_t* number : {&entry.header.size, &entry.header.compressed, &entry.offset}) {
        if (*number < kFull32) continue;
        append_number(large, *number);
        *number = kFull32;
    }
    Bytes extras;
    if (!large.empty()) {
        append_number(extras, std::uint16_t{1});
        append_number(extras, static_cast<std::uint16_t>(large.size()));
        append(extras, large);
        entry.header.version = kVersion64;
    }
    append(extras, extras_);
    entry.header.extra_size = static_cast<std::uint16_t>(extras.size());
    append_directory(directory_, entry);
    append(directory_, as_bytes(name_));
    append(directory_, extras);
    ++count_;
}

void Layout::add(const Item& item, const Encoded& encoded, Bytes& out) {
    using Part = Item::Part;
    const std::size_t before = out.size();
    if (item.part == Part::whole || item.part == Part::first) begin(item, encoded, out);
    append(out, encoded.bytes);
    Header& header = entry_.header;
    header.crc = gzip::crc32_combine(header.crc, encoded.crc, encoded.size);
    header.size += encoded.size;
    header.compressed += encoded.bytes.size();
    if (item.part == Part::last) append_descriptor(out);
    if (item.part == Part::whole || item.part == Part::last) append_to_directory();
    offset_ += out.size() - before;
}

Bytes Layout::finish() {
    const End end{
        .count_here = count_, .count = count_, .size = directory_.size(), .offset = offset_};
    append_end(directory_, end);
    return std::move(directory_);
}

}  // namespace holt::store::zip

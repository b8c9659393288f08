#include "store/format/tree.h"

#include <cassert>
#include <string_view>

#include "store/format/entry_codec.h"
#include "store/format/tree_decoder.h"
#include "store/format/wire.h"

// An encoded tree: magic "htre", version u8, varint count, the entries (entry_codec.h).

namespace holt::store {
namespace {

constexpr std::string_view kMagic = "htre";
constexpr std::uint8_t kVersion = 2;
constexpr const char* kFollow = "bytes follow after its end";

}  // namespace

void write_tree_head(std::size_t count, WireWriter& out) {
    out.bytes(as_bytes(kMagic));
    out.byte(kVersion);
    out.varint(count);
}

Bytes encode_tree(const Tree& entries) {
    Bytes out;
    // A file with one chunk takes some 60 bytes: name 15, digest 32, the rest 13.
    out.reserve(kMinTreeSize + 64 * entries.size());
    WireWriter writer(out);
    write_tree_head(entries.size(), writer);
    for (const TreeEntry& entry : entries) {
        assert(&entry == &entries.front() || (&entry)[-1].name < entry.name);
        write_entry(entry, writer);
    }
    return out;
}

// Reads from the front of `bytes`. What goes wrong on bytes that are not all may go right on more.
template <class Read>
Result<TreeDecoder::Got> TreeDecoder::take(ByteView& bytes, Read read) {
    WireReader reader(bytes, size_ - left_);
    read(reader);
    if (!reader.ok()) {
        if (bytes.size() < left_) return Got::more;
        return std::unexpected(reader.finish("read tree", object_).error());
    }
    left_ -= bytes.size() - reader.remaining();
    bytes = bytes.last(reader.remaining());
    return Got::entry;
}

Result<TreeDecoder::Got> TreeDecoder::begin(ByteView& bytes) {
    if (begun_) return Got::entry;
    std::uint64_t count = 0;
    HOLT_TRY_LET(got, take(bytes, [&](WireReader& in) {
                     in.head(kMagic, kVersion, "it does not begin as a tree",
                             "it is a tree of another version than 2");
                     const std::uint64_t room = left_ < kMinTreeSize ? 0 : left_ - kMinTreeSize;
                     count = in.varint(room / kMinEntrySize, "more entries than there are bytes");
                     if (count == 0) in.require(left_ == kMinTreeSize, kFollow);
                 }));
    if (got == Got::more) return got;
    to_come_ = static_cast<std::size_t>(count);
    begun_ = true;
    return got;
}

Result<TreeDecoder::Got> TreeDecoder::next(ByteView& bytes, TreeEntry& entry) {
    HOLT_TRY_LET(begun, begin(bytes));
    if (begun == Got::more) return begun;
    if (to_come_ == 0) return Got::end;
    return take(bytes, [&](WireReader& in) {
        read_entry(in, EntryName::component, entry);
        in.require(last_ < entry.name, "names are not sorted");
        if (to_come_ == 1) in.require(left_ == bytes.size() && in.remaining() == 0, kFollow);
        if (!in.ok()) {
            entry = {};
            return;
        }
        last_ = entry.name;
        --to_come_;
    });
}

Result<Tree> decode_tree(ByteView bytes, const std::string& object) {
    TreeDecoder decoder(bytes.size(), object);
    Tree entries;
    for (;;) {
        HOLT_TRY_LET(got, decoder.next(bytes, entries.emplace_back()));
        if (got != TreeDecoder::Got::entry) break;
        if (entries.size() == 1) entries.reserve(decoder.to_come() + 2);
    }
    entries.pop_back();
    return entries;
}

std::uint64_t stored_size(const TreeEntry& entry) noexcept {
    std::uint64_t size = 0;
    for (const ChunkRef& chunk : entry.chunks) size += chunk.length;
    return size;
}

const char* reason_of(LeftOut left_out) noexcept {
    switch (left_out) {
        case LeftOut::denied:
            return "permission denied";
        case LeftOut::io:
            return "the disk could not read it";
        case LeftOut::changing:
            return "it kept changing while it was read";
        case LeftOut::limit:
            return "it lies too deep or is too large";
        case LeftOut::unseen:
            return "its record could not be read";
        case LeftOut::no:
        case LeftOut::other:
            break;
    }
    return "it could not be read";
}

void encode_entry(const TreeEntry& entry, Bytes& out) {
    WireWriter writer(out);
    write_entry(entry, writer);
}

}  // namespace holt::store

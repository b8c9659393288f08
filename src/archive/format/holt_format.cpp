#include "archive/format/holt_format.h"

#include <algorithm>
#include <limits>
#include <unordered_set>

#include "base/endian.h"
#include "store/format/pack_format.h"
#include "store/format/snapshot_record.h"
#include "store/format/wire.h"

namespace holt::store {
namespace {

constexpr std::array<std::uint8_t, 8> kMagic = {'h', 'o', 'l', 't', 'f', 'i', 'l', 'e'};
constexpr std::array<std::uint8_t, 8> kEndMagic = {'h', 'o', 'l', 't', 'f', 'e', 'n', 'd'};
constexpr std::array<std::uint8_t, 4> kIndexMagic = {'h', 'i', 'd', 'x'};
constexpr std::uint64_t kMaxPackBytes = std::uint64_t{1} << 40;

}  // namespace

HoltHeader encode_holt_header(std::uint32_t index_size) noexcept {
    HoltHeader bytes{};
    std::copy(kMagic.begin(), kMagic.end(), bytes.begin());
    store_le<std::uint32_t>(bytes.data() + 8, kHoltFileVersion);
    store_le<std::uint32_t>(bytes.data() + 12, index_size);
    return bytes;
}

Result<std::uint32_t> decode_holt_header(const HoltHeader& bytes, const std::string& shown) {
    const auto version = load_le<std::uint32_t>(bytes.data() + 8);
    const auto size = load_le<std::uint32_t>(bytes.data() + 12);
    const bool is_one = std::equal(kMagic.begin(), kMagic.end(), bytes.begin());
    if (is_one && version != kHoltFileVersion && version > 0 && version < 1000)
        return fail(
            ErrorKind::no_store, "import", shown,
            "it is of version " + std::to_string(version) + ", which this build cannot read",
            version > kHoltFileVersion ? "use a newer holt"
                                       : "export it again with this version of holt");
    if (bytes != encode_holt_header(size) || size > kMaxHoltIndex)
        return fail(ErrorKind::corrupt, "import", shown, "its header is damaged",
                    Advice::get_whole_copy);
    return size;
}

Bytes encode_holt_index(const HoltIndex& index) {
    Bytes out;
    WireWriter writer(out);
    writer.bytes(kIndexMagic);
    writer.varint(index.snapshots.size());
    for (const HoltIndex::Snapshot& snapshot : index.snapshots) {
        writer.digest(snapshot.id);
        writer.text(snapshot.name);
    }
    writer.varint(index.bases.size());
    for (const Digest& base : index.bases) writer.digest(base);
    writer.varint(index.packs.size());
    for (const HoltIndex::Pack& pack : index.packs) {
        writer.digest(pack.id);
        writer.varint(pack.bytes);
    }
    writer.fields(index.fields);
    return out;
}

Result<HoltIndex> decode_holt_index(ByteView bytes, const std::string& shown) {
    WireReader in(bytes);
    HoltIndex index;
    in.require(equal(in.bytes(kIndexMagic.size()), kIndexMagic), "its index is damaged");
    const std::size_t snapshots =
        in.count(Digest::kSize + 1, "more snapshots than there are bytes");
    in.require(snapshots > 0, "it holds no snapshot");
    std::unordered_set<Digest> ids;
    for (std::size_t i = 0; i < snapshots && in.ok(); ++i) {
        HoltIndex::Snapshot snapshot{.id = in.digest()};
        snapshot.name = as_text(in.text(0, 255, "a name is too long"));
        if (!snapshot.name.empty())
            in.require(check_snapshot_name(snapshot.name).has_value(),
                       "a name that no snapshot can have");
        in.require(ids.insert(snapshot.id).second, "the same snapshot twice");
        index.snapshots.push_back(std::move(snapshot));
    }
    const std::size_t bases = in.count(Digest::kSize, "more bases than there are bytes");
    for (std::size_t i = 0; i < bases && in.ok(); ++i) index.bases.push_back(in.digest());
    const std::size_t packs = in.count(Digest::kSize + 1, "more packs than there are bytes");
    for (std::size_t i = 0; i < packs && in.ok(); ++i) {
        HoltIndex::Pack pack{.id = in.digest()};
        pack.bytes = in.varint(kMaxPackBytes, "a pack is too large");
        in.require(ids.insert(pack.id).second, "the same pack twice");
        in.require(pack.bytes >= kPackHeaderSize + kPackTrailerSize,
                   "a pack is shorter than a pack can be");
        index.packs.push_back(pack);
    }
    const ByteView fields = in.fields();
    index.fields.assign(fields.begin(), fields.end());
    HOLT_TRY(in.finish("import", shown));
    return index;
}

HoltTrailer encode_holt_trailer(const Digest& content) noexcept {
    HoltTrailer bytes{};
    std::copy(content.bytes.begin(), content.bytes.end(), bytes.begin());
    std::copy(kEndMagic.begin(), kEndMagic.end(), bytes.end() - kEndMagic.size());
    return bytes;
}

}  // namespace holt::store

// The zip import up to the store: directory, headers, contents, tree in memory. Nothing may crash,
// take memory beyond what the limits allow, or run without end; every file has the size and the
// CRC that the zip says; and what a tree holds has names that a folder can have.
//
// The first byte says what is made right first, so that what is behind it is reached: where the
// directory is, and how many entries it has.
#include <algorithm>
#include <cstdlib>
#include <utility>

#include "archive/entries/content.h"
#include "archive/format/zip_format.h"
#include "archive/zip/zip_reader.h"
#include "base/endian.h"
#include "store/format/entry_codec.h"

namespace {

using namespace holt;
using namespace holt::store;

class Memory final : public PlacedBytes {
  public:
    explicit Memory(ByteView bytes) : bytes_(bytes) {}
    std::uint64_t size() const noexcept override { return bytes_.size(); }
    Result<std::size_t> read_at(std::uint64_t offset, MutableByteView into) override {
        const ByteView from = bytes_.subspan(
            static_cast<std::size_t>(std::min<std::uint64_t>(offset, bytes_.size())));
        const std::size_t count = std::min(into.size(), from.size());
        std::copy_n(from.begin(), count, into.begin());
        return count;
    }

  private:
    ByteView bytes_;
};

// The first directory entry to the end record is the directory; as many entries as there are
// magics.
void make_end_right(Bytes& bytes) {
    std::size_t begin = bytes.size();
    std::uint16_t count = 0;
    for (std::size_t at = 0; at + zip::kEndSize <= bytes.size(); ++at) {
        const auto magic = load_le<std::uint32_t>(bytes.data() + at);
        if (magic == zip::kDirectoryMagic) {
            begin = std::min(begin, at);
            ++count;
        }
        if (magic != zip::kEndMagic) continue;
        begin = std::min(begin, at);
        store_le(bytes.data() + at + 8, count);
        store_le(bytes.data() + at + 10, count);
        store_le(bytes.data() + at + 12, static_cast<std::uint32_t>(at - begin));
        store_le(bytes.data() + at + 16, static_cast<std::uint32_t>(begin));
        return;
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    Bytes bytes(data + 1, data + size);
    if (data[0] % 2 != 0) make_end_right(bytes);
    ZipReader reader(std::make_unique<Memory>(bytes), "fuzz",
                     {.max_entries = 1000, .window = std::uint64_t{1} << 20}, 022);
    if (!reader.open()) return 0;
    MetadataBudget budget(
        64u << 20, 1000, [&] { return std::uint64_t{size}; }, "fuzz");
    ArchiveTree tree({.max_entries = 1000, .max_depth = 64}, budget, "fuzz");
    std::uint64_t total = 0;
    ArchiveContentSource contents(
        reader, tree,
        [](ArchiveEntry& entry) -> Result<bool> {
            return entry.what != ArchiveEntry::What::device;
        },
        [&](const ArchiveContentSource::Measure& so_far) -> Status {
            total = so_far.described;
            if (total > (8u << 20)) return fail(ErrorKind::no_space, "fuzz", "", "");
            return {};
        },
        [](const std::string&) {});
    std::uint64_t got = 0;
    bool whole = false;
    for (;;) {
        auto unit = contents.next();
        if (!unit) break;
        whole = *unit == nullptr;
        if (whole) break;
        const HashedArchiveUnit hashed = hash_unit(std::move(**unit));
        got += hashed.data().size();
    }
    if (got > total || (whole && got != total)) std::abort();
    for (std::size_t node = 1; node < tree.nodes().size(); ++node) {
        const ArchiveTree::Node& at = tree.nodes()[node];
        if (!valid_component(at.name_view())) std::abort();
        if (tree.nodes()[at.parent].kind != fs::Kind::folder) std::abort();
    }
    return 0;
}

// The tar import up to the store: reader, tree in memory, contents cut into chunks. Nothing may
// crash, take memory beyond what the limits allow, or run without end; and what a tree holds has
// names that a folder can have. Checksums are made right first, so that what is behind them is
// reached.
#include <algorithm>
#include <cstdlib>
#include <utility>

#include "archive/entries/content.h"
#include "archive/format/tar_format.h"
#include "archive/tar/tar_reader.h"
#include "store/format/entry_codec.h"

namespace {

using namespace holt;
using namespace holt::store;

// Hands out pieces of a size that the first byte says, so that fields lie across their ends.
class Pieces final : public ByteSource {
  public:
    Pieces(ByteView bytes, std::size_t size) : bytes_(bytes), size_(size) {}
    Result<ByteView> next() override {
        const ByteView piece = bytes_.first(std::min(size_, bytes_.size()));
        bytes_ = bytes_.subspan(piece.size());
        return piece;
    }

  private:
    ByteView bytes_;
    const std::size_t size_;
};

void make_checksums_right(Bytes& bytes) {
    for (std::size_t at = 0; at + tar::kBlock <= bytes.size(); at += tar::kBlock) {
        std::uint8_t* const block = bytes.data() + at;
        if (!std::equal(block + tar::kMagic, block + tar::kMagic + 5, "ustar")) continue;
        std::fill_n(block + tar::kChecksum.offset, tar::kChecksum.size, std::uint8_t{' '});
        unsigned sum = 0;
        for (std::size_t i = 0; i < tar::kBlock; ++i) sum += block[i];
        for (std::size_t i = 6; i-- > 0; sum >>= 3)
            block[tar::kChecksum.offset + i] = static_cast<std::uint8_t>('0' + (sum & 7));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    Bytes bytes(data + 1, data + size);
    make_checksums_right(bytes);
    bytes.resize(bytes.size() + data[0] % 2 * 1024);  // half of them with an end
    Pieces source(bytes, 1 + data[0] * std::size_t{7});
    MetadataBudget budget(
        64u << 20, 1000, [&] { return std::uint64_t{size}; }, "fuzz");
    TarReader reader(source, "fuzz", budget, [](Severity, const Error&) {});
    ArchiveTree tree({.max_entries = 1000, .max_depth = 64, .same_path = SamePath::last_wins},
                     budget, "fuzz");
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
    for (;;) {
        auto unit = contents.next();
        if (!unit || *unit == nullptr) break;
        const HashedArchiveUnit hashed = hash_unit(std::move(**unit));
        got += hashed.data().size();
    }
    if (got > total) std::abort();
    for (std::size_t node = 1; node < tree.nodes().size(); ++node) {
        const ArchiveTree::Node& at = tree.nodes()[node];
        if (!valid_component(at.name_view())) std::abort();
        if (tree.nodes()[at.parent].kind != fs::Kind::folder) std::abort();
    }
    return 0;
}

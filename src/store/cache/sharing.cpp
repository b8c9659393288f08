#include "store/cache/sharing.h"

#include <algorithm>
#include <bit>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "base/endian.h"
#include "store/catalog/snapshot_info.h"
#include "store/content/chunk_reader.h"
#include "store/format/left_out.h"

namespace holt::store {
namespace {

constexpr std::size_t kMost = 64;  // a bit for each

struct Use {
    std::uint64_t snapshots = 0;  // a bit for each that has the chunk
    std::uint64_t bytes = 0;
};
// By the first 8 bytes of the digest: two that agree in these make a figure wrong by one chunk.
using Uses = std::unordered_map<std::uint64_t, Use>;

void add_chunk(Uses& uses, const Digest& digest, std::uint64_t bytes, std::uint64_t bit) {
    Use& use = uses[load_le<std::uint64_t>(digest.bytes.data())];
    use.bytes = bytes;
    use.snapshots |= bit;
}

void add_content(Uses& uses, const TreeEntry& entry, std::uint64_t bit) {
    if (entry.size == 0) return;
    if (entry.chunks.empty()) return add_chunk(uses, entry.content, entry.size, bit);
    for (const ChunkRef& chunk : entry.chunks) add_chunk(uses, chunk.digest, chunk.length, bit);
}

Status add_snapshot(ChunkReader& reader, const TreeEntry& root, std::uint64_t bit, Uses& uses,
                    const Cancel* cancel) {
    std::vector<TreeEntry> to_visit{root};
    std::unordered_set<Digest> seen;
    while (!to_visit.empty()) {
        if (cancel != nullptr && cancel->requested())
            return fail(ErrorKind::cancelled, "compare snapshots", "", "cancelled");
        const TreeEntry folder = std::move(to_visit.back());
        to_visit.pop_back();
        if (!seen.insert(folder.content).second) continue;
        add_content(uses, folder, bit);
        HOLT_TRY_LET(tree, reader.read_tree(folder, ""));
        for (TreeEntry& entry : tree) {
            if (entry.left_out != LeftOut::no) continue;
            if (entry.kind == fs::Kind::folder)
                to_visit.push_back(std::move(entry));
            else if (entry.kind == fs::Kind::file)
                add_content(uses, entry, bit);
        }
    }
    return {};
}

void sum_up(const Uses& uses, SharingReport& report) {
    const std::size_t count = report.snapshots.size();
    report.content.assign(count, 0);
    report.adds.assign(count, 0);
    for (std::size_t i = 0; i < count; ++i) report.shared.emplace_back(i, 0);
    for (const auto& [digest, use] : uses) {
        report.adds[static_cast<std::size_t>(std::countr_zero(use.snapshots))] += use.bytes;
        for (std::size_t i = 0; i < count; ++i) {
            if ((use.snapshots >> i & 1) == 0) continue;
            report.content[i] += use.bytes;
            for (std::size_t j = 0; j < i; ++j)
                if ((use.snapshots >> j & 1) != 0) report.shared[i][j] += use.bytes;
        }
    }
}

}  // namespace

Result<SharingReport> compare_snapshots(const StoreFolder& folder, Catalog& catalog,
                                        const Cancel* cancel) {
    HOLT_TRY_LET(rows, catalog.snapshots());
    const std::size_t first = rows.size() - std::min(rows.size(), kMost);
    SharingReport report{.not_looked_at = first};
    ChunkReader reader(folder, catalog);
    Uses uses;
    for (std::size_t i = first; i < rows.size(); ++i) {
        const std::uint64_t bit = std::uint64_t{1} << (i - first);
        HOLT_TRY(add_snapshot(reader, rows[i].record.root, bit, uses, cancel));
        report.snapshots.push_back(to_info(rows[i]));
    }
    sum_up(uses, report);
    return report;
}

}  // namespace holt::store

#include <algorithm>
#include <functional>
#include <utility>

#include "store/format/pack_fields.h"
#include "store/gc/collector.h"
#include "store/pack/pack_reader.h"

namespace holt::store {
namespace {

// Content that nothing needs, of a hundred, from which on a pack is rewritten.
constexpr unsigned kWorthRewriting = 25;

std::uint64_t garbage_of(const PackUse& use) noexcept {
    return use.pack.bytes - std::min(use.pack.bytes, use.live_bytes());
}

}  // namespace

GcPlan make_plan(std::span<const PackRow> packs, const Marker& marker,
                 std::optional<std::uint64_t> wanted) {
    GcPlan plan;
    std::vector<const PackUse*> rest;
    std::uint64_t bytes = 0;
    for (const PackRow& pack : packs) {
        const PackUse* use = marker.use_of(pack.row);
        if (use == nullptr || use->live_raw == 0) {
            plan.dead.push_back(pack);
        } else if (use->dead_percent() > kWorthRewriting) {
            plan.rewrite.push_back(use);
            bytes += use->live_bytes();
        } else {
            rest.push_back(use);
            bytes += pack.bytes;
        }
    }
    std::ranges::sort(plan.rewrite, std::ranges::greater{}, [](const PackUse* use) {
        return std::pair(use->dead_percent(), use->pack.row);
    });
    // For a limit of size also those with little garbage, the most first.
    std::ranges::sort(rest, std::ranges::greater{}, [](const PackUse* use) {
        return std::pair(garbage_of(*use), use->pack.row);
    });
    std::size_t taken = 0;
    for (; wanted && bytes > *wanted && taken < rest.size() && rest[taken]->dead_percent() > 0;
         ++taken) {
        plan.rewrite.push_back(rest[taken]);
        bytes -= garbage_of(*rest[taken]);
    }
    rest.erase(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(taken));
    std::erase_if(rest, [](const PackUse* use) { return use->pack.bytes >= kSmallPack; });
    std::ranges::sort(rest, {}, [](const PackUse* use) { return use->pack.row; });
    if (rest.size() > kManySmall) plan.join = std::move(rest);
    return plan;
}

Result<std::vector<const PackUse*>> packs_to_recompress(const StoreFolder& folder, int level,
                                                        std::span<const PackRow> packs,
                                                        const Marker& marker) {
    std::vector<const PackUse*> chosen;
    for (const PackRow& pack : packs) {
        const PackUse* use = marker.use_of(pack.row);
        if (use == nullptr || use->live_raw == 0) continue;
        HOLT_TRY_LET(reader, PackReader::open(folder, pack.id));
        const PackFooter& footer = reader.footer();
        const bool compresses = std::ranges::any_of(
            footer.blocks, [](const BlockInfo& block) { return block.codec == BlockCodec::zstd; });
        if (compresses && recompressed_level(footer) < level) chosen.push_back(use);
    }
    std::ranges::sort(chosen, {}, [](const PackUse* use) { return use->pack.row; });
    return chosen;
}

}  // namespace holt::store

#include "relocation/splices.h"

#include <algorithm>
#include <utility>

#include "relocation/target.h"

namespace holt::relocation {

std::optional<Splices> Splices::make(const Relocation& relocation, Side from, Side to,
                                     std::string_view target) {
    if (!keeps_order(relocation, target)) {
        const bool moves = from == Side::moved || to == Side::moved;
        if (moves && !Target(target).leaves()) return std::nullopt;
        if (from == Side::moved) from = Side::original;
        if (to == Side::moved) to = Side::original;
    }
    Splices splices;
    std::int64_t to_from = 0;  // from a place's stored offset to the one in `from`
    std::int64_t shift = 0;
    for (std::size_t i = 0; i < relocation.places.size(); ++i) {
        auto stored = bytes_of(relocation, i, Side::stored, target);
        auto before = bytes_of(relocation, i, from, target);
        auto after = bytes_of(relocation, i, to, target);
        if (!stored || !before || !after) return std::nullopt;
        const auto offset = static_cast<std::uint64_t>(
            static_cast<std::int64_t>(relocation.places[i].offset) + to_from);
        to_from +=
            static_cast<std::int64_t>(before->size()) - static_cast<std::int64_t>(stored->size());
        shift +=
            static_cast<std::int64_t>(after->size()) - static_cast<std::int64_t>(before->size());
        splices.splices_.push_back({offset, *std::move(before), *std::move(after), shift});
    }
    return splices;
}

std::uint64_t Splices::size_of(std::uint64_t from_size) const noexcept {
    if (splices_.empty()) return from_size;
    return from_size + static_cast<std::uint64_t>(splices_.back().shift);
}

std::vector<Splices::Splice>::const_iterator Splices::first_ending_after(
    std::uint64_t offset) const noexcept {
    return std::ranges::upper_bound(splices_, offset, {},
                                    [](const Splice& splice) { return splice.end(); });
}

std::uint64_t Splices::place_of(std::uint64_t offset) const noexcept {
    const auto next = first_ending_after(offset);
    std::uint64_t at = offset;
    if (next != splices_.end() && next->offset < offset) {
        // It begins within a place, which went with the piece before.
        return next->end() + static_cast<std::uint64_t>(next->shift);
    }
    if (next != splices_.begin()) at += static_cast<std::uint64_t>(std::prev(next)->shift);
    return at;
}

bool Splices::apply(std::uint64_t offset, ByteView piece, Bytes& out) const {
    const std::uint64_t end = offset + piece.size();
    std::uint64_t at = offset;
    bool as_expected = true;
    const auto copy_to = [&](std::uint64_t stop) {
        const ByteView plain = piece.subspan(static_cast<std::size_t>(at - offset),
                                             static_cast<std::size_t>(stop - at));
        out.insert(out.end(), plain.begin(), plain.end());
    };
    for (auto next = first_ending_after(offset); next != splices_.end() && next->offset < end;
         ++next) {
        const std::uint64_t begin = std::max(next->offset, offset);
        copy_to(begin);
        at = std::min(next->end(), end);
        const std::string_view held = std::string_view(next->from)
                                          .substr(static_cast<std::size_t>(begin - next->offset),
                                                  static_cast<std::size_t>(at - begin));
        as_expected &= equal(as_bytes(held),
                             piece.subspan(static_cast<std::size_t>(begin - offset), held.size()));
        if (next->offset >= offset) out.insert(out.end(), next->to.begin(), next->to.end());
    }
    copy_to(end);
    return as_expected;
}

}  // namespace holt::relocation

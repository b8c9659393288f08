#include "relocation/finder.h"

#include <algorithm>
#include <array>

#include "codec/cpu.h"
#include "relocation/boundary.h"

namespace holt::relocation {
namespace {

// The least place at which any of the pairs has a candidate. What each pair found is kept until the
// search is behind it.
class Candidates {
  public:
    Candidates(ByteView piece, const std::vector<Needles>& pairs, NextCandidate next)
        : piece_(piece), pairs_(pairs), next_(next) {}

    std::size_t at_or_after(std::size_t at) {
        if (pairs_.size() == 1) return next_(piece_.data(), at, piece_.size(), pairs_[0]);
        if (!is_begun_) {
            is_begun_ = true;
            for (std::size_t i = 0; i < pairs_.size(); ++i) look(i, at);
        }
        std::size_t least = piece_.size();
        for (std::size_t i = 0; i < pairs_.size(); ++i) {
            if (found_[i] < at) look(i, at);
            least = std::min(least, found_[i]);
        }
        return least;
    }

  private:
    void look(std::size_t i, std::size_t at) {
        found_[i] = next_(piece_.data(), at, piece_.size(), pairs_[i]);
    }

    ByteView piece_;
    const std::vector<Needles>& pairs_;
    NextCandidate next_;
    std::array<std::size_t, (Prefixes::kMost + 1) / 2> found_{};
    bool is_begun_ = false;
};

NextCandidate best_search() noexcept {
#if defined(__x86_64__)
    if (codec::cpu_level() != codec::CpuLevel::portable) return next_candidate_avx2;
#endif
    return next_candidate_sse2;
}

}  // namespace

Finder::Finder(const Prefixes& prefixes)
    : paths_(prefixes.paths()), next_candidate_(best_search()) {
    for (std::size_t i = 0; i < paths_.size(); i += 2) {
        Needles pair;
        for (std::size_t lane = 0; lane < 2; ++lane) {
            const std::string& path = paths_[std::min(i + lane, paths_.size() - 1)];
            pair.length[lane] = path.size();
            pair.last[lane] = static_cast<std::uint8_t>(path.back());
            longest_ = std::max(longest_, path.size());
        }
        needles_.push_back(pair);
    }
}

std::size_t Finder::find(ByteView piece, std::size_t from, Piece kind, std::uint64_t base,
                         std::vector<Hit>& hits) const {
    const bool ends = kind == Piece::ends;
    // A hit of the longest prefix and the byte behind it must be in the piece to be judged.
    const std::size_t judged = ends                      ? piece.size()
                               : piece.size() > longest_ ? piece.size() - longest_
                                                         : 0;
    Candidates candidates(piece, needles_, next_candidate_);
    std::size_t at = from, done = from;
    while ((at = candidates.at_or_after(at)) < judged) {
        const std::optional<Hit> hit = judge(piece, at);
        at += hit ? paths_[hit->prefix].size() : 1;
        if (!hit) continue;
        hits.push_back({.offset = base + hit->offset, .prefix = hit->prefix, .open = hit->open});
        done = at;
    }
    return std::max(done, judged);
}

// Of two that begin here the longer one: the other goes on within it. One that ends here goes
// before a longer one that does not.
std::optional<Hit> Finder::judge(ByteView piece, std::size_t at) const {
    std::optional<Hit> hit;
    for (std::size_t i = 0; i < paths_.size(); ++i) {
        const std::string& path = paths_[i];
        if (path.size() > piece.size() - at) continue;
        if (!equal(piece.subspan(at, path.size()), as_bytes(path))) continue;
        const std::size_t end = at + path.size();
        const bool open = end < piece.size() && is_name_byte(piece[end]);
        const bool is_better =
            !hit || (open == hit->open ? path.size() >= paths_[hit->prefix].size() : !open);
        if (is_better)
            hit = Hit{.offset = at, .prefix = static_cast<std::uint8_t>(i), .open = open};
    }
    return hit;
}

std::vector<Hit> Finder::find(ByteView content) const {
    std::vector<Hit> hits;
    find(content, 0, Piece::ends, 0, hits);
    return hits;
}

std::vector<Hit> Finder::find_in_text(ByteView text) const {
    std::vector<Hit> hits = find(text);
    std::erase_if(hits, [&](const Hit& hit) {
        return hit.open || !begins_in_text(text, hit.offset) ||
               !ends_in_text(text, hit.offset + paths_[hit.prefix].size());
    });
    return hits;
}

}  // namespace holt::relocation

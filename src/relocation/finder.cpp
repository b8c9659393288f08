#include "relocation/finder.h"

#include <algorithm>
#include <array>

#include "codec/cpu.h"

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

bool is_name_byte(std::uint8_t byte) noexcept {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte == '_' || byte == '.' || byte == '-';
}

bool begins_path(ByteView content, std::size_t at) noexcept {
    if (at == 0) return true;
    const std::uint8_t before = content[at - 1];
    if (before == '/') return at >= 3 && content[at - 2] == '/' && content[at - 3] == ':';
    if (!is_name_byte(before)) return true;
    // An option of one letter: "-L/opt/env/lib".
    const bool letter = (before >= 'A' && before <= 'Z') || (before >= 'a' && before <= 'z');
    return letter && at >= 2 && content[at - 2] == '-' &&
           (at == 2 || !is_name_byte(content[at - 3]));
}

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
        hits.push_back({.offset = base + hit->offset, .prefix = hit->prefix});
        done = at;
    }
    return std::max(done, judged);
}

// Of two that begin here the longer one: the other goes on within it.
std::optional<Hit> Finder::judge(ByteView piece, std::size_t at) const {
    std::optional<Hit> hit;
    for (std::size_t i = 0; i < paths_.size(); ++i) {
        const std::string& path = paths_[i];
        if (path.size() > piece.size() - at || (hit && path.size() < paths_[hit->prefix].size()))
            continue;
        if (!equal(piece.subspan(at, path.size()), as_bytes(path))) continue;
        const std::size_t end = at + path.size();
        if (end == piece.size() || !is_name_byte(piece[end]))
            hit = Hit{.offset = at, .prefix = static_cast<std::uint8_t>(i)};
    }
    return hit;
}

std::vector<Hit> Finder::find(ByteView content) const {
    std::vector<Hit> hits;
    find(content, 0, Piece::ends, 0, hits);
    return hits;
}

}  // namespace holt::relocation

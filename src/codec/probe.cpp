#include "codec/probe.h"

#include <algorithm>
#include <array>
#include <bit>

#include "base/endian.h"

namespace holt::codec {
namespace {

constexpr std::size_t kWindow = 1024;
constexpr std::size_t kMostWindows = 32;
constexpr std::size_t kSmallest = 4096;
constexpr std::size_t kPlaces = 8;
constexpr std::size_t kSymbols = 256;

// count * log2(count) in units of 2^-16 bit, by squaring: the logarithm's digits one by one.
constexpr std::uint64_t count_times_log(std::uint32_t count) {
    if (count < 2) return 0;
    const int whole = std::bit_width(count) - 1;
    std::uint64_t fraction = 0;
    std::uint64_t x = (std::uint64_t{count} << 31) >> whole;  // 1 <= x < 2 in units of 2^-31
    for (int digit = 0; digit < 16; ++digit) {
        x = x * x >> 31;
        fraction <<= 1;
        if (x >> 32) {
            fraction |= 1;
            x >>= 1;
        }
    }
    return count * ((static_cast<std::uint64_t>(whole) << 16) + fraction);
}

constexpr auto kCountTimesLog = [] {
    std::array<std::uint32_t, kWindow + 1> table{};
    for (std::uint32_t count = 0; count < table.size(); ++count) {
        table[count] = static_cast<std::uint32_t>(count_times_log(count));
    }
    return table;
}();

using Counts = std::array<std::uint16_t, kSymbols>;

// What an entropy coder saves of `total` bytes with these counts, as a part of them: the distance
// of their entropy from that which as many uniform bytes show on average, which is less than 8 bits
// by (256 - 1) / (2 total ln 2) (Miller and Madow).
double entropy_saving(const Counts& counts, std::size_t total) noexcept {
    std::uint64_t sum = 0;
    for (const std::uint32_t count : counts) {
        sum += count < kCountTimesLog.size() ? kCountTimesLog[count] : count_times_log(count);
    }
    const double n = static_cast<double>(total);
    const auto all = count_times_log(static_cast<std::uint32_t>(total));
    const double bits = static_cast<double>(all - sum) / 65536 / n;
    const double uniform = 8 - (kSymbols - 1) / (2 * n * 0.693147);
    return (uniform - bits) / 8;
}

// Counts the bytes of windows by their place in groups of 8.
class Histograms {
  public:
    void add(const std::uint8_t* window) noexcept {
        for (std::size_t at = 0; at < kWindow; at += kPlaces) {
            const std::uint64_t group = load_le<std::uint64_t>(window + at);
            for (std::size_t place = 0; place < kPlaces; ++place) {
                ++by_place_[place][group >> (8 * place) & 0xff];
            }
        }
        bytes_ += kWindow;
    }

    /// What coding the bytes added since the last call saves of them.
    double recent_saving() noexcept {
        Counts all{};
        for (const Counts& counts : by_place_) {
            for (std::size_t i = 0; i < kSymbols; ++i) {
                all[i] = static_cast<std::uint16_t>(all[i] + counts[i]);
            }
        }
        Counts recent;
        for (std::size_t i = 0; i < kSymbols; ++i) {
            recent[i] = static_cast<std::uint16_t>(all[i] - seen_[i]);
        }
        const double saving = entropy_saving(recent, bytes_ - seen_bytes_);
        seen_ = all;
        seen_bytes_ = bytes_;
        return saving;
    }

    /// What coding all bytes saves when each of the 8 places has a code of its own.
    double saving_by_place() const noexcept {
        double saving = 0;
        for (const Counts& counts : by_place_) {
            saving += entropy_saving(counts, bytes_ / kPlaces) / kPlaces;
        }
        return saving;
    }

  private:
    std::array<Counts, kPlaces> by_place_{};
    Counts seen_{};
    std::size_t bytes_ = 0;
    std::size_t seen_bytes_ = 0;
};

// Finds repeats in windows: of 8 bytes or more of what lies anywhere before, through a table of
// evenly spaced positions (a window that repeats meets one of them), and of 5 bytes or more inside
// the window.
class Repeats {
  public:
    explicit Repeats(ByteView data) noexcept
        : data_(data), stride_(std::max(kWindow / 2, data.size() / kMostAnchors + 1)) {
        for (std::size_t at = 0; at + 8 <= data.size(); at += stride_) {
            const std::uint64_t mixed = mix(word(at));
            anchors_[mixed >> (64 - kAnchorBits)] =
                tag(mixed) | static_cast<std::uint32_t>(at / stride_ + 1);
        }
    }

    /// How many bytes of the window at `start` copying would save; a copy costs about 3.
    std::size_t saving(std::size_t start) noexcept {
        constexpr std::size_t kCost = 3;
        std::array<std::uint16_t, std::size_t{1} << kNearBits> near{};
        const std::size_t end = std::min(start + kWindow, data_.size() - 8);
        std::size_t saved = 0;
        std::size_t done = start;  // up to here the window is accounted for
        for (std::size_t at = start; at < end; ++at) {
            const std::uint64_t here = word(at);
            const std::uint64_t mixed = mix(here);
            auto& near_slot = near[mixed >> (64 - kNearBits)];
            const std::size_t near_at = start + near_slot;
            const std::uint32_t anchor = anchors_[mixed >> (64 - kAnchorBits)];
            near_slot = static_cast<std::uint16_t>(at - start);
            std::size_t from = at;
            if ((word(near_at) ^ here) << 24 == 0) from = near_at;
            if ((anchor ^ tag(mixed)) >> 16 == 0) [[unlikely]] {
                const std::size_t anchor_at = ((anchor & 0xffff) - 1) * stride_;
                if ((anchor & 0xffff) != 0 && anchor_at < from && word(anchor_at) == here) {
                    from = anchor_at;
                }
            }
            if (from == at) continue;
            std::size_t first = at;
            while (first > done && from != 0 && data_[first - 1] == data_[from - 1]) {
                --first;
                --from;
            }
            std::size_t length = at - first;
            while (first + length < end && data_[first + length] == data_[from + length]) ++length;
            if (length > kCost) saved += length - kCost;
            at = first + length - 1;
            done = first + length;
        }
        return saved;
    }

  private:
    static constexpr int kAnchorBits = 13;
    static constexpr int kNearBits = 10;
    static constexpr std::size_t kMostAnchors = 4096;

    // Of the first 5 bytes only, so that both tables can use it.
    static std::uint64_t mix(std::uint64_t bytes) noexcept {
        return (bytes << 24) * 0x9e3779b97f4a7c15;
    }
    // What tells an anchor from others in its slot, so that few must be looked up in the data.
    static std::uint32_t tag(std::uint64_t mixed) noexcept {
        return static_cast<std::uint32_t>(mixed >> 16) & 0xffff0000;
    }
    std::uint64_t word(std::size_t at) const noexcept {
        return load_le<std::uint64_t>(data_.data() + at);
    }

    ByteView data_;
    std::size_t stride_;
    std::array<std::uint32_t, std::size_t{1} << kAnchorBits> anchors_{};  // tag, index + 1
};

}  // namespace

Verdict probe(ByteView data) noexcept {
    if (data.size() < kSmallest) return Verdict::worth_compressing;
    const std::size_t windows =
        std::clamp(data.size() / (4 * kWindow), kSmallest / kWindow, kMostWindows);
    const auto start_of = [&](std::size_t window) {
        return window * ((data.size() - kWindow) / (windows - 1)) / kPlaces * kPlaces;
    };
    const double n = static_cast<double>(windows);

    Histograms histograms;
    double saving = 0;
    for (std::size_t window = 0; window < windows; window += 2) {
        const std::size_t last = std::min(window + 1, windows - 1);
        for (std::size_t i = window; i <= last; ++i) histograms.add(data.data() + start_of(i));
        const double recent = histograms.recent_saving();
        saving += std::max(0.0, recent) * static_cast<double>(last + 1 - window) / n;
        if (saving >= kWorthwhile) return Verdict::worth_compressing;
    }
    saving = std::max(saving, histograms.saving_by_place());
    if (saving >= kWorthwhile) return Verdict::worth_compressing;

    Repeats repeats(data);
    for (std::size_t window = 0; window < windows; ++window) {
        saving += static_cast<double>(repeats.saving(start_of(window))) / kWindow / n;
        if (saving >= kWorthwhile) return Verdict::worth_compressing;
    }
    return Verdict::incompressible;
}

}  // namespace holt::codec

#include "base/large_memory.h"

#include <sys/mman.h>

#include <cstdlib>
#include <limits>

namespace holt {
namespace {

constexpr std::size_t kCacheLine = 64;
constexpr std::size_t kHugePage = std::size_t{2} << 20;
/// Below half a huge page the rest of it would be the larger part.
constexpr std::size_t kLeastForHuge = kHugePage / 2;

constexpr std::uintptr_t round_up(std::uintptr_t value, std::size_t unit) noexcept {
    return (value + unit - 1) / unit * unit;
}

}  // namespace

void LargeMemory::Free::operator()(std::uint8_t* memory) const noexcept {
    std::free(memory);
}

bool LargeMemory::allocate(std::size_t size) noexcept {
    whole_.reset();
    if (size > std::numeric_limits<std::ptrdiff_t>::max() - 2 * kHugePage) return false;
    const bool huge = size >= kLeastForHuge;
    const std::size_t unit = huge ? kHugePage : kCacheLine;
    const std::size_t whole = round_up(size, unit);
    // calloc: large pieces come as zero pages that cost nothing until they are touched.
    whole_.reset(static_cast<std::uint8_t*>(std::calloc(1, whole + unit)));
    if (!whole_) return false;
    const auto address = reinterpret_cast<std::uintptr_t>(whole_.get());
    offset_ = round_up(address, unit) - address;
    // A kernel that has none to give, or was built without, leaves everything as it is.
    if (huge) ::madvise(data(), whole, MADV_HUGEPAGE);
    return true;
}

}  // namespace holt

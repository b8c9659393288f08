// Memory for tables and windows that are read at random places: huge pages where the kernel has
// them to give (MADV_HUGEPAGE), because with small ones nearly every look at such a table is also a
// look at the page tables. What it is worth stands in bench/results/build.md. Thread rule: one
// object, one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace holt {

class LargeMemory {
  public:
    /// Replaces what is held by `size` bytes that are zero, beginning at a cache line. False, and
    /// nothing held, when there is no memory. Pages that are not touched cost nothing, but for the
    /// rest of a huge one.
    bool allocate(std::size_t size) noexcept;

    std::uint8_t* data() const noexcept { return whole_ ? whole_.get() + offset_ : nullptr; }
    explicit operator bool() const noexcept { return whole_ != nullptr; }

  private:
    struct Free {
        void operator()(std::uint8_t* memory) const noexcept;
    };
    std::unique_ptr<std::uint8_t, Free> whole_;  // as it was allocated
    std::size_t offset_ = 0;
};

}  // namespace holt

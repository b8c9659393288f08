#include "archive/limits/metadata_budget.h"

#include <algorithm>

namespace holt::store {

Status MetadataBudget::charge(std::uint64_t bytes) {
    if (bytes > allowed_ || used_ > allowed_ - bytes) {
        const std::uint64_t read = archive_bytes_();
        std::uint64_t by_size = 0;
        if (__builtin_mul_overflow(read, max_ratio_, &by_size) ||
            __builtin_add_overflow(by_size, kGrace, &by_size))
            by_size = max_bytes_;
        allowed_ = std::min(max_bytes_, by_size);
        if (bytes > allowed_ || used_ > allowed_ - bytes)
            return fail(ErrorKind::no_space, "import", shown_,
                        "its names and other metadata take over " + std::to_string(allowed_) +
                            " bytes of memory",
                        by_size < max_bytes_ ? AdviceText(Advice::allow_ratio)
                                             : AdviceText(Advice::allow_metadata));
    }
    used_ += bytes;
    return {};
}

}  // namespace holt::store

#include <holt/relocation.hpp>

#include "base/no_throw.h"
#include "relocation/relocation.h"
#include "store/check_relocation.h"

namespace holt {

std::string_view name(RelocationClass kind) noexcept {
    return relocation::name(static_cast<relocation::Class>(kind));
}

Result<RelocationReport> check_relocation(const std::string& folder,
                                          const RelocationCheckOptions& options,
                                          const std::function<void(const RelocationFile&)>& visit,
                                          Observer& observer) {
    return guarded([&] { return store::check_relocation(folder, options, visit, observer); });
}

}  // namespace holt

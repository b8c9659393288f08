// The operation behind holt/relocation.hpp: a folder on disk, as a snapshot that is to be
// relocatable would see it.
#pragma once

#include <holt/relocation.hpp>

namespace holt::store {

Result<RelocationReport> check_relocation(const std::string& folder,
                                          const RelocationCheckOptions& options,
                                          const std::function<void(const RelocationFile&)>& visit,
                                          Observer& observer);

}  // namespace holt::store

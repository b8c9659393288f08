#include <holt/store.hpp>

#include "store/pack_format.h"
#include "store/store_folder.h"

namespace holt {

Formats formats() noexcept {
    return {.store = store::kStoreVersion, .pack = store::kPackVersion};
}

}  // namespace holt

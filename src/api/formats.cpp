#include <holt/store.hpp>

#include "store/disk/store_folder.h"
#include "store/format/pack_format.h"

namespace holt {

Formats formats() noexcept {
    return {.store = store::kStoreVersion, .pack = store::kPackVersion};
}

}  // namespace holt

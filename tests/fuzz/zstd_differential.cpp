// Against libzstd (support/zstd_peer.h).
#include <cstdlib>

#include "support/zstd_peer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static holt::test::ZstdPeer peer;
    if (peer.disagreement({data, size}) != nullptr) std::abort();
    return 0;
}

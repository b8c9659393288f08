// BLAKE3 as its specification says it, with no thought of speed: what every kernel must equal.
// Thread rule: pure.
#pragma once

#include <holt/digest.hpp>
#include "base/bytes.h"

namespace holt::blake3::reference {

Digest hash(ByteView input);

}  // namespace holt::blake3::reference

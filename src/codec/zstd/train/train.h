// Dictionary training: from many small samples, a dictionary in the standard format (RFC 8878
// section 5) that any zstd can use.
//
// The content is chosen as in "Effective Construction of Relative Lempel-Ziv Dictionaries" (Liao,
// Petri, Moffat, Wirth 2016): the samples are cut into as many stretches as the dictionary holds
// segments; of each stretch, the segment is taken whose 8-byte strings occur in most samples and
// are not in the dictionary yet. The tables come from compressing the samples with that content.
// Thread rule: pure.
#pragma once

#include <cstdint>
#include <span>

#include "base/bytes.h"
#include "codec/zstd/format/error.h"

namespace holt::zstd {

/// The smallest dictionary that makes sense, in bytes: its tables take some 200.
inline constexpr std::size_t kMinDictionarySize = 512;

struct TrainOptions {
    std::size_t capacity = std::size_t{110} << 10;  ///< bytes of the dictionary at most
    int level = 3;                                  ///< compression level that it is meant for
    std::size_t segment = 256;                      ///< bytes chosen at a time
    std::uint32_t id = 0;  ///< 0: derived from the content, in the range for private use
};

/// Fails with bad_parameter when there are fewer than 8 samples, or less in them than twice a
/// segment. The result depends on nothing but the arguments.
Expected<Bytes> train_dictionary(std::span<const ByteView> samples, const TrainOptions& options);

}  // namespace holt::zstd

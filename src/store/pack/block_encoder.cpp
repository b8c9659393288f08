#include "store/pack/block_encoder.h"

#include <string>
#include <utility>

#include "codec/probe.h"

namespace holt::store {
namespace {

// DESIGN: a block that shrinks by less than 3% is stored raw, since reading it back then costs a
// copy instead of a decode.
constexpr bool worth_storing_compressed(std::size_t raw, std::size_t compressed) {
    return compressed + raw / 32 <= raw;
}

}  // namespace

Result<EncodedBlock> BlockEncoder::encode(RawBlock block) {
    const std::size_t raw_size = block.raw.size();
    EncodedBlock encoded{.stored = {},
                         .codec = BlockCodec::raw,
                         .raw_size = static_cast<std::uint32_t>(raw_size),
                         .chunks = std::move(block.chunks)};
    if (codec::probe(block.raw) == codec::Verdict::incompressible) {
        encoded.stored = std::move(block.raw);
        return encoded;
    }
    scratch_.resize(zstd::compress_bound(raw_size));
    const auto size = compressor_.compress(block.raw, scratch_);
    if (!size) {
        return fail(ErrorKind::failed, "compress block", "",
                    std::string(zstd::describe(size.error().code)));
    }
    if (worth_storing_compressed(raw_size, *size)) {
        encoded.codec = BlockCodec::zstd;
        encoded.stored.assign(scratch_.begin(),
                              scratch_.begin() + static_cast<std::ptrdiff_t>(*size));
    } else {
        encoded.stored = std::move(block.raw);
    }
    return encoded;
}

}  // namespace holt::store

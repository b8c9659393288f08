// Compression of one large input on several threads, into one ordinary frame.
//
// The input is cut into jobs whose size depends on the level alone. Each job is encoded with the
// end of the one before as history; it begins with fresh entropy tables, and with offsets written
// in full until the decoder's recent distances are known. Hence the output does not depend on the
// number of threads. This is the only place of the codec that starts work on other threads.
// Thread rule: one object, one call at a time.
#pragma once

#include <cstdint>
#include <memory>

#include "codec/zstd/encode/compress.h"

namespace holt::zstd {

class ParallelCompressor {
  public:
    /// `threads`: at most so many work at a time; 0: as many as the machine has.
    explicit ParallelCompressor(EncodeOptions options = {}, unsigned threads = 0);
    ParallelCompressor(ParallelCompressor&&) noexcept;
    ParallelCompressor& operator=(ParallelCompressor&&) noexcept;
    ~ParallelCompressor();

    /// One frame with its content size stated, as Compressor::compress makes it. Beside `output`,
    /// it takes memory for the encoded jobs that wait for their turn.
    Expected<std::size_t> compress(ByteView input, MutableByteView output);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace holt::zstd

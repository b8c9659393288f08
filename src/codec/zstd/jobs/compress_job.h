// One job of a frame that is made of jobs: a stretch of the input, encoded on its own.
//
// The size of a job and how far it looks back into the one before depend on the level alone, so
// that the frame does not depend on who encodes which job. A job but the first begins with fresh
// entropy tables, and with offsets written in full until the decoder's recent distances are known.
// Thread rule: one encoder, one thread at a time.
#pragma once

#include <atomic>
#include <cstddef>
#include <span>

#include "base/bytes.h"
#include "codec/zstd/encode/frame_encode.h"
#include "codec/zstd/match/match_long.h"

namespace holt::zstd {

/// Bytes of input that one job takes.
std::size_t job_size(const MatchParams& params) noexcept;
/// Bytes before a job that it may refer to.
std::size_t job_overlap(const MatchParams& params) noexcept;

struct JobInput {
    ByteView content{};
    /// Bytes before it, contiguous in memory with it: the end of the job before, or a dictionary.
    std::size_t history = 0;
    bool first = false;                         ///< what the decoder has when it begins is known
    bool last = false;                          ///< its last block is the frame's last
    const DictionaryEntropy* tables = nullptr;  ///< of a dictionary, for the first job
    /// Matches found already, which the others are to be found around; null: none are looked for.
    const std::span<const LongMatch>* long_matches = nullptr;
};

/// Encodes the blocks of a job to `out`, which has room for compress_bound(job.content.size())
/// bytes. Returns their length, or 0 when `stop` was set meanwhile. Throws std::bad_alloc.
std::size_t encode_job(FrameEncoder& encoder, const MatchParams& params, const JobInput& job,
                       const std::atomic<bool>& stop, MutableByteView out);

}  // namespace holt::zstd

// A stretch of a deflate stream, decoded for itself into a buffer: from a whole byte between two
// blocks, with no content before it. That is right where the encoder began anew there (a full
// flush); where it did not, a match reaches in front of the stretch, and is refused. What came out
// is content only if the stretch began between two blocks: who asks must know that.
// Thread rule: one object, one thread at a time.
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "codec/cpu.h"
#include "codec/gzip/buffer.h"
#include "codec/gzip/inflate_machine.h"

namespace holt::gzip {

class PartInflater {
  public:
    explicit PartInflater(codec::CpuLevel level = codec::cpu_level());

    struct Part {
        /// Bytes of the stretch up to the last place where it can be gone on from, a whole byte
        /// between two blocks: all of them when it is whole.
        std::size_t good = 0;
        std::uint32_t crc = 0;  ///< of the content up to there, which `content` is cut to
        bool finished = false;  ///< the stream's last block ends there
    };
    /// Stops when there are kMaxContent bytes of content.
    Part decode(ByteView stretch, Buffer& content);
    static constexpr std::size_t kMaxContent = (std::size_t{8} << 20) + (std::size_t{64} << 10);

  private:
    InflateMachine machine_;
};

}  // namespace holt::gzip

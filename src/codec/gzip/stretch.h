// A stretch of a member's deflate stream, from one joint to another (open_end.h), to be decoded for
// itself. Joints are found by their four bytes: nobody has to say where they are, and what wrote
// the stream may have been anything (pigz -i, zlib with Z_FULL_FLUSH). The same four bytes may
// stand inside of a block, above all of a stored one: that a stretch began at a joint is known when
// the one before it was whole, that it ends at one when it is whole itself (inflate_part.h). Thread
// rule: one thread at a time for each object.
#pragma once

#include "codec/gzip/inflate_part.h"
#include "codec/gzip/reader.h"

namespace holt::gzip {

struct Stretch {
    Buffer input{}, content{};
    PartInflater::Part part{};

    struct Limits {
        std::size_t input = std::size_t{4} << 20;  ///< looked at for a joint
        /// It ends at the first joint behind so many bytes, or at its fourth.
        std::size_t enough = std::size_t{64} << 10;
        bool to_the_end = true;  ///< what stands behind the last joint is a stretch, too
    };
    /// Takes a stretch that is worth a job from the reader; false where there is none.
    bool gather(Reader& reader, const Limits& limits);
};

/// Where the first four bytes of a joint at or behind `from` end; 0: there are none.
std::size_t find_joint(ByteView bytes, std::size_t from) noexcept;

}  // namespace holt::gzip

// gzip compression of a stream of any length, on several threads, in bounded memory.
//
// The content is cut into blocks, which are compressed in parallel. Each becomes a part of one
// member's deflate stream: it looks back at nothing before it and ends in a joint, an empty stored
// block, where another reader may begin to decode (inflate_part.h). Every reader of gzip reads such
// a member. Or each block becomes a member of its own that says how long it is (member.h): several
// members in a row are one gzip file (RFC 1952 2.2), but some readers stop behind the first. The
// bytes depend on the options and the content, not on the number of threads nor on how the content
// arrives.
// Memory: a block and its result, twice a thread and once more, and the compressors.
// Thread rule: free functions; each call is independent. Read and Write are called one at a time,
// but not always from the calling thread.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "codec/gzip/error.h"
#include "codec/gzip/levels.h"

namespace holt::gzip {

/// Puts bytes into the buffer and tells how many; 0 only at the end; nothing: give up (`stopped`).
using Read = std::function<std::optional<std::size_t>(MutableByteView)>;
/// Takes bytes. False: give up (`stopped`).
using Write = std::function<bool(ByteView)>;

enum class Layout : std::uint8_t {
    single,  ///< one member, whatever its size
    blocks,  ///< a member for each block, with our length field
    bgzf,    ///< members of 64 KiB with BGZF's field, and its end marker: for htslib
};

struct EncodeOptions {
    int level = kDefaultLevel;
    Layout layout = Layout::single;
    unsigned threads = 0;     ///< at most so many work at a time; 0: as many as the machine has
    std::string name{};       ///< for the first header (not with bgzf); up to its first NUL
    std::uint32_t mtime = 0;  ///< likewise; 0: none
    /// Blocks end where the content says, not at multiples of their size (not with bgzf): what two
    /// inputs have in common is mostly the same bytes in their outputs, which rsync finds.
    bool rsyncable = false;
};

struct EncodeReport {
    std::uint64_t input_bytes = 0, output_bytes = 0;
};

Expected<EncodeReport> compress(const EncodeOptions& options, const Read& read, const Write& write);

}  // namespace holt::gzip

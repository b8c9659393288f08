// gzip compression of a stream of any length, on several threads, in bounded memory.
//
// The content is cut into blocks, and each becomes a gzip member of its own: so blocks are
// compressed in parallel, and can be decompressed in parallel where each member says how long it is
// (member.h). Several members in a row are one gzip file (RFC 1952 2.2). The bytes depend on the
// options and the content, not on the number of threads nor on how the content arrives.
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
    automatic,  ///< content of one block: one plain member; else members with our length field
    blocks,     ///< every member with our length field
    bgzf,       ///< members of 64 KiB with BGZF's field, and its end marker: for htslib
};

struct EncodeOptions {
    int level = kDefaultLevel;
    Layout layout = Layout::automatic;
    unsigned threads = 0;     ///< at most so many work at a time; 0: as many as the machine has
    std::string name{};       ///< for the first header (not with bgzf); up to its first NUL
    std::uint32_t mtime = 0;  ///< likewise; 0: none
};

struct EncodeReport {
    std::uint64_t input_bytes = 0, output_bytes = 0;
};

Expected<EncodeReport> compress(const EncodeOptions& options, const Read& read, const Write& write);

}  // namespace holt::gzip

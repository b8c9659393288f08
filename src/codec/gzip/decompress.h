// gzip decompression (RFC 1952) of a stream of any length, in bounded memory: one member or many,
// from any program. Members that state their size (BGZF, ours of Layout::blocks) are decoded in
// parallel; of all others the deflate streams are decoded one after the other, each in parallel
// where it has joints, as our own have (member_stream.h).
//
// A length that a member states wrongly is no error: the member is decoded as a stream then, as is
// all that follows. So what is accepted does not depend on the extra fields.
// Thread rule: as compress.h.
#pragma once

#include <cstdint>
#include <optional>

#include "codec/gzip/compress.h"
#include "codec/gzip/member.h"

namespace holt::gzip {

/// What stands behind the last member. gzip(1) and we ignore it, and say so.
enum class Trailing : std::uint8_t { none, zeros, garbage };

/// `ready`: the input is there, and reading ahead keeps nobody waiting.
enum class Supply : std::uint8_t { as_it_comes, ready };

struct DecodeOptions {
    unsigned threads = 0;            ///< at most so many work at a time; 0: all of the machine
    std::uint64_t output_limit = 0;  ///< most bytes of content; 0: no limit
    /// Copy what does not begin as a member, first or behind others, instead of refusing or
    /// ignoring it: as `gzip -dcf` does.
    bool pass_through = false;
    Supply supply = Supply::as_it_comes;
    /// Where it is given, what stands behind the last member is neither judged nor ignored: as much
    /// of it as was read is put there.
    Bytes* rest = nullptr;
};

struct DecodeReport {
    std::uint64_t input_bytes = 0;  ///< to the end of the last member
    std::uint64_t output_bytes = 0, members = 0;
    Trailing trailing = Trailing::none;
    std::uint64_t copied_bytes = 0;  ///< by pass_through; part of output_bytes
    Header first{};                  ///< the first member's header
    std::uint32_t last_crc = 0;      ///< the last member's CRC32
};

/// Decodes all members to `write`. Content in front of an error was written already; the error
/// tells how much. `on_header`, if given, is called with the first header before anything is
/// written; false: give up (`stopped`).
Expected<DecodeReport> decompress(const DecodeOptions& options, const Read& read,
                                  const Write& write,
                                  const std::function<bool(const Header&)>& on_header = {});

}  // namespace holt::gzip

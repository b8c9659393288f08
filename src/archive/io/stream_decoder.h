// One compressed stream after another, decoded by a library of the system: what xz, LZMA, lzip,
// bzip2 and lz4 have in common here. Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "archive/io/source.h"

namespace holt::store {

class StreamDecoder {
  public:
    struct Step {
        std::size_t consumed = 0, produced = 0;
    };
    enum class Input : std::uint8_t { goes_on, ends };

    virtual ~StreamDecoder() = default;
    /// Takes some of `in`, and puts some into `out`. Neither is possible only at the end.
    virtual Result<Step> run(ByteView in, MutableByteView out, Input input) = 0;
    /// True where the input may end: behind a whole stream.
    virtual bool at_boundary() const = 0;
    /// Behind a whole stream: in words, why the rest is none; empty while it may be one.
    virtual std::string_view ignored() const { return {}; }
};

/// `shown`: the archive, for messages; `kind`: xz, lzma or lzip. `failed` where the library is
/// missing.
Result<std::unique_ptr<StreamDecoder>> make_lzma_decoder(ArchiveKind kind, std::uint64_t memory,
                                                         const std::string& shown);
Result<std::unique_ptr<StreamDecoder>> make_bzip2_decoder(const std::string& shown);
Result<std::unique_ptr<StreamDecoder>> make_lz4_decoder(const std::string& shown);

/// What a damaged stream is.
inline std::unexpected<Error> damaged_stream(const std::string& shown, const char* cause) {
    return fail(ErrorKind::corrupt, "decompress", shown, cause, Advice::get_whole_copy);
}

}  // namespace holt::store

// Compression of a stream in jobs, on several threads, into one ordinary frame.
//
// Input is read into a ring of slots, one for each job. While jobs are encoded, the calling thread
// reads the next ones, looks for long matches in them, and writes what is done in order. The memory
// is a few jobs for each thread, and with long matches their window besides, whatever the input's
// length. The frame depends on the input, the options and whether the length is known, not on the
// number of threads, nor on the sizes of the pieces in which the input comes.
// Thread rule: one object, one call at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "codec/zstd/encode/compress.h"
#include "codec/zstd/format/tuning.h"

namespace holt::zstd {

struct JobStreamOptions {
    EncodeOptions encode{};
    /// Threads that encode, beside the calling one. 0: none; it does everything itself.
    unsigned threads = 1;
    /// Repeats are looked for in a window of 2^this bytes; 0: in the level's own.
    unsigned long_window_log = 0;
    /// The content's length in bytes, when it is known: any other is wrong_size.
    std::optional<std::uint64_t> content_size{};
    bool state_size = true;  ///< put a length that is known into the frame header
    const EncodeDictionary* dictionary = nullptr;  ///< has to outlive this
    bool state_dictionary = true;                  ///< put its id into the frame header
    /// Jobs end where the content says and refer to nothing before them. Not with a long window or
    /// a reference.
    bool cut_by_content = false;
    /// Content that the input resembles, and that its reader gets as a raw dictionary; instead of a
    /// dictionary. Its repeats are found at any distance, which the window is made for. Has to
    /// outlive this.
    ByteView reference{};
    Tuning tuning{};
};

class JobStream {
  public:
    explicit JobStream(const JobStreamOptions& options);
    JobStream(JobStream&&) noexcept;
    JobStream& operator=(JobStream&&) noexcept;
    ~JobStream();

    /// Called on the calling thread only. `read` puts at least one byte at the front of what it is
    /// given and returns how many, 0 at the end of the input. `write` takes the next bytes of the
    /// frame. `stop` is asked now and then while there is nothing to read. Whoever returns nothing,
    /// false, or true respectively ends it all with ErrorCode::stopped.
    struct Caller {
        std::function<std::optional<std::size_t>(MutableByteView)> read;
        std::function<bool(ByteView)> write;
        std::function<bool()> stop;
    };
    /// One frame of all the input. Returns the input's length in bytes.
    Expected<std::uint64_t> run(const Caller& caller);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace holt::zstd

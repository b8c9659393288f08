// What every filter over files does around its codec: opens and looks at the input, refuses what
// would lose data, writes the output so that it appears whole or not at all, hands on mode, owner
// and time, and removes the input last. Thread rule: free functions.
#pragma once

#include <holt/cancel.hpp>
#include <holt/error.hpp>
#include <holt/observer.hpp>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "fs/stat.h"

namespace holt::api {

/// An input that was opened and looked at.
struct FilterSource {
    int fd = -1;
    std::string shown;
    fs::FileStat stat;
    Time atime{};  ///< before this read it
    /// Bytes that were read already and come before what `fd` gives.
    Bytes ahead{};
    /// Everything is read from its first byte on: it was opened here. A caller's descriptor may
    /// stand anywhere.
    bool whole = false;

    bool regular() const noexcept { return stat.kind == fs::Kind::file; }
    /// Bytes, for progress; 0: not known.
    std::uint64_t size() const noexcept { return regular() ? stat.size : 0; }
};

/// Takes what comes out.
using FilterSink = std::function<Status(ByteView)>;

/// Whether blocks of zeros become holes.
enum class Holes : std::uint8_t {
    none,
    in_new_files,
    /// In a regular file behind a caller's descriptor, too: one that is not opened to append.
    anywhere
};

/// What is to be done and how; the codec is in `run`.
struct Filter {
    std::string operation;  ///< "compress", "decompress", "test": for messages
    bool writes = true;     ///< false: nothing comes out, and no output is touched
    bool overwrite = false;
    bool remove_source = false;
    bool synchronous = false;
    Holes holes = Holes::none;
    bool keeps_atime = false;  ///< a new output gets the input's access time, too
    const Cancel* cancel = nullptr;
    std::function<Status(const FilterSource&, const FilterSink&)> run;
    /// Asked after `run`: the output's mtime where it is not to be the input's.
    std::function<std::optional<Time>()> mtime = {};
};

Status filter_stream(int in, const std::string& in_name, int out, const std::string& out_name,
                     const Filter& filter);
Status filter_from_file(const std::string& input, int out, const std::string& out_name,
                        const Filter& filter);
Status filter_to_file(int in, const std::string& in_name, const std::string& output,
                      const Filter& filter, Observer& observer);
Status filter_file(const std::string& input, const std::string& output, const Filter& filter,
                   Observer& observer);

/// Several inputs, one behind the other, into one new file. "-" is descriptor 0, shown as
/// `stdin_name`. `each` is told of every input; false ends it, and nothing is written. An input
/// that cannot be opened is passed over; one that fails in its middle ends it.
Status filter_files(const std::vector<std::string>& inputs, const std::string& stdin_name,
                    const std::string& output, const Filter& filter,
                    const std::function<bool(const std::string&, const Status&)>& each);

/// The source with its first bytes looked at: `least` or more of them in `ahead`, unless the input
/// is shorter.
Result<FilterSource> with_bytes_ahead(FilterSource source, std::size_t least, const Cancel* cancel);

/// Reads an input buffer by buffer, tells how far it is, and hears the caller's wish to stop.
class FilterReader {
  public:
    FilterReader(const FilterSource& source, std::string stage, const Cancel* cancel,
                 Observer& observer)
        : source_(source), stage_(std::move(stage)), cancel_(cancel), observer_(observer) {}

    /// The number of bytes put into `into`; 0 at the end only.
    Result<std::size_t> read(MutableByteView into);
    /// Reads more behind the `got` bytes of `into` until there are `least`, or the end; how many.
    Result<std::size_t> read_on(MutableByteView into, std::size_t got, std::size_t least);
    /// The error of a call that the caller wished to stop.
    std::unexpected<Error> cancelled() const;
    std::uint64_t total() const noexcept { return total_; }
    /// Of the bytes that were read ahead, those that nobody took yet.
    ByteView untaken() const noexcept { return ByteView(source_.ahead).subspan(ahead_used_); }

  private:
    const FilterSource& source_;
    const std::string stage_;
    const Cancel* cancel_;
    Observer& observer_;
    std::uint64_t total_ = 0;
    std::size_t ahead_used_ = 0;
};

}  // namespace holt::api

// The in-tree zstd codec as a filter over descriptors and files: the standard .zst format, and
// gzip's on the way, as the zstd program has it.
//
// A damaged or cut-off input is ErrorKind::corrupt, a window over the limit, a false content size
// or a missing dictionary ErrorKind::unsafe_input; each names the input and the byte. Several
// frames in a row are one content; skippable frames are passed over; anything else behind a frame
// is an error. Thread rule: free functions; each call is independent.
#pragma once

#include <holt/export.h>
#include <holt/cancel.hpp>
#include <holt/error.hpp>
#include <holt/observer.hpp>
#include <holt/zstd/memory.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace holt {

enum class ZstdMode : std::uint8_t { compress, decompress, test };

/// What compression makes. Decompression finds out what it is given.
enum class ZstdFormat : std::uint8_t { zstd, gzip };

/// Whether blocks of zeros become holes of the output.
enum class ZstdSparse : std::uint8_t {
    automatic,  ///< when a file is decompressed to a name
    never,
    always  ///< and into a regular file behind a descriptor that is not opened to append
};

/// Compression: what the level would choose otherwise; 0: as it chooses. What is out of an
/// encoder's range is taken as the nearest that is in it.
struct ZstdTuning {
    unsigned strategy = 0;  ///< 1 (fast) to 9 (the most thorough)
    unsigned window_log = 0;
    unsigned hash_log = 0;
    unsigned search_log = 0;
    unsigned target_length = 0;
};

struct ZstdOptions {
    ZstdMode mode = ZstdMode::compress;
    int level = 0;         ///< 0: the default
    bool checksum = true;  ///< write a content checksum, and check those that are read
    std::uint64_t window_limit = std::uint64_t{128}
                                 << 20;  ///< decompression: largest window, bytes
    std::string dictionary{};            ///< path of a dictionary, trained or raw content, or empty
    bool state_dictionary_id = true;     ///< compression: put its id into the frame
    /// Path of a file that the content resembles, or empty: what is in it is not stored again. Both
    /// ways; instead of a dictionary. Memory for all of it is taken, up to 1 GiB.
    std::string patch_from{};
    ZstdFormat format = ZstdFormat::zstd;
    ZstdTuning tuning{};
    ZstdSparse sparse = ZstdSparse::automatic;
    /// Compression: threads beside the calling one, which reads and writes; 0: one for each core,
    /// which are also the most.
    /// The output is the same for any number.
    unsigned threads = 1;
    bool single_thread = false;  ///< the calling thread does everything, with the same output
    /// Compression: repeats are looked for in a window of 2^this bytes, 10 to 31 (which is taken as
    /// 30, the most that is used); 0: in the level's own. Whoever reads it needs as much memory.
    unsigned long_window_log = 0;
    /// Compression of a stream: its length in bytes, if the caller knows it; any other is an error.
    std::optional<std::uint64_t> stream_size{};
    /// Compression: jobs of about a megabyte end where the content says and refer to nothing before
    /// them, so that rsync finds what two outputs have in common. Not with a long window or a
    /// reference.
    bool rsyncable = false;
    bool state_size = true;      ///< compression: state a length that is known in the frame
    bool pass_through = false;   ///< decompression: input of no known format is copied as it is
    bool overwrite = false;      ///< zstd_file: replace an existing output
    bool remove_source = false;  ///< zstd_file: remove the input after success
    const Cancel* cancel = nullptr;
};

struct ZstdReport {
    std::uint64_t input_bytes = 0, output_bytes = 0;
};

/// Reads descriptor `in` to its end and writes the result to `out`; neither is closed. The names
/// are for messages. With `test`, nothing is written. A regular file is refused as its own output.
HOLT_API Result<ZstdReport> zstd_stream(int in, const std::string& in_name, int out,
                                        const std::string& out_name, const ZstdOptions&, Observer&);

/// The same from a file.
HOLT_API Result<ZstdReport> zstd_from_file(const std::string& input, int out,
                                           const std::string& out_name, const ZstdOptions&,
                                           Observer&);

/// From a descriptor into a file, as zstd_file writes it, but with the mode of any new file.
HOLT_API Result<ZstdReport> zstd_to_file(int in, const std::string& in_name,
                                         const std::string& output, const ZstdOptions&, Observer&);

/// One file into another, which appears whole or not at all, with the input's permissions, group,
/// mtime (and owner, as root), never with setuid, setgid or sticky. Where the group is refused, its
/// permissions are left away. The two must not be the same file. An existing output is refused
/// unless `overwrite`; one that is a device or a FIFO is written to. An empty `output` is allowed
/// with `test` only. With `remove_source` the output is on the disk before the input is removed;
/// where the output is no file the input stays.
HOLT_API Result<ZstdReport> zstd_file(const std::string& input, const std::string& output,
                                      const ZstdOptions&, Observer&);

/// Told of each input of zstd_files(). Returning false ends it, and nothing is written.
using ZstdEach = std::function<bool(const std::string& input, const Result<ZstdReport>&)>;

/// Several files, one behind the other, into one new file, which appears whole or not at all. "-"
/// is descriptor 0. Inputs that cannot be opened are passed over; one that fails later ends it. No
/// input is removed, and nothing of one is handed on but its content.
HOLT_API Status zstd_files(const std::vector<std::string>& inputs, const std::string& output,
                           const ZstdOptions&, Observer&, const ZstdEach& each);

}  // namespace holt

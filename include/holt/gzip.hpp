// gzip as a filter over descriptors and files: RFC 1952, any number of members, on several threads.
//
// What is written is one member, which every reader of gzip reads whole; its deflate stream has
// places where a reader can begin, so that it can be decompressed in parallel. A damaged or cut-off
// input is ErrorKind::corrupt and names the member, the byte, and how much came out before it;
// content over `output_limit` is ErrorKind::no_space. What stands behind the last member is
// ignored, as gzip(1) does, and reported. Thread rule: free functions; each call is independent.
// The Observer is called from one thread at a time, not always the calling one.
#pragma once

#include <holt/export.h>
#include <holt/cancel.hpp>
#include <holt/error.hpp>
#include <holt/observer.hpp>
#include <holt/time.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace holt {

enum class GzipMode : std::uint8_t { compress, decompress, test };

enum class GzipLayout : std::uint8_t {
    single,  ///< one member
    blocks,  ///< a member for each block, each of which states its length
    bgzf,    ///< BGZF, as bgzip and htslib have it: members of 64 KiB, an end marker
};

/// What stands behind the last member.
enum class GzipTrailing : std::uint8_t { none, zeros, garbage };

struct GzipOptions {
    GzipMode mode = GzipMode::compress;
    int level = 0;  ///< 0: the default
    GzipLayout layout = GzipLayout::single;
    unsigned threads = 0;  ///< at most so many work at a time; 0: as many as the machine has
    /// Compression: store the input's name, when it has one, and its time; decompression: give the
    /// output the stored time. The stored name is the caller's to use (gzip_header()).
    bool keep_name = false, keep_time = false;
    /// Compression: where blocks end depends on the content around, so that rsync finds what two
    /// outputs have in common.
    bool rsyncable = false;
    std::uint64_t output_limit = 0;  ///< decompression: most bytes of content; 0: no limit
    /// Decompression: what does not begin as gzip does, the input or what stands behind its last
    /// member, is copied as it is.
    bool pass_through = false;
    bool overwrite = false;      ///< replace an existing output
    bool remove_source = false;  ///< gzip_file: remove the input after success
    bool synchronous = false;    ///< gzip_file: force the output to the disk before returning
    const Cancel* cancel = nullptr;
};

/// The first member's header.
struct GzipHeader {
    std::string name;         ///< raw bytes, as stored: may hold slashes; empty: none
    std::uint32_t mtime = 0;  ///< seconds since 1970; 0: none
    std::uint64_t bytes = 0;  ///< its length, with the trailer's 8 bytes
};

struct GzipReport {
    std::uint64_t input_bytes = 0, output_bytes = 0;
    std::uint64_t members = 0;  ///< decompression
    std::uint32_t crc = 0;      ///< decompression: the last member's CRC32
    GzipHeader header{};
    GzipTrailing trailing = GzipTrailing::none;
    std::uint64_t copied_bytes = 0;  ///< of the output, those that pass_through copied
};

/// The level range that `GzipOptions::level` takes besides 0.
struct GzipLevels {
    int min, max, standard;
};
HOLT_API GzipLevels gzip_levels() noexcept;

/// Reads descriptor `in` to its end and writes the result to `out`; neither is closed. The names
/// are for messages. With `test`, nothing is written. A regular file is refused as its own output.
HOLT_API Result<GzipReport> gzip_stream(int in, const std::string& in_name, int out,
                                        const std::string& out_name, const GzipOptions&, Observer&);

/// The same from a file.
HOLT_API Result<GzipReport> gzip_from_file(const std::string& input, int out,
                                           const std::string& out_name, const GzipOptions&,
                                           Observer&);

/// One file into another, which appears whole or not at all, with the input's permissions, group,
/// times (and owner, as root), never with setuid, setgid or sticky. Where the group is refused, its
/// permissions are left away. The two must not be the same file. An existing output is refused
/// (sys_errno EEXIST) unless `overwrite`; one that is a device or a FIFO is written to. An empty
/// `output` is allowed with `test` only. With `remove_source` the output is on the disk before the
/// input is removed; where the output is no file the input stays.
HOLT_API Result<GzipReport> gzip_file(const std::string& input, const std::string& output,
                                      const GzipOptions&, Observer&);

/// The first header of a compressed file.
HOLT_API Result<GzipHeader> gzip_header(const std::string& path);

/// What a name given to gzip stands for.
struct GzipInput {
    enum class Kind : std::uint8_t { file, folder, symlink, other };
    Kind kind = Kind::file;
    std::uint16_t mode = 0;   ///< 07777
    std::uint32_t links = 1;  ///< names that the file has
    std::uint64_t size = 0;
    Time mtime{};
};
enum class GzipFollow : std::uint8_t { no, yes };
/// A file that is not there is ErrorKind::failed with sys_errno ENOENT.
HOLT_API Result<GzipInput> gzip_look(const std::string& path, GzipFollow follow);
/// The names in a folder, sorted.
HOLT_API Result<std::vector<std::string>> gzip_names(const std::string& folder);

}  // namespace holt

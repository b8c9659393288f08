// What is to be done with .zst files besides filtering: telling what is in them, training
// dictionaries for many small inputs, and measuring levels on one's own data.
//
// Errors are those of holt/zstd.hpp. Thread rule: free functions; each call is independent.
#pragma once

#include <holt/export.h>
#include <holt/cancel.hpp>
#include <holt/error.hpp>
#include <holt/observer.hpp>
#include <holt/zstd.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace holt {

/// One frame of a file, as its headers tell; its content is not looked at.
struct ZstdFrame {
    std::uint64_t offset = 0;                     ///< of its first byte in the file
    std::uint64_t size = 0;                       ///< bytes in the file
    bool skippable = false;                       ///< other people's data, no content
    std::optional<std::uint64_t> content_size{};  ///< bytes, when the frame states it
    std::uint64_t window_size = 0;                ///< bytes that a reader has to keep
    std::uint32_t dictionary_id = 0;              ///< 0: none stated
    std::optional<std::uint32_t> checksum{};      ///< of the content: the low half of its xxHash64
};

/// Tells of each frame of a file in order. What follows the last whole frame is
/// ErrorKind::corrupt.
HOLT_API Status zstd_list(const std::string& path,
                          const std::function<void(const ZstdFrame&)>& each,
                          const Cancel* cancel = nullptr);

/// What the encoder works with: the meaning is that of the settings of the zstd program.
struct ZstdParameters {
    unsigned window_log = 0, chain_log = 0, hash_log = 0, search_log = 0;
    unsigned min_match = 0, target_length = 0;
    unsigned strategy = 0;  ///< 1 to 9
};

/// What is chosen for a level (0: the default) and an input of `size` bytes, if that is known.
HOLT_API ZstdParameters zstd_parameters(int level, std::optional<std::uint64_t> size,
                                        const ZstdTuning& tuning = {}) noexcept;

struct ZstdTrainOptions {
    std::uint64_t max_size = std::uint64_t{110} << 10;  ///< bytes of the dictionary at most
    std::uint32_t id = 0;                               ///< 0: derived from the content
    int level = 0;                 ///< compression level that it is meant for; 0: the default
    std::size_t segment = 0;       ///< bytes that are chosen at a time; 0: the default
    std::uint64_t block_size = 0;  ///< each file is so many bytes after so many; 0: one sample
    /// Bytes of samples at most. Of more, some are left out, evenly.
    std::uint64_t memory_limit = std::uint64_t{2} << 30;
    const Cancel* cancel = nullptr;
};

struct ZstdTrained {
    std::uint64_t samples = 0, sample_bytes = 0;
    std::uint64_t offered_bytes = 0;  ///< with the samples that were left out
    std::uint64_t size = 0;           ///< bytes of the dictionary
    std::uint32_t id = 0;
};

/// Makes a dictionary of the first 128 KiB of each sample and writes it to `output`, which appears
/// whole or not at all and replaces what is there. Fewer than 8 samples, or next to nothing in
/// them, are ErrorKind::usage.
HOLT_API Result<ZstdTrained> zstd_train(const std::vector<std::string>& samples,
                                        const std::string& output, const ZstdTrainOptions&,
                                        Observer&);

struct ZstdBenchOptions {
    int first_level = 0, last_level = 0;  ///< 0: the default
    double seconds = 3;                   ///< that each way is measured for, at least once
    /// As ZstdOptions has them; beyond one thread or with a long window, the files are compressed
    /// as streams. Decompression is measured on one thread.
    unsigned threads = 1;
    unsigned long_window_log = 0;
    std::string dictionary{};
    bool checksum = false;
    std::uint64_t block_size = 0;   ///< each file is cut into so many bytes; 0: it is one
    bool decompress_only = false;   ///< the files are .zst files, which are only decompressed
    unsigned compressibility = 50;  ///< of what is made up where no file is named, percent
    const Cancel* cancel = nullptr;
};

struct ZstdMeasure {
    int level = 0;
    std::uint64_t input_bytes = 0, output_bytes = 0;
    double compress_rate = 0, decompress_rate = 0;  ///< bytes of content a second, best round
};

/// Compresses the files, each into a frame of its own, in memory at each level, and decompresses
/// them again, with the results compared. Tells of each level as soon as it is done. Without files,
/// 10 MB are made up.
HOLT_API Status zstd_bench(const std::vector<std::string>& files, const ZstdBenchOptions&,
                           const std::function<void(const ZstdMeasure&)>& each);

}  // namespace holt

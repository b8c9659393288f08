#include <holt/zstd/tools.hpp>

#include <algorithm>
#include <chrono>
#include <random>

#include "api/zstd_pump.h"
#include "base/no_throw.h"
#include "codec/zstd/decode/decompress.h"
#include "codec/zstd/encode/compress.h"
#include "codec/zstd/jobs/compress_job_stream.h"
#include "codec/zstd/jobs/compress_workers.h"
#include "codec/zstd/match/match_long.h"
#include "fs/file.h"

namespace holt {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMemoryLimit = std::size_t{4} << 30;

struct Loaded {
    std::string path;
    Bytes content{}, frame{}, back{};
    std::size_t frame_size = 0;
};

/// The file as a stream would be compressed, from memory into memory.
zstd::Expected<std::size_t> compress_as_stream(zstd::JobStream& stream, Loaded& file) {
    std::size_t read = 0, written = 0;
    const auto made =
        stream.run({.read = [&](MutableByteView into) -> std::optional<std::size_t> {
                        const std::size_t size = std::min(into.size(), file.content.size() - read);
                        std::copy_n(file.content.data() + read, size, into.data());
                        read += size;
                        return size;
                    },
                    .write =
                        [&](ByteView bytes) {
                            if (bytes.size() > file.frame.size() - written) return false;
                            std::copy_n(bytes.data(), bytes.size(), file.frame.data() + written);
                            written += bytes.size();
                            return true;
                        },
                    .stop = [] { return false; }});
    if (!made) return std::unexpected(made.error());
    return written;
}

class Bench {
  public:
    Bench(std::vector<Loaded> files, const ZstdBenchOptions& options)
        : files_(std::move(files)), options_(options) {
        for (const Loaded& file : files_) total_ += file.content.size();
    }

    Status load_dictionary() {
        if (options_.dictionary.empty()) return {};
        HOLT_TRY_LET(bytes, api::read_dictionary(options_.dictionary));
        auto encode = zstd::EncodeDictionary::load(bytes);
        if (!encode)
            return api::codec_error(encode.error(), "load dictionary", options_.dictionary);
        auto decode = zstd::DecodeDictionary::load(bytes);
        if (!decode)
            return api::codec_error(decode.error(), "load dictionary", options_.dictionary);
        encode_dictionary_ = std::move(*encode);
        decode_dictionary_ = std::move(*decode);
        return {};
    }

    Result<ZstdMeasure> measure(int level) {
        ZstdMeasure measure{.level = level, .input_bytes = total_};
        double compress_rate = 0;
        if (!options_.decompress_only) {
            HOLT_TRY_LET(rate, best_rate([&] { return compress_all(level); }));
            compress_rate = rate;
        }
        HOLT_TRY_LET(decompress_rate, best_rate([&] { return decompress_all(); }));
        HOLT_TRY(compare());  // not within what is timed
        measure.compress_rate = compress_rate;
        measure.decompress_rate = decompress_rate;
        for (const Loaded& file : files_) measure.output_bytes += file.frame_size;
        return measure;
    }

  private:
    /// Runs `round` again and again for the time given, at least once.
    template <class Round>
    Result<double> best_rate(Round round) {
        double best = 0;
        const Clock::time_point begin = Clock::now();
        do {
            if (options_.cancel != nullptr && options_.cancel->requested())
                return fail(ErrorKind::cancelled, "measure", "", "stopped before the end");
            const Clock::time_point start = Clock::now();
            HOLT_TRY(round());
            const double took = std::chrono::duration<double>(Clock::now() - start).count();
            best = std::max(best, static_cast<double>(total_) / std::max(took, 1e-9));
        } while (std::chrono::duration<double>(Clock::now() - begin).count() < options_.seconds);
        return best;
    }

    Status compress_all(int level) {
        const zstd::EncodeOptions encode = {.level = level, .checksum = options_.checksum};
        if (options_.threads != 1 || options_.long_window_log > 0) return stream_all(encode);
        if (!compressor_ || level_ != level) compressor_.emplace(encode);
        level_ = level;
        for (Loaded& file : files_) {
            const auto made = encode_dictionary_ ? compressor_->compress(file.content, file.frame,
                                                                         *encode_dictionary_)
                                                 : compressor_->compress(file.content, file.frame);
            if (!made) return api::codec_error(made.error(), "compress", file.path);
            file.frame_size = *made;
        }
        return {};
    }

    Status stream_all(const zstd::EncodeOptions& encode) {
        for (Loaded& file : files_) {
            zstd::JobStream stream(
                {.encode = encode,
                 .threads = zstd::useful_threads(options_.threads),
                 .long_window_log = std::min(options_.long_window_log, zstd::kMaxLongWindowLog),
                 .content_size = file.content.size(),
                 .dictionary = encode_dictionary_ ? &*encode_dictionary_ : nullptr});
            const auto made = compress_as_stream(stream, file);
            if (!made) return api::codec_error(made.error(), "compress", file.path);
            file.frame_size = *made;
        }
        return {};
    }

    Status decompress_all() {
        for (Loaded& file : files_) {
            const auto made =
                decompressor_.decompress(ByteView(file.frame).first(file.frame_size), file.back,
                                         decode_dictionary_ ? &*decode_dictionary_ : nullptr);
            if (!made) return api::codec_error(made.error(), "decompress", file.path);
            if (*made != file.content.size()) return differs(file);
        }
        return {};
    }

    Status compare() const {
        for (const Loaded& file : files_)
            if (file.content != file.back) return differs(file);
        return {};
    }

    static std::unexpected<Error> differs(const Loaded& file) {
        return fail(ErrorKind::corrupt, "decompress", file.path,
                    "the content is not what was compressed",
                    "report this, with the file if you can");
    }

    std::vector<Loaded> files_;
    const ZstdBenchOptions& options_;
    std::optional<zstd::EncodeDictionary> encode_dictionary_;
    std::optional<zstd::DecodeDictionary> decode_dictionary_;
    std::optional<zstd::Compressor> compressor_;
    int level_ = 0;
    zstd::Decompressor decompressor_;
    std::uint64_t total_ = 0;
};

Loaded to_compress(const std::string& path, ByteView content) {
    Loaded loaded{.path = path, .content = {content.begin(), content.end()}};
    loaded.frame.resize(zstd::compress_bound(content.size()));
    loaded.back.resize(content.size());
    return loaded;
}

/// A .zst file, with its content found by decompressing it once.
Result<Loaded> to_decompress(const std::string& path, Bytes frames, std::size_t most,
                             const ZstdBenchOptions& options) {
    std::optional<zstd::DecodeDictionary> dictionary;
    if (!options.dictionary.empty()) {
        HOLT_TRY_LET(bytes, api::read_dictionary(options.dictionary));
        auto made = zstd::DecodeDictionary::load(bytes);
        if (!made) return api::codec_error(made.error(), "load dictionary", options.dictionary);
        dictionary = std::move(*made);
    }
    zstd::DecompressStream stream({.window_limit = kMemoryLimit},
                                  dictionary ? &*dictionary : nullptr);
    Loaded loaded{.path = path, .frame = std::move(frames)};
    loaded.frame_size = loaded.frame.size();
    Bytes piece(std::size_t{1} << 20);
    ByteView input = loaded.frame;
    for (bool more = true; more;) {
        const auto progress = stream.run(input, piece);
        if (!progress) return api::codec_error(progress.error(), "decompress", path);
        loaded.content.insert(loaded.content.end(), piece.begin(),
                              piece.begin() + static_cast<std::ptrdiff_t>(progress->produced));
        if (loaded.content.size() > most)
            return fail(ErrorKind::no_space, "decompress", path, "the content is over 4 GiB");
        input = input.subspan(progress->consumed);
        more = !input.empty() || progress->produced == piece.size();
    }
    if (!stream.at_frame_boundary())
        return api::codec_error({zstd::ErrorCode::truncated, loaded.frame_size}, "decompress",
                                path);
    loaded.back.resize(loaded.content.size());
    return loaded;
}

/// Bytes of which so many of a hundred lie in a repeat of something near.
Bytes made_up(unsigned compressibility) {
    constexpr std::size_t kSize = 10'000'000;
    constexpr std::size_t kPiece = 16, kNear = 32 << 10;
    std::mt19937 random(1);
    Bytes bytes;
    bytes.reserve(kSize + kPiece);
    while (bytes.size() < kSize) {
        const bool repeats = random() % 100 < compressibility && bytes.size() > kPiece;
        const std::size_t reach = repeats ? std::min(kNear, bytes.size() - kPiece) : 1;
        const std::size_t from = repeats ? bytes.size() - kPiece - random() % reach : 0;
        for (std::size_t i = 0; i < kPiece; ++i)
            bytes.push_back(repeats ? bytes[from + i] : static_cast<std::uint8_t>(random()));
    }
    bytes.resize(kSize);
    return bytes;
}

Result<std::vector<Loaded>> load(const std::vector<std::string>& paths,
                                 const ZstdBenchOptions& options) {
    std::vector<Loaded> files;
    if (paths.empty()) {
        files.push_back(to_compress("", made_up(options.compressibility)));
        return files;
    }
    std::size_t left = kMemoryLimit;
    for (const std::string& path : paths) {
        HOLT_TRY_LET(file, fs::open_path(path));
        HOLT_TRY_LET(bytes, fs::read_all(file.get(), left, path));
        left -= bytes.size();
        if (options.decompress_only) {
            HOLT_TRY_LET(loaded, to_decompress(path, std::move(bytes), left, options));
            left -= loaded.content.size();
            files.push_back(std::move(loaded));
            continue;
        }
        ByteView rest = bytes;
        const std::size_t block = options.block_size > 0 ? options.block_size : bytes.size();
        do {
            files.push_back(to_compress(path, rest.first(std::min(block, rest.size()))));
            rest = rest.subspan(std::min(block, rest.size()));
        } while (!rest.empty());
    }
    return files;
}

}  // namespace

Status zstd_bench(const std::vector<std::string>& paths, const ZstdBenchOptions& options,
                  const std::function<void(const ZstdMeasure&)>& each) {
    return guarded([&]() -> Status {
        HOLT_TRY_LET(files, load(paths, options));
        Bench bench(std::move(files), options);
        HOLT_TRY(bench.load_dictionary());
        const int first = options.first_level == 0 ? zstd::kDefaultLevel : options.first_level;
        const int last = std::max(first, options.last_level);
        for (int level = first; level <= last; ++level) {
            if (level == 0) continue;  // between -1 and 1 there is no level
            HOLT_TRY_LET(measure, bench.measure(level));
            each(measure);
            if (options.decompress_only) break;
        }
        return {};
    });
}

}  // namespace holt

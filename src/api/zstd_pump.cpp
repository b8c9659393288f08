#include "api/zstd_pump.h"

#include <algorithm>

#include "api/threads.h"
#include "codec/zstd/jobs/compress_job_stream.h"
#include "codec/zstd/jobs/compress_workers.h"
#include "codec/zstd/match/match_long.h"
#include "fs/buffer_pool.h"
#include "fs/file.h"

namespace holt::api {
namespace {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;
/// The largest dictionary that the zstd program makes or takes.
constexpr std::size_t kDictionaryLimit = std::size_t{32} << 20;
/// As far as matches reach.
constexpr std::size_t kReferenceLimit = std::size_t{1} << zstd::kMaxLongWindowLog;
/// RFC 8878 3.1.1.1: the longest frame header, its magic number included.
constexpr std::size_t kLongestFrameHeader = 18;
constexpr std::size_t kMagicSize = 4;

/// What a decoder's error means for the whole input, of which `head` are the first bytes.
std::unexpected<Error> decode_error(const zstd::Error& error, const FilterSource& source,
                                    ByteView head) {
    auto made = codec_error(error, "decompress", source.shown);
    if (error.code != zstd::ErrorCode::window_too_large) return made;
    const auto info = zstd::read_frame_info(head);
    if (!info || info->skippable || error.input_offset > head.size()) return made;
    const std::uint64_t mib = (info->window_size + kMiB - 1) / kMiB;
    made.error().cause = "it needs a window of " + std::to_string(mib) + " MiB, over the limit";
    advise(made.error(), {Advice::allow_memory, mib});
    return made;
}

/// Behind whole frames, where another one would begin, stands something else.
bool is_behind_frames(const zstd::Error& error) noexcept {
    return error.code == zstd::ErrorCode::bad_magic && error.input_offset > 0;
}

/// The last bytes before those at hand: a magic number may lie across two readings.
class Recent {
  public:
    void keep(ByteView bytes) {
        bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
        if (bytes_.size() > kMagicSize)
            bytes_.erase(bytes_.begin(), bytes_.end() - std::ptrdiff_t{kMagicSize});
    }
    /// All from `offset` of the input to its `end` so far, of which `at_hand` is the last part.
    Bytes from(std::uint64_t offset, std::uint64_t end, ByteView at_hand) const {
        Bytes all = bytes_;
        all.insert(all.end(), at_hand.begin(), at_hand.end());
        const auto wanted = static_cast<std::ptrdiff_t>(end - offset);
        return Bytes(all.end() - wanted, all.end());
    }

  private:
    Bytes bytes_;
};

}  // namespace

Result<Bytes> read_dictionary(const std::string& path) {
    HOLT_TRY_LET(file, fs::open_path(path));
    return fs::read_all(file.get(), kDictionaryLimit, path);
}

Result<Bytes> read_reference(const std::string& path) {
    HOLT_TRY_LET(file, fs::open_path(path));
    return fs::read_all(file.get(), kReferenceLimit, path);
}

Result<ZstdReport> pump_compress(const FilterSource& source, const FilterSink& sink,
                                 const ZstdOptions& options,
                                 const zstd::EncodeDictionary* dictionary, ByteView reference,
                                 Observer& observer) {
    const bool whole = source.whole && source.size() > 0;
    const auto known = whole ? std::optional(source.size()) : options.stream_size;
    zstd::JobStream stream(
        {.encode = {.level = options.level == 0 ? zstd::kDefaultLevel : options.level,
                    .checksum = options.checksum},
         .threads =
             options.single_thread ? 0 : zstd::useful_threads(threads_or_all(options.threads)),
         .long_window_log = std::min(options.long_window_log, zstd::kMaxLongWindowLog),
         .content_size = known,
         .state_size = options.state_size,
         .dictionary = dictionary,
         .state_dictionary = options.state_dictionary_id,
         .cut_by_content = options.rsyncable,
         .reference = reference,
         .tuning = {.strategy = options.tuning.strategy,
                    .window_log = options.tuning.window_log,
                    .hash_log = options.tuning.hash_log,
                    .search_log = options.tuning.search_log,
                    .target_length = options.tuning.target_length}});
    FilterReader input(source, "compress", options.cancel, observer);
    ZstdReport report;
    Status failed;  // of the functions below
    const auto made =
        stream.run({.read = [&](MutableByteView into) -> std::optional<std::size_t> {
                        const auto got = input.read(into);
                        if (got) return *got;
                        failed = std::unexpected(got.error());
                        return std::nullopt;
                    },
                    .write =
                        [&](ByteView bytes) {
                            report.output_bytes += bytes.size();
                            failed = sink(bytes);
                            return failed.has_value();
                        },
                    .stop =
                        [&] {
                            if (options.cancel == nullptr || !options.cancel->requested())
                                return false;
                            failed = input.cancelled();
                            return true;
                        }});
    if (!failed) return std::unexpected(failed.error());
    if (!made && made.error().code == zstd::ErrorCode::wrong_size)
        return fail(ErrorKind::failed, "compress", source.shown,
                    "it is not as long as was said: " + std::to_string(*known) + " bytes",
                    "make sure that nothing writes to it, and run it again");
    if (!made) return codec_error(made.error(), "compress", source.shown);
    report.input_bytes = *made;
    return report;
}

Result<ZstdReport> pump_decompress(const FilterSource& source, const FilterSink& sink,
                                   const ZstdOptions& options,
                                   const zstd::DecodeDictionary* dictionary, Observer& observer,
                                   Bytes& rest) {
    zstd::DecompressStream stream(
        {.window_limit = options.window_limit, .verify_checksum = options.checksum}, dictionary);
    FilterReader input(source, options.mode == ZstdMode::test ? "test" : "decompress",
                       options.cancel, observer);
    fs::BufferPool pool;
    const auto buffer = pool.lease();
    const auto output = pool.lease();
    ZstdReport report;
    Bytes head;
    Recent recent;
    bool passing = false;  // what came is no .zst, and is to be copied as it is
    for (;;) {
        HOLT_TRY_LET(got, input.read(buffer.bytes()));
        if (got == 0) break;
        ByteView bytes = buffer.bytes().first(got);
        if (options.pass_through && head.empty()) {
            HOLT_TRY_LET(more, input.read_on(buffer.bytes(), got, kMagicSize));
            bytes = buffer.bytes().first(more);
            passing = !zstd::is_frame_start(bytes);
        }
        if (head.size() < kLongestFrameHeader) {
            const auto more =
                bytes.first(std::min(bytes.size(), kLongestFrameHeader - head.size()));
            head.insert(head.end(), more.begin(), more.end());
        }
        if (passing) {
            HOLT_TRY(sink(bytes));
            report.output_bytes += bytes.size();
            continue;
        }
        const std::size_t held = bytes.size();
        for (bool more = true; more;) {
            const auto progress = stream.run(bytes, output.bytes());
            if (!progress && is_behind_frames(progress.error())) {
                report.input_bytes = progress.error().input_offset;
                rest = recent.from(report.input_bytes, input.total(), buffer.bytes().first(held));
                rest.insert(rest.end(), input.untaken().begin(), input.untaken().end());
                return report;
            }
            if (!progress) return decode_error(progress.error(), source, head);
            HOLT_TRY(sink(output.bytes().first(progress->produced)));
            report.output_bytes += progress->produced;
            bytes = bytes.subspan(progress->consumed);
            // A full buffer may mean that more waits inside the decoder.
            more = !bytes.empty() || progress->produced == output.size();
        }
        recent.keep(buffer.bytes().first(held));
    }
    report.input_bytes = input.total();
    if (passing) return report;
    if (report.input_bytes == 0)
        return fail(ErrorKind::corrupt, "decompress", source.shown, "the input is empty",
                    "check that this is a .zst file");
    if (!stream.at_frame_boundary())
        return codec_error({zstd::ErrorCode::truncated, report.input_bytes}, "decompress",
                           source.shown);
    return report;
}

}  // namespace holt::api

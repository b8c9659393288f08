#include <holt/zstd.hpp>
#include <holt/zstd/memory.hpp>

#include <algorithm>
#include <array>

#include "api/gzip_pump.h"
#include "api/zstd_pump.h"
#include "base/no_throw.h"
#include "codec/zstd/encode/compress.h"

namespace holt {
namespace {

constexpr std::array<std::uint8_t, 2> kGzipMagic = {0x1F, 0x8B};
constexpr std::size_t kMagicSize = 4;  // of the longer one
constexpr std::uint64_t kPatchWindow = std::uint64_t{1} << 31;

std::string operation_of(ZstdMode mode) {
    switch (mode) {
        case ZstdMode::compress:
            return "compress";
        case ZstdMode::decompress:
            return "decompress";
        case ZstdMode::test:
            return "test";
    }
    return "filter";
}

/// Runs `pump_with` with the dictionary that the options name, or with none.
template <class Dictionary, class Pump>
Result<ZstdReport> with_dictionary(const std::string& path, Pump pump_with) {
    if (path.empty()) return pump_with(nullptr);
    HOLT_TRY_LET(bytes, api::read_dictionary(path));
    const auto dictionary = Dictionary::load(bytes);
    if (!dictionary) return api::codec_error(dictionary.error(), "load dictionary", path);
    return pump_with(&*dictionary);
}

ZstdReport to_zstd_report(const GzipReport& report) {
    return {.input_bytes = report.input_bytes, .output_bytes = report.output_bytes};
}

GzipOptions gzip_options(const ZstdOptions& options) {
    static constexpr int kDefault = zstd::kDefaultLevel, kMost = 9;
    const int level = options.level == 0 ? kDefault : options.level;
    return {.mode = options.mode == ZstdMode::compress     ? GzipMode::compress
                    : options.mode == ZstdMode::decompress ? GzipMode::decompress
                                                           : GzipMode::test,
            .level = std::clamp(level, 1, kMost),
            .threads = options.single_thread ? 1 : options.threads,
            .rsyncable = options.rsyncable,
            .cancel = options.cancel};
}

Result<ZstdReport> compressed(const api::FilterSource& source, const api::FilterSink& sink,
                              const ZstdOptions& options, Observer& observer) {
    if (options.format == ZstdFormat::gzip) {
        HOLT_TRY_LET(done, api::pump_gzip(source, "", sink, gzip_options(options), observer));
        return to_zstd_report(done);
    }
    if (!options.patch_from.empty()) {
        HOLT_TRY_LET(reference, api::read_reference(options.patch_from));
        return api::pump_compress(source, sink, options, nullptr, reference, observer);
    }
    return with_dictionary<zstd::EncodeDictionary>(
        options.dictionary, [&](const zstd::EncodeDictionary* dictionary) {
            return api::pump_compress(source, sink, options, dictionary, {}, observer);
        });
}

bool is_gzip(ByteView bytes) {
    return bytes.size() >= kGzipMagic.size() &&
           std::ranges::equal(bytes.first(kGzipMagic.size()), kGzipMagic);
}

/// Frames, up to what is none: then `rest` has what was read of that.
Result<ZstdReport> frames(const api::FilterSource& source, const api::FilterSink& sink,
                          const ZstdOptions& options, Observer& observer, Bytes& rest) {
    if (!options.patch_from.empty()) {
        HOLT_TRY_LET(reference, api::read_reference(options.patch_from));
        const auto dictionary = zstd::DecodeDictionary::of_content(std::move(reference));
        // The window spans the whole content then, for which memory is taken as it comes.
        ZstdOptions wide = options;
        wide.window_limit = std::max(wide.window_limit, kPatchWindow);
        return api::pump_decompress(source, sink, wide, &dictionary, observer, rest);
    }
    return with_dictionary<zstd::DecodeDictionary>(
        options.dictionary, [&](const zstd::DecodeDictionary* dictionary) {
            return api::pump_decompress(source, sink, options, dictionary, observer, rest);
        });
}

Result<ZstdReport> members(const api::FilterSource& source, const api::FilterSink& sink,
                           const ZstdOptions& options, Observer& observer, Bytes& rest) {
    HOLT_TRY_LET(done, api::pump_gunzip(source, sink, gzip_options(options), observer, &rest));
    return to_zstd_report(done);
}

/// Frames and members in any order. What is neither is passed through where that is asked for.
Result<ZstdReport> decompressed(const api::FilterSource& given, const api::FilterSink& sink,
                                const ZstdOptions& options, Observer& observer) {
    HOLT_TRY_LET(source, api::with_bytes_ahead(given, kMagicSize, options.cancel));
    ZstdReport all;
    for (bool first = true;; first = false) {
        const bool gzip = is_gzip(source.ahead);
        const bool known = gzip || zstd::is_frame_start(source.ahead);
        if (!first && !known && !options.pass_through)
            return fail(ErrorKind::corrupt, "decompress", source.shown,
                        "behind " + std::to_string(all.input_bytes) +
                            " bytes of whole frames stands something that is none",
                        Advice::get_whole_copy);
        Bytes rest;
        auto done = gzip ? members(source, sink, options, observer, rest)
                         : frames(source, sink, options, observer, rest);
        if (!done) return done;
        all.input_bytes += done->input_bytes;
        all.output_bytes += done->output_bytes;
        source.ahead = std::move(rest);
        source.whole = false;
        HOLT_TRY_LET(next, api::with_bytes_ahead(std::move(source), kMagicSize, options.cancel));
        source = std::move(next);
        if (source.ahead.empty()) return all;
    }
}

Result<ZstdReport> pump(const api::FilterSource& source, const api::FilterSink& sink,
                        const ZstdOptions& options, Observer& observer) {
    if (options.mode == ZstdMode::compress) return compressed(source, sink, options, observer);
    return decompressed(source, sink, options, observer);
}

api::Holes holes_of(const ZstdOptions& options) {
    if (options.mode != ZstdMode::decompress) return api::Holes::none;
    switch (options.sparse) {
        case ZstdSparse::automatic:
            return api::Holes::in_new_files;
        case ZstdSparse::never:
            return api::Holes::none;
        case ZstdSparse::always:
            return api::Holes::anywhere;
    }
    return api::Holes::none;
}

/// The arguments must outlive the filter.
api::Filter filter_of(const ZstdOptions& options, ZstdReport& report, Observer& observer) {
    return {.operation = operation_of(options.mode),
            .writes = options.mode != ZstdMode::test,
            .overwrite = options.overwrite,
            .remove_source = options.remove_source,
            .holes = holes_of(options),
            .cancel = options.cancel,
            .run = [&options, &report, &observer](const api::FilterSource& source,
                                                  const api::FilterSink& sink) -> Status {
                HOLT_TRY_LET(done, pump(source, sink, options, observer));
                report = done;
                return {};
            }};
}

}  // namespace

Result<ZstdReport> zstd_stream(int in, const std::string& in_name, int out,
                               const std::string& out_name, const ZstdOptions& options,
                               Observer& observer) {
    return guarded([&]() -> Result<ZstdReport> {
        ZstdReport report;
        HOLT_TRY(
            api::filter_stream(in, in_name, out, out_name, filter_of(options, report, observer)));
        return report;
    });
}

Result<ZstdReport> zstd_from_file(const std::string& input, int out, const std::string& out_name,
                                  const ZstdOptions& options, Observer& observer) {
    return guarded([&]() -> Result<ZstdReport> {
        ZstdReport report;
        HOLT_TRY(api::filter_from_file(input, out, out_name, filter_of(options, report, observer)));
        return report;
    });
}

Result<ZstdReport> zstd_to_file(int in, const std::string& in_name, const std::string& output,
                                const ZstdOptions& options, Observer& observer) {
    return guarded([&]() -> Result<ZstdReport> {
        ZstdReport report;
        HOLT_TRY(api::filter_to_file(in, in_name, output, filter_of(options, report, observer),
                                     observer));
        return report;
    });
}

Result<ZstdReport> zstd_file(const std::string& input, const std::string& output,
                             const ZstdOptions& options, Observer& observer) {
    return guarded([&]() -> Result<ZstdReport> {
        ZstdReport report;
        HOLT_TRY(api::filter_file(input, output, filter_of(options, report, observer), observer));
        return report;
    });
}

Status zstd_files(const std::vector<std::string>& inputs, const std::string& output,
                  const ZstdOptions& options, Observer& observer, const ZstdEach& each) {
    return guarded([&]() -> Status {
        ZstdReport report;
        const auto filter = filter_of(options, report, observer);
        return api::filter_files(inputs, "standard input", output, filter,
                                 [&](const std::string& input, const Status& status) {
                                     if (!status)
                                         return each(input, std::unexpected(status.error()));
                                     return each(input, report);
                                 });
    });
}

}  // namespace holt

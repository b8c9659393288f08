#include <holt/zstd.hpp>

#include "api/zstd_pump.h"
#include "codec/zstd/encode/compress.h"

namespace holt {
namespace {

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

Result<ZstdReport> pump(const api::FilterSource& source, const api::FilterSink& sink,
                        const ZstdOptions& options, Observer& observer) {
    if (options.mode == ZstdMode::compress)
        return with_dictionary<zstd::EncodeDictionary>(
            options.dictionary, [&](const zstd::EncodeDictionary* dictionary) {
                return api::pump_compress(source, sink, options, dictionary, observer);
            });
    return with_dictionary<zstd::DecodeDictionary>(
        options.dictionary, [&](const zstd::DecodeDictionary* dictionary) {
            return api::pump_decompress(source, sink, options, dictionary, observer);
        });
}

/// The arguments must outlive the filter.
api::Filter filter_of(const ZstdOptions& options, ZstdReport& report, Observer& observer) {
    return {.operation = operation_of(options.mode),
            .writes = options.mode != ZstdMode::test,
            .overwrite = options.overwrite,
            .remove_source = options.remove_source,
            .cancel = options.cancel,
            .run = [&options, &report, &observer](const api::FilterSource& source,
                                                  const api::FilterSink& sink) -> Status {
                HOLT_TRY_LET(done, pump(source, sink, options, observer));
                report = done;
                return {};
            }};
}

}  // namespace

ZstdLevels zstd_levels() noexcept {
    return {.min = zstd::kMinLevel,
            .max = zstd::kMaxOrdinaryLevel,
            .standard = zstd::kDefaultLevel,
            .ultra = zstd::kMaxLevel};
}

Result<ZstdReport> zstd_stream(int in, const std::string& in_name, int out,
                               const std::string& out_name, const ZstdOptions& options,
                               Observer& observer) {
    ZstdReport report;
    HOLT_TRY(api::filter_stream(in, in_name, out, out_name, filter_of(options, report, observer)));
    return report;
}

Result<ZstdReport> zstd_from_file(const std::string& input, int out, const std::string& out_name,
                                  const ZstdOptions& options, Observer& observer) {
    ZstdReport report;
    HOLT_TRY(api::filter_from_file(input, out, out_name, filter_of(options, report, observer)));
    return report;
}

Result<ZstdReport> zstd_to_file(int in, const std::string& in_name, const std::string& output,
                                const ZstdOptions& options, Observer& observer) {
    ZstdReport report;
    HOLT_TRY(
        api::filter_to_file(in, in_name, output, filter_of(options, report, observer), observer));
    return report;
}

Result<ZstdReport> zstd_file(const std::string& input, const std::string& output,
                             const ZstdOptions& options, Observer& observer) {
    ZstdReport report;
    HOLT_TRY(api::filter_file(input, output, filter_of(options, report, observer), observer));
    return report;
}

}  // namespace holt

// holt zstd -b: speed and ratio on one's own files, in the form of `zstd -b`.
#include <fmt/format.h>

#include <holt/zstd/tools.hpp>

#include "base/error.h"
#include "cli/output/text.h"
#include "cli/session/operation.h"
#include "cli/zstd/zstd_tools.h"

namespace holt::cli {
namespace {

double megabytes(double rate) {
    return rate / 1e6;
}

std::string line_of(const ZstdMeasure& m, const std::string& name) {
    const double ratio = m.output_bytes == 0 ? 0
                                             : static_cast<double>(m.input_bytes) /
                                                   static_cast<double>(m.output_bytes);
    const std::string sizes = fmt::format("{:>3}#{} : {} -> {} (x{:.3f}), ", m.level, name,
                                          m.input_bytes, m.output_bytes, ratio);
    if (m.compress_rate == 0)  // decompression alone was measured
        return fmt::format("{}{:8.1f} MB/s", sizes, megabytes(m.decompress_rate));
    return fmt::format("{}{:8.1f} MB/s, {:8.1f} MB/s", sizes, megabytes(m.compress_rate),
                       megabytes(m.decompress_rate));
}

Json json_of(const ZstdMeasure& m) {
    Json line = json_line("measure");
    line["level"] = m.level;
    line["input_bytes"] = m.input_bytes;
    line["output_bytes"] = m.output_bytes;
    line["compress_bytes_per_second"] = static_cast<std::uint64_t>(m.compress_rate);
    line["decompress_bytes_per_second"] = static_cast<std::uint64_t>(m.decompress_rate);
    return line;
}

/// One line for each level, for all of `files` together.
Status bench(Session& session, const ZstdArgs& args, const std::vector<std::string>& files,
             const ZstdBenchOptions& options) {
    const std::string name = files.empty() ? fmt::format("Synthetic {}%", args.compressibility)
                             : files.size() == 1 ? printable(files[0])
                                                 : count_text(files.size(), "file");
    return zstd_bench(files, options, [&](const ZstdMeasure& measure) {
        if (session.json())
            session.emit(json_of(measure));
        else
            session.out().line(line_of(measure, name));
    });
}

}  // namespace

Result<int> run_zstd_bench(Session& session, const ZstdArgs& args) {
    Operation operation(session);
    const ZstdOptions& given = args.options;
    const ZstdBenchOptions options{.first_level = given.level,
                                   .last_level = args.last_level,
                                   .seconds = args.bench_seconds,
                                   .threads = given.threads,
                                   .long_window_log = given.long_window_log,
                                   .dictionary = given.dictionary,
                                   .checksum = given.checksum,
                                   .block_size = args.block_size,
                                   .decompress_only = args.decompress_bench(),
                                   .compressibility = args.compressibility,
                                   .cancel = operation.cancel()};
    if (args.bench_separately) {
        for (const std::string& file : args.files) HOLT_TRY(bench(session, args, {file}, options));
    } else {
        HOLT_TRY(bench(session, args, args.files, options));
    }
    if (session.json()) session.emit(session.summary(0));
    return 0;
}

}  // namespace holt::cli

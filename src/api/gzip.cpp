#include <holt/gzip.hpp>

#include "api/filter_file.h"
#include "api/gzip_pump.h"
#include "base/error.h"
#include "base/no_throw.h"
#include "base/unique_fd.h"
#include "codec/gzip/levels.h"
#include "codec/gzip/member.h"
#include "fs/file.h"
#include "fs/folder.h"

namespace holt {
namespace {

std::string operation_of(GzipMode mode) {
    switch (mode) {
        case GzipMode::compress:
            return "compress";
        case GzipMode::decompress:
            return "decompress";
        case GzipMode::test:
            return "test";
    }
    return "filter";
}

/// The name that goes into the header: without folders. Nothing for what is no file by name.
enum class Named : std::uint8_t { no, yes };

/// `report` and `options` must outlive the filter.
api::Filter filter_of(const GzipOptions& options, Named named, GzipReport& report,
                      Observer& observer) {
    return {.operation = operation_of(options.mode),
            .writes = options.mode != GzipMode::test,
            .overwrite = options.overwrite,
            .remove_source = options.remove_source,
            .synchronous = options.synchronous,
            .keeps_atime = true,
            .cancel = options.cancel,
            .run = [&options, &report, &observer, named](const api::FilterSource& source,
                                                         const api::FilterSink& sink) -> Status {
                const std::string name =
                    named == Named::yes ? source.shown.substr(source.shown.rfind('/') + 1) : "";
                HOLT_TRY_LET(done, options.mode == GzipMode::compress
                                       ? api::pump_gzip(source, name, sink, options, observer)
                                       : api::pump_gunzip(source, sink, options, observer));
                report = std::move(done);
                return {};
            },
            .mtime = [&options, &report]() -> std::optional<Time> {
                const bool stored = options.mode == GzipMode::decompress && options.keep_time &&
                                    report.header.mtime != 0;
                if (!stored) return std::nullopt;
                return Time{.seconds = report.header.mtime};
            }};
}

GzipInput to_input(const fs::FileStat& stat) {
    using Kind = GzipInput::Kind;
    const Kind kind = stat.kind == fs::Kind::file      ? Kind::file
                      : stat.kind == fs::Kind::folder  ? Kind::folder
                      : stat.kind == fs::Kind::symlink ? Kind::symlink
                                                       : Kind::other;
    return {.kind = kind,
            .mode = stat.mode,
            .links = stat.nlink,
            .size = stat.size,
            .mtime = stat.mtime};
}

}  // namespace

GzipLevels gzip_levels() noexcept {
    return {.min = gzip::kMinLevel, .max = gzip::kMaxLevel, .standard = gzip::kDefaultLevel};
}

Result<GzipReport> gzip_stream(int in, const std::string& in_name, int out,
                               const std::string& out_name, const GzipOptions& options,
                               Observer& observer) {
    return guarded([&]() -> Result<GzipReport> {
        GzipReport report;
        const auto filter = filter_of(options, Named::no, report, observer);
        HOLT_TRY(api::filter_stream(in, in_name, out, out_name, filter));
        return report;
    });
}

Result<GzipReport> gzip_from_file(const std::string& input, int out, const std::string& out_name,
                                  const GzipOptions& options, Observer& observer) {
    return guarded([&]() -> Result<GzipReport> {
        GzipReport report;
        const auto filter = filter_of(options, Named::yes, report, observer);
        HOLT_TRY(api::filter_from_file(input, out, out_name, filter));
        return report;
    });
}

Result<GzipReport> gzip_file(const std::string& input, const std::string& output,
                             const GzipOptions& options, Observer& observer) {
    return guarded([&]() -> Result<GzipReport> {
        GzipReport report;
        const auto filter = filter_of(options, Named::yes, report, observer);
        HOLT_TRY(api::filter_file(input, output, filter, observer));
        return report;
    });
}

Result<GzipHeader> gzip_header(const std::string& path) {
    return guarded([&]() -> Result<GzipHeader> {
        HOLT_TRY_LET(file, fs::open_path(path));
        Bytes bytes(4096);
        for (;;) {
            HOLT_TRY_LET(got, fs::pread_full(file.get(), bytes, 0, path));
            const auto header = gzip::parse_header(ByteView(bytes).first(got));
            if (!header) return api::gzip_error(header.error(), "read header", path);
            if (*header)
                return GzipHeader{.name = (*header)->name,
                                  .mtime = (*header)->mtime,
                                  .bytes = (*header)->size + gzip::kTrailer};
            if (got < bytes.size())
                return api::gzip_error({.code = gzip::ErrorCode::truncated, .input_offset = got},
                                       "read header", path);
            bytes.resize(bytes.size() * 2);
        }
    });
}

Result<GzipInput> gzip_look(const std::string& path, GzipFollow follow) {
    return guarded([&]() -> Result<GzipInput> {
        HOLT_TRY_LET(stat, follow == GzipFollow::yes ? fs::stat_path(path)
                                                     : fs::stat_at(fs::kWorkingFolder, path, path));
        return to_input(stat);
    });
}

Result<std::vector<std::string>> gzip_names(const std::string& folder) {
    HOLT_TRY_LET(fd, fs::open_folder(folder));
    return fs::list_names(fd.get(), folder);
}

}  // namespace holt

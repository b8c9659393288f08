#include "api/gzip_pump.h"

#include <limits>
#include <optional>

#include "api/threads.h"
#include "base/error.h"
#include "codec/gzip/compress.h"
#include "codec/gzip/decompress.h"

namespace holt::api {
namespace {

ErrorKind kind_of(gzip::ErrorCode code) noexcept {
    switch (code) {
        case gzip::ErrorCode::output_limit:
            return ErrorKind::no_space;
        case gzip::ErrorCode::bad_parameter:
            return ErrorKind::usage;
        case gzip::ErrorCode::out_of_memory:
        case gzip::ErrorCode::stopped:
            return ErrorKind::failed;
        default:
            return ErrorKind::corrupt;
    }
}

AdviceText advice_of(gzip::ErrorCode code) {
    switch (code) {
        case gzip::ErrorCode::output_limit:
            return Advice::allow_content;
        case gzip::ErrorCode::bad_parameter:
            return "choose a level in the range of gzip_levels()";
        case gzip::ErrorCode::out_of_memory:
            return "close other programs or add memory";
        case gzip::ErrorCode::bad_magic:
        case gzip::ErrorCode::bad_method:
        case gzip::ErrorCode::bad_flags:
            return "check that this is a .gz file";
        default:
            return Advice::get_whole_copy;
    }
}

/// The codec's callbacks over a reader and a sink; keeps the error that made one of them give up.
class Ends {
  public:
    Ends(FilterReader& reader, const FilterSink& sink) : reader_(reader), sink_(sink) {}

    gzip::Read read() {
        return [this](MutableByteView into) -> std::optional<std::size_t> {
            auto got = reader_.read(into);
            if (!got) {
                read_error_ = std::move(got).error();
                return std::nullopt;
            }
            return *got;
        };
    }
    gzip::Write write() {
        return [this](ByteView bytes) {
            auto written = sink_(bytes);
            if (written) return true;
            write_error_ = std::move(written).error();
            return false;
        };
    }
    /// The reason of a `stopped`.
    std::unexpected<Error> reason() {
        if (write_error_) return std::unexpected(std::move(*write_error_));
        if (read_error_) return std::unexpected(std::move(*read_error_));
        return fail(ErrorKind::failed, "filter", "", "stopped");
    }

  private:
    FilterReader& reader_;
    const FilterSink& sink_;
    // Two, because reading and writing may happen at once.
    std::optional<Error> read_error_, write_error_;
};

/// The time for the header: of a regular file, where 32 bits can hold it.
std::uint32_t header_time(const FilterSource& source, Observer& observer) {
    if (!source.regular()) return 0;
    const std::int64_t seconds = source.stat.mtime.seconds;
    if (seconds > 0 && seconds <= std::numeric_limits<std::uint32_t>::max())
        return static_cast<std::uint32_t>(seconds);
    observer.note(Severity::warning,
                  {.operation = "compress",
                   .object = source.shown,
                   .cause = "warning: file timestamp out of range for gzip format"});
    return 0;
}

gzip::Layout layout_of(GzipLayout layout) noexcept {
    switch (layout) {
        case GzipLayout::single:
            return gzip::Layout::single;
        case GzipLayout::blocks:
            return gzip::Layout::blocks;
        case GzipLayout::bgzf:
            return gzip::Layout::bgzf;
    }
    return gzip::Layout::single;
}

GzipTrailing trailing_of(gzip::Trailing trailing) noexcept {
    switch (trailing) {
        case gzip::Trailing::none:
            return GzipTrailing::none;
        case gzip::Trailing::zeros:
            return GzipTrailing::zeros;
        case gzip::Trailing::garbage:
            return GzipTrailing::garbage;
    }
    return GzipTrailing::none;
}

}  // namespace

std::unexpected<Error> gzip_error(const gzip::Error& error, const std::string& operation,
                                  const std::string& shown) {
    std::string cause(gzip::describe(error.code));
    const bool has_place = error.code != gzip::ErrorCode::bad_parameter &&
                           error.code != gzip::ErrorCode::out_of_memory &&
                           error.code != gzip::ErrorCode::bad_magic;
    if (has_place) cause += ", at byte " + std::to_string(error.input_offset);
    if (error.member > 0)
        cause += ", in the member that begins at byte " + std::to_string(error.member_offset) +
                 ", behind " + std::to_string(error.member) + " whole ones";
    if (error.output_bytes > 0)
        cause += "; " + std::to_string(error.output_bytes) + " bytes of content came before";
    return fail(kind_of(error.code), operation, shown, std::move(cause), advice_of(error.code));
}

Result<GzipReport> pump_gzip(const FilterSource& source, const std::string& name,
                             const FilterSink& sink, const GzipOptions& options,
                             Observer& observer) {
    FilterReader reader(source, "compress", options.cancel, observer);
    Ends ends(reader, sink);
    gzip::EncodeOptions encode{.level = options.level == 0 ? gzip::kDefaultLevel : options.level,
                               .layout = layout_of(options.layout),
                               .threads = threads_or_all(options.threads),
                               .rsyncable = options.rsyncable};
    if (options.keep_name) encode.name = name;
    if (options.keep_time) encode.mtime = header_time(source, observer);
    const auto done = gzip::compress(encode, ends.read(), ends.write());
    if (!done) {
        if (done.error().code == gzip::ErrorCode::stopped) return ends.reason();
        return gzip_error(done.error(), "compress", source.shown);
    }
    const std::size_t header = gzip::header_size({.name = encode.name});
    return GzipReport{
        .input_bytes = done->input_bytes,
        .output_bytes = done->output_bytes,
        .header = {.name = encode.name, .mtime = encode.mtime, .bytes = header + gzip::kTrailer}};
}

Result<GzipReport> pump_gunzip(const FilterSource& source, const FilterSink& sink,
                               const GzipOptions& options, Observer& observer, Bytes* rest) {
    const std::string stage = options.mode == GzipMode::test ? "test" : "decompress";
    FilterReader reader(source, stage, options.cancel, observer);
    Ends ends(reader, sink);
    const gzip::DecodeOptions decode{
        .threads = threads_or_all(options.threads),
        .output_limit = options.output_limit,
        .pass_through = options.pass_through,
        .supply = source.regular() ? gzip::Supply::ready : gzip::Supply::as_it_comes,
        .rest = rest};
    auto done = gzip::decompress(decode, ends.read(), ends.write());
    if (!done) {
        if (done.error().code == gzip::ErrorCode::stopped) return ends.reason();
        return gzip_error(done.error(), stage, source.shown);
    }
    if (rest != nullptr)
        rest->insert(rest->end(), reader.untaken().begin(), reader.untaken().end());
    return GzipReport{.input_bytes = done->input_bytes,
                      .output_bytes = done->output_bytes,
                      .members = done->members,
                      .crc = done->last_crc,
                      .header = {.name = std::move(done->first.name),
                                 .mtime = done->first.mtime,
                                 .bytes = done->first.size + gzip::kTrailer},
                      .trailing = trailing_of(done->trailing),
                      .copied_bytes = done->copied_bytes};
}

}  // namespace holt::api

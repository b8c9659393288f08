#include "cli/zstd/zstd_words.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>

#include "base/error.h"
#include "cli/output/advice.h"

namespace holt::cli {
namespace {

constexpr double kThousand = 1024;

double percent(const ZstdReport& report) {
    return 100 * static_cast<double>(report.output_bytes) / static_cast<double>(report.input_bytes);
}

bool begins(const Error& error, std::string_view words) noexcept {
    return error.cause.starts_with(words);
}

constexpr int kWrongLength = 11;

/// A stream has another length than --stream-size said.
bool is_wrong_length(const Error& error) noexcept {
    return begins(error, "it is not as long as was said");
}

/// The input was too short to tell what it is.
bool is_short(const Error& error) {
    constexpr std::string_view kAt = ", at byte ";
    const std::size_t at = error.cause.rfind(kAt);
    const std::string digits = at == error.cause.npos ? "" : error.cause.substr(at + kAt.size());
    return digits.size() == 1 && digits < "4";
}

/// Of what is wrong inside of a frame. Empty for anything else.
std::string decoding_error(const std::string& shown, const Error& error) {
    const auto decoding = [&](const char* what) {
        return fmt::format("{} : Decoding error (36) : {} ", shown, what);
    };
    if (begins(error, "the frame needs another dictionary")) return decoding("Dictionary mismatch");
    if (begins(error, "the content does not match its checksum"))
        return decoding("Restored data doesn't match checksum");
    if (begins(error, "it needs a window of"))
        return decoding("Frame requires too much memory for decoding") +
               fmt::format("\n{} : {}; {} ", shown, error.cause, error.advice);
    if (error.kind != ErrorKind::corrupt) return {};
    if (begins(error, "the input ends inside a frame") && !is_short(error))
        return fmt::format("{} : Read error (39) : premature end ", shown);
    const bool inside = begins(error, "the frame header") || begins(error, "a block") ||
                        begins(error, "a literals") || begins(error, "a Huffman") ||
                        begins(error, "an FSE") || begins(error, "a sequences") ||
                        begins(error, "a match") || begins(error, "the content is not as long");
    return inside ? decoding("Data corruption detected") : std::string();
}

std::string shown_object(const std::string& object) {
    if (object == kStdinName) return kPlainStdin;
    return object == kStdoutName ? kPlainStdout : printable(object);
}

std::string other_error(const std::string& shown, const Error& error) {
    if (error.cause == "it is a folder") return shown + " is a directory -- ignored ";
    if (error.cause == "it is no regular file") return shown + " is not a regular file -- ignored ";
    if (begins(error, "it is its own output"))
        return "Refusing to open an output file which will overwrite the input file ";
    if (begins(error, "unknown suffix"))
        return shown + ": " + error.cause +
               ". Can't derive the output file name. Specify it with -o dstFileName. Ignoring.";
    if (error.cause == "it is the dictionary")
        return fmt::format("cannot use {} as an input file and dictionary ", shown);
    if (error.sys_errno == EEXIST)
        return shown_object(error.object) + " already exists; not overwritten  ";
    if (is_wrong_length(error))
        return fmt::format("error {} : Src size is incorrect ", kWrongLength);
    if (error.kind == ErrorKind::corrupt) {
        if (begins(error, "not a zstd frame") || begins(error, "behind "))
            return shown + ": unsupported format ";
        if (begins(error, "the input ends inside a frame")) return shown + ": unknown header ";
        if (begins(error, "the input is empty")) return shown + ": unexpected end of file ";
        if (begins(error, "unexpected end of file")) return shown + ": premature gz end ";
    }
    if (error.sys_errno == ENOENT && error.operation == "open file")
        return fmt::format("can't stat {} : {} -- ignored ", shown, errno_text(ENOENT));
    std::string why = error.cause;
    if (error.sys_errno != 0) why += (why.empty() ? "" : ": ") + errno_text(error.sys_errno);
    // What was at fault may be another file than the one that is worked on.
    const std::string about = error.object.empty() ? shown : shown_object(error.object);
    std::string text = fmt::format("{}: {} ", about, why);
    if (error.kind == ErrorKind::unsafe_input && !error.advice.empty())
        text += "(" + error.advice + ") ";
    return text;
}

}  // namespace

std::string zstd_size(std::uint64_t bytes, int width, int unit_width) {
    static constexpr std::array<const char*, 7> kUnits = {" B",   " KiB", " MiB", " GiB",
                                                          " TiB", " PiB", " EiB"};
    auto value = static_cast<double>(bytes);
    std::size_t unit = 0;
    for (; value >= kThousand && unit + 1 < kUnits.size(); ++unit) value /= kThousand;
    // Three figures, or four of a round number.
    const int decimals = unit == 0 || value > 100 ? 0 : value > 10 ? 1 : value > 1 ? 2 : 3;
    return fmt::format("{:{}.{}f}{:>{}}", value, width, decimals, kUnits[unit], unit_width);
}

std::string zstd_file_line(ZstdMode mode, const std::string& input, const std::string& output,
                           const ZstdReport& report) {
    if (mode != ZstdMode::compress)
        return fmt::format("{:<20}: {} bytes ", input, report.output_bytes);
    const std::string share =
        report.input_bytes == 0 ? std::string("  ") : fmt::format("{:6.2f}%   ", percent(report));
    return fmt::format("{:<20} :{}({} => {}, {}) ", input, share, zstd_size(report.input_bytes, 6),
                       zstd_size(report.output_bytes, 6), output);
}

std::string zstd_files_line(ZstdMode mode, std::uint64_t files, const ZstdReport& total) {
    if (mode != ZstdMode::compress)
        return fmt::format("{} files decompressed : {:>6} bytes total ", files, total.output_bytes);
    const std::string sizes = fmt::format("({} => {})", zstd_size(total.input_bytes, 6, 4),
                                          zstd_size(total.output_bytes, 6, 4));
    if (total.input_bytes == 0) return fmt::format("{:>3} files compressed : {}", files, sizes);
    return fmt::format("{:>3} files compressed : {:.2f}% {}", files, percent(total), sizes);
}

std::string zstd_parameters_text(const std::string& input, std::optional<std::uint64_t> size,
                                 const ZstdParameters& p) {
    std::string text = input;
    text += size ? fmt::format(" ({} bytes)", *size) : " (src size unknown)";
    const auto add = [&](std::string_view name, unsigned value) {
        text += fmt::format("\n - {:<14}: {}", name, value);
    };
    add("windowLog", p.window_log);
    add("chainLog", p.chain_log);
    add("hashLog", p.hash_log);
    add("searchLog", p.search_log);
    add("minMatch", p.min_match);
    add("targetLength", p.target_length);
    add("strategy", p.strategy);
    return text;
}

std::string zstd_settings_line(const ZstdParameters& p) {
    return fmt::format("--zstd=wlog={},clog={},hlog={},slog={},mml={},tlen={},strat={}",
                       p.window_log, p.chain_log, p.hash_log, p.search_log, p.min_match,
                       p.target_length, p.strategy);
}

int zstd_exit_code(const Error& error) noexcept {
    return is_wrong_length(error) ? kWrongLength : 1;
}

std::string zstd_error_text(const std::string& called, const std::string& name,
                            const Error& error) {
    const std::string shown = name == kPlainStdin ? name : printable(name);
    if (std::string text = decoding_error(shown, error); !text.empty()) return text;
    return called + ": " + other_error(shown, error);
}

}  // namespace holt::cli

#include "cli/gzip/gzip_list.h"

#include <fmt/format.h>

#include <ctime>

#include "cli/output/text.h"

namespace holt::cli {
namespace {

std::string short_time(Time time) {
    const std::time_t seconds = time.seconds;
    std::tm local{};
    char text[32] = "";
    if (::localtime_r(&seconds, &local) != nullptr)
        static_cast<void>(std::strftime(text, sizeof text, "%b %e %H:%M", &local));
    return text;
}

std::string sizes(const GzipReport& report, const std::string& name) {
    return fmt::format("{:>19} {:>19} {} {}", report.input_bytes, report.output_bytes,
                       gzip_ratio(report.output_bytes, report.input_bytes, report.header.bytes),
                       name);
}

constexpr int kVerboseWidth = 28;

}  // namespace

std::string gzip_ratio(std::uint64_t content, std::uint64_t compressed, std::uint64_t header) {
    if (content == 0) return "  0.0%";
    const double saved = static_cast<double>(content) -
                         (static_cast<double>(compressed) - static_cast<double>(header));
    return fmt::format("{:5.1f}%", 100.0 * saved / static_cast<double>(content));
}

std::string gzip_list_title(GzipColumns columns) {
    return std::string(columns == GzipColumns::all ? "method  crc     date  time  " : "") +
           "         compressed        uncompressed  ratio uncompressed_name";
}

std::string gzip_list_line(GzipColumns columns, const GzipReport& report, Time mtime,
                           const std::string& name) {
    std::string out;
    if (columns == GzipColumns::all)
        out = fmt::format("defla {:08x} {} ", report.crc, short_time(mtime));
    return out + sizes(report, name);
}

std::string gzip_list_totals(GzipColumns columns, const GzipReport& sum) {
    const int width = columns == GzipColumns::all ? kVerboseWidth : 0;
    return fmt::format("{:{}}{}", "", width, sizes(sum, "(totals)"));
}

}  // namespace holt::cli

// The lines of `gzip -l`, in gzip's columns. Thread rule: pure functions.
#pragma once

#include <holt/gzip.hpp>

#include <string>

namespace holt::cli {

/// How much smaller it became, as gzip writes it: " 66.5%".
std::string gzip_ratio(std::uint64_t content, std::uint64_t compressed, std::uint64_t header);

enum class GzipColumns : bool { few, all };

std::string gzip_list_title(GzipColumns columns);
/// `report` as a test of the file gave it; `mtime`: the stored time, else the file's.
std::string gzip_list_line(GzipColumns columns, const GzipReport& report, Time mtime,
                           const std::string& name);
std::string gzip_list_totals(GzipColumns columns, const GzipReport& sum);

}  // namespace holt::cli

#include <limits>

#include "archive/io/spool.h"
#include "archive/zip/zip.h"
#include "archive/zip/zip_reader.h"
#include "fs/machine/umask.h"

namespace holt::store {
namespace {

/// A zip may be larger than its content by its names and headers.
constexpr std::uint64_t kBesideContent = std::uint64_t{64} << 20;

std::uint64_t spool_limit(std::uint64_t max_bytes) noexcept {
    constexpr auto kMost = std::numeric_limits<std::uint64_t>::max();
    return max_bytes > kMost - kBesideContent ? kMost : max_bytes + kBesideContent;
}

}  // namespace

Result<std::unique_ptr<ArchiveReader>> open_zip(FdSource& source, const StoreFolder& folder,
                                                const ImportOptions& options, Reporter& reporter) {
    HOLT_TRY_LET(bytes, PlacedFile::open(source, folder, spool_limit(options.max_bytes)));
    auto reader = std::make_unique<ZipReader>(
        std::move(bytes), source.shown(),
        ZipReader::Limits{.max_entries = options.max_entries, .window = options.window_limit},
        fs::look_at_umask());
    HOLT_TRY(reader->open());
    if (reader->is_followed())
        reporter.note(Severity::warning,
                      fail(ErrorKind::partial, "read archive", source.shown(),
                           "something stands behind the zip's end, and was not read")
                          .error());
    return reader;
}

}  // namespace holt::store

#include <holt/zstd/tools.hpp>

#include <algorithm>

#include "api/place.h"
#include "api/zstd_pump.h"
#include "base/endian.h"
#include "base/no_throw.h"
#include "codec/zstd/train/train.h"
#include "fs/file.h"
#include "fs/staging/atomic_file.h"

namespace holt {
namespace {

/// Of a longer sample the beginning stands for all: a dictionary serves the start of an input.
constexpr std::size_t kSampleSize = std::size_t{128} << 10;

struct Samples {
    std::vector<Bytes> kept;
    std::uint64_t bytes = 0, offered = 0;
};

/// Which samples are kept where there are too many: as many of the first half as of the second.
class Thinning {
  public:
    Thinning(std::uint64_t all, std::uint64_t limit) : all_(all), limit_(limit) {}

    bool keeps(std::size_t sample) noexcept {
        seen_ += sample;
        const bool fits = kept_ + sample <= limit_;
        const double due = static_cast<double>(seen_) * static_cast<double>(limit_);
        if (!fits || (all_ > limit_ &&
                      static_cast<double>(kept_ + sample) * static_cast<double>(all_) > due))
            return false;
        kept_ += sample;
        return true;
    }

  private:
    const std::uint64_t all_, limit_;
    std::uint64_t seen_ = 0, kept_ = 0;
};

/// How much of the files would be read. One whose size nobody knows counts as nothing.
Result<std::uint64_t> offered(const std::vector<std::string>& paths,
                              const ZstdTrainOptions& options) {
    std::uint64_t all = 0;
    for (const std::string& path : paths) {
        HOLT_TRY_LET(stat, fs::stat_path(path));
        if (stat.kind != fs::Kind::file) continue;
        all += options.block_size > 0 ? stat.size : std::min<std::uint64_t>(stat.size, kSampleSize);
    }
    return all;
}

Result<Samples> read_samples(const std::vector<std::string>& paths, const ZstdTrainOptions& options,
                             Observer& observer) {
    Samples samples;
    HOLT_TRY_LET(all, offered(paths, options));
    Thinning thinning(all, options.memory_limit);
    const Cancel* const cancel = options.cancel;
    const std::size_t most = options.block_size == 0
                                 ? kSampleSize
                                 : std::min<std::size_t>(options.block_size, kSampleSize);
    for (const std::string& path : paths) {
        if (cancel != nullptr && cancel->requested())
            return fail(ErrorKind::cancelled, "train", path, "stopped before the end");
        observer.progress({.stage = "read",
                           .files_done = samples.kept.size(),
                           .files_total = paths.size(),
                           .bytes_done = samples.bytes});
        HOLT_TRY_LET(file, fs::open_path(path));
        // Of a file that is not cut, the beginning; else all of it.
        for (bool more = true; more;) {
            Bytes sample(most);
            HOLT_TRY_LET(got, fs::read_full(file.get(), sample, path));
            if (got == 0) break;
            more = options.block_size > 0;
            samples.offered += got;
            if (!thinning.keeps(got)) continue;
            sample.resize(got);
            sample.shrink_to_fit();
            samples.bytes += got;
            samples.kept.push_back(std::move(sample));
        }
    }
    return samples;
}

}  // namespace

Result<ZstdTrained> zstd_train(const std::vector<std::string>& paths, const std::string& output,
                               const ZstdTrainOptions& options, Observer& observer) {
    return guarded([&]() -> Result<ZstdTrained> {
        HOLT_TRY_LET(samples, read_samples(paths, options, observer));
        const std::vector<ByteView> views(samples.kept.begin(), samples.kept.end());
        observer.progress({.stage = "train", .bytes_total = samples.bytes});
        zstd::TrainOptions training = {
            .capacity = static_cast<std::size_t>(options.max_size),
            .level = options.level == 0 ? zstd::kDefaultLevel : options.level,
            .id = options.id};
        if (options.segment > 0) training.segment = options.segment;
        const auto dictionary = zstd::train_dictionary(views, training);
        if (!dictionary && dictionary.error().code == zstd::ErrorCode::bad_parameter)
            return fail(
                ErrorKind::usage, "train", output,
                "a dictionary cannot be made of " + std::to_string(views.size()) + " samples of " +
                    std::to_string(samples.bytes) + " bytes",
                "give at least 8 samples, better hundreds, and a size of 512 bytes or more");
        if (!dictionary) return api::codec_error(dictionary.error(), "train", output);
        HOLT_TRY_LET(place, api::place_of(output));
        HOLT_TRY(fs::write_file_atomically(place.folder.get(), place.name, *dictionary, output,
                                           {.if_exists = fs::IfExists::replace, .mode = 0666}));
        return ZstdTrained{.samples = views.size(),
                           .sample_bytes = samples.bytes,
                           .offered_bytes = samples.offered,
                           .size = dictionary->size(),
                           .id = load_le<std::uint32_t>(dictionary->data() + 4)};
    });
}

}  // namespace holt

#include <holt/zstd_tools.hpp>

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
constexpr std::uint64_t kMemoryLimit = std::uint64_t{2} << 30;

struct Samples {
    std::vector<Bytes> kept;
    std::uint64_t bytes = 0;
};

Result<Samples> read_samples(const std::vector<std::string>& paths, const ZstdTrainOptions& options,
                             Observer& observer) {
    Samples samples;
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
            sample.resize(got);
            sample.shrink_to_fit();
            samples.bytes += got;
            if (samples.bytes > kMemoryLimit)
                return fail(ErrorKind::no_space, "train", path, "the samples are over 2 GiB",
                            "give fewer samples; a hundred times the dictionary is plenty");
            samples.kept.push_back(std::move(sample));
            more = options.block_size > 0;
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
                                           fs::IfExists::replace, fs::Durability::none, 0666));
        return ZstdTrained{.samples = views.size(),
                           .sample_bytes = samples.bytes,
                           .size = dictionary->size(),
                           .id = load_le<std::uint32_t>(dictionary->data() + 4)};
    });
}

}  // namespace holt

#include <holt/zstd.h>
#include <holt/zstd/memory.hpp>

#include "capi/status.h"

struct holt_zstd_compressor {
    holt::ZstdCompressStream stream;
};
struct holt_zstd_decompressor {
    holt::ZstdDecompressStream stream;
};

namespace {

using holt::Status;
using holt::capi::run;

std::span<const std::uint8_t> view(const void* bytes, std::size_t size) {
    return {static_cast<const std::uint8_t*>(bytes), size};
}

std::span<std::uint8_t> room(void* bytes, std::size_t size) {
    return {static_cast<std::uint8_t*>(bytes), size};
}

Status take_step(holt::Result<holt::ZstdStep> made, holt_zstd_step& step) {
    if (!made) return std::unexpected(std::move(made).error());
    step.consumed = made->consumed;
    step.produced = made->produced;
    step.done = made->done ? 1 : 0;
    return {};
}

}  // namespace

extern "C" {

holt_zstd_level_range holt_zstd_levels(void) {
    const holt::ZstdLevels levels = holt::zstd_levels();
    return {levels.min, levels.max, levels.standard, levels.ultra};
}

size_t holt_zstd_compress_bound(size_t size) {
    return holt::zstd_compress_bound(size);
}

holt_kind holt_zstd_compress(const void* content, size_t content_size, void* frame,
                             size_t frame_room, int level, size_t* written, holt_status** status) {
    return run(status, [&]() -> Status {
        HOLT_TRY_LET(size, holt::zstd_compress(view(content, content_size), room(frame, frame_room),
                                               {.level = level}));
        *written = size;
        return {};
    });
}

holt_kind holt_zstd_decompress(const void* frames, size_t frames_size, void* content,
                               size_t content_room, size_t* written, holt_status** status) {
    return run(status, [&]() -> Status {
        HOLT_TRY_LET(size,
                     holt::zstd_decompress(view(frames, frames_size), room(content, content_room)));
        *written = size;
        return {};
    });
}

holt_kind holt_zstd_content_size(const void* frames, size_t frames_size, int* stated,
                                 uint64_t* size, holt_status** status) {
    return run(status, [&]() -> Status {
        HOLT_TRY_LET(known, holt::zstd_content_size(view(frames, frames_size)));
        *stated = known ? 1 : 0;
        *size = known.value_or(0);
        return {};
    });
}

holt_kind holt_zstd_compressor_new(int level, holt_zstd_compressor** compressor,
                                   holt_status** status) {
    *compressor = nullptr;
    return run(status, [&]() -> Status {
        HOLT_TRY_LET(stream, holt::ZstdCompressStream::make({.level = level}));
        *compressor = new holt_zstd_compressor{std::move(stream)};
        return {};
    });
}

holt_kind holt_zstd_compressor_run(holt_zstd_compressor* compressor, holt_zstd_step* step,
                                   holt_zstd_flush flush, holt_status** status) {
    return run(status, [&] {
        return take_step(
            compressor->stream.run(view(step->input, step->input_size),
                                   room(step->output, step->output_room),
                                   static_cast<holt::ZstdCompressStream::Flush>(flush)),
            *step);
    });
}

void holt_zstd_compressor_free(holt_zstd_compressor* compressor) {
    delete compressor;
}

holt_kind holt_zstd_decompressor_new(uint64_t window_limit, holt_zstd_decompressor** decompressor,
                                     holt_status** status) {
    *decompressor = nullptr;
    return run(status, [&]() -> Status {
        const uint64_t limit = window_limit == 0 ? uint64_t{128} << 20 : window_limit;
        HOLT_TRY_LET(stream, holt::ZstdDecompressStream::make(limit));
        *decompressor = new holt_zstd_decompressor{std::move(stream)};
        return {};
    });
}

holt_kind holt_zstd_decompressor_run(holt_zstd_decompressor* decompressor, holt_zstd_step* step,
                                     holt_status** status) {
    return run(status, [&] {
        return take_step(decompressor->stream.run(view(step->input, step->input_size),
                                                  room(step->output, step->output_room)),
                         *step);
    });
}

void holt_zstd_decompressor_free(holt_zstd_decompressor* decompressor) {
    delete decompressor;
}

}  // extern "C"

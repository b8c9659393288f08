#include "codec/gzip/deflate_engines.h"

#include <libdeflate.h>

#include <limits>
#include <new>

#if HOLT_HAVE_ISAL
#include <isa-l/igzip_lib.h>
#endif

namespace holt::gzip {

LibdeflateEngine::LibdeflateEngine(int level) : compressor_(libdeflate_alloc_compressor(level)) {
    if (!compressor_) throw std::bad_alloc();
}

void LibdeflateEngine::Free::operator()(libdeflate_compressor* compressor) const noexcept {
    libdeflate_free_compressor(compressor);
}

std::size_t LibdeflateEngine::deflate(ByteView content, MutableByteView out) noexcept {
    return libdeflate_deflate_compress(compressor_.get(), content.data(), content.size(),
                                       out.data(), out.size());
}

#if HOLT_HAVE_ISAL

struct IsalEngine::Impl {
    explicit Impl(int l)
        : level(static_cast<std::uint32_t>(l)),
          room_size(l == 1   ? ISAL_DEF_LVL1_LARGE
                    : l == 2 ? ISAL_DEF_LVL2_LARGE
                             : ISAL_DEF_LVL3_LARGE),
          room(std::make_unique_for_overwrite<std::uint8_t[]>(room_size)) {}

    std::uint32_t level;
    std::uint32_t room_size;
    std::unique_ptr<std::uint8_t[]> room;
    isal_zstream stream{};
};

IsalEngine::IsalEngine(int level) : impl_(std::make_unique<Impl>(level)) {}

std::size_t IsalEngine::deflate(ByteView content, MutableByteView out, StreamEnd end) noexcept {
    if (content.size() > std::numeric_limits<std::uint32_t>::max() ||
        out.size() > std::numeric_limits<std::uint32_t>::max())
        return 0;
    isal_zstream& stream = impl_->stream;
    isal_deflate_init(&stream);
    stream.level = impl_->level;
    stream.level_buf = impl_->room.get();
    stream.level_buf_size = impl_->room_size;
    stream.end_of_stream = end == StreamEnd::last_block ? 1 : 0;
    stream.flush = end == StreamEnd::last_block ? NO_FLUSH : FULL_FLUSH;
    // The library reads only; its interface is older than const.
    stream.next_in = const_cast<std::uint8_t*>(content.data());
    stream.avail_in = static_cast<std::uint32_t>(content.size());
    stream.next_out = out.data();
    stream.avail_out = static_cast<std::uint32_t>(out.size());
    const isal_zstate_state ended = end == StreamEnd::last_block ? ZSTATE_END : ZSTATE_NEW_HDR;
    const bool done = isal_deflate(&stream) == COMP_OK && stream.avail_in == 0 &&
                      stream.internal_state.state == ended;
    return done ? stream.total_out : 0;
}

#else

struct IsalEngine::Impl {};
IsalEngine::IsalEngine(int) {}
std::size_t IsalEngine::deflate(ByteView, MutableByteView, StreamEnd) noexcept {
    return 0;
}

#endif

IsalEngine::IsalEngine(IsalEngine&&) noexcept = default;
IsalEngine& IsalEngine::operator=(IsalEngine&&) noexcept = default;
IsalEngine::~IsalEngine() = default;

}  // namespace holt::gzip

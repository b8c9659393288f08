#include "codec/gzip/inflate.h"

#include <libdeflate.h>
#include <zlib.h>

#include <algorithm>
#include <limits>
#include <new>

#if HOLT_HAVE_ISAL
#include <isa-l/igzip_lib.h>
#endif

namespace holt::gzip {

struct InflateStream::Impl {
    Impl() = default;
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;
    virtual ~Impl() = default;
    virtual void reset() noexcept = 0;
    virtual Step run(ByteView input, MutableByteView output) noexcept = 0;
    virtual std::uint32_t crc() const noexcept = 0;
};

namespace {

/// Both libraries count in 32 bits.
std::uint32_t clamped(std::size_t size) noexcept {
    return static_cast<std::uint32_t>(
        std::min<std::size_t>(size, std::numeric_limits<std::uint32_t>::max()));
}

class ZlibInflate final : public InflateStream::Impl {
  public:
    ZlibInflate() {
        if (inflateInit2(&stream_, -MAX_WBITS) != Z_OK) throw std::bad_alloc();
    }
    ~ZlibInflate() override { inflateEnd(&stream_); }

    void reset() noexcept override {
        inflateReset(&stream_);
        crc_ = 0;
    }
    InflateStream::Step run(ByteView input, MutableByteView output) noexcept override {
        stream_.next_in = const_cast<std::uint8_t*>(input.data());
        stream_.avail_in = clamped(input.size());
        stream_.next_out = output.data();
        stream_.avail_out = clamped(output.size());
        const int code = inflate(&stream_, Z_NO_FLUSH);
        const InflateStream::Step step{
            .consumed = static_cast<std::size_t>(stream_.next_in - input.data()),
            .produced = static_cast<std::size_t>(stream_.next_out - output.data()),
            .malformed = code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR,
            .finished = code == Z_STREAM_END};
        // libdeflate's CRC is several times as fast as zlib's.
        crc_ = libdeflate_crc32(crc_, output.data(), step.produced);
        return step;
    }
    std::uint32_t crc() const noexcept override { return crc_; }

  private:
    z_stream stream_{};
    std::uint32_t crc_ = 0;
};

#if HOLT_HAVE_ISAL

class IsalInflate final : public InflateStream::Impl {
  public:
    IsalInflate() { reset(); }

    void reset() noexcept override {
        isal_inflate_init(&state_);
        state_.crc_flag = ISAL_GZIP_NO_HDR;  // raw deflate, with the CRC that gzip has
    }
    InflateStream::Step run(ByteView input, MutableByteView output) noexcept override {
        state_.next_in = const_cast<std::uint8_t*>(input.data());
        state_.avail_in = clamped(input.size());
        state_.next_out = output.data();
        state_.avail_out = clamped(output.size());
        const int code = isal_inflate(&state_);
        InflateStream::Step step{
            .consumed = static_cast<std::size_t>(state_.next_in - input.data()),
            .produced = static_cast<std::size_t>(state_.next_out - output.data()),
            .malformed = code < 0,
            .finished = code >= 0 && state_.block_state == ISAL_BLOCK_FINISH};
        // What it holds in its bit buffer it has taken, but not used.
        if (step.finished && state_.read_in_length > 0)
            step.surplus = static_cast<std::size_t>(state_.read_in_length) / 8;
        return step;
    }
    std::uint32_t crc() const noexcept override { return state_.crc; }

  private:
    inflate_state state_;
};

#endif

}  // namespace

InflateStream::InflateStream(Library library) {
#if HOLT_HAVE_ISAL
    if (library == Library::fastest) {
        impl_ = std::make_unique<IsalInflate>();
        return;
    }
#endif
    static_cast<void>(library);
    impl_ = std::make_unique<ZlibInflate>();
}

InflateStream::InflateStream(InflateStream&&) noexcept = default;
InflateStream& InflateStream::operator=(InflateStream&&) noexcept = default;
InflateStream::~InflateStream() = default;

void InflateStream::reset() noexcept {
    impl_->reset();
}

InflateStream::Step InflateStream::run(ByteView input, MutableByteView output) noexcept {
    return impl_->run(input, output);
}

std::uint32_t InflateStream::crc() const noexcept {
    return impl_->crc();
}

}  // namespace holt::gzip

// An archive's bytes as the tar or zip in it has them: read from a descriptor, the compression
// recognised by its first bytes and undone, under the limits of SAFETY.
// Thread rule: one thread at a time.
#pragma once

#include <holt/archive.hpp>
#include <holt/cancel.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "archive/format/archive_kind.h"
#include "archive/io/stream.h"
#include "store/source/file_reading.h"

namespace holt::store {

/// A descriptor as a source. Waits for a pipe in a way that can be cancelled.
class FdSource final : public ByteSource {
  public:
    FdSource(int fd, std::string shown, bool may_block, const Cancel* cancel);
    /// The same out of a function of the caller's, like a pipe; fd() is -1.
    FdSource(ArchiveRead read, std::string shown, const Cancel* cancel);
    ~FdSource() override;
    Result<ByteView> next() override;
    /// The first bytes, up to 512, without taking them: before the first next().
    Result<ByteView> peek();
    /// What it is by its first bytes; a file by its last ones too, since something may stand in
    /// front of a zip.
    Result<ArchiveKind> kind();
    int fd() const noexcept { return fd_; }
    /// `failed` when it is a file that was changed since the first byte was read.
    Status check_unchanged() const;
    /// Somebody reads the file by place: so many bytes count as handed out.
    void taken_elsewhere(std::uint64_t bytes) noexcept { offset_ = bytes; }
    /// Bytes handed out; from any thread.
    std::uint64_t offset() const noexcept { return offset_.load(std::memory_order_relaxed); }
    const std::string& shown() const noexcept { return shown_; }

  private:
    Result<std::size_t> read_some(std::size_t at);
    Status look_at_file();

    const int fd_;
    const ArchiveRead read_{};
    const std::string shown_;
    const bool may_block_;
    const Cancel* cancel_;
    Bytes buffer_;
    std::size_t peeked_ = 0;
    std::optional<LookBefore> look_{};  // of a file, once it is being read
    bool looked_ = false;
    std::atomic<std::uint64_t> offset_{0};
};

struct DecodeLimits {
    std::uint64_t window = std::uint64_t{128} << 20;  ///< of zstd frames, bytes
    std::uint64_t ratio = 1000;  ///< bytes out for each byte in, zeros not counted
    std::uint64_t content = std::uint64_t{1} << 40;  ///< bytes out, zeros counted
};

/// What a decoder has yielded, held against its limits. Thread rule: one thread at a time.
class DecodeMeter {
  public:
    DecodeMeter(const FdSource& in, const DecodeLimits& limits) : in_(in), limits_(limits) {}
    /// More bytes came out: `no_space` when that is too much.
    Status produced(ByteView bytes);
    /// So many bytes were taken in, and nothing came out: `no_space` when there is no end to it.
    Status consumed_for_nothing(std::size_t bytes);

  private:
    const FdSource& in_;
    const DecodeLimits limits_;
    std::uint64_t all_ = 0, not_zero_ = 0, empty_ = 0;
};

/// Bytes that decoding may yield beyond the ratio: small archives of zeros are no attack.
inline constexpr std::uint64_t kRatioGrace = std::uint64_t{64} << 20;
/// Input that yields nothing may be no longer than this: endless empty frames.
inline constexpr std::uint64_t kMaxEmptyInput = std::uint64_t{64} << 20;

/// no_space when `out` bytes came from `in` bytes although the limit is lower.
Status check_ratio(std::uint64_t in, std::uint64_t out, std::uint64_t ratio,
                   const std::string& shown);

/// The decoder for what `kind` says; null where there is nothing to decode.
Result<std::unique_ptr<ByteSource>> make_decoder(ArchiveKind kind, FdSource& in,
                                                 const DecodeLimits& limits);

}  // namespace holt::store

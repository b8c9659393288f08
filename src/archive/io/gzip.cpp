#include "archive/io/gzip.h"

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "codec/gzip/decompress.h"

namespace holt::store {
namespace {

// Decoded bytes that wait to be taken: the decoder hands out blocks of about a megabyte.
constexpr std::size_t kMaxWaiting = std::size_t{4} << 20;

ErrorKind kind_of(gzip::ErrorCode code) noexcept {
    switch (code) {
        case gzip::ErrorCode::output_limit:
            return ErrorKind::no_space;
        case gzip::ErrorCode::out_of_memory:
        case gzip::ErrorCode::bad_parameter:
            return ErrorKind::failed;
        default:
            return ErrorKind::corrupt;
    }
}

// The codec pushes what it decodes, a tar reader pulls: a queue between two threads.
class GzipSource final : public ByteSource {
  public:
    GzipSource(FdSource& in, const DecodeLimits& limits)
        : in_(in), meter_(in, limits), decoder_([this] { decode(); }) {}
    ~GzipSource() override {
        {
            const std::lock_guard lock(mutex_);
            stopped_ = true;
        }
        changed_.notify_all();
        decoder_.join();
    }

    Result<ByteView> next() override {
        std::unique_lock lock(mutex_);
        taken_.clear();
        changed_.wait(lock, [&] { return !waiting_.empty() || ended_; });
        if (!waiting_.empty()) {
            taken_ = std::move(waiting_.front());
            waiting_.pop_front();
            waiting_bytes_ -= taken_.size();
            changed_.notify_all();
            return ByteView(taken_);
        }
        if (error_) return std::unexpected(*error_);
        return ByteView{};
    }
    std::string_view ignored() const override { return ignored_; }

  private:
    void decode() {
        gzip::DecodeOptions options;
        const auto report = gzip::decompress(
            options, [this](MutableByteView into) { return read(into); },
            [this](ByteView bytes) { return write(bytes); });
        const std::lock_guard lock(mutex_);
        if (!report && !error_) error_ = describe(report.error());
        if (report && report->trailing == gzip::Trailing::garbage)
            ignored_ = "something that is no gzip stands behind its last member, and was not read";
        ended_ = true;
        changed_.notify_all();
    }

    Error describe(const gzip::Error& error) const {
        std::string cause = std::string(gzip::describe(error.code)) + ", at byte " +
                            std::to_string(error.input_offset);
        if (error.member > 0)
            cause += ", in the member that begins at byte " + std::to_string(error.member_offset) +
                     ", behind " + std::to_string(error.member) + " whole ones";
        cause += ", after " + std::to_string(error.output_bytes) + " bytes of content";
        return fail(kind_of(error.code), "decompress", in_.shown(), std::move(cause),
                    Advice::get_whole_copy)
            .error();
    }

    std::optional<std::size_t> read(MutableByteView into) {
        if (rest_.empty()) {
            auto more = in_.next();
            if (!more) {
                keep(std::move(more).error());
                return std::nullopt;
            }
            rest_ = *more;
        }
        const std::size_t size = std::min(into.size(), rest_.size());
        if (size > 0) std::memcpy(into.data(), rest_.data(), size);
        rest_ = rest_.subspan(size);
        const std::lock_guard lock(meter_mutex_);
        if (auto status = meter_.consumed_for_nothing(size); !status) {
            keep(std::move(status).error());
            return std::nullopt;
        }
        return size;
    }

    bool write(ByteView bytes) {
        if (auto status = measure(bytes); !status) return keep(std::move(status).error());
        Bytes copy(bytes.begin(), bytes.end());
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return waiting_bytes_ < kMaxWaiting || stopped_; });
        if (stopped_) return false;
        waiting_bytes_ += copy.size();
        if (!copy.empty()) waiting_.push_back(std::move(copy));
        changed_.notify_all();
        return true;
    }

    Status measure(ByteView bytes) {
        const std::lock_guard lock(meter_mutex_);
        return meter_.produced(bytes);
    }

    bool keep(Error error) {
        const std::lock_guard lock(mutex_);
        if (!error_) error_ = std::move(error);
        return false;
    }

    FdSource& in_;
    std::mutex meter_mutex_;  // the decoder reads and writes on threads of its own
    DecodeMeter meter_;
    // Of the thread that reads.
    ByteView rest_{};
    Bytes taken_;
    std::mutex mutex_;  // guards all that follows
    std::condition_variable changed_;
    std::deque<Bytes> waiting_;
    std::size_t waiting_bytes_ = 0;
    bool ended_ = false, stopped_ = false;
    std::optional<Error> error_;
    std::string_view ignored_;  // written once, before ended_
    std::thread decoder_;       // last: it uses the others
};

}  // namespace

std::unique_ptr<ByteSource> make_gzip_source(FdSource& in, const DecodeLimits& limits) {
    return std::make_unique<GzipSource>(in, limits);
}

}  // namespace holt::store

#include "codec/gzip/member_stream.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "codec/gzip/crc32.h"
#include "codec/gzip/ordered.h"
#include "codec/gzip/stretch.h"

namespace holt::gzip {
namespace {

/// So far into a member that is ready a first joint is looked for before it is decoded.
constexpr std::size_t kLookAhead = std::size_t{1} << 20;
constexpr std::uint64_t kMostPatience = std::uint64_t{64} << 20;

/// What a match may reach back to, of all content so far.
class Window {
  public:
    explicit Window(ByteView content) : bytes_(content.begin(), content.end()) {}
    void add(ByteView content) {
        content = content.last(std::min(content.size(), kSize));
        if (bytes_.size() >= kSize) bytes_.erase(bytes_.begin(), bytes_.end() - kSize);
        bytes_.insert(bytes_.end(), content.begin(), content.end());
    }
    ByteView view() const noexcept { return bytes_; }

  private:
    static constexpr std::size_t kSize = InflateStream::kWindow;
    Bytes bytes_;
};

}  // namespace

ErrorCode MemberStream::put(ByteView content) {
    length_ += content.size();
    decoded_ += content.size();
    return write_(content);
}

ErrorCode MemberStream::decode() {
    if (!inflate_) inflate_.emplace();
    inflate_->reset();
    crc_ = 0;
    length_ = 0;
    finished_ = false;
    if (std::exchange(try_at_start_, false) && decoded_ >= try_at_) {
        const ErrorCode code = decode_stretches(Begun::at_start);
        if (code != ErrorCode::ok) return code;
    }
    for (bool full = false; !finished_;) {
        if (!full && !reader_.fill(1)) return ErrorCode::truncated;
        const bool trying = threads_ > 1 && decoded_ >= try_at_;
        const auto step =
            inflate_->run(reader_.view(), trying ? tuning_.joint_after : InflateStream::kNoJoint);
        reader_.consume(step.consumed);
        reader_.unread(step.surplus);
        full = step.full;
        crc_ = inflate_->crc();
        finished_ = step.finished;
        ErrorCode code = put(step.output);
        if (code != ErrorCode::ok) return code;
        if (step.malformed) return ErrorCode::bad_data;
        if (!step.joint) continue;
        code = decode_stretches(Begun::at_joint);
        if (code != ErrorCode::ok) return code;
        full = false;
    }
    return ErrorCode::ok;
}

ErrorCode MemberStream::decode_stretches(Begun begun) {
    ErrorCode code = ErrorCode::ok;
    Bytes left;  // what was gathered and not used
    Window window(inflate_->window());
    std::uint64_t whole = 0, wasted = 0;  // stretches; bytes of content
    bool first = begun == Begun::at_start;
    std::atomic<bool> stopped{false};  // read by next, set by emit
    const auto next = [&](Stretch& stretch) {
        Stretch::Limits limits{.enough = tuning_.enough};
        if (std::exchange(first, false)) {
            limits.input = kLookAhead;
            limits.to_the_end = false;
        }
        return !stopped && stretch.gather(reader_, limits);
    };
    const auto work = [](PartInflater& inflater, Stretch& stretch) {
        stretch.part = inflater.decode(stretch.input.view(), stretch.content);
    };
    const auto take = [&](Stretch& stretch) {
        const ByteView content = stretch.content.view();
        crc_ = crc32_combine(crc_, stretch.part.crc, content.size());
        window.add(content);
        code = put(content);
        finished_ = stretch.part.finished;
        return code == ErrorCode::ok && !finished_ && stretch.part.good == stretch.input.size();
    };
    const auto emit = [&](Stretch& stretch) {
        std::size_t used = 0;
        if (stopped) {
            wasted += stretch.content.size();
        } else {
            used = stretch.part.good;
            if (take(stretch)) {
                ++whole;
                return;
            }
            stopped = true;
        }
        const ByteView rest = stretch.input.view().subspan(used);
        left.insert(left.end(), rest.begin(), rest.end());
    };
    run_ordered<Stretch>(
        threads_, [] { return PartInflater(); }, next, work, emit);
    if (!left.empty()) reader_.put_back(left);
    inflate_->resume(window.view(), crc_);
    if (whole > 0 && supply_ == Supply::ready) try_at_start_ = true;
    if (!stopped || finished_) return code;
    patience_ = whole > 0 ? tuning_.patience : std::min(2 * patience_, kMostPatience);
    try_at_ = decoded_ + std::max(patience_, wasted);
    return code;
}

}  // namespace holt::gzip

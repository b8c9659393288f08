#include "codec/gzip/stretch.h"

#include <algorithm>
#include <cstring>

#include "codec/gzip/open_end.h"

namespace holt::gzip {
namespace {

/// Most stretches are not longer.
constexpr std::size_t kUsual = std::size_t{512} << 10;
/// Of our own parts, which have 2 MiB of content at most, four are what PartInflater takes.
constexpr unsigned kMostJoints = 4;
static_assert(kMostJoints * (std::size_t{2} << 20) < PartInflater::kMaxContent);

}  // namespace

// Of what is compressed one byte in 256 is 0xFF.
std::size_t find_joint(ByteView bytes, std::size_t from) noexcept {
    constexpr std::size_t kZeros = 2;
    for (std::size_t at = from + kZeros; at + 1 < bytes.size(); ++at) {
        const void* const found = std::memchr(&bytes[at], kJoint[kZeros], bytes.size() - 1 - at);
        if (found == nullptr) break;
        at = static_cast<std::size_t>(static_cast<const std::uint8_t*>(found) - bytes.data());
        if (equal(bytes.subspan(at - kZeros, kJoint.size()), kJoint))
            return at - kZeros + kJoint.size();
    }
    return 0;
}

bool Stretch::gather(Reader& reader, const Limits& limits) {
    std::size_t end = 0, looked = 0;
    unsigned joints = 0;
    for (bool enough = false; !enough;) {
        const ByteView view = reader.view();
        while (!enough) {
            const std::size_t joint = find_joint(view, looked);
            if (joint == 0) break;
            end = looked = joint;
            enough = ++joints == kMostJoints || end >= limits.enough;
        }
        if (enough) break;
        // A joint may lie across what is there and what comes.
        looked = std::max(looked, view.size() - std::min(view.size(), kJoint.size() - 1));
        if (view.size() >= limits.input) break;
        if (!reader.fill(view.size() + 1)) {
            if (limits.to_the_end) end = view.size();
            break;
        }
    }
    input.clear();
    input.reserve(kUsual);
    input.append(reader.view().first(end));
    reader.consume(end);
    return end > 0;
}

}  // namespace holt::gzip

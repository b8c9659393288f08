#include "codec/gzip/open_end.h"

#include <algorithm>
#include <cstring>

namespace holt::gzip {
namespace {

/// So far behind the stream the loop is certain to have met the end of the last block: it holds 8
/// bytes at most that it has not used.
constexpr std::size_t kPastEnd = 16;
static_assert(kPastEnd + 2 * kInputSlack <= EndOpener::kRoom);

}  // namespace

EndOpener::EndOpener(codec::CpuLevel level) : machine_(pass_loop(level)) {}

std::size_t EndOpener::open(std::uint8_t* stream, std::size_t size) noexcept {
    using At = InflateMachine::At;
    // What is passed over puts nothing out; damaged streams, which none is here, might.
    std::uint8_t nothing[kOutputSlack + 1];
    std::memset(stream + size, 0, kRoom);
    machine_.begin();
    machine_.set_input({stream, size + kPastEnd + kInputSlack});
    machine_.set_output(nothing, nothing, nothing + 1);
    const auto position = [&] { return machine_.taken() * 8 - machine_.bits_held(); };
    std::size_t header = 0;
    for (bool more = true; more;) {
        if (machine_.at() == At::block && !machine_.is_last()) header = position();
        if (machine_.at() == At::stored)
            machine_.skip_stored();
        else
            more = machine_.step();
    }
    const std::size_t end = position();
    if (machine_.at() != At::end || (end + 7) / 8 != size) return 0;
    stream[header / 8] &= static_cast<std::uint8_t>(~(1u << header % 8));
    if (end % 8 != 0) stream[end / 8] &= static_cast<std::uint8_t>((1u << end % 8) - 1);
    const std::size_t joint = (end + 3 + 7) / 8;
    std::ranges::copy(kJoint, stream + joint);
    return joint + kJoint.size();
}

}  // namespace holt::gzip

#include "codec/gzip/inflate.h"

#include <algorithm>
#include <cstring>

#include "codec/gzip/crc32.h"

namespace holt::gzip {

InflateStream::InflateStream(codec::CpuLevel level)
    : machine_(inflate_loop(level)),
      content_(std::make_unique<std::uint8_t[]>(kWindow + kRoom + kOutputSlack)) {
    reset();
}

void InflateStream::reset() noexcept {
    resume({}, 0);
}

void InflateStream::resume(ByteView window, std::uint32_t crc) noexcept {
    window = window.last(std::min(window.size(), kWindow));
    if (!window.empty()) std::memmove(content_.get(), window.data(), window.size());
    machine_.begin();
    machine_.set_output(content_.get(), content_.get() + window.size(),
                        content_.get() + kWindow + kRoom);
    crc_ = crc;
    since_joint_ = 0;
}

ByteView InflateStream::window() const noexcept {
    const auto made = static_cast<std::size_t>(machine_.out() - content_.get());
    const std::size_t size = std::min(made, kWindow);
    return {machine_.out() - size, size};
}

InflateStream::Step InflateStream::run(ByteView input, std::uint64_t joint_after) noexcept {
    // The window moves to the front when half of the room is used.
    std::uint8_t* const content = content_.get();
    if (static_cast<std::size_t>(machine_.out() - content) > kWindow + kRoom / 2) {
        std::memmove(content, machine_.out() - kWindow, kWindow);
        machine_.set_output(content, content + kWindow, content + kWindow + kRoom);
    }
    const std::uint8_t* const begin = machine_.out();
    machine_.set_input(input);
    const std::uint8_t* counted = begin;  // in since_joint_
    bool joint = false;
    while (!joint && machine_.step()) {
        if (!machine_.at_joint()) continue;
        since_joint_ += static_cast<std::uint64_t>(machine_.out() - counted);
        counted = machine_.out();
        joint = since_joint_ >= joint_after;
        since_joint_ = 0;
    }
    since_joint_ += static_cast<std::uint64_t>(machine_.out() - counted);
    const auto made = static_cast<std::size_t>(machine_.out() - begin);
    crc_ = crc32(crc_, {begin, made});
    Step step{.output = {begin, made},
              .full = machine_.is_full(),
              .malformed = machine_.at() == InflateMachine::At::malformed,
              .finished = machine_.at() == InflateMachine::At::end,
              .joint = joint};
    if (step.finished || joint) step.surplus = machine_.give_back();
    step.consumed = machine_.taken();
    return step;
}

}  // namespace holt::gzip

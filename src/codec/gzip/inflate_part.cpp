#include "codec/gzip/inflate_part.h"

#include "codec/gzip/crc32.h"

namespace holt::gzip {
PartInflater::PartInflater(codec::CpuLevel level) : machine_(inflate_loop(level)) {}

PartInflater::Part PartInflater::decode(ByteView stretch, Buffer& content) {
    // All the room at once: what is not written to takes no memory, where growing would take pages
    // anew each time.
    constexpr std::size_t kRoom = kMaxContent + kOutputSlack;
    content.resize(kRoom);
    machine_.begin();
    machine_.set_input(stretch);
    machine_.set_output(content.data(), content.data(), content.data() + kMaxContent);
    const auto made = [&] { return static_cast<std::size_t>(machine_.out() - content.data()); };
    std::size_t joint = 0, joint_content = 0;
    while (machine_.step()) {
        if (!machine_.at_joint()) continue;
        joint = machine_.taken() - machine_.bits_held() / 8;
        joint_content = made();
    }
    Part part{.good = joint};
    const bool finished = machine_.at() == InflateMachine::At::end;
    const bool whole = machine_.at() == InflateMachine::At::block &&
                       machine_.taken() == stretch.size() && machine_.bits_held() == 0;
    if (finished || whole) {
        machine_.give_back();
        part.good = machine_.taken();
        part.finished = finished;
        joint_content = made();
    }
    content.resize(joint_content);
    part.crc = crc32(0, content.view());
    return part;
}

}  // namespace holt::gzip

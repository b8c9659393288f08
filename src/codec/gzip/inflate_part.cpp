#include "codec/gzip/inflate_part.h"

#include <algorithm>

#include "codec/gzip/crc32.h"

namespace holt::gzip {
namespace {

constexpr std::size_t kSlice = std::size_t{64} << 10;

}  // namespace
PartInflater::PartInflater(codec::CpuLevel level) : machine_(inflate_loop(level)) {}

PartInflater::Part PartInflater::decode(ByteView stretch, Buffer& content) {
    // All the room at once: what is not written to takes no memory, where growing would take pages
    // anew each time.
    content.resize(kMaxContent + kOutputSlack);
    std::uint8_t* const begin = content.data();
    machine_.begin();
    machine_.set_input(stretch);
    machine_.set_output(begin, begin, begin);
    std::uint32_t crc = 0;
    std::size_t made = 0, joint = 0, joint_content = 0;
    do {
        // The CRC takes what is still in the cache.
        machine_.set_output(begin, begin + made, begin + std::min(made + kSlice, kMaxContent));
        while (machine_.step()) {
            if (!machine_.at_joint()) continue;
            joint = machine_.taken() - machine_.bits_held() / 8;
            joint_content = static_cast<std::size_t>(machine_.out() - begin);
        }
        const auto more = static_cast<std::size_t>(machine_.out() - begin) - made;
        crc = crc32(crc, {begin + made, more});
        made += more;
    } while (machine_.is_full() && made < kMaxContent);
    const bool finished = machine_.at() == InflateMachine::At::end;
    const bool whole = machine_.at() == InflateMachine::At::block &&
                       machine_.taken() == stretch.size() && machine_.bits_held() == 0;
    if (finished || whole) {
        machine_.give_back();
        content.resize(made);
        return {.good = machine_.taken(), .crc = crc, .finished = finished};
    }
    content.resize(joint_content);
    return {.good = joint, .crc = crc32(0, content.view())};
}

}  // namespace holt::gzip

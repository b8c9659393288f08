#include "store/format/wire.h"

#include <algorithm>
#include <limits>

namespace holt::store {

std::uint64_t WireReader::varint(std::uint64_t max, const char* what) noexcept {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        const std::uint8_t group = byte();
        if (!ok()) return 0;
        // The tenth group holds the one bit that is left of 64.
        if (shift == 63 && group > 1) break;
        value |= static_cast<std::uint64_t>(group & 0x7F) << shift;
        if (group & 0x80) continue;
        if (group == 0 && shift > 0) {
            refuse("an integer is not in its shortest form");
            return 0;
        }
        if (value > max) {
            refuse(what);
            return 0;
        }
        return value;
    }
    refuse("an integer is over 64 bits");
    return 0;
}

std::int64_t WireReader::zigzag(const char* what) noexcept {
    const std::uint64_t raw = varint(std::numeric_limits<std::uint64_t>::max(), what);
    return static_cast<std::int64_t>((raw >> 1) ^ (0 - (raw & 1)));
}

Time WireReader::time() noexcept {
    constexpr const char* kWhat = "a time is out of range";
    const std::int64_t seconds = zigzag(kWhat);
    const std::uint64_t ns = varint(kNanosecondsPerSecond - 1, kWhat);
    return {.seconds = seconds, .nanoseconds = static_cast<std::uint32_t>(ns)};
}

ByteView WireReader::fields(std::span<const std::uint64_t> known) noexcept {
    constexpr const char* kWhat = "an extension field is out of range";
    const std::size_t begin = at_;
    const std::size_t count = this->count(2, "more extension fields than there are bytes");
    std::uint64_t before = 0;
    for (std::size_t i = 0; i < count && ok(); ++i) {
        const std::uint64_t tag = varint(std::numeric_limits<std::uint64_t>::max(), kWhat);
        require(i == 0 || tag > before, "extension fields are not sorted");
        if (ok() && tag % 2 == 1 && std::ranges::find(known, tag) == known.end())
            refuse_version("it has a field that this version of holt does not know");
        before = tag;
        text(0, kMaxFields, kWhat);
    }
    require(at_ - begin <= kMaxFields, kWhat);
    return ok() && count > 0 ? input_.subspan(begin, at_ - begin) : ByteView{};
}

void FieldsWriter::put(std::uint64_t tag, ByteView value) {
    WireWriter writer(fields_);
    writer.varint(tag);
    writer.text(as_text(value));
    ++count_;
}

Bytes FieldsWriter::encoded() const {
    Bytes out;
    if (count_ == 0) return out;
    WireWriter writer(out);
    writer.varint(count_);
    writer.bytes(fields_);
    return out;
}

void for_each_field(ByteView encoded,
                    const std::function<void(std::uint64_t tag, ByteView value)>& visit) {
    if (encoded.empty()) return;
    WireReader reader(encoded);
    const std::size_t count = reader.count(2, "");
    for (std::size_t i = 0; i < count && reader.ok(); ++i) {
        const std::uint64_t tag = reader.varint(std::numeric_limits<std::uint64_t>::max(), "");
        const ByteView value = reader.text(0, kMaxFields, "");
        if (reader.ok()) visit(tag, value);
    }
}

Status WireReader::finish(const std::string& operation, const std::string& object) noexcept {
    require(remaining() == 0, "bytes follow after its end");
    if (ok()) return {};
    if (other_version_)
        return fail(ErrorKind::no_store, operation, object, problem_,
                    "use the version of holt that wrote it");
    return fail(ErrorKind::corrupt, operation, object,
                std::string(problem_) + " (byte " + std::to_string(before_ + at_) + " of " +
                    std::to_string(before_ + input_.size()) + ")",
                Advice::verify_store);
}

}  // namespace holt::store

#include "relocation/marshal.h"

#include <array>
#include <utility>

#include "base/endian.h"

namespace holt::relocation {
namespace {

constexpr std::uint8_t kRef = 0x80;  // FLAG_REF: the object may be referred to
constexpr std::size_t kMostDepth = 100'000;

// How a code object is laid out: 32-bit numbers and objects in turns.
struct CodeLayout {
    std::uint8_t numbers, objects, more_objects;  // one number stands between the two
};

// By the magic number in the header (Lib/importlib/_bootstrap_external.py has the list).
std::optional<CodeLayout> layout_of(unsigned magic) noexcept {
    if (magic < 3390 || magic > 3699) return std::nullopt;
    if (magic < 3400) return CodeLayout{5, 8, 1};  // 3.7
    if (magic < 3450) return CodeLayout{6, 8, 1};  // 3.8: positional-only arguments
    return CodeLayout{5, 8, 2};                    // 3.11: exception table, no count of locals
}

class Walk {
  public:
    Walk(ByteView file, CodeLayout layout) : file_(file), layout_(layout) {}

    // What is still to be read, innermost last: so many objects, or numbers.
    bool run() {
        at_ = kPycHeader;
        push(Task::object, 1);
        while (ok_ && !tasks_.empty()) {
            Pending& next = tasks_.back();
            if (next.count == 0) {
                tasks_.pop_back();
            } else if (next.task == Task::number) {
                skip(4 * std::size_t{next.count});
                tasks_.pop_back();
            } else if (next.task == Task::until_null && at_ < file_.size() && file_[at_] == '0') {
                ++at_;
                tasks_.pop_back();
            } else {
                if (next.task == Task::object) --next.count;
                object();
            }
        }
        return ok_ && at_ == file_.size();
    }
    std::vector<MarshalString> take() { return std::move(strings_); }

  private:
    enum class Task : std::uint8_t { object, number, until_null };
    struct Pending {
        Task task;
        std::uint32_t count;
    };

    void push(Task task, std::uint32_t count) {
        ok_ = ok_ && tasks_.size() < kMostDepth;
        tasks_.push_back({task, count});
    }
    bool skip(std::size_t count) {
        ok_ = ok_ && count <= file_.size() - at_;
        if (ok_) at_ += count;
        return ok_;
    }
    std::uint32_t number(std::size_t width) {
        const std::size_t at = at_;
        if (!skip(width)) return 0;
        return width == 1 ? file_[at] : load_le<std::uint32_t>(&file_[at]);
    }
    void string(std::size_t header, std::uint8_t type, std::size_t width) {
        const std::uint32_t length = number(width);
        const std::size_t begin = at_;
        if (skip(length)) strings_.push_back({header, begin, length, type});
    }
    void objects(std::size_t width) {
        const std::uint32_t count = number(width);
        ok_ = ok_ && count <= file_.size() - at_;
        push(Task::object, count);
    }
    void code() {
        push(Task::object, layout_.more_objects);
        push(Task::number, 1);
        push(Task::object, layout_.objects);
        push(Task::number, layout_.numbers);
    }
    void object() {
        const std::size_t header = at_;
        if (!skip(1)) return;
        const std::uint8_t type = file_[header];
        switch (type & ~kRef) {
            case 'N':
            case 'F':
            case 'T':
            case 'S':
            case '.':
                return;
            case 'i':
            case 'r':
                skip(4);
                return;
            case 'I':
            case 'g':
                skip(8);
                return;
            case 'y':
                skip(16);
                return;
            case 'f':
                skip(number(1));
                return;
            case 'x':
                if (skip(number(1))) skip(number(1));
                return;
            case 'l': {
                const auto digits = static_cast<std::int32_t>(number(4));
                const std::int64_t count = digits < 0 ? -std::int64_t{digits} : digits;
                skip(static_cast<std::size_t>(2 * count));
                return;
            }
            case 's':
            case 't':
            case 'u':
            case 'a':
            case 'A':
                return string(header, type, 4);
            case 'z':
            case 'Z':
                return string(header, type, 1);
            case ')':
                return objects(1);
            case '(':
            case '[':
            case '<':
            case '>':
                return objects(4);
            case '{':
                return push(Task::until_null, 1);
            case ':':
                return push(Task::object, 3);
            case 'c':
                return code();
            default:
                ok_ = false;
        }
    }

    ByteView file_;
    const CodeLayout layout_;
    std::size_t at_ = 0;
    bool ok_ = true;
    std::vector<Pending> tasks_;
    std::vector<MarshalString> strings_;
};

}  // namespace

std::optional<std::vector<MarshalString>> marshal_strings(ByteView file) {
    if (file.size() <= kPycHeader || file[2] != '\r' || file[3] != '\n') return std::nullopt;
    const auto layout = layout_of(load_le<std::uint16_t>(file.data()));
    if (!layout) return std::nullopt;
    Walk walk(file, *layout);
    if (!walk.run()) return std::nullopt;
    return walk.take();
}

std::string marshal_header(std::uint8_t type, std::uint64_t length, Letters letters) {
    auto kind = static_cast<std::uint8_t>(type & ~kRef);
    if (letters == Letters::any) {
        if (kind == 'z' || kind == 'a') kind = 'u';
        if (kind == 'Z' || kind == 'A') kind = 't';  // interned
    }
    const auto reference = static_cast<std::uint8_t>(type & kRef);
    const bool is_short = kind == 'z' || kind == 'Z';
    if (is_short && length <= 0xFF)
        return {static_cast<char>(kind | reference), static_cast<char>(length)};
    if (is_short) kind = static_cast<std::uint8_t>(kind + ('a' - 'z'));
    std::array<char, 4> bytes;
    store_le(bytes.data(), static_cast<std::uint32_t>(length));
    return static_cast<char>(kind | reference) + std::string(bytes.data(), bytes.size());
}

}  // namespace holt::relocation

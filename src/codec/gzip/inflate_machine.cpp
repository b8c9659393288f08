#include "codec/gzip/inflate_machine.h"

#include <algorithm>
#include <cstring>
#include <span>

namespace holt::gzip {
namespace {

// A length with its distance has no more bits than this, nor has anything else that is read at
// once.
constexpr unsigned kMostBits = 48;
constexpr unsigned kLeastLengthCodes = 257, kMostLengthCodes = 286, kMostDistanceCodes = 30;
constexpr unsigned kLeastCodeCodes = 4;
/// The order of the lengths of the codes for lengths (3.2.7).
constexpr std::array<std::uint8_t, kCodeSymbols> kCodeOrder = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                                               11, 4,  12, 3, 13, 2, 14, 1, 15};

}  // namespace

void InflateMachine::begin() noexcept {
    at_ = At::block;
    is_last_ = joint_ = false;
    cursor_.bits = 0;
    cursor_.count = 0;
}

void InflateMachine::set_input(ByteView input) noexcept {
    input_ = cursor_.in = input.data();
    end_ = input_ + input.size();
}

void InflateMachine::set_output(const std::uint8_t* begin, std::uint8_t* out,
                                std::uint8_t* limit) noexcept {
    begin_ = begin;
    cursor_.out = out;
    limit_ = limit;
}

std::size_t InflateMachine::give_back() noexcept {
    const std::size_t whole = cursor_.count / 8;
    const std::size_t here = std::min(whole, taken());
    cursor_.in -= here;
    cursor_.count %= 8;
    cursor_.bits &= (std::uint64_t{1} << cursor_.count) - 1;
    return whole - here;
}

void InflateMachine::skip_stored() noexcept {
    give_back();
    const std::size_t size =
        std::min({std::size_t{stored_left_}, static_cast<std::size_t>(end_ - cursor_.in)});
    cursor_.in += size;
    stored_left_ -= static_cast<std::uint32_t>(size);
    if (stored_left_ == 0) at_ = At::block;
}

bool InflateMachine::step() noexcept {
    switch (at_) {
        case At::block:
            return block_header();
        case At::stored_size:
            return stored_size();
        case At::stored:
            return stored();
        case At::code_counts:
            return code_counts();
        case At::code_lengths:
            return code_lengths();
        case At::lengths:
            return lengths();
        case At::symbols:
            return symbols();
        case At::end:
        case At::malformed:
            break;
    }
    return false;
}

bool InflateMachine::fail() noexcept {
    at_ = At::malformed;
    return false;
}

/// Whether so many bits are at hand, after all of the input that there is room for was taken.
bool InflateMachine::need(unsigned wanted) noexcept {
    while (cursor_.count <= 56 && cursor_.in < end_) {
        cursor_.bits |= std::uint64_t{*cursor_.in++} << cursor_.count;
        cursor_.count += 8;
    }
    return cursor_.count >= wanted;
}

std::uint32_t InflateMachine::take(unsigned wanted) noexcept {
    const auto value =
        static_cast<std::uint32_t>(cursor_.bits & ((std::uint64_t{1} << wanted) - 1));
    cursor_.bits >>= wanted;
    cursor_.count -= wanted;
    return value;
}

bool InflateMachine::block_header() noexcept {
    if (is_last_) {
        at_ = At::end;
        return false;
    }
    if (!need(3)) return false;
    joint_ = false;
    is_last_ = take(1) != 0;
    switch (take(2)) {
        case 0:
            take(cursor_.count % 8);  // up to the next byte
            at_ = At::stored_size;
            return true;
        case 1:
            in_use_ = &fixed_tables();
            at_ = At::symbols;
            return true;
        case 2:
            at_ = At::code_counts;
            return true;
        default:
            return fail();
    }
}

bool InflateMachine::stored_size() noexcept {
    if (!need(32)) return false;
    stored_left_ = take(16);
    if ((take(16) ^ 0xffff) != stored_left_) return fail();
    joint_ = stored_left_ == 0;
    at_ = At::stored;
    return true;
}

bool InflateMachine::stored() noexcept {
    // Whole bytes that were taken already come first.
    for (; stored_left_ > 0 && cursor_.count > 0 && cursor_.out < limit_; --stored_left_)
        *cursor_.out++ = static_cast<std::uint8_t>(take(8));
    if (stored_left_ > 0 && cursor_.count == 0) {
        const std::size_t size =
            std::min({std::size_t{stored_left_}, static_cast<std::size_t>(end_ - cursor_.in),
                      static_cast<std::size_t>(limit_ - cursor_.out)});
        if (size > 0) std::memcpy(cursor_.out, cursor_.in, size);
        cursor_.in += size;
        cursor_.out += size;
        stored_left_ -= static_cast<std::uint32_t>(size);
    }
    if (stored_left_ > 0) return false;
    at_ = At::block;
    return true;
}

bool InflateMachine::code_counts() noexcept {
    if (!need(14)) return false;
    length_codes_ = kLeastLengthCodes + take(5);
    distance_codes_ = 1 + take(5);
    code_codes_ = kLeastCodeCodes + take(4);
    if (length_codes_ > kMostLengthCodes || distance_codes_ > kMostDistanceCodes) return fail();
    code_bits_.fill(0);
    read_ = 0;
    at_ = At::code_lengths;
    return true;
}

bool InflateMachine::code_lengths() noexcept {
    for (; read_ < code_codes_; ++read_) {
        if (!need(3)) return false;
        code_bits_[kCodeOrder[read_]] = static_cast<std::uint8_t>(take(3));
    }
    if (!build_codes(std::span(code_bits_).first(kCodeSymbols), codes_)) return fail();
    code_bits_.fill(0);
    read_ = 0;
    at_ = At::lengths;
    return true;
}

/// The lengths of both codes, one behind the other: runs may go from one into the other.
bool InflateMachine::lengths() noexcept {
    const unsigned all = length_codes_ + distance_codes_;
    while (read_ < all) {
        need(0);
        const TableEntry entry = codes_[cursor_.bits & (codes_.size() - 1)];
        const unsigned symbol = value_of(entry), code = bits_of(entry);
        constexpr unsigned kAgain = 16;
        const unsigned extra = symbol < kAgain ? 0 : symbol == kAgain ? 2 : symbol == 17 ? 3 : 7;
        if (code + extra > cursor_.count) return false;
        take(code);
        if (symbol < kAgain) {
            code_bits_[read_++] = static_cast<std::uint8_t>(symbol);
            continue;
        }
        if (symbol == kAgain && read_ == 0) return fail();
        const std::uint8_t again = symbol == kAgain ? code_bits_[read_ - 1] : std::uint8_t{0};
        const unsigned run = take(extra) + (symbol == 18 ? 11 : 3);
        if (run > all - read_) return fail();
        std::fill_n(code_bits_.begin() + read_, run, again);
        read_ += run;
    }
    const std::span<const std::uint8_t> bits(code_bits_);
    if (bits[kEndOfBlock] == 0 || !build_lengths(bits.first(length_codes_), tables_) ||
        !build_distances(bits.subspan(length_codes_, distance_codes_), tables_))
        return fail();
    in_use_ = &tables_;
    at_ = At::symbols;
    return true;
}

bool InflateMachine::symbols() noexcept {
    while (at_ == At::symbols) {
        if (cursor_.out >= limit_) return false;
        if (static_cast<std::size_t>(end_ - cursor_.in) <= kInputSlack) {
            if (!one_symbol()) return false;
            continue;
        }
        const LoopLimits limits{.in = end_ - kInputSlack, .out = limit_, .begin = begin_};
        const LoopEnd ended = loop_(cursor_, limits, *in_use_);
        if (ended == LoopEnd::malformed) return fail();
        if (ended == LoopEnd::block_end) at_ = At::block;
    }
    return true;
}

/// Near the end of the input: a symbol, with its distance, only when all of it is there.
bool InflateMachine::one_symbol() noexcept {
    need(kMostBits);
    std::uint64_t bits = cursor_.bits;
    unsigned used = 0;
    // Bits that are not there yet are zeros: what they are looked up for is not believed below.
    const auto look = [&](const TableEntry* table, unsigned table_bits) {
        TableEntry entry = table[bits & ((1u << table_bits) - 1)];
        if ((entry & kSubtable) != 0 && (entry & kLiteral) == 0) {
            bits >>= table_bits;
            used += table_bits;
            entry = table[value_of(entry) + (bits & ((1u << code_bits_of(entry)) - 1))];
        }
        return entry;
    };
    const auto value = [&](TableEntry entry) {
        const std::size_t extra =
            (bits & ((std::uint64_t{1} << bits_of(entry)) - 1)) >> code_bits_of(entry);
        bits >>= bits_of(entry);
        used += bits_of(entry);
        return value_of(entry) + extra;
    };
    const TableEntry entry = look(in_use_->lengths.data(), kLengthTableBits);
    const std::size_t length = value(entry);
    if (used > cursor_.count) return false;
    if ((entry & kLiteral) != 0) {
        *cursor_.out++ = static_cast<std::uint8_t>(entry >> 16);
    } else if ((entry & kEnd) != 0 && (entry & kSpecial) != 0) {
        at_ = At::block;
    } else if ((entry & kSpecial) != 0) {
        return fail();
    } else {
        const TableEntry second = look(in_use_->distances.data(), kDistanceTableBits);
        const std::size_t distance = value(second);
        if (used > cursor_.count) return false;
        if ((second & kSpecial) != 0 || distance > static_cast<std::size_t>(cursor_.out - begin_))
            return fail();
        for (std::size_t i = 0; i < length; ++i, ++cursor_.out)
            *cursor_.out = *(cursor_.out - distance);
    }
    cursor_.bits = bits;
    cursor_.count -= used;
    return true;
}

}  // namespace holt::gzip

// Reading and writing the store's own structures: LEB128 integers, fixed bytes, length-prefixed
// text.
//
// Every value has exactly one encoding, so that equal structures have equal digests: an integer
// takes the fewest bytes that hold it, and the reader refuses any other form. The reader's first
// problem sticks: from then on it yields zeros and empty views, and the caller asks ok() where a
// loop or an allocation depends on what was read. Nothing is allocated here.
// Thread rule: one object, one thread at a time.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include <holt/digest.hpp>
#include "base/bytes.h"
#include "base/error.h"
#include "fs/stat.h"

namespace holt::store {

/// Appends to a buffer that it borrows.
class WireWriter {
  public:
    explicit WireWriter(Bytes& out) noexcept : out_(out) {}

    void byte(std::uint8_t value) { out_.push_back(value); }
    void bytes(ByteView view) { out_.insert(out_.end(), view.begin(), view.end()); }
    void digest(const Digest& value) { bytes(value.view()); }

    /// Little-endian groups of 7 bits, the high bit set on all but the last: 1 to 10 bytes.
    void varint(std::uint64_t value) {
        while (value >= 0x80) {
            byte(static_cast<std::uint8_t>(value | 0x80));
            value >>= 7;
        }
        byte(static_cast<std::uint8_t>(value));
    }
    /// 0, -1, 1, -2, ... as 0, 1, 2, 3, ...
    void zigzag(std::int64_t value) {
        varint((static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63));
    }
    /// Seconds (zigzag), then nanoseconds (0 to 999,999,999): a whole second, which is what
    /// archives hold, takes 6 bytes instead of 9.
    void time(Time value) {
        zigzag(value.seconds);
        varint(value.nanoseconds);
    }
    /// What WireReader::fields gave, or FieldsWriter made.
    void fields(ByteView encoded) {
        if (encoded.empty()) return byte(0);
        bytes(encoded);
    }
    /// A length, then as many bytes.
    void text(std::string_view value) {
        varint(value.size());
        bytes(as_bytes(value));
    }

  private:
    Bytes& out_;
};

class WireReader {
  public:
    /// `before`: bytes of the structure that stood in front of the input, for errors.
    explicit WireReader(ByteView input, std::uint64_t before = 0) noexcept
        : input_(input), before_(before) {}

    bool ok() const noexcept { return problem_ == nullptr; }
    std::size_t remaining() const noexcept { return input_.size() - at_; }

    /// Keeps the first problem; `what` must be a literal. Always false, to be returned.
    bool refuse(const char* what) noexcept {
        if (ok()) problem_ = what;
        return false;
    }
    bool require(bool condition, const char* what) noexcept {
        return condition ? ok() : refuse(what);
    }

    ByteView bytes(std::size_t count) noexcept {
        if (!ok()) return {};
        if (count > remaining()) {
            refuse("it ends too early");
            return {};
        }
        at_ += count;
        return input_.subspan(at_ - count, count);
    }
    std::uint8_t byte() noexcept {
        const ByteView one = bytes(1);
        return one.empty() ? std::uint8_t{0} : one[0];
    }
    Digest digest() noexcept {
        Digest value;
        const ByteView view = bytes(Digest::kSize);
        std::copy(view.begin(), view.end(), value.bytes.begin());
        return value;
    }
    std::uint64_t varint(std::uint64_t max, const char* what) noexcept;
    std::int64_t zigzag(const char* what) noexcept;
    Time time() noexcept;
    /// A length of at least `min` and at most `max`, then as many bytes.
    ByteView text(std::size_t min, std::size_t max, const char* what) noexcept {
        const std::uint64_t length = varint(max, what);
        if (!require(length >= min, what)) return {};
        return bytes(static_cast<std::size_t>(length));
    }
    /// How many items follow, each of at least `item_size` bytes: more than can be there are
    /// refused, so that the count may be used to reserve memory.
    std::size_t count(std::size_t item_size, const char* what) noexcept {
        return static_cast<std::size_t>(varint(remaining() / item_size, what));
    }

    /// Something that only another version of this program understands: the error is `no_store`.
    bool refuse_version(const char* what) noexcept {
        if (ok()) other_version_ = true;
        return refuse(what);
    }
    /// Four letters and a version, as every structure begins. Other letters are `not_one`, another
    /// version is `other_version`.
    bool head(std::string_view letters, std::uint8_t version, const char* not_one,
              const char* other_version) noexcept {
        require(as_text(bytes(letters.size())) == letters, not_one);
        const std::uint8_t stated = byte();
        return stated == version || !ok() ? ok() : refuse_version(other_version);
    }
    /// Extension fields, behind all that this version knows: varint count, then for each, in
    /// ascending order of tags, varint tag and text. A field with an even tag may be skipped by who
    /// does not know it; one with an odd tag means that the rest cannot be understood without it.
    /// `known` are the odd ones that the caller understands. The bytes as they stand; empty when
    /// there are none.
    ByteView fields(std::span<const std::uint64_t> known = {}) noexcept;

    /// Nothing may follow, and nothing may have gone wrong; else `corrupt`, naming the place, or
    /// `no_store` for what another version wrote.
    Status finish(const std::string& operation, const std::string& object) noexcept;

  private:
    ByteView input_;
    std::uint64_t before_;
    std::size_t at_ = 0;
    const char* problem_ = nullptr;
    bool other_version_ = false;
};

/// The most bytes that a structure's extension fields take together.
inline constexpr std::size_t kMaxFields = 64u << 10;

/// Puts extension fields together, to be called in ascending order of tags.
class FieldsWriter {
  public:
    void put(std::uint64_t tag, ByteView value);
    /// Empty when nothing was put.
    Bytes encoded() const;

  private:
    std::uint64_t count_ = 0;
    Bytes fields_{};
};

/// Calls `visit` for each of the extension fields that WireReader::fields found right.
void for_each_field(ByteView encoded,
                    const std::function<void(std::uint64_t tag, ByteView value)>& visit);

}  // namespace holt::store

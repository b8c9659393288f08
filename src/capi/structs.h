// Structs that carry their size: read as far as the caller's version of them goes, and written no
// further. Thread rule: free functions.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "base/error.h"

namespace holt::capi {

/// What the caller gave of an option struct; the rest, and all of it for NULL, is zero. Of a newer
/// version than this library's what it does not know must be zero.
template <class Struct>
Result<Struct> read_struct(const Struct* given) {
    Struct read{};
    read.size = sizeof read;
    if (given == nullptr) return read;
    std::size_t size = 0;
    std::memcpy(&size, given, sizeof size);
    const auto* bytes = reinterpret_cast<const unsigned char*>(given);
    if (size < sizeof size)
        return fail(ErrorKind::usage, "call", "", "a struct does not state its size");
    if (size > sizeof read && std::any_of(bytes + sizeof read, bytes + size,
                                          [](unsigned char byte) { return byte != 0; }))
        return fail(ErrorKind::usage, "call", "", "an option is not known to this version");
    std::memcpy(&read, given, std::min(size, sizeof read));
    read.size = sizeof read;
    return read;
}

/// Puts `made` into a report of the caller's, unless it is NULL.
template <class Struct>
void write_struct(Struct* report, const Struct& made) noexcept {
    if (report == nullptr || report->size < sizeof report->size) return;
    const std::size_t size = std::min(report->size, sizeof made);
    const auto* from = reinterpret_cast<const unsigned char*>(&made);
    auto* to = reinterpret_cast<unsigned char*>(report);
    std::memcpy(to + sizeof(std::size_t), from + sizeof(std::size_t), size - sizeof(std::size_t));
}

/// NULL is the empty text.
inline std::string text(const char* bytes) {
    return bytes == nullptr ? std::string() : std::string(bytes);
}

inline std::vector<std::string> texts(const char* const* list, std::size_t count) {
    std::vector<std::string> made;
    made.reserve(count);
    for (std::size_t i = 0; i < count; ++i) made.push_back(text(list[i]));
    return made;
}

}  // namespace holt::capi

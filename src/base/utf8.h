// Which bytes may go to a terminal as they are. Thread rule: pure.
#pragma once

#include <cstddef>
#include <string_view>

namespace holt {

/// Length in bytes of the one printable UTF-8 character at the start of `bytes` (RFC 3629: no
/// surrogates, no overlong forms, at most U+10FFFF), or 0 when what stands there is a control
/// character (C0, DEL, C1), a bidirectional override, or no valid UTF-8.
std::size_t utf8_printable_prefix(std::string_view bytes) noexcept;

/// True when all of `bytes` is valid UTF-8, controls included: what JSON may carry as a string.
bool utf8_valid(std::string_view bytes) noexcept;

}  // namespace holt

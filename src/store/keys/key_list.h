// The canonical list of inputs behind a key, and the key itself. Pure: what is hashed was read by
// key_inputs.h.
//
//   list    magic "hkey"; u8 version 1; varint count; then for each input, sorted by kind, name and
//           digest: u8 kind, text name, digest, text value (platform and tool only: else empty)
//   key     the prefix, then the list's digest in 64 hex digits
// Thread rule: pure functions.
#pragma once

#include <holt/cache.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"

namespace holt::store {

/// Sorts; of inputs that are equal one stays.
void sort_inputs(std::vector<KeyInput>& inputs);
/// Of sorted inputs.
Bytes encode_inputs(const std::vector<KeyInput>& inputs);
Result<std::vector<KeyInput>> decode_inputs(ByteView encoded, const std::string& object);
Digest digest_of_inputs(const std::vector<KeyInput>& inputs);
/// The digest of the inputs, behind a prefix.
std::string key_of(std::string_view prefix, const std::vector<KeyInput>& inputs);
/// Whether the key is one that key_of gives for these inputs, with whatever prefix.
bool is_key_of(std::string_view key, const std::vector<KeyInput>& inputs);
/// How many inputs are the same in both.
std::size_t count_equal(const std::vector<KeyInput>& a, const std::vector<KeyInput>& b);

/// `usage` when it is empty, over 255 bytes, or has control bytes.
Status check_scope(const std::string& scope);

}  // namespace holt::store

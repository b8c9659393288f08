#include "store/keys/key_list.h"

#include <algorithm>
#include <tuple>

#include "codec/blake3/blake3.h"
#include "store/format/cache_fields.h"
#include "store/format/wire.h"

namespace holt::store {
namespace {

constexpr std::string_view kMagic = "hkey";
constexpr std::uint8_t kVersion = 1;

auto order_of(const KeyInput& input) {
    return std::tie(input.kind, input.name, input.digest);
}

bool has_value(KeyInputKind kind) noexcept {
    return kind == KeyInputKind::platform || kind == KeyInputKind::tool;
}

bool is_kind(std::uint8_t kind) noexcept {
    return kind >= static_cast<std::uint8_t>(KeyInputKind::file) &&
           kind <= static_cast<std::uint8_t>(KeyInputKind::tool);
}

// Inputs of one kind and name, in a sorted list.
std::span<const KeyInput> same_name(std::span<const KeyInput> inputs, const KeyInput& input) {
    const auto by_name = [](const KeyInput& a, const KeyInput& b) {
        return std::tie(a.kind, a.name) < std::tie(b.kind, b.name);
    };
    const auto [first, last] = std::equal_range(inputs.begin(), inputs.end(), input, by_name);
    return {first, last};
}

bool has(std::span<const KeyInput> inputs, const KeyInput& input) {
    return std::ranges::find(same_name(inputs, input), input.digest, &KeyInput::digest) !=
           same_name(inputs, input).end();
}

}  // namespace

void sort_inputs(std::vector<KeyInput>& inputs) {
    std::ranges::sort(inputs, {}, order_of);
    const auto doubles = std::ranges::unique(inputs, {}, order_of);
    inputs.erase(doubles.begin(), doubles.end());
}

Bytes encode_inputs(const std::vector<KeyInput>& inputs) {
    Bytes out;
    WireWriter writer(out);
    writer.bytes(as_bytes(kMagic));
    writer.byte(kVersion);
    writer.varint(inputs.size());
    for (const KeyInput& input : inputs) {
        writer.byte(static_cast<std::uint8_t>(input.kind));
        writer.text(input.name);
        writer.digest(input.digest);
        writer.text(has_value(input.kind) ? input.value : "");
    }
    return out;
}

Result<std::vector<KeyInput>> decode_inputs(ByteView encoded, const std::string& object) {
    WireReader reader(encoded);
    reader.head(kMagic, kVersion, "it is no list of a key's inputs",
                "it is a list of a key's inputs of another version than 1");
    std::vector<KeyInput> inputs;
    const std::size_t count = reader.count(Digest::kSize + 3, "more inputs than there are bytes");
    if (reader.ok()) inputs.reserve(count);
    for (std::size_t i = 0; i < count && reader.ok(); ++i) {
        const std::uint8_t kind = reader.byte();
        reader.require(is_kind(kind), "an input of no known kind");
        KeyInput input{.kind = static_cast<KeyInputKind>(kind)};
        input.name = as_text(reader.text(0, encoded.size(), "a name is longer than the list"));
        input.digest = reader.digest();
        input.value = as_text(reader.text(0, encoded.size(), "a value is longer than the list"));
        reader.require(input.value.empty() || has_value(input.kind), "a value that none has");
        reader.require(inputs.empty() || order_of(inputs.back()) < order_of(input),
                       "the inputs are not sorted");
        inputs.push_back(std::move(input));
    }
    HOLT_TRY(reader.finish("read key inputs", object));
    return inputs;
}

Digest digest_of_inputs(const std::vector<KeyInput>& inputs) {
    return blake3::hash(encode_inputs(inputs));
}

std::string key_of(std::string_view prefix, const std::vector<KeyInput>& inputs) {
    return std::string(prefix) + digest_of_inputs(inputs).hex();
}

bool is_key_of(std::string_view key, const std::vector<KeyInput>& inputs) {
    return key.ends_with(key_of("", inputs));
}

std::size_t count_equal(const std::vector<KeyInput>& a, const std::vector<KeyInput>& b) {
    return static_cast<std::size_t>(
        std::ranges::count_if(a, [&](const KeyInput& input) { return has(b, input); }));
}

Status check_scope(const std::string& scope) {
    const bool has_control = std::ranges::any_of(scope, [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) == 0x7F;
    });
    const char* problem = scope.empty()              ? "it is empty"
                          : scope.size() > kMaxScope ? "it is over 255 bytes"
                          : has_control              ? "it has control characters"
                                                     : nullptr;
    if (problem == nullptr) return {};
    return fail(ErrorKind::usage, "use scope", scope, problem, "give a name such as main or pr/12");
}

}  // namespace holt::store

namespace holt {

std::vector<KeyChange> compare_inputs(const std::vector<KeyInput>& before,
                                      const std::vector<KeyInput>& now) {
    std::vector<KeyChange> changes;
    for (const KeyInput& input : now) {
        if (store::has(before, input)) continue;
        const auto old = store::same_name(before, input);
        const bool is_new = old.empty();
        changes.push_back({.how = is_new ? KeyChange::How::added : KeyChange::How::changed,
                           .input = input,
                           .value_before = is_new ? "" : old.front().value});
    }
    for (const KeyInput& input : before)
        if (store::same_name(now, input).empty())
            changes.push_back(
                {.how = KeyChange::How::removed, .input = input, .value_before = input.value});
    std::ranges::stable_sort(changes, {}, [](const KeyChange& change) {
        return std::tie(change.input.kind, change.input.name);
    });
    return changes;
}

}  // namespace holt

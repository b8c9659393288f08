#include "store/format/cache_fields.h"

#include <limits>

namespace holt::store {
namespace {

constexpr std::uint64_t kProducerField = 4, kBuildField = 6, kFoldersField = 8, kInputsField = 10;

Bytes number(std::uint64_t value) {
    Bytes out;
    WireWriter(out).varint(value);
    return out;
}

std::optional<std::uint64_t> read_number(ByteView value, std::uint64_t max) {
    WireReader reader(value);
    const std::uint64_t found = reader.varint(max, "");
    if (!reader.ok() || reader.remaining() > 0) return std::nullopt;
    return found;
}

}  // namespace

Bytes encode_cache_fields(const CacheFields& fields) {
    FieldsWriter writer;
    if (!fields.scope.empty()) writer.put(kScopeField, as_bytes(fields.scope));
    if (!fields.producer.empty()) writer.put(kProducerField, as_bytes(fields.producer));
    if (fields.build_ms) writer.put(kBuildField, number(*fields.build_ms));
    if (fields.folders > 1) writer.put(kFoldersField, number(fields.folders));
    if (!fields.inputs.empty()) writer.put(kInputsField, fields.inputs);
    return writer.encoded();
}

CacheFields decode_cache_fields(ByteView encoded) {
    CacheFields fields;
    for_each_field(encoded, [&](std::uint64_t tag, ByteView value) {
        if (tag == kScopeField) fields.scope = as_text(value);
        if (tag == kInputsField) fields.inputs.assign(value.begin(), value.end());
        if (tag == kProducerField) fields.producer = as_text(value);
        if (tag == kBuildField)
            fields.build_ms = read_number(value, std::numeric_limits<std::int64_t>::max());
        if (tag == kFoldersField) fields.folders = read_number(value, kMostFolders).value_or(1);
    });
    return fields;
}

std::string cache_folder_name(std::size_t number) {
    const std::string digits = std::to_string(number + 1);
    return digits.size() < 2 ? "0" + digits : digits;
}

}  // namespace holt::store

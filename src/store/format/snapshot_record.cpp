#include "store/format/snapshot_record.h"

#include <algorithm>
#include <array>
#include <limits>

#include "store/format/cache_fields.h"
#include "store/format/entry_codec.h"
#include "store/format/wire.h"

namespace holt::store {
namespace {

constexpr std::string_view kMagic = "hsnp";
constexpr std::uint8_t kVersion = 2;
constexpr std::uint64_t kPrefixesField = 2;  // the others are in cache_fields.h
constexpr std::size_t kMaxName = 255;
constexpr std::array<std::uint64_t, 1> kKnownFields{kScopeField};
constexpr std::size_t kMinIdPrefix = 8, kMaxIdPrefix = 2 * Digest::kSize;

bool is_control(char c) noexcept {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7F;
}

bool is_hex(char c) noexcept {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// What is wrong with a name, or nullptr.
const char* name_problem(std::string_view name) noexcept {
    if (name.empty()) return "it is empty";
    if (name.size() > kMaxName) return "it is over 255 bytes";
    if (name == "." || name == "..") return "it is reserved";
    if (name == "latest") return "it stands for the newest snapshot";
    if (name[0] == '-') return "it begins with '-'";
    if (name.find('/') != name.npos) return "it has a '/'";
    if (name.find(':') != name.npos) return "it has a ':', which separates a snapshot from a path";
    if (std::ranges::any_of(name, is_control)) return "it has control characters";
    if (name.size() >= kMinIdPrefix && name.size() <= kMaxIdPrefix &&
        std::ranges::all_of(name, is_hex))
        return "it reads as the start of a snapshot id";
    return nullptr;
}

const char* key_problem(std::string_view key) noexcept {
    if (key.size() > kMaxKey) return "it is over 1024 bytes";
    if (std::ranges::any_of(key, is_control)) return "it has control characters";
    return nullptr;
}

std::string read_text(WireReader& in, const char* what) {
    return std::string(as_text(in.text(0, in.remaining(), what)));
}

}  // namespace

Bytes encode_record(const SnapshotRecord& record) {
    Bytes out;
    WireWriter writer(out);
    writer.bytes(as_bytes(kMagic));
    writer.byte(kVersion);
    write_entry(record.root, writer);
    writer.text(record.name);
    writer.text(record.key);
    writer.varint(record.tags.size());
    for (const auto& [key, value] : record.tags) {
        writer.text(key);
        writer.text(value);
    }
    writer.text(record.source);
    writer.time(record.created);
    for (const std::uint64_t count : {record.files, record.folders, record.symlinks, record.others,
                                      record.bytes, record.left_out, record.hard_links})
        writer.varint(count);
    writer.fields(record.fields);
    return out;
}

Result<SnapshotRecord> decode_record(ByteView bytes, const std::string& object) {
    WireReader reader(bytes);
    SnapshotRecord record;
    reader.head(kMagic, kVersion, "it does not begin as a snapshot record",
                "it is a snapshot record of another version than 2");
    if (reader.ok() && read_entry(reader, EntryName::none, record.root))
        reader.require(record.root.kind == fs::Kind::folder, "its root is not a folder");
    record.name = read_text(reader, "its name is longer than the record");
    if (!record.name.empty())
        reader.require(name_problem(record.name) == nullptr, "a name that no snapshot can have");
    record.key = read_text(reader, "its key is longer than the record");
    reader.require(key_problem(record.key) == nullptr, "a key that no snapshot can have");
    const std::size_t tags = reader.count(2, "more tags than there are bytes");
    if (reader.ok()) record.tags.reserve(tags);
    for (std::size_t i = 0; i < tags && reader.ok(); ++i) {
        std::string key = read_text(reader, "a tag is longer than the record");
        record.tags.emplace_back(std::move(key),
                                 read_text(reader, "a tag is longer than the record"));
    }
    record.source = read_text(reader, "its source is longer than the record");
    record.created = reader.time();
    for (std::uint64_t* count : {&record.files, &record.folders, &record.symlinks, &record.others,
                                 &record.bytes, &record.left_out, &record.hard_links})
        *count = reader.varint(std::numeric_limits<std::uint64_t>::max(), "");
    const ByteView fields = reader.fields(kKnownFields);
    record.fields.assign(fields.begin(), fields.end());
    for_each_field(fields, [&](std::uint64_t tag, ByteView value) {
        if (tag != kScopeField) return;
        reader.require(!value.empty() && value.size() <= kMaxScope, "a scope that none can have");
    });
    HOLT_TRY(reader.finish("read snapshot record", object));
    return record;
}

Result<std::optional<relocation::Prefixes>> prefixes_of(const SnapshotRecord& record) {
    std::optional<ByteView> found;
    for_each_field(record.fields, [&](std::uint64_t tag, ByteView value) {
        if (tag == kPrefixesField) found = value;
    });
    if (!found) return std::nullopt;
    WireReader in(*found);
    std::vector<std::string> paths;
    while (in.ok() && in.remaining() > 0) paths.push_back(read_text(in, "a path is too long"));
    HOLT_TRY(in.finish("read snapshot record", "its paths"));
    if (paths.empty()) return std::nullopt;
    HOLT_TRY_LET(prefixes, relocation::Prefixes::from_texts(paths));
    return prefixes;
}

void put_prefixes(const relocation::Prefixes& prefixes, SnapshotRecord& record) {
    Bytes value;
    WireWriter paths(value);
    for (const std::string& path : prefixes.texts()) paths.text(path);
    FieldsWriter fields;
    for_each_field(record.fields, [&](std::uint64_t tag, ByteView other) {
        if (tag < kPrefixesField) fields.put(tag, other);
    });
    fields.put(kPrefixesField, value);
    for_each_field(record.fields, [&](std::uint64_t tag, ByteView other) {
        if (tag > kPrefixesField) fields.put(tag, other);
    });
    record.fields = fields.encoded();
}

Status check_snapshot_name(const std::string& name) {
    if (const char* problem = name_problem(name))
        return fail(ErrorKind::usage, "name a snapshot", name, problem, "choose another name");
    return {};
}

Status check_snapshot_key(const std::string& key) {
    if (const char* problem = key_problem(key))
        return fail(ErrorKind::usage, "key a snapshot", key, problem,
                    "choose another key, such as a hash of it");
    return {};
}

}  // namespace holt::store

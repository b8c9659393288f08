// The canonical list behind a key, and the fields of a record that hold it.
#include "store/keys/key_list.h"

#include <gtest/gtest.h>

#include "codec/blake3/blake3.h"
#include "store/format/cache_fields.h"
#include "store/format/snapshot_record.h"
#include "store/format/with_field.h"
#include "store/samples.h"

namespace holt::store {
namespace {

KeyInput input(KeyInputKind kind, std::string name, std::string_view content,
               std::string value = {}) {
    return {.kind = kind,
            .name = std::move(name),
            .digest = blake3::hash(as_bytes(content)),
            .value = std::move(value)};
}

std::vector<KeyInput> sample() {
    std::vector<KeyInput> inputs = {input(KeyInputKind::tool, "cc --version", "12", "12"),
                                    input(KeyInputKind::file, "b\n", "b"),
                                    input(KeyInputKind::file, "a", "a"),
                                    input(KeyInputKind::file, "a", "a")};
    sort_inputs(inputs);
    return inputs;
}

TEST(KeyList, EncodesSortedAndOnce) {
    const auto inputs = sample();
    ASSERT_EQ(inputs.size(), 3u);
    const auto decoded = decode_inputs(encode_inputs(inputs), "k");
    ASSERT_TRUE(decoded);
    EXPECT_EQ(*decoded, inputs);
    EXPECT_TRUE(is_key_of(key_of("venv-", inputs), inputs));
    EXPECT_FALSE(is_key_of(key_of("venv-", {inputs[0]}), inputs));
}

TEST(KeyList, RefusesWhatItWouldNotHaveWritten) {
    auto inputs = sample();
    const Bytes good = encode_inputs(inputs);
    for (std::size_t length = 0; length < good.size(); ++length)
        EXPECT_FALSE(decode_inputs(ByteView(good).first(length), "k")) << length;
    Bytes longer = good;
    longer.push_back(0);
    EXPECT_FALSE(decode_inputs(longer, "k"));
    std::swap(inputs[0], inputs[1]);
    EXPECT_FALSE(decode_inputs(encode_inputs(inputs), "k"));
    Bytes of_no_kind = good;
    of_no_kind[6] = 9;
    EXPECT_FALSE(decode_inputs(of_no_kind, "k"));
}

TEST(KeyList, ChangesAreFoundByKindAndName) {
    const auto before = sample();
    EXPECT_TRUE(compare_inputs(before, before).empty());
    EXPECT_EQ(count_equal(before, before), 3u);
    const auto all_new = compare_inputs({}, before);
    ASSERT_EQ(all_new.size(), 3u);
    EXPECT_EQ(all_new[0].how, KeyChange::How::added);
    EXPECT_EQ(compare_inputs(before, {}).at(2).how, KeyChange::How::removed);
}

TEST(CacheFields, ARecordKeepsThemAndAScopeMustBeUnderstood) {
    const CacheFields fields{.scope = "pr/12",
                             .inputs = encode_inputs(sample()),
                             .producer = "user@host",
                             .build_ms = 1234,
                             .folders = 3};
    SnapshotRecord record = test::sample_record();
    record.key = "k";
    record.fields = encode_cache_fields(fields);
    const auto decoded = decode_record(encode_record(record), "r");
    ASSERT_TRUE(decoded) << decoded.error().message();
    EXPECT_EQ(decode_cache_fields(decoded->fields), fields);
    EXPECT_TRUE(encode_cache_fields({}).empty());
    record.fields = {1, 3, 0};  // one that this version does not know
    EXPECT_EQ(decode_record(encode_record(record), "r").error().kind, ErrorKind::no_store);
    record.fields = {1, 1, 0};  // an empty scope
    EXPECT_EQ(decode_record(encode_record(record), "r").error().kind, ErrorKind::corrupt);
}

// What another part of the program adds to a record stands among the cache's fields in order.
TEST(CacheFields, AFurtherFieldIsPutInItsPlace) {
    const Bytes fields = encode_cache_fields({.scope = "pr/12", .producer = "user@host"});
    const Bytes value{7};
    const Bytes more = with_field(fields, 2, value);
    std::vector<std::uint64_t> tags;
    for_each_field(more, [&](std::uint64_t tag, ByteView) { tags.push_back(tag); });
    EXPECT_EQ(tags, (std::vector<std::uint64_t>{1, 2, 4}));
    EXPECT_EQ(with_field(more, 2, value), more);
    EXPECT_EQ(decode_cache_fields(more).scope, "pr/12");
    EXPECT_EQ(with_field({}, 2, value), (Bytes{1, 2, 1, 7}));
}

}  // namespace
}  // namespace holt::store

#include "store/format/tree.h"

#include <gtest/gtest.h>

#include "store/format/entry_codec.h"
#include "store/samples.h"

namespace holt::store {
namespace {

using test::for_each_mutation;
using test::sample_digest;
using test::sample_file;
using test::sample_folder;
using test::sample_tree;

Result<Tree> decode(const Bytes& bytes) {
    return decode_tree(bytes, "tree");
}

// encode_tree's checks are asserts; a test of bad input edits bytes instead.
Bytes encode(const TreeEntry& entry) {
    return encode_tree({entry});
}

TEST(Tree, RoundTripsEveryKindOfEntry) {
    const Tree tree = sample_tree();
    const Result<Tree> back = decode(encode_tree(tree));
    ASSERT_TRUE(back) << back.error().message();
    EXPECT_EQ(*back, tree);
}

TEST(Tree, EmptyTreeIsTheSmallest) {
    const Bytes bytes = encode_tree({});
    EXPECT_EQ(bytes.size(), kMinTreeSize);
    ASSERT_TRUE(decode(bytes));
    EXPECT_TRUE(decode(bytes)->empty());
}

// The format's promise of size: a small file is its name and digest and little else.
TEST(Tree, FileOfOneChunkStoresItsDigestOnce) {
    const TreeEntry entry = sample_file("n", 1000);
    EXPECT_LE(encode(entry).size(), kMinTreeSize + 2 + 1 + 2 + 3 + 10 + 2 + Digest::kSize);
}

// Whatever is accepted is canonical: it encodes back to the very bytes it was read from. Digests
// and times take any value, so a change there is a different tree, and never the same one.
TEST(Tree, MutationsAreRefusedOrCanonical) {
    const Tree tree = sample_tree();
    int refused = 0, accepted = 0;
    for_each_mutation(encode_tree(tree), 50'000, 1, [&](const Bytes& bytes) {
        const Result<Tree> back = decode(bytes);
        if (!back) {
            ++refused;
            // Some changes look like what a later version wrote.
            EXPECT_TRUE(back.error().kind == ErrorKind::corrupt ||
                        back.error().kind == ErrorKind::no_store);
            return;
        }
        ++accepted;
        EXPECT_EQ(encode_tree(*back), bytes);
    });
    EXPECT_GT(refused, 10'000);
    EXPECT_GT(accepted, 1'000);
}

// Replaces the first `from` in the bytes of `entry` and expects the result to be refused.
void expect_refused(const TreeEntry& entry, std::string_view from, std::string_view to) {
    const Bytes good = encode(entry);
    std::string text(as_text(good));
    ASSERT_TRUE(decode(good));
    const std::size_t at = text.find(from);
    ASSERT_NE(at, text.npos);
    text.replace(at, from.size(), to);
    EXPECT_FALSE(decode(Bytes(text.begin(), text.end()))) << to;
}

TEST(Tree, RefusesNamesThatNoFileCanHave) {
    const TreeEntry entry = sample_file("ab", 0);
    for (const std::string_view bad : {"..", "a/", "/a"}) expect_refused(entry, "ab", bad);
    expect_refused(entry, "ab", std::string_view("a\0", 2));
    expect_refused(entry, "\2ab", "\1.");
    expect_refused(entry, "\2ab", std::string_view("\0", 1));
    expect_refused(entry, "\2ab", "\x80\2" + std::string(256, 'a'));
}

TEST(Tree, RefusesWrongHardLinkPaths) {
    TreeEntry entry = sample_file("n", 0);
    entry.hard_link_to = "aa/bb";
    for (const std::string_view bad : {"/a/bb", "aa/b/", "aa//b", "../bb", "aa/..", "./abb"})
        expect_refused(entry, "aa/bb", bad);
}

TEST(Tree, RefusesUnsortedAndDoubledNames) {
    const Tree tree = {sample_file("aa", 0), sample_file("bb", 0)};
    std::string text(as_text(encode_tree(tree)));
    text[text.find("bb")] = 'a';
    text[text.find("ab") + 1] = 'a';
    EXPECT_FALSE(decode(Bytes(text.begin(), text.end())));
    text[text.find("aa") + 1] = 'b';
    EXPECT_FALSE(decode(Bytes(text.begin(), text.end())));
}

// What a later version adds: even tags may be skipped and stay, odd ones must be understood.
TEST(Tree, FieldsOfALaterVersion) {
    TreeEntry entry = sample_file("n", 5);
    entry.fields = {2, 2, 0, 4, 2, 'a', 'b'};
    EXPECT_EQ(*decode(encode(entry)), Tree{entry});
    for (const Bytes& fields : {Bytes{1, 1, 0}, Bytes{2, 2, 0, 7, 0}}) {
        entry.fields = fields;
        const auto refused = decode(encode(entry));
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().kind, ErrorKind::no_store);
    }
    for (const Bytes& fields : {Bytes{2, 4, 0, 2, 0}, Bytes{2, 2, 0, 2, 0}, Bytes{1, 2, 9}}) {
        entry.fields = fields;
        const auto refused = decode(encode(entry));
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().kind, ErrorKind::corrupt);
    }
}

TEST(Tree, OfAnotherVersionIsNoDamage) {
    for (const std::uint8_t version : {std::uint8_t{1}, std::uint8_t{3}}) {
        Bytes bytes = encode_tree({});
        bytes[4] = version;
        const auto refused = decode(bytes);
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().kind, ErrorKind::no_store);
    }
}

TEST(Tree, RefusesTheKindsThatAreNotStored) {
    const Bytes good = encode(sample_file("n", 0));
    const std::size_t head = kMinTreeSize + 2;
    for (unsigned value = 0; value < 256; ++value) {
        Bytes bytes = good;
        bytes[head] = static_cast<std::uint8_t>(value);
        EXPECT_EQ(decode(bytes).has_value(), value == 1) << value;
    }
}

// Counts that promise more than the bytes can hold take no memory.
TEST(Tree, RefusesAbsurdCountsAtOnce) {
    Bytes bytes = encode_tree({});
    bytes.pop_back();
    WireWriter(bytes).varint(std::uint64_t{1} << 60);
    EXPECT_FALSE(decode(bytes));
}

TEST(Tree, KeepsTheLimitsOfTheKernel) {
    TreeEntry entry = sample_file(std::string(255, '\xff'), 1);
    entry.xattrs = {{std::string(255, 'x'), std::string(64 << 10, 'v')}};
    EXPECT_EQ(*decode(encode(entry)), Tree{entry});

    TreeEntry symlink;
    symlink.name = "s";
    symlink.kind = fs::Kind::symlink;
    symlink.mode = 0777;
    symlink.symlink_target = std::string(4095, '/');
    EXPECT_EQ(*decode(encode(symlink)), Tree{symlink});
}

// A folder of 100,000 entries stays some 6 MB and reads back.
TEST(Tree, LargeFolder) {
    Tree tree;
    for (int i = 0; i < 100'000; ++i)
        tree.push_back(sample_file("f" + std::to_string(1'000'000 + i), 1 + i % 7));
    const Bytes bytes = encode_tree(tree);
    EXPECT_LT(bytes.size(), 65u * tree.size());
    EXPECT_EQ(*decode(bytes), tree);
}

TEST(Tree, EntryAloneIsWhatStandsInATree) {
    const TreeEntry entry = sample_folder("x");
    Bytes alone;
    encode_entry(entry, alone);
    const Bytes tree = encode(entry);
    EXPECT_TRUE(equal(alone, ByteView(tree).subspan(kMinTreeSize)));
}

}  // namespace
}  // namespace holt::store

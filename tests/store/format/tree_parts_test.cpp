// Proves: a tree that is put together entry by entry, and cut while it is, is the tree that all of
// its entries give at once; and a tree that is read in parts is accepted, refused and understood as
// one that is read whole.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "codec/blake3/blake3.h"
#include "codec/chunker/fastcdc.h"
#include "store/format/entry_codec.h"
#include "store/format/tree_decoder.h"
#include "store/format/tree_encoder.h"
#include "store/samples.h"

namespace holt::store {
namespace {

using test::for_each_mutation;
using test::sample_file;
using test::sample_folder;
using test::sample_tree;

/// What a folder's entry says of its tree, and the bytes.
struct Encoded {
    TreeEntry folder;
    Bytes bytes;
};

Encoded put_together(const std::vector<TreeEncoder::Chunk>& chunks, TreeEntry folder) {
    Encoded encoded{.folder = std::move(folder), .bytes = {}};
    EXPECT_EQ(chunks.size(), encoded.folder.chunks.size());
    for (std::size_t i = 0; i < chunks.size(); ++i) {
        const Bytes& bytes = chunks[i].bytes;
        EXPECT_EQ(chunks[i].digest, blake3::hash(bytes));
        EXPECT_EQ(encoded.folder.chunks[i],
                  (ChunkRef{chunks[i].digest, static_cast<std::uint32_t>(bytes.size())}));
        encoded.bytes.insert(encoded.bytes.end(), bytes.begin(), bytes.end());
    }
    return encoded;
}

/// Adds the entries in their order, but the folders behind all others, the last of them first.
Encoded encode(const Tree& tree) {
    TreeEncoder encoder(tree.size());
    std::vector<TreeEncoder::Chunk> chunks;
    const auto take = [&] {
        while (auto chunk = encoder.take_chunk()) chunks.push_back(*std::move(chunk));
    };
    std::vector<std::pair<TreeEncoder::Place, const TreeEntry*>> later;
    for (const TreeEntry& entry : tree) {
        if (entry.kind == fs::Kind::folder) {
            later.emplace_back(encoder.add_later(), &entry);
        } else {
            encoder.add(entry);
        }
        take();
    }
    for (auto one = later.rbegin(); one != later.rend(); ++one) {
        encoder.complete(one->first, *one->second);
        take();
    }
    TreeEntry folder;
    std::ranges::move(encoder.finish(folder), std::back_inserter(chunks));
    return put_together(chunks, std::move(folder));
}

/// The rule of docs/FORMAT.md: a tree of up to 4 MiB is one chunk, and so is the end of a longer
/// one.
std::vector<std::size_t> lengths_of_chunks(ByteView bytes) {
    std::vector<std::size_t> lengths;
    while (!bytes.empty()) {
        const std::size_t length = bytes.size() <= kMaxChunk
                                       ? bytes.size()
                                       : chunker::next_cut(bytes, chunker::Input::ends);
        lengths.push_back(length);
        bytes = bytes.subspan(length);
    }
    return lengths;
}

Tree many_entries(std::size_t count) {
    Tree tree;
    std::mt19937_64 random(7);
    for (std::size_t i = 0; i < count; ++i) {
        std::string name = std::to_string(1'000'000 + i) + std::string(random() % 200, 'n');
        tree.push_back(i % 1000 == 3 ? sample_folder(name) : sample_file(name, 1 + random() % 999));
    }
    return tree;
}

void expect_as_at_once(const Tree& tree) {
    const Encoded encoded = encode(tree);
    const Bytes expected = encode_tree(tree);
    ASSERT_TRUE(encoded.bytes == expected);
    EXPECT_EQ(encoded.folder.size, expected.size());
    EXPECT_EQ(encoded.folder.content, blake3::hash(expected));
    std::vector<std::size_t> lengths;
    for (const ChunkRef& chunk : encoded.folder.chunks) lengths.push_back(chunk.length);
    EXPECT_EQ(lengths, lengths_of_chunks(expected));
}

TEST(TreeEncoder, EntriesThatComeLaterStandInTheirPlace) {
    expect_as_at_once({});
    expect_as_at_once(sample_tree());
    expect_as_at_once({sample_folder("a"), sample_folder("b"), sample_file("c", 1)});
    expect_as_at_once(many_entries(3000));
}

TEST(TreeEncoder, ALargeTreeIsCutWhileItGrowsAsOneThatIsComplete) {
    const Tree tree = many_entries(80'000);
    ASSERT_GT(encode_tree(tree).size(), 2u * kMaxChunk);
    expect_as_at_once(tree);
    Tree files = tree;  // without anything that waits
    std::erase_if(files, [](const TreeEntry& entry) { return entry.kind == fs::Kind::folder; });
    expect_as_at_once(files);
}

/// Gives the bytes in parts of 1 to `most` bytes.
Result<Tree> decode_in_parts(const Bytes& bytes, std::size_t most, unsigned seed) {
    TreeDecoder decoder(bytes.size(), "tree");
    std::mt19937 random(seed);
    Tree tree;
    Bytes at_hand;
    std::size_t given = 0;
    for (;;) {
        ByteView rest = at_hand;
        auto got = decoder.next(rest, tree.emplace_back());
        if (!got) return std::unexpected(got.error());
        at_hand.erase(at_hand.begin(), at_hand.end() - static_cast<std::ptrdiff_t>(rest.size()));
        if (*got == TreeDecoder::Got::entry) continue;
        tree.pop_back();
        if (*got == TreeDecoder::Got::end) return tree;
        EXPECT_LT(given, bytes.size()) << "it asks for more than there is";
        if (given == bytes.size()) return tree;
        const std::size_t part = std::min(bytes.size() - given, 1 + random() % most);
        at_hand.insert(at_hand.end(), bytes.begin() + static_cast<std::ptrdiff_t>(given),
                       bytes.begin() + static_cast<std::ptrdiff_t>(given + part));
        given += part;
    }
}

TEST(TreeDecoder, ATreeThatComesInPartsIsTheSame) {
    for (const Tree& tree : {Tree{}, sample_tree(), many_entries(300)}) {
        for (const std::size_t most : {1u, 7u, 1000u, 100'000u}) {
            const auto back = decode_in_parts(encode_tree(tree), most, 1);
            ASSERT_TRUE(back) << back.error().message();
            EXPECT_EQ(*back, tree);
        }
    }
}

TEST(TreeDecoder, InPartsTheSameIsRefused) {
    unsigned seed = 0;
    int refused = 0;
    for_each_mutation(encode_tree(sample_tree()), 10'000, 2, [&](const Bytes& bytes) {
        const auto whole = decode_tree(bytes, "tree");
        const auto parts = decode_in_parts(bytes, 40, ++seed);
        refused += !whole;
        ASSERT_EQ(whole.has_value(), parts.has_value());
        if (whole) {
            EXPECT_EQ(*whole, *parts);
        } else {
            EXPECT_EQ(whole.error().kind, parts.error().kind);
        }
    });
    EXPECT_GT(refused, 1000);
}

TEST(TreeDecoder, WhatFollowsTheLastEntryIsRefused) {
    for (const Tree& tree : {Tree{}, sample_tree()}) {
        Bytes bytes = encode_tree(tree);
        bytes.push_back(0);
        EXPECT_FALSE(decode_tree(bytes, "tree"));
        EXPECT_FALSE(decode_in_parts(bytes, 1, 1));
        EXPECT_FALSE(decode_in_parts(bytes, 1000, 1));
    }
}

}  // namespace
}  // namespace holt::store

// Values that the store's tests share: entries of every kind, and inputs changed in every way.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <string>

#include "store/format/pack_format.h"
#include "store/format/snapshot_record.h"
#include "store/format/tree.h"

namespace holt::test {

inline Digest sample_digest(std::uint64_t seed) {
    Digest digest;
    std::mt19937_64 random(seed + 1);
    for (std::uint8_t& byte : digest.bytes) byte = static_cast<std::uint8_t>(random());
    return digest;
}

inline Bytes random_bytes(std::size_t size, std::uint64_t seed) {
    Bytes bytes(size);
    std::mt19937_64 random(seed);
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
    return bytes;
}

/// Text-like: what compresses to about half.
inline Bytes soft_bytes(std::size_t size, std::uint64_t seed) {
    Bytes bytes(size);
    std::mt19937_64 random(seed);
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>('a' + random() % 16);
    return bytes;
}

/// A file whose content is one chunk, or nothing.
inline store::TreeEntry sample_file(std::string name, std::uint64_t size) {
    store::TreeEntry entry;
    entry.name = std::move(name);
    entry.mode = 0644;
    entry.uid = 1000;
    entry.gid = 100;
    entry.mtime = {1'700'000'000, 123'456'789};
    entry.size = size;
    if (size > 0) {
        entry.content = sample_digest(size);
        entry.chunks = {{entry.content, static_cast<std::uint32_t>(size)}};
    } else {
        entry.content =
            *Digest::from_hex("af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262");
    }
    return entry;
}

inline store::TreeEntry sample_folder(std::string name) {
    store::TreeEntry entry = sample_file(std::move(name), 77);
    entry.kind = fs::Kind::folder;
    entry.mode = 01777;
    return entry;
}

/// One entry of every kind, with every optional part somewhere, sorted.
inline store::Tree sample_tree() {
    store::Tree tree;
    tree.push_back(sample_file("a.txt", 5));
    tree.push_back(sample_file("b-empty", 0));

    store::TreeEntry big = sample_file("c-big", 1);
    big.size = (4u << 20) + 300;
    big.chunks = {{sample_digest(11), 4u << 20}, {sample_digest(12), 300}};
    big.holes = {{0, 4096}, {8192, 4096}, {(4u << 20) + 299, 1}};
    big.xattrs = {{"user.a", ""}, {"user.b", std::string("\0\xff", 2)}};
    tree.push_back(big);

    store::TreeEntry fifo;
    fifo.name = "d-fifo\n\xff";
    fifo.kind = fs::Kind::fifo;
    fifo.mode = 04600;
    fifo.mtime = time_of_ns(-1);
    tree.push_back(fifo);

    tree.push_back(sample_folder("e-folder"));

    store::TreeEntry link = sample_file("f-hard", 5);
    link.hard_link_to = "x/y z/..a";
    tree.push_back(link);

    store::TreeEntry symlink;
    symlink.name = "g-symlink";
    symlink.kind = fs::Kind::symlink;
    symlink.mode = 0777;
    symlink.symlink_target = "../../etc/passwd";
    symlink.mtime = {9'223'372'037, 0};
    tree.push_back(symlink);

    store::TreeEntry denied = sample_file("h-left-out", 0);
    denied.content = {};
    denied.left_out = store::LeftOut::denied;
    tree.push_back(denied);
    denied.name = "i-left-out-folder";
    denied.kind = fs::Kind::folder;
    denied.left_out = store::LeftOut::io;
    tree.push_back(denied);

    store::TreeEntry part = sample_folder("j-part");
    part.incomplete = true;
    part.attributes_left_out = true;
    tree.push_back(part);

    store::TreeEntry later = sample_file("k-later", 5);
    later.fields = {1, 2, 1, 'x'};  // one field, tag 2, of one byte
    tree.push_back(later);
    return tree;
}

/// Calls `visit` with every truncation of `good`, every single-bit change, and `rounds` random
/// changes of one to four bytes, insertions and removals included.
template <class Visit>
void for_each_mutation(const Bytes& good, int rounds, std::uint64_t seed, Visit&& visit) {
    for (std::size_t length = 0; length < good.size(); ++length)
        visit(Bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(length)));
    for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
        Bytes bad = good;
        bad[bit / 8] = static_cast<std::uint8_t>(bad[bit / 8] ^ (1u << bit % 8));
        visit(bad);
    }
    std::mt19937_64 random(seed);
    for (int round = 0; round < rounds; ++round) {
        Bytes bad = good;
        for (auto changes = 1 + random() % 4; changes > 0 && !bad.empty(); --changes) {
            const auto at = bad.begin() + static_cast<std::ptrdiff_t>(random() % bad.size());
            switch (random() % 3) {
                case 0:
                    *at = static_cast<std::uint8_t>(random());
                    break;
                case 1:
                    bad.insert(at, static_cast<std::uint8_t>(random() % 4));
                    break;
                default:
                    bad.erase(at);
            }
        }
        visit(bad);
    }
}

struct SampleFooter {
    store::PackFooter footer;
    std::uint64_t footer_offset;
};

// A raw block of three chunks, a compressed one of two, and one that is a single large chunk.
inline SampleFooter sample_footer() {
    using namespace store;
    SampleFooter sample;
    PackFooter& footer = sample.footer;
    footer.blocks = {
        {32, 600, 600, BlockCodec::raw, BlockTransform::none, sample_digest(1)},
        {632, 77, 200, BlockCodec::zstd, BlockTransform::none, sample_digest(2)},
        {709, 1 << 20, kMaxBlockRaw, BlockCodec::zstd, BlockTransform::none, sample_digest(3)}};
    footer.chunks = {{sample_digest(4), ChunkKind::data, 0, 0, 100},
                     {sample_digest(5), ChunkKind::data, 0, 100, 499},
                     {sample_digest(6), ChunkKind::tree, 0, 599, 1},
                     {sample_digest(7), ChunkKind::tree, 1, 0, 130},
                     {sample_digest(8), ChunkKind::snapshot, 1, 130, 70},
                     {sample_digest(9), ChunkKind::data, 2, 0, kMaxBlockRaw}};
    sample.footer_offset = 709 + (1 << 20);
    return sample;
}

inline store::SnapshotRecord sample_record() {
    store::SnapshotRecord record;
    record.root = sample_folder("");
    record.name = "release 1.0 \xc3\xa9";
    record.key = "py3.11-\xff";
    record.tags = {{"b", "2"}, {"a", ""}, {"b", "2"}};
    record.source = "/srv/env\n";
    record.created = {1'700'000'000, 1};
    record.files = 45'000;
    record.folders = 8'000;
    record.symlinks = 3;
    record.others = 1;
    record.bytes = 624'000'000;
    record.left_out = 2;
    return record;
}

}  // namespace holt::test

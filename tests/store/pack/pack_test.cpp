// A pack as a whole: what PackWriter seals, PackReader reads, and one changed byte or a missing one
// is found.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "codec/blake3/blake3.h"
#include "codec/zstd/decode/decompress.h"
#include "codec/zstd/encode/compress.h"
#include "fs/fault.h"
#include "store/pack/pack_reader.h"
#include "store/pack/pack_writer.h"
#include "store/samples.h"
#include "support/temp_dir.h"

namespace holt::store {
namespace {

namespace stdfs = std::filesystem;

ChunkInfo chunk_of(ByteView bytes, ChunkKind kind = ChunkKind::data) {
    return {.digest = blake3::hash(bytes),
            .kind = kind,
            .length = static_cast<std::uint32_t>(bytes.size())};
}

Bytes compressed(ByteView raw) {
    zstd::Compressor compressor;
    Bytes stored(zstd::compress_bound(raw.size()));
    stored.resize(compressor.compress(raw, stored).value());
    return stored;
}

class PackTest : public testing::Test {
  protected:
    PackTest() : folder_(make_folder()) {}

    StoreFolder make_folder() {
        Result<StoreFolder> folder = StoreFolder::init(temp_ / "store");
        EXPECT_TRUE(folder) << folder.error().message();
        return *std::move(folder);
    }

    // A raw block of one chunk and a compressed one of two.
    Status add_sample(PackWriter& writer) {
        HOLT_TRY(writer.add_block(raw_block_, BlockCodec::raw,
                                  static_cast<std::uint32_t>(raw_block_.size()),
                                  std::vector{chunk_of(raw_block_)}));
        const ByteView soft = soft_block_;
        HOLT_TRY(writer.add_block(
            compressed(soft), BlockCodec::zstd, static_cast<std::uint32_t>(soft.size()),
            std::vector{chunk_of(soft.first(100), ChunkKind::tree), chunk_of(soft.subspan(100))}));
        return {};
    }
    Result<PackWriter::Sealed> write_sample() {
        HOLT_TRY_LET(writer, PackWriter::create(folder_));
        HOLT_TRY(add_sample(writer));
        return writer.seal();
    }
    std::string file_of(const Digest& id) const { return folder_.shown(pack_object(id)); }
    std::size_t files_in(const char* part) const {
        std::size_t count = 0;
        for (const auto& entry : stdfs::recursive_directory_iterator(folder_.shown(part)))
            count += entry.is_regular_file();
        return count;
    }

    // Opens the pack and reads every block: what verify and restore do.
    Status read_everything(const Digest& id) {
        HOLT_TRY_LET(reader, PackReader::open(folder_, id));
        zstd::Decompressor decoder;
        Bytes raw, stored;
        for (std::uint32_t i = 0; i < reader.footer().blocks.size(); ++i)
            HOLT_TRY(reader.read_block(i, raw, stored, decoder));
        return {};
    }

    test::TempDir temp_{test::memory_folder()};
    StoreFolder folder_;
    Bytes raw_block_ = test::random_bytes(300, 1);
    Bytes soft_block_ = test::soft_bytes(500, 2);
};

TEST_F(PackTest, RoundTrips) {
    const Result<PackWriter::Sealed> sealed = write_sample();
    ASSERT_TRUE(sealed) << sealed.error().message();
    EXPECT_EQ(files_in("tmp"), 0u);
    EXPECT_EQ(stdfs::file_size(file_of(sealed->id)), sealed->bytes);

    const Result<PackReader> reader = PackReader::open(folder_, sealed->id);
    ASSERT_TRUE(reader) << reader.error().message();
    EXPECT_EQ(reader->file_size(), sealed->bytes);
    ASSERT_EQ(reader->footer().blocks.size(), 2u);
    ASSERT_EQ(reader->footer().chunks.size(), 3u);
    EXPECT_EQ(reader->footer().chunks[2].offset, 100u);
    EXPECT_EQ(reader->footer().chunks[1].kind, ChunkKind::tree);

    zstd::Decompressor decoder;
    Bytes raw, stored;
    ASSERT_TRUE(reader->read_block(0, raw, stored, decoder));
    EXPECT_EQ(raw, raw_block_);
    ASSERT_TRUE(reader->read_block(1, raw, stored, decoder));
    EXPECT_EQ(raw, soft_block_);
    EXPECT_FALSE(reader->read_block(2, raw, stored, decoder));
}

// No further than needed: by zstd's own blocks of at most 128 KiB.
TEST_F(PackTest, TheFrontOfABlock) {
    const Bytes content = test::soft_bytes(600'000, 5);
    Result<PackWriter> writer = PackWriter::create(folder_);
    ASSERT_TRUE(writer->add_block(compressed(content), BlockCodec::zstd, 600'000,
                                  std::vector{chunk_of(content)}));
    const Digest id = writer->seal().value().id;
    const Result<PackReader> reader = PackReader::open(folder_, id);
    zstd::Decompressor decoder;
    for (const std::uint32_t front : {1u, 131'072u, 131'073u, 400'000u, 600'000u, 700'000u}) {
        Bytes raw, stored;
        ASSERT_TRUE(reader->read_block_front(0, raw, stored, decoder, front)) << front;
        const std::size_t there = std::min<std::size_t>(front, content.size());
        ASSERT_EQ(raw.size(), content.size());
        EXPECT_TRUE(equal(ByteView(raw).first(there), ByteView(content).first(there)));
        const ByteView behind = ByteView(raw).subspan(std::min(there + 131'072, content.size()));
        EXPECT_TRUE(std::ranges::all_of(behind, [](auto byte) { return byte == 0; }));
    }
}

TEST_F(PackTest, AddBlockGivesOrdinalsAndSizes) {
    Result<PackWriter> writer = PackWriter::create(folder_);
    ASSERT_TRUE(writer) << writer.error().message();
    EXPECT_EQ(writer->size(), kPackHeaderSize);
    ASSERT_TRUE(add_sample(*writer));
    EXPECT_EQ(writer->chunk_count(), 3u);
    const Bytes more = test::random_bytes(10, 3);
    const Result<std::uint32_t> first =
        writer->add_block(more, BlockCodec::raw, 10, std::vector{chunk_of(more)});
    ASSERT_TRUE(first);
    EXPECT_EQ(*first, 3u);
    EXPECT_FALSE(writer->full());
}

// Every byte of the file is covered: one changed anywhere is found when the pack is read as a
// whole, as corrupt and never as another failure.
TEST_F(PackTest, EveryChangedByteIsFound) {
    const Digest id = write_sample().value().id;
    const std::string path = file_of(id);
    stdfs::permissions(path, stdfs::perms::owner_all);
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    const std::string good{std::istreambuf_iterator<char>(file), {}};
    file.clear();
    for (std::size_t at = 0; at < good.size(); ++at) {
        for (const int change : {1, 0x80, 0xFF}) {
            file.seekp(static_cast<std::streamoff>(at));
            file.put(static_cast<char>(good[at] ^ change)).flush();
            const Status status = read_everything(id);
            ASSERT_FALSE(status) << at;
            ASSERT_EQ(status.error().kind, ErrorKind::corrupt) << at;
        }
        file.seekp(static_cast<std::streamoff>(at));
        file.put(good[at]).flush();
    }
    EXPECT_TRUE(read_everything(id));
}

// A change in one block is an error of that block and of no other.
TEST_F(PackTest, DamageInOneBlockLeavesTheOthers) {
    const Digest id = write_sample().value().id;
    const std::string path = file_of(id);
    stdfs::permissions(path, stdfs::perms::owner_all);
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(kPackHeaderSize + 5);
    file.put('\x42').flush();
    const Result<PackReader> reader = PackReader::open(folder_, id);
    ASSERT_TRUE(reader) << reader.error().message();
    zstd::Decompressor decoder;
    Bytes raw, stored;
    EXPECT_FALSE(reader->read_block(0, raw, stored, decoder));
    EXPECT_TRUE(reader->read_block(1, raw, stored, decoder));
}

TEST_F(PackTest, EveryTruncationAndExtensionIsFound) {
    const Digest id = write_sample().value().id;
    const std::string path = file_of(id);
    const std::uint64_t size = stdfs::file_size(path);
    stdfs::permissions(path, stdfs::perms::owner_all);
    {
        std::ofstream(path, std::ios::binary | std::ios::app) << '\0';
        EXPECT_EQ(read_everything(id).error().kind, ErrorKind::corrupt);
    }
    for (std::uint64_t length = size; length-- > 0;) {
        stdfs::resize_file(path, length);
        const Status status = read_everything(id);
        ASSERT_FALSE(status) << length;
        ASSERT_EQ(status.error().kind, ErrorKind::corrupt) << length;
    }
    stdfs::remove(path);
    EXPECT_EQ(read_everything(id).error().kind, ErrorKind::corrupt);
}

// A whole pack under another's name is not that other pack.
TEST_F(PackTest, RefusesAnotherPackUnderItsName) {
    const Digest id = write_sample().value().id;
    Digest other = id;
    other.bytes[31] = static_cast<std::uint8_t>(other.bytes[31] ^ 1);
    stdfs::rename(file_of(id), file_of(other));
    EXPECT_EQ(read_everything(other).error().kind, ErrorKind::corrupt);
}

TEST_F(PackTest, SamePackTwiceKeepsTheFirst) {
    const Digest id = write_sample().value().id;
    const auto written = stdfs::last_write_time(file_of(id));
    const Result<PackWriter::Sealed> again = write_sample();
    ASSERT_TRUE(again) << again.error().message();
    EXPECT_EQ(again->id, id);
    EXPECT_EQ(stdfs::last_write_time(file_of(id)), written);
    EXPECT_EQ(files_in("packs"), 1u);
    EXPECT_EQ(files_in("tmp"), 0u);
}

TEST_F(PackTest, WriterThatIsDroppedLeavesNothing) {
    {
        Result<PackWriter> writer = PackWriter::create(folder_);
        ASSERT_TRUE(writer);
        ASSERT_TRUE(add_sample(*writer));
        EXPECT_EQ(files_in("tmp"), 1u);
    }
    EXPECT_EQ(files_in("tmp"), 0u);
    EXPECT_EQ(files_in("packs"), 0u);
}

TEST_F(PackTest, RefusesBlocksThatNoPackCanHold) {
    Result<PackWriter> writer = PackWriter::create(folder_);
    ASSERT_TRUE(writer);
    const Bytes bytes = test::random_bytes(10, 3);
    const auto add = [&](ByteView stored, BlockCodec codec, std::uint32_t raw_size,
                         std::vector<ChunkInfo> chunks) {
        return writer->add_block(stored, codec, raw_size, chunks).has_value();
    };
    const ChunkInfo whole = chunk_of(bytes);
    ChunkInfo nine = whole, none = whole;
    nine.length = 9;
    none.length = 0;
    EXPECT_FALSE(add(bytes, BlockCodec::raw, 11, {whole}));
    EXPECT_FALSE(add(bytes, BlockCodec::raw, 10, {}));
    EXPECT_FALSE(add(bytes, BlockCodec::raw, 10, {nine}));
    EXPECT_FALSE(add(bytes, BlockCodec::raw, 10, {whole, none}));
    EXPECT_FALSE(add({}, BlockCodec::raw, 0, {}));
    EXPECT_FALSE(add(bytes, BlockCodec::zstd, kMaxBlockRaw + 1, {whole}));
    // None of these was an error of writing: the pack goes on.
    EXPECT_TRUE(add(bytes, BlockCodec::raw, 10, {whole}));
    EXPECT_TRUE(writer->seal());
}

// Whatever system call fails, once or from then on, nothing half-made is visible, nothing is left
// under tmp/, a full disk is named as such, and writing it again succeeds.
TEST_F(PackTest, FaultsLeaveNothingBehind) {
    for (const auto repeat : {fs::Fault::Repeat::once, fs::Fault::Repeat::for_ever}) {
        std::uint64_t calls = 0;
        for (std::uint64_t nth = 1; calls == 0 || nth <= calls; ++nth) {
            stdfs::remove_all(temp_ / "store");
            folder_ = make_folder();
            Digest id;
            {
                const fs::ScopedFaultPlan plan({{.nth = nth, .repeat = repeat, .err = 28}});
                const Result<PackWriter::Sealed> sealed = write_sample();
                if (plan.struck() == 0) calls = plan.calls();
                if (sealed) id = sealed->id;
                if (!sealed) {
                    EXPECT_EQ(sealed.error().kind, ErrorKind::no_space)
                        << nth << sealed.error().message();
                }
            }
            if (repeat == fs::Fault::Repeat::once) {
                EXPECT_EQ(files_in("tmp"), 0u) << nth;
            }
            const Result<PackWriter::Sealed> again = write_sample();
            ASSERT_TRUE(again) << nth << again.error().message();
            EXPECT_TRUE(id == Digest{} || again->id == id);
            EXPECT_TRUE(read_everything(again->id)) << nth;
        }
        EXPECT_GE(calls, 10u);
    }
}

// The order of SAFETY: the content is forced before the pack has its name, the folder after, and
// the folder above when it is new. Leave one out and this fails.
TEST_F(PackTest, SealForcesContentAndFolders) {
    Result<PackWriter> writer = PackWriter::create(folder_);
    ASSERT_TRUE(writer);
    ASSERT_TRUE(add_sample(*writer));
    {
        const fs::ScopedFaultPlan plan;
        ASSERT_TRUE(writer->seal());
        EXPECT_EQ(plan.calls(fs::Call::fsync), 3u);
        EXPECT_EQ(plan.calls(fs::Call::rename), 1u);
    }
    stdfs::remove_all(folder_.shown("packs"));
    stdfs::create_directory(folder_.shown("packs"));
    const fs::ScopedFaultPlan plan({{.call = fs::Call::fsync, .err = 5}});
    EXPECT_FALSE(write_sample());
    EXPECT_EQ(plan.calls(fs::Call::rename), 0u);
    EXPECT_EQ(files_in("packs"), 0u);
}

TEST_F(PackTest, RefusesFurtherUseAfterAnError) {
    Result<PackWriter> writer = PackWriter::create(folder_);
    ASSERT_TRUE(writer);
    const Bytes big = test::random_bytes(kMaxBlockRaw, 3);
    const std::vector chunk{chunk_of(big)};
    {
        const fs::ScopedFaultPlan plan(
            {{.call = fs::Call::pwrite, .err = 5}, {.call = fs::Call::write, .err = 5}});
        EXPECT_FALSE(writer->add_block(big, BlockCodec::raw, kMaxBlockRaw, chunk));
    }
    EXPECT_EQ(files_in("tmp"), 0u);
    EXPECT_FALSE(writer->add_block(big, BlockCodec::raw, kMaxBlockRaw, chunk));
    EXPECT_FALSE(writer->seal());
}

// Short writes and reads are dealt with: the pack is the same.
TEST_F(PackTest, ShortTransfersAreInvisible) {
    const Digest id = write_sample().value().id;
    const fs::ScopedFaultPlan plan({{.repeat = fs::Fault::Repeat::for_ever,
                                     .action = fs::Fault::Action::short_count,
                                     .count = 3}});
    EXPECT_TRUE(read_everything(id));
    const Result<PackWriter::Sealed> again = write_sample();
    ASSERT_TRUE(again) << again.error().message();
    EXPECT_EQ(again->id, id);
}

}  // namespace
}  // namespace holt::store

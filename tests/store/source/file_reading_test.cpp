// Proves: what is read of a file is one moment's content, whatever its file system's clock is
// worth, or the file is told to be changing; holes of large files are the zeros that they read as.
#include "store/snapshot/small_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <random>
#include <thread>

#include "codec/blake3/blake3.h"
#include "codec/chunker/fastcdc.h"
#include "fs/file.h"
#include "fs/folder.h"
#include "store/snapshot/large_file_reader.h"
#include "support/temp_dir.h"

namespace holt::store {
namespace {

void write_file(const std::string& path, const std::string& content) {
    std::ofstream(path, std::ios::binary) << content;
}

Bytes random_bytes(std::size_t size, unsigned seed) {
    std::mt19937 random(seed);
    Bytes bytes(size);
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
    return bytes;
}

fs::FileClock no_clock() {
    return fs::FileClock([] { return fs::ClockReading{.moves = false}; });
}

class FileReading : public ::testing::Test {
  protected:
    FileReading() : folder_(std::make_shared<UniqueFd>(*fs::open_folder(temp_.path().string()))) {}
    FolderState& state(SourceDevice& device) {
        state_.device = &device;
        return state_;
    }
    SourceDevice with(fs::FileClock clock) const {
        return {.dev = 0, .folder = UniqueFd(), .clock = std::move(clock), .life = ""};
    }
    FileItem read_small(SourceDevice& device, Bytes& data) {
        FileItem item{.folder = &state(device)};
        read_small_file(folder_->get(), "f", "f", item, data, kMaxChunk);
        return item;
    }
    struct Large {
        std::vector<ChunkRef> chunks;
        Bytes bytes;  // of chunks that are in memory
        FileItem last;
        std::uint64_t zero_chunks = 0;
        /// Of the whole file, joined from its chunks' parts as a snapshot does it.
        Digest whole() const { return hasher.digest(); }
        blake3::Hasher hasher;
    };
    Large read_large(SourceDevice& device) {
        LargeFileReader reader(folder_, &state(device), "f", "f", nullptr);
        Large all;
        for (;;) {
            Bytes data;
            auto item = reader.next(data);
            if (!item) return all;
            if (item->what == FileItem::What::restart) {
                all = {};
                continue;
            }
            if (item->length > 0) {
                const Digest digest = item->zeros ? zero_chunk_digest() : blake3::hash(data);
                all.chunks.push_back({digest, static_cast<std::uint32_t>(item->length)});
                all.zero_chunks += item->zeros;
            }
            if (item->zeros) {
                all.hasher.update_zeros(item->length);
            } else {
                const ByteView original =
                    ByteView(data).subspan(item->original.offset, item->original.length);
                all.hasher.append(blake3::Part::of(original, item->at), original);
            }
            all.bytes.insert(all.bytes.end(), data.begin(), data.end());
            all.last = *std::move(item);
        }
    }
    std::string path() const { return (temp_ / "f").string(); }

    test::TempDir temp_;
    std::shared_ptr<UniqueFd> folder_;
    FolderState state_{1};
};

// Writes the first half of a file and then the second, again and again, with a pause between: what
// the file is at any moment has the first half as old as the second, or one write newer.
class Writer {
  public:
    Writer(const std::string& path, std::size_t half)
        : fd_(::open(path.c_str(), O_RDWR | O_CREAT, 0600)) {
        put(half, 0);
        put(half, 1);
        thread_ = std::thread([this, half] {
            while (!stop_) {
                ++count_;
                put(half, 0);
                put(half, 1);
                std::this_thread::sleep_for(std::chrono::microseconds(300 * (count_ % 40)));
            }
        });
    }
    ~Writer() {
        stop_ = true;
        thread_.join();
    }
    static bool is_of_a_moment(ByteView content) {
        if (content.size() % 2 != 0 || content.empty()) return false;
        const std::size_t half = content.size() / 2;
        const auto all = [&](std::size_t begin, std::uint8_t value) {
            return std::ranges::all_of(content.subspan(begin, half),
                                       [&](std::uint8_t byte) { return byte == value; });
        };
        const std::uint8_t first = content[0], second = content[half];
        const bool in_order = first == second || first == static_cast<std::uint8_t>(second + 1);
        return in_order && all(0, first) && all(half, second);
    }

  private:
    void put(std::size_t half, std::size_t which) {
        const std::string bytes(half, static_cast<char>(count_));
        EXPECT_EQ(::pwrite(fd_.get(), bytes.data(), half, static_cast<off_t>(which * half)),
                  static_cast<ssize_t>(half));
    }
    UniqueFd fd_;
    unsigned count_ = 0;
    std::atomic<bool> stop_{false};
    std::thread thread_;
};

TEST_F(FileReading, ASmallFileIsNeverAMixture) {
    for (const bool known : {true, false}) {
        SourceDevice device = with(known ? fs::FileClock::of(folder_->get()) : no_clock());
        const Writer writer(path(), 32 << 10);
        int read = 0;
        for (int i = 0; i < 300; ++i) {
            Bytes data;
            const FileItem item = read_small(device, data);
            if (item.what == FileItem::What::failed) continue;
            ++read;
            ASSERT_TRUE(Writer::is_of_a_moment(data)) << known << ' ' << i;
            if (!known) {
                EXPECT_EQ(item.record.ino, 0u) << "recent ctimes prove nothing";
            }
        }
        EXPECT_GT(read, 0) << known;
    }
}

TEST_F(FileReading, ALargeFileIsNeverAMixture) {
    for (const bool known : {true, false}) {
        SourceDevice device = with(known ? fs::FileClock::of(folder_->get()) : no_clock());
        const Writer writer(path(), 256 << 10);
        for (int i = 0; i < 60; ++i) {
            const Large large = read_large(device);
            if (large.last.what == FileItem::What::failed) continue;
            ASSERT_TRUE(Writer::is_of_a_moment(large.bytes)) << known << ' ' << i;
            ASSERT_EQ(large.whole(), blake3::hash(large.bytes));
        }
    }
}

// The file changed within the tick in which it is read: the read waits for the next tick.
TEST_F(FileReading, AFileThatChangedJustNowGetsARecordAfterTheTick) {
    SourceDevice device = with(fs::FileClock::of(folder_->get()));
    for (int i = 0; i < 50; ++i) {
        write_file(path(), std::to_string(i));
        Bytes data;
        const FileItem item = read_small(device, data);
        ASSERT_EQ(item.what, FileItem::What::read);
        EXPECT_EQ(as_text(data), std::to_string(i));
        ASSERT_NE(item.record.ino, 0u);
        write_file(path(), "another");
        EXPECT_NE(wrapped_ns(fs::stat_path(path())->ctime), item.record.ctime) << i;
    }
}

// Every way in which holes and data can meet the places where chunks begin.
TEST_F(FileReading, HolesAreTheZerosThatTheyReadAs) {
    constexpr std::uint64_t kMiB = 1 << 20;
    struct Data {
        std::uint64_t offset;
        std::size_t size;
    };
    const std::vector<std::pair<std::uint64_t, std::vector<Data>>> files = {
        {40 * kMiB, {}},
        {8 * kMiB, {}},
        {4 * kMiB, {}},
        {4 * kMiB - 1, {}},
        {4 * kMiB + 1, {}},
        {40 * kMiB, {{0, 100}}},
        {40 * kMiB, {{40 * kMiB - 1, 1}}},
        {40 * kMiB + 77, {{kMiB, 3 * kMiB}, {20 * kMiB + 4096, 10}, {30 * kMiB, 2 * kMiB}}},
        {33 * kMiB,
         {{0, kMiB}, {2 * kMiB, kMiB}, {4 * kMiB, kMiB}, {6 * kMiB, kMiB}, {16 * kMiB, kMiB}}},
    };
    SourceDevice device = with(fs::FileClock::of(folder_->get()));
    for (std::size_t i = 0; i < files.size(); ++i) {
        const auto& [size, parts] = files[i];
        std::filesystem::remove(path());
        write_file(path(), "");
        ASSERT_EQ(::truncate(path().c_str(), static_cast<off_t>(size)), 0);
        Bytes dense(size);
        const UniqueFd fd(::open(path().c_str(), O_WRONLY | O_CLOEXEC));
        for (const Data& part : parts) {
            const Bytes bytes = random_bytes(part.size, static_cast<unsigned>(i));
            ASSERT_TRUE(fs::pwrite_full(fd.get(), bytes, part.offset, "f"));
            std::ranges::copy(bytes, dense.begin() + static_cast<std::ptrdiff_t>(part.offset));
        }
        std::vector<ChunkRef> expected;
        for (ByteView rest = dense; !rest.empty();) {
            const std::size_t cut = chunker::next_cut(rest, chunker::Input::ends);
            expected.push_back({blake3::hash(rest.first(cut)), static_cast<std::uint32_t>(cut)});
            rest = rest.subspan(cut);
        }
        const Large large = read_large(device);
        ASSERT_EQ(large.last.what, FileItem::What::last_chunk) << i;
        EXPECT_EQ(large.whole(), blake3::hash(dense)) << i;
        EXPECT_TRUE(large.chunks == expected) << i;
        EXPECT_EQ(large.last.stat.size, size);
        if (parts.empty() && !large.last.holes.empty()) {
            EXPECT_EQ(large.zero_chunks, size / kMaxChunk) << "not read: " << i;
        }
    }
}

}  // namespace
}  // namespace holt::store

// The contents of an archive's files on their way into the store: cut into chunks as they come, and
// kept by number.
//
// A small file is one chunk, a large one is cut like a snapshot's (FastCDC), so what a snapshot of
// the same tree would store is found again. Holes are filled with zeros here: a chunk is content.
// As long as a hole goes on for a whole chunk, that chunk is known without looking.
//   ArchiveContentSource   entries of the archive -> units of about 1 MiB (one thread, in order)
//   hash_unit              digests of a unit's chunks (parallel)
//   ArchiveContents        takes in the chunks (in order), and knows each file's content afterwards
// Thread rule: each object one thread at a time; a unit belongs to the stage that has it.
#pragma once

#include <holt/archive.hpp>

#include <functional>
#include <memory>
#include <vector>

#include "archive/entries/entry.h"
#include "archive/entries/tree.h"
#include "codec/blake3/blake3.h"
#include "codec/chunker/cut_window.h"
#include "store/content/chunk_intake.h"
#include "store/operation/reporter.h"

namespace holt::store {

struct ArchiveUnit {
    /// A chunk, or the end of an empty file.
    struct Piece {
        std::uint32_t content = 0;           ///< number of the file's content
        std::size_t offset = 0, length = 0;  ///< in data
        bool last = false;
        bool whole = false;  ///< it is all of the file: its digest is the file's
        bool zeros = false;  ///< a chunk of nothing else, which is not in data; its digest is known
        Digest file_digest{};  ///< last, and not whole
    };
    std::vector<Piece> pieces;
    Bytes data;
};

/// The same with the digest of each piece: only hash_unit() makes one.
class HashedArchiveUnit {
  public:
    const std::vector<ArchiveUnit::Piece>& pieces() const noexcept { return unit_.pieces; }
    ByteView data() const noexcept { return unit_.data; }
    /// Of the piece with this number.
    const Digest& digest(std::size_t piece) const noexcept { return digests_[piece]; }

  private:
    friend HashedArchiveUnit hash_unit(ArchiveUnit&& unit);
    HashedArchiveUnit(ArchiveUnit&& unit, std::vector<Digest> digests)
        : unit_(std::move(unit)), digests_(std::move(digests)) {}

    ArchiveUnit unit_;
    std::vector<Digest> digests_;
};

HashedArchiveUnit hash_unit(ArchiveUnit&& unit);

class ArchiveContentSource {
  public:
    /// `admit` is asked about each entry: it strips what may not be kept, and says false for what
    /// is left out.
    using Admit = std::function<Result<bool>(ArchiveEntry&)>;
    /// The content so far.
    struct Measure {
        std::uint64_t described = 0;  ///< bytes that entries say, holes included
        std::uint64_t taken = 0;      ///< bytes that were there, without blocks of zeros
    };
    /// Called at each file and each chunk; its error ends the import.
    using Meter = std::function<Status(const Measure&)>;
    /// Called with the path of an entry that counts in place of an earlier one.
    using OnReplaced = std::function<void(const std::string& path)>;

    ArchiveContentSource(ArchiveReader& reader, ArchiveTree& tree, Admit admit, Meter meter,
                         OnReplaced on_replaced)
        : reader_(reader),
          tree_(tree),
          admit_(std::move(admit)),
          meter_(std::move(meter)),
          on_replaced_(std::move(on_replaced)) {}

    /// The next unit; null at the end of the archive. Damage names what came before it.
    Result<std::unique_ptr<ArchiveUnit>> next();

  private:
    Result<std::unique_ptr<ArchiveUnit>> gather();
    /// The content of the file at hand, holes filled.
    Result<ByteView> next_bytes(std::size_t limit);
    Status add_entry(ArchiveUnit& unit);
    Status begin_file();
    Status count(ByteView content);
    Status take_small(ArchiveUnit& unit);
    Status take_chunk(ArchiveUnit& unit);
    void take_zero_chunk(ArchiveUnit& unit);
    std::uint64_t hole_left() noexcept;
    void hash_zeros();

    ArchiveReader& reader_;
    ArchiveTree& tree_;
    const Admit admit_;
    const Meter meter_;
    const OnReplaced on_replaced_;
    ArchiveEntry entry_;
    std::uint32_t content_ = ArchiveTree::kNone;
    bool in_large_ = false;
    std::uint64_t size_ = 0, at_ = 0;  // of the file at hand
    std::vector<fs::Range> data_;      // of a sparse one
    std::size_t data_at_ = 0;
    bool sparse_ = false;
    ByteView stored_{};          // read from the archive and not taken yet
    chunker::CutWindow window_;  // of a large file
    blake3::Hasher whole_;
    std::uint64_t zeros_ = 0;  // that whole_ still has to take
    Measure measure_;
    std::uint64_t entries_ = 0;
    ArchiveTree::Index last_ = ArchiveTree::kRoot;  // the entry read last
};

class ArchiveContents {
  public:
    explicit ArchiveContents(ChunkIntake& intake) : intake_(intake) {}

    struct Content {
        Digest digest{};
        std::uint64_t size = 0;
        std::uint64_t first_chunk = 0;  ///< of the list, where there are two or more
        std::uint32_t chunks = 0;
    };
    Status process(const HashedArchiveUnit& unit, std::vector<RawBlock>& full);
    /// Content, chunks and size of an entry.
    void fill(std::uint32_t content, TreeEntry& entry) const;
    std::uint64_t files() const noexcept { return contents_.size(); }
    std::uint64_t bytes() const noexcept { return bytes_; }

  private:
    ChunkIntake& intake_;
    std::vector<Content> contents_;
    std::vector<ChunkRef> chunks_;  // of the files of several chunks, file by file
    std::uint64_t bytes_ = 0;
    std::vector<ChunkIntake::Candidate> candidates_;  // scratch
};

}  // namespace holt::store

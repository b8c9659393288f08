// What a tar of a snapshot consists of, in order, made up while it is written: the layout is
// decided here by one thread, and filled with content by many.
//
// The order is a snapshot's walk: a folder, its entries by name, then its subfolders with all that
// is below them. So the first name of a file always stands before its further names, and content is
// wanted in the order it was stored in. The stream is cut into jobs of about 4 MiB by what is in it
// and by nothing else: that cut is where the frames of a compressed archive begin, and so the
// archive is the same for any number of threads.
// Thread rule: next() from one thread at a time; fill() from any.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "store/content/chunk_reader.h"
#include "store/content/content_form.h"
#include "store/restore/restore_plan.h"
#include "store/trees/entry_walk.h"

namespace holt::store {

/// A stretch of the archive.
struct ExportJob {
    /// Bytes of `literals`, or of the next of `chunks`.
    struct Part {
        bool literal = true;
        std::uint64_t from = 0;  ///< in literals, or in the chunk
        std::size_t length = 0;
    };
    std::vector<Part> parts;
    Bytes literals;
    std::vector<LocatedChunk> chunks;
    std::size_t size = 0;  ///< of all parts
};

class ExportPlan {
  public:
    /// A job is ended behind the entry or chunk that brings it to so many bytes. Larger frames
    /// compress better (a level's window is 2 MiB and more), smaller ones can be sought in.
    static constexpr std::size_t kJobSize = std::size_t{4} << 20;

    struct Counts {
        std::uint64_t files = 0, folders = 0, symlinks = 0, hard_links = 0, others = 0, bytes = 0;
    };

    /// `heads`: as for a restore of the same folder. `selection` was looked into, and outlives
    /// this.
    ExportPlan(ChunkReader& reader, LinkHeads heads, TreeEntry root, const Selection& selection,
               Reporter& reporter);

    /// The next job; null behind the end of the archive.
    Result<std::unique_ptr<ExportJob>> next();
    /// A job's bytes, every chunk hashed first.
    static Status fill(ChunkReader& reader, const ExportJob& job, Bytes& out);

    const Counts& counts() const noexcept { return counts_; }

  private:
    Result<bool> take_step();
    Status add_entry(TreeEntry& entry, const std::string& path);
    Status add_chunks();
    Status add_original();
    void end_of_file();
    void add_literal(ByteView bytes);
    void add_chunk_part(const LocatedChunk& chunk, std::uint64_t from, std::uint64_t length);

    ChunkReader& reader_;
    const LinkHeads heads_;
    EntryWalk walk_;
    Reporter& reporter_;
    // The file at hand.
    TreeEntry file_;
    ContentForm form_;
    std::size_t chunk_at_ = 0;
    std::uint64_t file_at_ = 0;
    std::vector<fs::Range> data_;
    std::size_t data_at_ = 0;
    bool in_file_ = false, ended_ = false;
    std::unique_ptr<ExportJob> job_;
    Counts counts_;
};

}  // namespace holt::store

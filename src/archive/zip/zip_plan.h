// What a zip of a snapshot consists of, in order, made up while it is written: the order is decided
// here by one thread, and filled with content by many.
//
// The order is a snapshot's walk, as of a tar: a folder ("./" for the root), its entries by name,
// then its subfolders with all that is below them. It is cut into jobs of about 1 MiB by what is in
// it and by nothing else. A file of up to kWhole is one piece; a larger one is cut at chunks, and
// its pieces become one deflate stream, so the zip is the same for any number of threads.
// Thread rule: one thread at a time.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "store/content/chunk_reader.h"
#include "store/content/content_form.h"
#include "store/operation/reporter.h"
#include "store/trees/entry_walk.h"

namespace holt::store::zip {

/// An entry, or a piece of a large file.
struct Item {
    enum class Part : std::uint8_t { whole, first, middle, last };
    Part part = Part::whole;
    // Of a whole entry, and with the first piece.
    std::string name{};  ///< as it shall stand in the zip
    fs::Kind kind = fs::Kind::file;
    std::uint16_t mode = 0;
    std::uint32_t uid = 0, gid = 0;
    Time mtime{};
    std::string target{};              ///< of a symlink
    std::uint64_t file_size = 0;       ///< of all pieces
    std::size_t chunks = 0, size = 0;  ///< of the job's, and the bytes they become
    ContentForm form{};                ///< what makes these bytes of them
    std::uint64_t stored_at = 0;       ///< where the first of them begins in the stored file
};

/// What a zip does not keep of an entry.
struct Loss {
    Severity severity = Severity::info;
    std::string path{};
    const char* cause = "";
};

struct Job {
    std::vector<Item> items{};
    std::vector<LocatedChunk> chunks{};  ///< of the items, one behind the other
    std::size_t size = 0;                ///< bytes in them
    std::vector<Loss> losses{};          ///< to be told when the items are written
};

class Plan {
  public:
    static constexpr std::size_t kJobSize = std::size_t{1} << 20, kJobItems = 1000;
    /// Up to here a file's compressed size is known before its header is written.
    static constexpr std::uint64_t kWhole = std::uint64_t{4} << 20;

    struct Counts {
        std::uint64_t files = 0, folders = 0, symlinks = 0, bytes = 0;
    };

    /// `selection` was looked into, and outlives this.
    Plan(ChunkReader& reader, TreeEntry root, const Selection& selection, Reporter& reporter);

    /// The next job; null behind the last.
    Result<std::unique_ptr<Job>> next();
    const Counts& counts() const noexcept { return counts_; }

  private:
    Result<bool> take_step();
    Status add_entry(TreeEntry& entry, const std::string& path);
    bool add_item(const TreeEntry& entry, const std::string& path);
    void add_piece();
    void take_chunks(std::size_t count, Item& item);
    void lose(Severity severity, const std::string& path, const char* cause);

    ChunkReader& reader_;
    EntryWalk walk_;
    Reporter& reporter_;
    TreeEntry file_;  // a large one that is being cut
    ContentForm form_;
    std::uint64_t stored_at_ = 0;  // of chunk_at_
    std::size_t chunk_at_ = 0;
    bool in_file_ = false;
    std::unique_ptr<Job> job_;
    std::vector<ChunkRef> refs_;  // of the job
    Counts counts_;
};

}  // namespace holt::store::zip

// Cuts a large source file into chunks, front to back (FastCDC), so that they are one moment's
// content (file_reading.h). The digest of the whole file is not made here: each chunk's part of it
// is hashed by the parallel stage, and joined by the assembler.
//
// Holes are not read. FastCDC never cuts a run of one byte early, so as long as 4 MiB of a hole
// follow the last cut, the next chunk is 4 MiB of zeros: it is known without looking, and so is its
// digest. What remains is the digest of the whole file (Hasher::update_zeros).
// Thread rule: one thread at a time.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "codec/blake3/blake3.h"
#include "codec/chunker/cut_window.h"
#include "fs/file_clock.h"
#include "store/snapshot/relocation_scan.h"
#include "store/snapshot/snapshot_unit.h"
#include "store/source/file_reading.h"

namespace holt::store {

class LargeFileReader {
  public:
    /// `folder_fd` is kept while the file is read. With a `scan`, what names the snapshot's folder
    /// is replaced in the chunks by a placeholder of the same length; the last item has the places.
    LargeFileReader(std::shared_ptr<const UniqueFd> folder_fd, FolderState* folder,
                    std::string name, std::string shown, const RelocationScan* scan);

    /// The next item, with its bytes put into `data` when it is a chunk that is not all zeros.
    /// Nothing when the file is done.
    std::optional<FileItem> next(Bytes& data);
    const std::shared_ptr<const UniqueFd>& folder_fd() const noexcept { return folder_fd_; }

  private:
    Status begin();
    Status fill();
    void place_hits();
    ByteRange put_original(const FileItem& chunk, Bytes& data);
    Result<bool> take_places(FileItem& last);
    Status read_piece();
    std::uint64_t position() const noexcept;
    bool is_zero_chunk() const noexcept;
    FileItem next_zero_chunk();
    FileItem next_chunk(Bytes& data);
    FileItem item(FileItem::What what) const;
    FileItem finish_or_retry(FileItem last);
    Result<bool> is_unchanged();
    Result<bool> is_still(ByteView content);
    Result<Digest> hash_again();

    std::shared_ptr<const UniqueFd> folder_fd_;
    FolderState* folder_;
    std::string name_, shown_;
    const RelocationScan* scan_;  // null: nothing is replaced
    std::vector<relocation::Hit> hits_{};
    std::uint64_t searched_ = 0;  // up to there in the file
    std::size_t put_back_ = 0;    // the first that ends behind the last chunk
    int tries_ = 0;
    bool done_ = false;
    UniqueFd fd_;
    LookBefore look_;
    fs::Xattrs xattrs_{};
    fs::XattrLosses lost_{};
    std::vector<fs::Range> holes_{};
    std::vector<fs::Range> leaps_{};  // the holes that are not read
    std::size_t leap_ = 0;            // the first of them that ends behind read_offset_
    /// Of all that was cut, when the file's record does not show changes.
    std::optional<blake3::Hasher> proof_{};
    chunker::CutWindow window_;
    std::uint64_t read_offset_ = 0;
};

/// kMaxChunk zeros.
ByteView zero_chunk();
const Digest& zero_chunk_digest();

}  // namespace holt::store

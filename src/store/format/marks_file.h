// The file "snapshots.log" in the store's folder: the marks on disk (snapshot_marks.h).
//
// A writer, inside its write transaction on the catalog, which admits one at a time:
//
//   open      reads what is there; settles what an earlier writer left pending, as the catalog says
//   append    the new marks, pending, forced to the device. That takes the room they need: what
//             follows overwrites one byte each
//   (COMMIT)  durable
//   settle    the same marks, settled, forced to the device. Only then is the command's success
//             told, so each acknowledged snapshot has a settled mark
//
// Killed before COMMIT: pending, and not in the catalog; the next writer cuts it off. Killed after:
// pending, and in the catalog; the next writer settles it. Without a catalog a pending mark counts
// for nothing, which is right for a snapshot that nobody was told of.
// Thread rule: one thread at a time.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/unique_fd.h"
#include "fs/staging/atomic_file.h"
#include "store/format/snapshot_marks.h"

namespace holt::store {

inline constexpr const char* kMarksName = "snapshots.log";

/// Makes the file, for a store that is not there yet. The caller forces the folder to the device.
Status write_marks(int store, std::span<const Mark> marks, const std::string& shown_store);
/// A file that takes the place of the one that is there, in two steps: after the first its content
/// is on the device, under tmp/ (`tmp`).
Result<fs::AtomicFile> prepare_marks(int tmp, std::span<const Mark> marks,
                                     const std::string& shown_tmp);
Status put_marks(fs::AtomicFile prepared, int store, const std::string& shown_store);

/// `corrupt` when the file is missing, or not what decode_marks reads.
Result<Marks> read_marks(int store, const std::string& shown_store);

class MarksWriter {
  public:
    /// True for a snapshot that the catalog has; of a mark of its commit, by the mark's name, which
    /// a later mark may change; of one of its labels, by all of them, which are in place of a name.
    using IsCommitted = std::function<Result<bool>(const Mark& mark)>;

    /// `store` is the store's folder. As read_marks, when there is no file that can be gone on
    /// with: a new one would say that the older snapshots were never committed.
    static Result<MarksWriter> open(int store, const std::string& shown_store,
                                    const IsCommitted& is_committed);
    /// What is there, with what was pending settled or cut off.
    Result<Marks> read() const;
    /// Durable when it returns. Once.
    Status append(std::vector<Mark> marks);
    /// Durable when it returns: the transaction is committed.
    Status settle();

  private:
    MarksWriter(UniqueFd fd, std::string shown) noexcept
        : fd_(std::move(fd)), shown_(std::move(shown)) {}
    Status settle_earlier(const Marks& marks, const IsCommitted& is_committed);
    Status write(MarkState state);

    UniqueFd fd_;
    std::string shown_;
    std::uint64_t end_ = 0;  // where the next record goes
    std::vector<Mark> marks_;
};

}  // namespace holt::store

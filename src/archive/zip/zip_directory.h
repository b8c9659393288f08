// The directory of a zip: found from the end of the file, and looked through once before any entry
// is believed.
//
// Something may stand in front of the zip (a program that unpacks it, a line that says what runs
// it): the directory ends where its end record begins, and how far that is from where it says to be
// is how far everything was moved. A zip64 record and its locator must be where both say.
//
// What must be right for all of it: no part of a split zip; the directory is exactly as long as its
// end says, in bytes and in entries; no two entries begin at one place. Memory: 8 bytes for each
// entry, which has 46 in the file at least. Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "archive/io/placed.h"
#include "archive/zip/zip_extra.h"

namespace holt::store::zip {

/// One entry as the directory has it.
struct DirectoryEntry {
    DirectoryHeader header{};  ///< sizes and offset resolved, the offset from the file's start
    std::string name{};        ///< as it stands there
    Extras extras{};           ///< without views
};

class Directory {
  public:
    explicit Directory(PlacedBytes& bytes, const std::string& shown) : reader_(bytes, shown) {}

    /// Finds it and looks through it. More than `max_entries` is no_space.
    Status open(std::uint64_t max_entries);
    /// The next entry, in its order; false behind the last.
    Result<bool> next(DirectoryEntry& entry);

    std::uint64_t begin() const noexcept { return begin_; }
    /// Where what belongs to the entry at `offset` must end: where the next one begins, or the
    /// directory.
    std::uint64_t end_of(std::uint64_t offset) const noexcept;
    /// Where the first entry begins, or the directory.
    std::uint64_t first() const noexcept { return offsets_.empty() ? begin_ : offsets_.front(); }
    std::uint64_t archive_begin() const noexcept { return shift_; }
    /// Where the end record and its comment end, and whether more than zeros stands there.
    std::uint64_t behind() const noexcept { return behind_; }
    bool is_followed() const noexcept { return is_followed_; }

    /// unsafe_input: it contradicts itself, or is of a kind that is not read.
    std::unexpected<Error> refuse(const std::string& path, std::string cause) const;

  private:
    Result<End> find_end_record();
    Status refuse_first_part();
    Status take_zip64(std::uint64_t end_at, End& end);
    Status place(const End& end);
    Status check_offsets();

    PlacedReader reader_;
    std::uint64_t begin_ = 0, end_ = 0, shift_ = 0, behind_ = 0;
    std::uint64_t count_ = 0;
    std::uint64_t at_ = 0, taken_ = 0;    // of the entry that comes next
    std::vector<std::uint64_t> offsets_;  // ascending
    bool is_followed_ = false;
};

}  // namespace holt::store::zip

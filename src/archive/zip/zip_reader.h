// A zip's entries, in the order of its directory. What a zip says twice must agree, or it is
// refused: the name, flags, method, sizes and CRC of each local header with the directory, and of
// its descriptor where it has one; what belongs to an entry lies before the next one; and between
// them, in front of the first and behind the end stands no entry that the directory does not have.
//
//   Directory    found and looked through (zip_directory.h)
//   ZipReader    each entry: its local header compared, its attributes understood
//   Content      decoded and checked (zip_content.h)
// Thread rule: one object, one thread at a time.
#pragma once

#include "archive/entries/entry.h"
#include "archive/zip/zip_content.h"
#include "archive/zip/zip_directory.h"

namespace holt::store {

class ZipReader final : public ArchiveReader {
  public:
    struct Limits {
        std::uint64_t max_entries = 10'000'000;
        std::uint64_t window = std::uint64_t{128} << 20;  ///< of zstd frames, bytes
    };
    /// `umask`: what is taken from the modes of entries that state none.
    ZipReader(std::unique_ptr<PlacedBytes> bytes, const std::string& shown, Limits limits,
              std::uint16_t umask)
        : bytes_(std::move(bytes)),
          limits_(limits),
          umask_(umask),
          reader_(*bytes_, shown),
          directory_(*bytes_, shown),
          content_(reader_, directory_, limits_.window) {}

    /// First of all.
    Status open();
    Result<bool> next(ArchiveEntry& entry) override;
    Result<ByteView> read() override { return content_.read(); }
    /// Something stands behind it that is no part of it.
    bool is_followed() const noexcept { return directory_.is_followed(); }

  private:
    struct Local {
        zip::Header header{};
        zip::Extras extras{};
        std::uint64_t content_at = 0;
    };
    Result<Local> read_local();
    Status check_agreement(const Local& local) const;
    Status check_unicode_names(const Local& local) const;
    Result<bool> descriptor_at(std::uint64_t at, std::size_t size_bytes, bool signed_);
    Result<bool> is_descriptor(std::uint64_t at);
    Result<std::uint64_t> end_of_content(const Local& local);
    Status check_gap(std::uint64_t begin, std::uint64_t end);
    Result<bool> is_entry(std::uint64_t at, std::uint64_t end);
    Status describe(const Local& local, ArchiveEntry& entry);
    Status read_target(ArchiveEntry& entry);

    const std::unique_ptr<PlacedBytes> bytes_;
    const Limits limits_;
    const std::uint16_t umask_;
    PlacedReader reader_;
    zip::Directory directory_;
    zip::Content content_;
    zip::DirectoryEntry at_;
};

}  // namespace holt::store

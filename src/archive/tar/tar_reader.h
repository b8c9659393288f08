// Reads a tar archive, strictly: v7, ustar, pax, star and GNU, with their long names and sparse
// files.
//
// Iterative, one pass, in memory bounded by the limits below. What two programs might read
// differently is refused (SAFETY, "Input that must be refused"): a wrong checksum, a malformed
// record, two names or two sizes for one entry. A size in the header of what has no content
// (folders, links, FIFOs, devices) says nothing: no content follows. One block of zeros at the end
// is told. Told as warnings: no block of zeros, where a header would begin (it may be cut); what
// stands behind the end, which nobody reads; an entry of an unknown type, which is a file.
//   archive: entries, two blocks of zeros, zeros
//   entry: [x, L, K blocks with their content]  header block, content, up to a whole block
// Thread rule: one thread at a time.
#pragma once

#include <holt/observer.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "archive/entries/entry.h"
#include "archive/format/tar_format.h"
#include "archive/io/stream.h"
#include "archive/limits/metadata_budget.h"
#include "archive/tar/acl.h"
#include "archive/tar/tar_pax.h"
#include "fs/metadata/account_names.h"

namespace holt::store {

class TarReader final : public ArchiveReader {
  public:
    /// A long name (GNU's L and K) takes no more than this, in bytes: 1,024 levels and a bit.
    static constexpr std::uint64_t kMaxLongName = 512u << 10;

    /// Records for all entries take no more than this, in bytes of values: each entry has them.
    static constexpr std::uint64_t kMaxGlobal = 64u << 10;
    /// What is told of the archive as a whole.
    using Tell = std::function<void(Severity severity, Error note)>;

    /// `budget` outlives the reader.
    TarReader(ByteSource& source, std::string shown, MetadataBudget& budget, Tell tell)
        : in_(source, std::move(shown)), tell_(std::move(tell)), extension_(budget) {}

    Result<bool> next(ArchiveEntry& entry) override;
    Result<ByteView> read() override;

  private:
    /// What came before an entry and is about it.
    struct Pending {
        std::optional<tar::Pax> pax{};
        std::optional<std::string> name{}, link{};  // GNU's L and K
        bool solaris_acl = false;
        bool any() const noexcept { return pax || name || link || solaris_acl; }
    };

    Result<bool> read_header();
    Result<bool> read_end();
    enum class Behind : std::uint8_t { zeros, something };
    /// `behind`: what was already read there.
    Status read_to_the_end(Behind behind);
    void tell(Severity severity, ErrorKind kind, std::string cause, AdviceText advice) const;
    /// True when the header block in hand was only about the next entry.
    Result<bool> take_extension();
    Result<Bytes> extension(std::uint64_t limit);
    Status take_pax();
    Status take_global();
    Status take_long_name();
    Status take_entry(ArchiveEntry& entry);
    Status take_type(const tar::Pax& pax, ArchiveEntry& entry);
    std::unexpected<Error> of_another_volume() const;
    void tell_unknown(char type) const;
    Status take_names(const tar::Pax& pax, ArchiveEntry& entry);
    Status take_numbers(const tar::Pax& pax, ArchiveEntry& entry);
    Status take_size(const tar::Pax& pax, ArchiveEntry& entry);
    Status take_attributes(const tar::Pax& pax, ArchiveEntry& entry);
    Status take_acl(std::string_view text, std::string_view attribute, ArchiveEntry& entry);
    Result<std::uint64_t> unsigned_field(tar::Field f, std::uint64_t max, const char* what) const;

    // tar_sparse.cpp: the maps of sparse files.
    Status take_sparse(const tar::Pax& pax, ArchiveEntry& entry);
    Status read_old_map(ArchiveEntry& entry);
    Status read_map_in_content(ArchiveEntry& entry);
    Result<std::uint64_t> read_map_number(std::string& line);
    Status add_piece(ArchiveEntry& entry, std::uint64_t offset, std::uint64_t length) const;
    Status finish_map(ArchiveEntry& entry) const;

    std::unexpected<Error> refuse(std::string cause) const;

    StreamReader in_;
    const Tell tell_;
    MetadataCharge extension_;  // of what came before the entry at hand
    tar::Block block_{};
    Pending pending_;
    tar::Pax global_;
    fs::AccountNames names_;  // that lists name users and groups by
    std::string acl_text_;    // the list parsed last, and what it is
    std::optional<AclText> acl_;
    std::uint64_t left_ = 0, padding_ = 0;  // of the entry at hand: content, then fill bytes
    bool sized_link_ = false;               // the header in hand is behind a hard link with a size
    std::uint64_t header_at_ = 0;           // where the header block in hand begins
    std::uint64_t entries_ = 0;
    bool ended_ = false;
};

}  // namespace holt::store

#include "archive/import.h"

#include <algorithm>
#include <utility>

#include "archive/entries/assemble.h"
#include "archive/entries/content.h"
#include "archive/tar/tar_reader.h"
#include "archive/zip/zip.h"
#include "codec/zstd/encode/compress.h"
#include "fs/metadata/posix_acl.h"
#include "store/catalog/snapshot_info.h"
#include "store/content/content_pipeline.h"
#include "store/content/snapshot_commit.h"
#include "store/disk/pin.h"
#include "store/operation/lock_wait.h"
#include "store/source/attributes.h"
#include "store/source/file_reading.h"

namespace holt::store {
namespace {

// What an import keeps of an entry; counts what it drops.
class Admission {
  public:
    Admission(const ImportOptions& options, Reporter& reporter, const std::string& shown,
              ArchiveTree& tree)
        : options_(options), reporter_(reporter), shown_(shown), tree_(tree) {}

    Result<bool> admit(ArchiveEntry& entry) {
        using What = ArchiveEntry::What;
        const bool special = entry.what == What::fifo || entry.what == What::device;
        if (special && !options_.special_files) {
            return fail(ErrorKind::unsafe_input, "import '" + printable(shown_) + "'", entry.path,
                        entry.what == What::fifo ? "a FIFO" : "a device file",
                        Advice::allow_special_files);
        }
        if (entry.what == What::device) return skip(entry, "device files are not kept");
        if (tree_.links_to_left_out(entry))
            return skip(entry, "hard links to what was skipped are not kept");
        // Of a further name, what the first one says counts.
        if (entry.what == What::hard_link) return true;
        bool stripped = strip_mode(entry);
        HOLT_TRY(settle_access_acl(entry));
        if (!options_.all_xattrs) {
            stripped |= std::erase_if(entry.xattrs, [](const auto& xattr) {
                            return !xattr.first.starts_with("user.");
                        }) > 0;
        }
        stripped_ += stripped;
        tell_what_is_lost(entry);
        return true;
    }

    std::uint64_t skipped() const noexcept { return skipped_; }
    std::uint64_t stripped() const noexcept { return stripped_; }

  private:
    Result<bool> skip(const ArchiveEntry& entry, const char* why) {
        HOLT_TRY(tree_.left_out(entry.path));
        ++skipped_;
        reporter_.tally(Severity::info, fail(ErrorKind::partial, "skip", entry.path, why).error());
        return false;
    }

    bool strip_mode(ArchiveEntry& entry) const {
        constexpr std::uint16_t kSpecial = 07000;
        if (options_.special_modes || (entry.mode & kSpecial) == 0) return false;
        if (entry.what == ArchiveEntry::What::symlink) return false;
        entry.mode &= static_cast<std::uint16_t>(~kSpecial);
        return true;
    }

    // Where an access list is kept, the mode is what the list makes of it; where it is not, the
    // mode gives nobody more than the list did.
    Status settle_access_acl(ArchiveEntry& entry) const {
        const auto list = std::ranges::find(entry.xattrs, std::string(fs::kAccessAcl),
                                            &fs::Xattrs::value_type::first);
        if (list == entry.xattrs.end()) return {};
        const auto acl = fs::decode_acl(list->second);
        if (!options_.all_xattrs) {
            entry.mode = fs::mode_without_acl(entry.mode, list->second);
            // One that says no more than the mode is no loss.
            if (acl && fs::is_minimal(*acl)) entry.xattrs.erase(list);
            return {};
        }
        if (!acl)
            return fail(ErrorKind::unsafe_input, "import '" + printable(shown_) + "'", entry.path,
                        "an access control list that is none", "nothing was imported");
        entry.mode = fs::mode_with_acl(entry.mode, *acl);
        if (fs::is_minimal(*acl)) entry.xattrs.erase(list);
        return {};
    }

    // The archive's owner asked for all of it, with --all-xattrs.
    void tell_what_is_lost(ArchiveEntry& entry) const {
        fs::XattrLosses foreign;
        std::erase_if(entry.xattrs, [&](const auto& xattr) {
            const fs::XattrFate fate = fs::fate_of_xattr(xattr.first);
            if (fate == fs::XattrFate::foreign) foreign.push_back({xattr.first});
            return fate != fs::XattrFate::kept;
        });
        TreeEntry kept;
        tell_lost(reporter_, foreign, kept, entry.path);
        for (const std::string& cause : entry.lost)
            reporter_.tally(options_.all_xattrs ? Severity::warning : Severity::info,
                            Error{.kind = ErrorKind::partial,
                                  .operation = "import",
                                  .object = entry.path,
                                  .cause = cause});
    }

    const ImportOptions& options_;
    Reporter& reporter_;
    const std::string& shown_;
    ArchiveTree& tree_;
    std::uint64_t skipped_ = 0, stripped_ = 0;
};

void tell_stripped(std::uint64_t count, const std::string& shown, Reporter& reporter) {
    if (count == 0) return;
    reporter.note(Severity::info, fail(ErrorKind::partial, "import", shown,
                                       "special mode bits or attributes other than user.* of " +
                                           std::to_string(count) + " entries were not kept",
                                       Advice::allow_modes_and_xattrs)
                                      .error());
}

/// The reader, and what it reads from.
struct Opened {
    std::unique_ptr<ByteSource> decoder{};  // null: the file itself
    std::unique_ptr<ArchiveReader> reader{};
};

Result<Opened> open_reader(FdSource& source, ArchiveKind kind, const StoreFolder& folder,
                           const ImportOptions& options, Reporter& reporter,
                           MetadataBudget& budget) {
    Opened opened;
    if (kind == ArchiveKind::zip) {
        HOLT_TRY_LET(reader, open_zip(source, folder, options, reporter));
        opened.reader = std::move(reader);
        return opened;
    }
    HOLT_TRY_LET(decoder, make_decoder(kind, source,
                                       {.window = options.window_limit,
                                        .ratio = options.max_ratio,
                                        .content = options.max_bytes}));
    opened.decoder = std::move(decoder);
    ByteSource& bytes = opened.decoder ? *opened.decoder : static_cast<ByteSource&>(source);
    opened.reader = std::make_unique<TarReader>(
        bytes, source.shown(), budget,
        [&reporter](Severity severity, Error note) { reporter.note(severity, std::move(note)); });
    return opened;
}

Status check_total(const ArchiveContentSource::Measure& content, const FdSource& source,
                   const ImportOptions& options) {
    if (content.described > options.max_bytes) {
        return fail(ErrorKind::no_space, "import", source.shown(),
                    "its content is over " + std::to_string(options.max_bytes) + " bytes",
                    Advice::allow_content);
    }
    return check_ratio(source.offset(), content.taken, options.max_ratio, source.shown());
}

void tell_replaced(const std::string& path, Reporter& reporter) {
    reporter.tally(Severity::info, fail(ErrorKind::partial, "import", path,
                                        "it is in the archive more than once: the last one counts")
                                       .error());
}

SnapshotRecord complete_record(SnapshotRecord record, const FdSource& source,
                               const ImportOptions& options) {
    record.name = options.name;
    record.key = options.key;
    record.tags = options.tags;
    record.source = source.shown();
    record.created = current_time();
    return record;
}

}  // namespace

Result<ImportReport> import_archive(const StoreFolder& folder, const OpenOptions& open,
                                    FdSource& source, ArchiveKind kind,
                                    const ImportOptions& options, Observer& observer) {
    Reporter reporter(observer);
    Profile profile(observer);
    const Log log = make_log(open.log);
    const PipelineOptions pipeline{
        .operation = "import",
        .level = options.level != 0 ? options.level : zstd::kDefaultLevel,
        .cancel = options.cancel,
        .profile = &profile};

    HOLT_TRY_LET(owners, OwnerRule::make(options.owner, "import"));

    // 1. A pin keeps what we refer to from being collected.
    HOLT_TRY_LET(pin, Pin::hold(folder, lock_wait(open, options.cancel)));
    HOLT_TRY_LET(catalog,
                 Catalog::open(folder, Catalog::Mode::read_write, lock_wait(open, options.cancel)));
    HOLT_TRY(refuse_name_and_key(catalog, "import", options.name, options.key));

    // 2. Entries into the tree in memory, contents into packs as they come.
    MetadataBudget budget(
        options.max_metadata, options.max_ratio, [&] { return source.offset(); }, source.shown());
    HOLT_TRY_LET(opened, open_reader(source, kind, folder, options, reporter, budget));
    ArchiveTree tree(
        {.max_entries = options.max_entries,
         .max_depth = options.max_depth,
         .same_path = kind == ArchiveKind::zip ? SamePath::refuse : SamePath::last_wins},
        budget, source.shown());
    Admission admission(options, reporter, source.shown(), tree);
    using Measure = ArchiveContentSource::Measure;
    ArchiveContentSource content_source(
        *opened.reader, tree, [&](ArchiveEntry& entry) { return admission.admit(entry); },
        [&](const Measure& content) { return check_total(content, source, options); },
        [&](const std::string& path) { tell_replaced(path, reporter); });
    ChunkIntake intake(catalog);
    ArchiveContents contents(intake);
    PackSink sink(folder, log);
    HOLT_TRY(run_content_pipeline<ArchiveUnit>(
        pipeline, sink, [&] { return content_source.next(); }, hash_unit,
        [&](HashedArchiveUnit unit, std::vector<RawBlock>& full) {
            reporter.progress({.stage = "import",
                               .files_done = contents.files(),
                               .bytes_done = contents.bytes()});
            return contents.process(unit, full);
        }));

    HOLT_TRY(source.check_unchanged());

    // 3. The whole archive was read and found right: its trees, children first.
    ArchiveAssembler assembler(tree, contents, owners, budget);
    HOLT_TRY(run_content_pipeline<ArchiveAssembler::Batch>(
        pipeline, sink, [&] { return assembler.next(); },
        [](ArchiveAssembler::Batch&& batch) { return std::move(batch); },
        [&](const ArchiveAssembler::Batch& batch, std::vector<RawBlock>& full) {
            return intake.take(batch.chunks, full);
        }));

    // 4. The record, then the commit: everything appears together, or not at all.
    Catalog::Commit commit;
    commit.record = complete_record(std::move(assembler.record()), source, options);
    commit.encoded_record = encode_record(commit.record);
    HOLT_TRY_LET(id, store_record(commit.encoded_record, intake, sink, pipeline.level));
    commit.id = id;
    HOLT_TRY_LET(used, packs_used(catalog, intake, sink.packs()));
    commit.packs_used = std::move(used);
    commit.new_packs = std::move(sink.packs());
    commit.confirm = confirm_packs(folder, commit.new_packs);
    HOLT_TRY(catalog.commit(commit));
    log->info("imported {} as {}: {} new packs", source.shown(), id.hex(), commit.new_packs.size());
    tell_stripped(admission.stripped(), source.shown(), reporter);
    return ImportReport{.snapshots = {to_info({id, std::move(commit.record)})},
                        .archive_bytes = source.offset(),
                        .new_chunks = intake.new_chunks(),
                        .new_bytes = intake.new_bytes(),
                        .stored_bytes = sink.stored_bytes(),
                        .skipped = admission.skipped(),
                        .stripped = admission.stripped(),
                        .warnings = reporter.warnings()};
}

}  // namespace holt::store

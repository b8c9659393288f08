// Reading a .holt file into the store.
//
// Its packs are written under tmp/ as they come and read back from there, every byte of every chunk
// hashed; they get their names when the whole file and everything in it was found right, and are
// referred to by one transaction. A fault on the way leaves garbage, and no snapshot.
#include <tbb/enumerable_thread_specific.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <utility>

#include "archive/format/holt_format.h"
#include "archive/holt/holt.h"
#include "archive/holt/holt_check.h"
#include "base/cancel.h"
#include "codec/blake3/blake3.h"
#include "codec/zstd/encode/compress.h"
#include "fs/file.h"
#include "store/catalog/snapshot_info.h"
#include "store/content/snapshot_commit.h"
#include "store/disk/pin.h"
#include "store/operation/lock_wait.h"
#include "store/operation/log.h"
#include "store/operation/reporter.h"
#include "store/pack/pack_check.h"
#include "store/pack/pack_writer.h"

namespace holt::store {
namespace {

constexpr const char* kImport = "import";
constexpr Advice kGetWhole = Advice::get_whole_copy;

/// A pack that was taken from the file.
struct Received {
    Digest id{};
    std::uint64_t bytes = 0;
    fs::AtomicFile file;
    PackFooter footer{};
};

class HoltImport {
  public:
    HoltImport(const StoreFolder& folder, FdSource& source, const ImportOptions& options,
               Reporter& reporter)
        : folder_(folder),
          source_(source),
          options_(options),
          reporter_(reporter),
          in_(source, source.shown()) {}

    Status read_index();
    Status receive_packs(Brought& packs);
    Status read_end();
    Status publish();

    const HoltIndex& index() const noexcept { return index_; }
    std::vector<Received>& received() noexcept { return received_; }

  private:
    Status receive(const HoltIndex::Pack& pack, int tmp, Brought& packs);
    Status check_blocks(const PackReader& pack);
    Status check_growth(const PackFooter& footer);
    Status take(MutableByteView into) {
        HOLT_TRY(in_.read_exact(into));
        hasher_.update(into);
        return {};
    }

    const StoreFolder& folder_;
    FdSource& source_;
    const ImportOptions& options_;
    Reporter& reporter_;
    StreamReader in_;
    blake3::Hasher hasher_;
    HoltIndex index_;
    UniqueFd tmp_;  // outlives the files in it
    std::vector<Received> received_;
    std::uint64_t raw_bytes_ = 0;
};

Status HoltImport::read_index() {
    HoltHeader header;
    HOLT_TRY(take(header));
    HOLT_TRY_LET(size, decode_holt_header(header, in_.shown()));
    Bytes bytes(size);
    HOLT_TRY(take(bytes));
    HOLT_TRY_LET(index, decode_holt_index(bytes, in_.shown()));
    index_ = std::move(index);
    return {};
}

// What the blocks decode to, before any of them is.
Status HoltImport::check_growth(const PackFooter& footer) {
    for (const BlockInfo& block : footer.blocks) raw_bytes_ += block.raw_size;
    return check_ratio(source_.offset(), raw_bytes_, options_.max_ratio, in_.shown());
}

Status HoltImport::check_blocks(const PackReader& pack) {
    const PackFooter& footer = pack.footer();
    std::vector<std::size_t> begins(footer.blocks.size() + 1, 0);
    for (const ChunkInfo& chunk : footer.chunks) ++begins[chunk.block + 1];
    for (std::size_t i = 1; i < begins.size(); ++i) begins[i] += begins[i - 1];
    FirstError first;
    tbb::enumerable_thread_specific<PackCheckScratch> scratches;
    tbb::parallel_for(std::size_t{0}, footer.blocks.size(), [&](std::size_t block) {
        if (first.stopped()) return;
        const auto chunks =
            std::span(footer.chunks).subspan(begins[block], begins[block + 1] - begins[block]);
        first.keep(check_block(pack, static_cast<std::uint32_t>(block), chunks, scratches.local()));
    });
    return first.take();
}

Status HoltImport::receive(const HoltIndex::Pack& pack, int tmp, Brought& packs) {
    HOLT_TRY_LET(file, fs::AtomicFile::create_locked(tmp, "pack", folder_.shown("tmp"), 0444));
    for (std::uint64_t left = pack.bytes; left > 0;) {
        HOLT_TRY_LET(piece, in_.some_exact(left));
        hasher_.update(piece);
        HOLT_TRY(file.write(piece));
        left -= piece.size();
        reporter_.progress({.stage = kImport, .bytes_done = source_.offset()});
    }
    HOLT_TRY_LET(fd, fs::duplicate(file.fd(), file.shown()));
    const std::string object = "pack " + pack.id.hex() + " in " + in_.shown();
    HOLT_TRY_LET(reader, PackReader::open_file(std::move(fd), pack.id, object));
    HOLT_TRY(check_growth(reader.footer()));
    HOLT_TRY(check_blocks(reader));
    received_.push_back({pack.id, pack.bytes, std::move(file), reader.footer()});
    packs.add(std::move(reader));
    return {};
}

Status HoltImport::receive_packs(Brought& packs) {
    HOLT_TRY_LET(tmp, folder_.open_part("tmp"));
    tmp_ = std::move(tmp);
    for (const HoltIndex::Pack& pack : index_.packs) {
        auto status = receive(pack, tmp_.get(), packs);
        if (status) continue;
        if (status.error().kind == ErrorKind::corrupt) advise(status.error(), kGetWhole);
        return status;
    }
    return {};
}

Status HoltImport::read_end() {
    const HoltTrailer expected = encode_holt_trailer(hasher_.digest());
    HoltTrailer trailer;
    HOLT_TRY(in_.read_exact(trailer));
    if (trailer != expected)
        return fail(ErrorKind::corrupt, kImport, in_.shown(), "its end does not fit its content",
                    kGetWhole);
    HOLT_TRY_LET(more, in_.some(1));
    if (!more.empty())
        return fail(ErrorKind::corrupt, kImport, in_.shown(), "something stands behind its end",
                    kGetWhole);
    return {};
}

Status HoltImport::publish() {
    for (Received& pack : received_) HOLT_TRY(publish_pack(folder_, pack.file, pack.id));
    return {};
}

/// A snapshot that the file brings and the store does not have.
struct NewSnapshot {
    Digest id{};
    Bytes encoded{};
    SnapshotRecord record{};
};

Status refuse_own_words(const ImportOptions& options, std::size_t snapshots,
                        const std::string& shown) {
    if (!options.key.empty() || !options.tags.empty())
        return fail(ErrorKind::usage, kImport, shown, "a .holt file brings its own key and tags",
                    Advice::without_key_and_tags);
    if (options.owner.who != OwnerChoice::Who::preserve)
        return fail(ErrorKind::usage, kImport, shown, "a .holt file brings its own owners",
                    Advice::owner_at_restore);
    if (!options.name.empty() && snapshots != 1)
        return fail(ErrorKind::usage, kImport, shown,
                    "one name for " + std::to_string(snapshots) + " snapshots",
                    Advice::without_name);
    return {};
}

Result<bool> has_snapshot(Catalog& catalog, const Digest& id) {
    auto row = catalog.snapshot(id);
    if (row) return true;
    if (row.error().kind == ErrorKind::not_found) return false;
    return std::unexpected(std::move(row).error());
}

Status require_bases(Catalog& catalog, const HoltIndex& index, const std::string& shown) {
    for (const Digest& base : index.bases) {
        HOLT_TRY_LET(there, has_snapshot(catalog, base));
        if (!there)
            return fail(
                ErrorKind::not_found, kImport, shown,
                "it builds on snapshot " + base.short_hex() + ", which this store does not have",
                Advice::export_whole);
    }
    return {};
}

/// What a name that was asked for is given to when the store has the snapshot already.
struct Further {
    NewSnapshot snapshot{};
    std::vector<NewPack> packs{};
};

// A snapshot is never renamed: this is another one of the same content, as it would be if the name
// had been asked for the first time. Nothing when it is there, too.
Result<std::optional<Further>> make_further(const StoreFolder& folder, Catalog& catalog,
                                            const SnapshotRecord& record, const Log& log) {
    Further further;
    further.snapshot.record = record;
    further.snapshot.encoded = encode_record(record);
    further.snapshot.id = blake3::hash(further.snapshot.encoded);
    HOLT_TRY_LET(there, has_snapshot(catalog, further.snapshot.id));
    if (there) return std::nullopt;
    HOLT_TRY(refuse_name_and_key(catalog, kImport, record.name, {}));
    ChunkIntake intake(catalog);
    PackSink sink(folder, log);
    HOLT_TRY(store_record(further.snapshot.encoded, intake, sink, zstd::kDefaultLevel));
    further.packs = std::move(sink.packs());
    return further;
}

// The store has the only snapshot of the file. A name that was asked for is not left out.
Status name_again(const StoreFolder& folder, Catalog& catalog, const Digest& id,
                  const SnapshotRecord& record, const Log& log, ImportReport& report) {
    HOLT_TRY_LET(row, catalog.snapshot(id));
    if (row.record.name == record.name) return {};
    HOLT_TRY_LET(further, make_further(folder, catalog, record, log));
    if (!further) return {};
    Catalog::Commit commit{.id = further->snapshot.id,
                           .record = further->snapshot.record,
                           .encoded_record = std::move(further->snapshot.encoded),
                           .new_packs = std::move(further->packs),
                           .base = id};
    for (const NewPack& pack : commit.new_packs) {
        commit.packs_used.push_back(pack.id);
        report.stored_bytes += pack.bytes;
    }
    HOLT_TRY(catalog.commit(commit));
    report.snapshots = {to_info({commit.id, std::move(commit.record)})};
    return {};
}

// One that the store knows by another name keeps that.
void tell_known(Catalog& catalog, const HoltIndex::Snapshot& listed, Reporter& reporter) {
    const auto row = catalog.snapshot(listed.id);
    if (!row || listed.name.empty() || row->record.name == listed.name) return;
    const std::string known =
        row->record.name.empty() ? "without a name" : "as '" + printable(row->record.name) + "'";
    reporter.note(Severity::info,
                  fail(ErrorKind::partial, kImport, listed.name,
                       "the store has this snapshot already, " + known, Advice::give_name)
                      .error());
}

Result<NewSnapshot> read_record(Brought& packs, const HoltIndex::Snapshot& listed,
                                const ImportOptions& options, const std::string& shown) {
    NewSnapshot snapshot{.id = listed.id};
    const ChunkInfo* const info = packs.find(listed.id);
    if (info == nullptr || info->kind != ChunkKind::snapshot)
        return fail(ErrorKind::corrupt, kImport, shown, "it lacks a snapshot that it lists",
                    kGetWhole);
    const ChunkRef chunk{listed.id, info->length};
    HOLT_TRY_LET(encoded, packs.read({&chunk, 1}, listed.id, "snapshot " + listed.id.hex()));
    snapshot.encoded = std::move(encoded);
    HOLT_TRY_LET(record, decode_record(snapshot.encoded, "snapshot " + listed.id.hex()));
    snapshot.record = std::move(record);
    snapshot.record.name = options.name.empty() ? listed.name : options.name;
    return snapshot;
}

}  // namespace

Result<ImportReport> import_holt(const StoreFolder& folder, const OpenOptions& open,
                                 FdSource& source, const ImportOptions& options,
                                 Observer& observer) {
    Reporter reporter(observer);
    const Log log = make_log(open.log);

    // 1. A pin keeps what we refer to from being collected; the index says what will come.
    HOLT_TRY_LET(pin, Pin::hold(folder, lock_wait(open, options.cancel)));
    HOLT_TRY_LET(catalog,
                 Catalog::open(folder, Catalog::Mode::read_write, lock_wait(open, options.cancel)));
    HoltImport file(folder, source, options, reporter);
    HOLT_TRY(file.read_index());
    HOLT_TRY(refuse_own_words(options, file.index().snapshots.size(), source.shown()));
    HOLT_TRY(require_bases(catalog, file.index(), source.shown()));

    // 2. All packs under tmp/, every chunk hashed, and the end of the file.
    ChunkReader reader(folder, catalog);
    Brought packs(reader, source.shown());
    HOLT_TRY(file.receive_packs(packs));
    HOLT_TRY(file.read_end());

    // 3. The snapshots: complete, and within what an import may be.
    HoltCheck check(packs, options, source.shown(), [&] { return source.offset(); });
    std::vector<NewSnapshot> snapshots;
    ImportReport report{.archive_bytes = source.offset()};
    for (const HoltIndex::Snapshot& listed : file.index().snapshots) {
        HOLT_TRY_LET(snapshot, read_record(packs, listed, options, source.shown()));
        HOLT_TRY(check.check(snapshot.record, listed.id.hex()));
        report.snapshots.push_back(to_info({snapshot.id, snapshot.record}));
        HOLT_TRY_LET(there, has_snapshot(catalog, listed.id));
        if (!there) {
            snapshots.push_back(std::move(snapshot));
        } else if (options.name.empty()) {
            tell_known(catalog, listed, reporter);
        } else {
            HOLT_TRY(name_again(folder, catalog, listed.id, snapshot.record, log, report));
        }
    }
    if (snapshots.empty()) return report;  // the store had them all

    // 4. The packs get their names; then everything appears together, or not at all.
    HOLT_TRY(file.publish());
    std::vector<Digest> used;
    for (const std::uint32_t row : packs.older_packs()) {
        HOLT_TRY_LET(pack, catalog.pack(row));
        used.push_back(pack.id);
    }
    std::vector<NewPack> new_packs;
    for (Received& pack : file.received()) {
        used.push_back(pack.id);
        report.stored_bytes += pack.bytes;
        report.new_chunks += pack.footer.chunks.size();
        for (const BlockInfo& block : pack.footer.blocks) report.new_bytes += block.raw_size;
        new_packs.push_back({pack.id, pack.bytes, std::move(pack.footer)});
    }
    std::vector<Catalog::Commit> commits;
    for (NewSnapshot& snapshot : snapshots) {
        Catalog::Commit& commit = commits.emplace_back();
        commit.id = snapshot.id;
        commit.record = std::move(snapshot.record);
        commit.encoded_record = std::move(snapshot.encoded);
        commit.packs_used = used;
    }
    commits.front().confirm = confirm_packs(folder, new_packs);
    commits.front().new_packs = std::move(new_packs);
    HOLT_TRY(catalog.commit_all(commits));
    log->info("imported {}: {} snapshots", source.shown(), commits.size());
    return report;
}

}  // namespace holt::store

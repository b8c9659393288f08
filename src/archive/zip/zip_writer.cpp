#include <optional>
#include <utility>

#include "archive/io/libarchive.h"
#include "archive/io/locale.h"
#include "archive/zip/zip.h"
#include "fs/folder.h"
#include "fs/metadata/posix_acl.h"
#include "store/format/left_out.h"

namespace holt::store {
namespace {

constexpr int kMaxLevel = 9;

la_ssize_t write_output(archive*, void* data, const void* bytes, std::size_t size);

class ZipWriter {
  public:
    ZipWriter(const LibArchive& library, ChunkReader& reader, ArchiveOutput& output,
              const ExportOptions& options, Reporter& reporter)
        : library_(library),
          reader_(reader),
          output_(output),
          options_(options),
          reporter_(reporter),
          archive_(library_.archive_write_new()),
          entry_(library_.archive_entry_new()) {}
    ZipWriter(const ZipWriter&) = delete;
    ZipWriter& operator=(const ZipWriter&) = delete;
    ~ZipWriter() {
        // Freed before its end libarchive would write a directory of what there is: a zip that
        // looks whole to whoever reads the descriptor.
        abandoned_ = true;
        library_.archive_entry_free(entry_);
        library_.archive_write_free(archive_);
    }

    Status open();
    Status write_tree(const TreeEntry& root, const Selection& selection);
    Status close();

    ExportReport report{};
    ArchiveOutput& output() noexcept { return output_; }
    bool abandoned() const noexcept { return abandoned_ || error_; }
    void keep_error(Error error) { error_ = std::move(error); }

  private:
    Status check(int code, const std::string& path) const;
    Status write_entry(const TreeEntry& entry, const std::string& path);
    Status write_content(const TreeEntry& entry, const std::string& path);
    void tell(Severity severity, const std::string& path, const char* cause);
    void tell_lost(const TreeEntry& entry, const std::string& path);

    const LibArchive& library_;
    ChunkReader& reader_;
    ArchiveOutput& output_;
    const ExportOptions& options_;
    Reporter& reporter_;
    archive* archive_;
    archive_entry* entry_;
    std::optional<Error> error_;
    bool abandoned_ = false;
};

la_ssize_t write_output(archive*, void* data, const void* bytes, std::size_t size) {
    ZipWriter& writer = *static_cast<ZipWriter*>(data);
    if (writer.abandoned()) return -1;
    auto status = writer.output().write({static_cast<const std::uint8_t*>(bytes), size});
    if (status) return static_cast<la_ssize_t>(size);
    writer.keep_error(std::move(status).error());
    return -1;
}

Status ZipWriter::check(int code, const std::string& path) const {
    if (code == ARCHIVE_OK) return {};
    if (error_) return std::unexpected(*error_);
    const char* text = archive_ != nullptr ? library_.archive_error_string(archive_) : nullptr;
    return fail(ErrorKind::failed, "write zip", path, text != nullptr ? text : "libarchive failed");
}

// Without its access list nobody may do more.
std::uint16_t mode_in_zip(const TreeEntry& entry) {
    for (const auto& [name, value] : entry.xattrs)
        if (name == fs::kAccessAcl) return fs::mode_without_acl(entry.mode, value);
    return entry.mode;
}

Status ZipWriter::open() {
    if (options_.level < 0 || options_.level > kMaxLevel)
        return fail(ErrorKind::usage, "export", std::to_string(options_.level),
                    "zip has no such level", "give 1 to 9");
    if (archive_ == nullptr || entry_ == nullptr) return check(ARCHIVE_FATAL, "");
    HOLT_TRY(check(library_.archive_write_set_format_zip(archive_), ""));
    HOLT_TRY(check(
        library_.archive_write_set_format_option(archive_, "zip", "compression", "deflate"), ""));
    if (options_.level != 0) {
        HOLT_TRY(
            check(library_.archive_write_set_format_option(archive_, "zip", "compression-level",
                                                           std::to_string(options_.level).c_str()),
                  ""));
    }
    // No filling up to whole records.
    HOLT_TRY(check(library_.archive_write_set_bytes_in_last_block(archive_, 1), ""));
    return check(library_.archive_write_open(archive_, this, nullptr, write_output, nullptr), "");
}

void ZipWriter::tell(Severity severity, const std::string& path, const char* cause) {
    reporter_.tally(
        severity,
        fail(ErrorKind::partial, "export", path, cause, "export a .tar to keep it").error());
}

void ZipWriter::tell_lost(const TreeEntry& entry, const std::string& path) {
    if (!entry.xattrs.empty())
        tell(Severity::warning, path, "a zip has no extended attributes and access control lists");
    if (!entry.hard_link_to.empty())
        tell(Severity::info, path, "a zip has no hard links: a copy is written for each name");
}

Status ZipWriter::write_content(const TreeEntry& entry, const std::string& path) {
    constexpr std::size_t kWindow = 64;
    for (std::span<const ChunkRef> rest = entry.chunks; !rest.empty();) {
        const auto some = rest.first(std::min(kWindow, rest.size()));
        HOLT_TRY_LET(located, reader_.locate(some));
        HOLT_TRY(reader_.read(located, [&](std::size_t, ByteView bytes) -> Status {
            const auto written = library_.archive_write_data(archive_, bytes.data(), bytes.size());
            const bool all = written == static_cast<la_ssize_t>(bytes.size());
            return check(all ? ARCHIVE_OK : ARCHIVE_FATAL, path);
        }));
        rest = rest.subspan(some.size());
    }
    return {};
}

Status ZipWriter::write_entry(const TreeEntry& entry, const std::string& path) {
    if (options_.cancel != nullptr && options_.cancel->requested()) return cancelled("export");
    if (entry.kind == fs::Kind::fifo) {
        tell(Severity::left_out, path, "a zip has no FIFOs");
        return {};
    }
    tell_lost(entry, path);
    const bool folder = entry.kind == fs::Kind::folder;
    const bool symlink = entry.kind == fs::Kind::symlink;
    library_.archive_entry_clear(entry_);
    library_.archive_entry_set_pathname(entry_, (folder ? path + "/" : path).c_str());
    library_.archive_entry_set_filetype(entry_, folder ? AE_IFDIR : symlink ? AE_IFLNK : AE_IFREG);
    library_.archive_entry_set_perm(entry_, mode_in_zip(entry));
    library_.archive_entry_set_uid(entry_, entry.uid);
    library_.archive_entry_set_gid(entry_, entry.gid);
    library_.archive_entry_set_mtime(entry_, entry.mtime.seconds, 0);
    const std::uint64_t size = entry.kind == fs::Kind::file ? entry.size : 0;
    library_.archive_entry_set_size(entry_, static_cast<la_int64_t>(size));
    if (symlink) library_.archive_entry_set_symlink(entry_, entry.symlink_target.c_str());
    HOLT_TRY(check(library_.archive_write_header(archive_, entry_), path));
    report.files += entry.kind == fs::Kind::file;
    report.symlinks += symlink;
    report.bytes += size;
    if (size > 0) HOLT_TRY(write_content(entry, path));
    reporter_.progress({.stage = "export", .files_done = report.files, .bytes_done = report.bytes});
    return {};
}

// As a tar is written: a folder's entries, then its subfolders. The root itself has no name.
Status ZipWriter::write_tree(const TreeEntry& root, const Selection& selection) {
    std::vector<std::pair<TreeEntry, std::string>> to_visit{{root, ""}};
    while (!to_visit.empty()) {
        const auto [folder, path] = std::move(to_visit.back());
        to_visit.pop_back();
        ++report.folders;
        if (!path.empty()) HOLT_TRY(write_entry(folder, path));
        HOLT_TRY_LET(tree, reader_.read_tree(folder, path));
        selection.keep_selected(tree, path);
        for (const TreeEntry& entry : tree) {
            tell_left_out(reporter_, "export", entry, fs::join_path(path, entry.name));
            if (entry.left_out != LeftOut::no) continue;  // folders come, empty
            if (entry.kind != fs::Kind::folder)
                HOLT_TRY(write_entry(entry, fs::join_path(path, entry.name)));
        }
        for (auto entry = tree.rbegin(); entry != tree.rend(); ++entry) {
            if (entry->kind != fs::Kind::folder) continue;
            std::string below = fs::join_path(path, entry->name);
            to_visit.emplace_back(std::move(*entry), std::move(below));
        }
    }
    return {};
}

Status ZipWriter::close() {
    return check(library_.archive_write_close(archive_), "");
}

}  // namespace

Result<ExportReport> write_zip(ChunkReader& reader, const TreeEntry& root,
                               const Selection& selection, ArchiveOutput& output,
                               const ExportOptions& options, Reporter& reporter) {
    const Utf8Locale utf8;
    HOLT_TRY_LET(library, libarchive());
    ZipWriter writer(*library, reader, output, options, reporter);
    HOLT_TRY(writer.open());
    HOLT_TRY(writer.write_tree(root, selection));
    HOLT_TRY(writer.close());
    HOLT_TRY(output.commit());
    writer.report.archive_bytes = output.size();
    writer.report.left_out = reporter.left_out() + reporter.warnings();
    return std::move(writer.report);
}

}  // namespace holt::store

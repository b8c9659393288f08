// holt restore: brings a snapshot, or a part of one, back to disk.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <holt/archive.hpp>

#include "base/error.h"
#include "cli/output/text.h"
#include "cli/parse/import_options.h"
#include "cli/parse/options.h"
#include "cli/session/command.h"
#include "cli/session/operation.h"

namespace holt::cli {
namespace {

class RestoreCommand final : public Command {
  public:
    CommandInfo info() const override {
        return {
            .name = "restore",
            .group = "Snapshots",
            .description =
                "Restore a snapshot, or a part of one, into a folder; or a file\n\nDEST must not "
                "exist or be "
                "empty, or be a folder that was restored from this store before; other folders "
                "need --force. A new one appears whole or not at all, and every byte is checked "
                "before it is written.\n\n"
                "A folder that was restored before is mended in place: only what changed since is "
                "read and written, and what the snapshot does not have is removed. It may be given "
                "another snapshot that way. With --force alone, what the snapshot does not have "
                "stays. What is mounted in the folder is left alone and named (exit code 3); where "
                "the snapshot has something there, the restore is refused. With --include and "
                "--exclude, what is not selected stays as it is.\n\n"
                "A snapshot that was taken --relocatable is moved: files and symlinks that name "
                "the path it was taken from name the new one. When a file cannot be moved (a "
                "program's string that has no room for a longer path) all such files are named, "
                "nothing is written, and the exit code is 12.\n\n"
                "When SUB is a file, symlink or FIFO, DEST is its new path, or a folder to put it "
                "into. What is there already needs --force, and is replaced in one step.\n\nSNAP "
                "may be an archive instead (.tar, also in gzip, zstd, xz, LZMA, lzip, bzip2 or "
                "lz4, "
                ".zip, .holt): the name of a file that is there and that is one, whatever its name "
                "(name:NAME is the snapshot of that name). No store "
                "is needed then, and what `holt import` "
                "refuses is refused.",
            .examples =
                "Examples:\n"
                "  holt restore venv-1 .venv\n"
                "  holt restore latest:src/lib /tmp/lib   only what is below src/lib\n"
                "  holt restore latest:etc/app.conf app.conf   one file\n"
                "  holt restore latest /tmp/docs --include '*.md' --exclude /vendor/\n"
                "  holt restore release.tar.zst /opt/release   out of an archive, without a store\n"
                "  holt restore 3f2a9c1e . --force --delete\n"
                "                                         make any folder the same\n"
                "  holt restore venv-1 .venv --force --dry-run"};
    }

    void define(OptionTable& table) override {
        add_operand(table, "SNAP[:SUB]", snap_,
                    "the snapshot, and the path in it when only a part is wanted")
            ->required();
        add_operand(table, "DEST", destination_, "the folder to write, or the file")->required();
        add_switch(table, "-f,--force", options_.force,
                   "also into a folder that is not empty, over what stands there");
        add_switch(table, "--delete", options_.remove_extra,
                   "with --force: remove what the snapshot does not have");
        add_switch(
            table, "--atomic", options_.atomic,
            "replace a folder that is there by a whole new one in one step, durably, instead "
            "of mending it in place");
        add_switch(table, "--paranoid", options_.paranoid,
                   "in a folder that was restored before: read every file, also those that were "
                   "not touched");
        add_switch(table, "-n,--dry-run", options_.dry_run, "only tell what would be done");
        add_switch(table, "--durable", options_.durable,
                   "have everything on the disk before success is reported");
        mtime_option_ = add_value(table, "--mtime", mtime_, "WHICH",
                                  "times of modification: preserve (the default), now or epoch")
                            ->words({"preserve", "now", "epoch"});
        link_option_ =
            add_value(table, "--link", link_, "MODE",
                      "how files share content with the store: auto (the default: reflink "
                      "where the file system can, else copy), hardlink (the files are "
                      "read-only then), reflink, copy; require-hardlink and "
                      "require-reflink fail where the others would copy")
                ->words(
                    {"auto", "hardlink", "reflink", "copy", "require-hardlink", "require-reflink"});
        owner_option_ =
            add_value(table, "--owner", owner_, "WHO",
                      "whose the files become: preserve (the default: as root, whom the "
                      "snapshot names), caller, or UID[:GID]")
                ->words({"preserve", "caller"});
        add_list(table, "--include", options_.include, "GLOB", kIncludeHelp);
        add_list(table, "--exclude", options_.exclude, "GLOB", kExcludeHelp);
        add_switch(table, "--no-relocate", as_it_was_,
                   "of a snapshot that was taken --relocatable: every file as it was, also where "
                   "it names the old path");
        add_list(table, "--leave", options_.leave, "GLOB",
                 "files in which what cannot be moved stays as it was; may be repeated");
        import_texts_.define(table);
    }

    Result<int> run(Session& session) override {
        HOLT_TRY(complete_options());
        Operation operation(session);
        options_.cancel = operation.cancel();
        HOLT_TRY_LET(report, is_archive(snap_) ? restore_file(session, operation)
                                               : restore_snapshot(session, operation));
        const auto time = operation.finish();
        print(session, report, time);
        const int differs = partial_code(session, report.warnings, "not quite as in the snapshot");
        const int incomplete =
            partial_code(session, report.left_out, "that the snapshot does not have");
        const int code = std::max(differs, incomplete);
        if (session.json()) session.emit(summary(session, report, time, code));
        return code;
    }

  private:
    /// A snapshot's name may look like an archive's: it is one when there is such a file. What
    /// begins as an archive is one by any name.
    static bool is_archive(const std::string& snap) {
        for (const std::string_view said : {"id:", "name:", "key:"})
            if (snap.starts_with(said)) return false;
        std::error_code ignored;
        if (!std::filesystem::exists(snap, ignored) || std::filesystem::is_directory(snap, ignored))
            return false;
        return archive_format(snap) || begins_as_archive(snap);
    }

    Result<RestoreReport> restore_snapshot(Session& session, Operation& operation) {
        HOLT_TRY_LET(store, session.open_store(Access::read_write));
        return store.restore(snap_, destination_, options_, operation.reporter());
    }

    Result<RestoreReport> restore_file(Session&, Operation& operation) {
        import_.cancel = operation.cancel();
        return restore_archive({.path = snap_}, destination_, options_, import_,
                               operation.reporter());
    }

    Status complete_options() {
        HOLT_TRY(import_texts_.complete("restore", import_));
        options_.relocate = !as_it_was_;
        if (options_.remove_extra && !options_.force)
            return usage_error("restore", "--delete removes files and needs --force too");
        if (destination_.empty()) return usage_error("restore", "DEST is empty");
        if (mtime_option_->count() > 0) {
            HOLT_TRY_LET(mtime, parse_word<Mtime>({"restore", "--mtime"}, mtime_,
                                                  {{"preserve", Mtime::preserve},
                                                   {"now", Mtime::now},
                                                   {"epoch", Mtime::epoch}}));
            options_.mtime = mtime;
        }
        if (owner_option_->count() > 0) {
            HOLT_TRY_LET(owner, parse_owner({"restore", "--owner"}, owner_));
            options_.owner = owner;
        }
        if (link_option_->count() > 0) {
            HOLT_TRY_LET(link,
                         parse_word<LinkMode>({"restore", "--link"}, link_,
                                              {{"auto", LinkMode::automatic},
                                               {"hardlink", LinkMode::hardlink},
                                               {"reflink", LinkMode::reflink},
                                               {"copy", LinkMode::copy},
                                               {"require-hardlink", LinkMode::require_hardlink},
                                               {"require-reflink", LinkMode::require_reflink}}));
            options_.link = link;
        }
        return {};
    }

    void print(Session& session, const RestoreReport& report, std::chrono::nanoseconds time) const {
        if (report.in_place) return print_in_place(session, report, time);
        std::string line =
            fmt::format("{} {}, {}, {} in {}", options_.dry_run ? "would restore" : "restored",
                        count_text(report.files, "file"), count_text(report.folders, "folder"),
                        size_text(report.bytes), printable(report.path));
        session.tell(line);
        const std::string rate = rate_text(report.bytes, time);
        if (options_.dry_run) return;
        session.tell("files    " + shared_text(report));
        session.tell(
            fmt::format("time     {}{}", duration_text(time), rate.empty() ? "" : ", " + rate));
    }

    static std::string shared_text(const RestoreReport& report) {
        if (report.link == LinkMode::copy) return "copied";
        return fmt::format("{} of {} {}", count_text(report.files_linked), count_text(report.files),
                           report.link == LinkMode::hardlink
                               ? "hard-linked from the store's pool, read-only"
                               : "cloned from the store's pool (reflink)");
    }

    void print_in_place(Session& session, const RestoreReport& report,
                        std::chrono::nanoseconds time) const {
        const std::uint64_t made =
            report.files + report.folders + report.symlinks + report.hard_links + report.others;
        session.tell(fmt::format("{} {}: {} written ({}), {} mended, {} removed, {} kept",
                                 options_.dry_run ? "would repair" : "repaired",
                                 printable(destination_), count_text(made), size_text(report.bytes),
                                 count_text(report.mended), count_text(report.removed),
                                 count_text(report.kept, "file")));
        if (!options_.dry_run) session.tell(fmt::format("time     {}", duration_text(time)));
    }

    Json summary(Session& session, const RestoreReport& report, std::chrono::nanoseconds time,
                 int code) const {
        Json object = session.summary(code);
        Json snapshot = Json::object();
        put_snapshot(snapshot, report.snapshot);
        object["snapshot"] = std::move(snapshot);
        put_bytes(object, "destination", report.path);
        object["dry_run"] = options_.dry_run;
        put_tree_counts(object, report);
        object["in_place"] = report.in_place;
        if (report.in_place) {
            object["kept"] = report.kept;
            object["hashed"] = report.hashed;
            object["mended"] = report.mended;
            object["removed"] = report.removed;
        }
        object["warnings"] = report.warnings;
        object["left_out"] = report.left_out;
        object["link"] = name(report.link);
        object["files_linked"] = report.files_linked;
        object["pool_replaced"] = report.pool_replaced;
        object["relocated"] = report.relocated;
        object["seconds"] = seconds(time);
        return object;
    }

    std::string snap_, destination_, mtime_, link_, owner_;
    Option *mtime_option_ = nullptr, *link_option_ = nullptr, *owner_option_ = nullptr;
    RestoreOptions options_;
    bool as_it_was_ = false;
    ImportOptions import_;
    ImportOptionTexts import_texts_;
};

}  // namespace

std::unique_ptr<Command> make_restore_command() {
    return std::make_unique<RestoreCommand>();
}

}  // namespace holt::cli

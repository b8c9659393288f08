// holt snapshot: takes a snapshot of a folder.
#include <fmt/format.h>

#include <holt/zstd.hpp>

#include "base/error.h"
#include "cli/output/text.h"
#include "cli/parse/exclude_file.h"
#include "cli/parse/keep_rules.h"
#include "cli/parse/options.h"
#include "cli/session/command.h"
#include "cli/session/operation.h"

namespace holt::cli {
namespace {

class SnapshotCommand final : public Command {
  public:
    CommandInfo info() const override {
        return {
            .name = "snapshot",
            .group = "Snapshots",
            .description =
                "Take a snapshot of a folder, or of one file\n\nPrints the new snapshot's id. "
                "Files that have not "
                "changed since the last snapshot of the same folder are not read again. What "
                "cannot be read is left out, named, and the exit code is 3.\n\n"
                "Of one file, symlink or FIFO the snapshot has just this, under its own name; a "
                "symlink to a folder means the folder.\n\n"
                "A GLOB is written as in .gitignore: * ? [abc] match within a name, ** across "
                "folders, a slash at the beginning or in the middle ties it to PATH, one at the "
                "end matches folders only.",
            .examples =
                "Examples:\n"
                "  holt snapshot ~/project\n"
                "  holt snapshot .venv --name venv-1 --key \"$(sha256sum < lock.txt)\"\n"
                "  holt snapshot . --exclude .git/ --exclude '*.o' --tag branch=main\n"
                "  holt snapshot /etc/fstab --name fstab   get it back with `holt restore "
                "fstab:fstab DEST`\n"
                "  id=$(holt snapshot -q /opt/toolchain)"};
    }

    void define(OptionTable& table) override {
        add_operand(table, "PATH", path_, "the folder to take, or the file")->required();
        name_option_ =
            add_value(table, "--name", options_.name, "NAME", "a name that no other snapshot has");
        key_option_ = add_value(
            table, "--key", options_.key, "KEY",
            "what the tree was made from, such as a hash of lock files; several snapshots "
            "may share one, and the newest is meant by it");
        add_list(table, "--tag", tags_, "KEY=VALUE", "a note to keep with it; may be repeated");
        add_list(table, "--exclude", options_.exclude, "GLOB",
                 "leave out what matches; may be "
                 "repeated");
        add_list(table, "--exclude-from", exclude_files_, "FILE",
                 "read globs from FILE, one a line, # begins a comment; - is standard input");
        add_switch(table, "--exclude-caches", options_.exclude_caches,
                   "of folders marked as caches by a CACHEDIR.TAG, take that file only");
        add_list(table, "--exclude-if-present", options_.exclude_if_present, "NAME",
                 "of folders that have a NAME in them, take that only; may be repeated");
        add_switch(table, "--gitignore", options_.gitignore,
                   "leave out what the .gitignore files in PATH and below say");
        level_option_ = add_value(table, "--level", level_, "N", level_help());
        add_switch(table, "-x,--one-file-system", options_.one_file_system,
                   "do not descend into other file systems");
        add_switch(table, "--relocatable", options_.relocatable,
                   "find where files name PATH itself, so that a restore to another path writes "
                   "that one instead (see `holt relocate`)");
        add_switch(table, "--read-all", options_.read_all,
                   "read also the files that seem unchanged");
    }

    Result<int> run(Session& session) override {
        HOLT_TRY(complete_options());
        HOLT_TRY_LET(store, session.open_store(Access::read_write));
        Operation operation(session);
        options_.cancel = operation.cancel();
        HOLT_TRY_LET(report, store.snapshot(path_, options_, operation.reporter()));
        const auto time = operation.finish();
        print(session, report, time);
        const int code = partial_code(session, report.left_out, "left out");
        if (session.json()) session.emit(summary(session, report, time, code));
        return code;
    }

  private:
    static std::string level_help() {
        const ZstdLevels levels = zstd_levels();
        return fmt::format("zstd level, {} (fast) to {} (small); {} unless given", levels.min,
                           levels.max, levels.standard);
    }

    Status complete_options() {
        if (path_.empty()) return usage_error("snapshot", "PATH is empty");
        HOLT_TRY(refuse_empty({"snapshot", "--name"}, *name_option_, options_.name));
        HOLT_TRY(refuse_empty({"snapshot", "--key"}, *key_option_, options_.key));
        for (const std::string& text : tags_) {
            HOLT_TRY_LET(tag, parse_tag({"snapshot", "--tag"}, text));
            options_.tags.push_back(std::move(tag));
        }
        for (const std::string& file : exclude_files_) HOLT_TRY(read_globs(file, options_.exclude));
        if (level_option_->count() == 0) return {};
        const ZstdLevels levels = zstd_levels();
        HOLT_TRY_LET(level, parse_integer({"snapshot", "--level"}, level_, levels.min, levels.max));
        options_.level = static_cast<int>(level);
        return {};
    }

    static void print(Session& session, const SnapshotReport& report,
                      std::chrono::nanoseconds time) {
        const SnapshotInfo& info = report.snapshot;
        session.tell(fmt::format("taken   {}, {}, {} from {}", count_text(info.files, "file"),
                                 count_text(info.folders, "folder"), size_text(info.bytes),
                                 printable(info.source)));
        session.tell(fmt::format("read    {}, {}; {} unchanged",
                                 count_text(report.files_read, "file"),
                                 size_text(report.bytes_read), count_text(report.files_unchanged)));
        session.tell(fmt::format("stored  {} for {} of new content", size_text(report.stored_bytes),
                                 size_text(report.new_bytes)));
        session.tell(fmt::format("time    {}", duration_text(time)));
        if (!session.json()) session.out().line(info.id.hex());
    }

    static Json summary(Session& session, const SnapshotReport& report,
                        std::chrono::nanoseconds time, int code) {
        Json object = session.summary(code);
        Json snapshot = Json::object();
        put_snapshot(snapshot, report.snapshot);
        object["snapshot"] = std::move(snapshot);
        object["files_read"] = report.files_read;
        object["files_unchanged"] = report.files_unchanged;
        object["bytes_read"] = report.bytes_read;
        object["new_chunks"] = report.new_chunks;
        object["new_bytes"] = report.new_bytes;
        object["stored_bytes"] = report.stored_bytes;
        object["skipped"] = report.skipped;
        object["left_out"] = report.left_out;
        object["seconds"] = seconds(time);
        return object;
    }

    std::string path_, level_;
    std::vector<std::string> tags_, exclude_files_;
    Option *level_option_ = nullptr, *name_option_ = nullptr, *key_option_ = nullptr;
    SnapshotOptions options_;
};

}  // namespace

std::unique_ptr<Command> make_snapshot_command() {
    return std::make_unique<SnapshotCommand>();
}

}  // namespace holt::cli

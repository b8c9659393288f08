// holt import: reads an archive into the store.
#include <fmt/format.h>
#include <unistd.h>

#include <holt/archive.hpp>
#include <holt/zstd.hpp>

#include "base/error.h"
#include "cli/output/text.h"
#include "cli/parse/import_options.h"
#include "cli/parse/options.h"
#include "cli/session/command.h"
#include "cli/session/operation.h"

namespace holt::cli {
namespace {

class ImportCommand final : public Command {
  public:
    CommandInfo info() const override {
        return {.name = "import",
                .group = "Archives",
                .description =
                    "Read an archive into the store\n\nTakes .tar, also in gzip, zstd, xz, LZMA, "
                    "lzip, bzip2 or lz4, .zip and .holt, told apart by content; - is standard "
                    "input. It is one pass, without a folder on "
                    "disk, and nothing is visible in the store before all of it was read and found "
                    "right. Prints the new snapshot's id. What an archive could do harm with is "
                    "refused, with exit code 12, or left out unless asked for.",
                .examples =
                    "Examples:\n"
                    "  holt import release.tar.gz --name release-1\n"
                    "  curl -L https://example.org/tool.tar.zst | holt import - --key tool-1.2\n"
                    "  holt import nightly.holt"};
    }

    void define(OptionTable& table) override {
        add_operand(table, "FILE", place_.path, "the archive; - is standard input")->required();
        name_option_ =
            add_value(table, "--name", options_.name, "NAME", "a name that no other snapshot has");
        key_option_ = add_value(table, "--key", options_.key, "KEY", "as for `holt snapshot`");
        add_list(table, "--tag", tags_, "KEY=VALUE", "a note to keep with it; may be repeated");
        level_option_ = add_value(table, "--level", level_, "N", "zstd level in the store");
        owner_option_ = add_value(table, "--owner", owner_, "WHO",
                                  "whose the files become: preserve (the default: whom the archive "
                                  "names), caller, or UID[:GID]");
        texts_.define(table);
    }

    Result<int> run(Session& session) override {
        HOLT_TRY(complete_options());
        HOLT_TRY_LET(store, session.open_store(Access::read_write));
        if (place_.path == "-") place_ = {.path = "standard input", .fd = STDIN_FILENO};
        Operation operation(session);
        options_.cancel = operation.cancel();
        HOLT_TRY_LET(report, store.import_from(place_, options_, operation.reporter()));
        const auto time = operation.finish();
        print(session, report, time);
        const int code = partial_code(session, report.warnings, "not kept");
        if (session.json()) session.emit(summary(session, report, time, code));
        return code;
    }

  private:
    Status complete_options() {
        if (place_.path.empty()) return usage_error("import", "FILE is empty");
        HOLT_TRY(refuse_empty({"import", "--name"}, *name_option_, options_.name));
        HOLT_TRY(refuse_empty({"import", "--key"}, *key_option_, options_.key));
        for (const std::string& text : tags_) {
            const std::size_t equals = text.find('=');
            if (equals == std::string::npos || equals == 0)
                return usage_error("import",
                                   fmt::format("--tag takes KEY=VALUE, not '{}'", printable(text)));
            options_.tags.emplace_back(text.substr(0, equals), text.substr(equals + 1));
        }
        HOLT_TRY(texts_.complete("import", options_));
        if (owner_option_->count() > 0) {
            HOLT_TRY_LET(owner, parse_owner({"import", "--owner"}, owner_));
            options_.owner = owner;
        }
        if (level_option_->count() == 0) return {};
        HOLT_TRY_LET(level, parse_integer({"import", "--level"}, level_, zstd_levels().min,
                                          zstd_levels().max));
        options_.level = static_cast<int>(level);
        return {};
    }

    static void print(Session& session, const ImportReport& report, std::chrono::nanoseconds time) {
        for (const SnapshotInfo& info : report.snapshots) {
            session.tell(fmt::format("imported {}, {}, {} from {}", count_text(info.files, "file"),
                                     count_text(info.folders, "folder"), size_text(info.bytes),
                                     printable(info.source)));
        }
        session.tell(fmt::format("stored   {} for {} of new content",
                                 size_text(report.stored_bytes), size_text(report.new_bytes)));
        session.tell(fmt::format("time     {}", duration_text(time)));
        if (session.json()) return;
        for (const SnapshotInfo& info : report.snapshots) session.out().line(info.id.hex());
    }

    static Json summary(Session& session, const ImportReport& report, std::chrono::nanoseconds time,
                        int code) {
        Json object = session.summary(code);
        object["snapshots"] = snapshots_json(report.snapshots);
        object["archive_bytes"] = report.archive_bytes;
        object["new_chunks"] = report.new_chunks;
        object["new_bytes"] = report.new_bytes;
        object["stored_bytes"] = report.stored_bytes;
        object["skipped"] = report.skipped;
        object["stripped"] = report.stripped;
        object["warnings"] = report.warnings;
        object["seconds"] = seconds(time);
        return object;
    }

    ArchivePlace place_;
    std::string level_, owner_;
    std::vector<std::string> tags_;
    Option *level_option_ = nullptr, *owner_option_ = nullptr;
    Option *name_option_ = nullptr, *key_option_ = nullptr;
    ImportOptionTexts texts_;
    ImportOptions options_;
};

}  // namespace

std::unique_ptr<Command> make_import_command() {
    return std::make_unique<ImportCommand>();
}

}  // namespace holt::cli

// holt verify: is all in order?
#include <fmt/format.h>

#include <filesystem>

#include "base/error.h"
#include "cli/output/text.h"
#include "cli/parse/options.h"
#include "cli/session/command.h"
#include "cli/session/damage.h"
#include "cli/session/difference.h"
#include "cli/session/operation.h"

namespace holt::cli {
namespace {

class VerifyCommand final : public Command {
  public:
    CommandInfo info() const override {
        return {.name = "verify",
                .group = "Store",
                .description =
                    "Check the store, or some snapshots, byte by byte; or a restored folder\n\n"
                    "Every pack is read and every piece of content hashed, and so is every file "
                    "that is kept for hard links. With SNAPs, all that they need. The exit code is "
                    "14 when anything is damaged; `holt repair` is the "
                    "next step then.\n\n"
                    "With DIR, tells how that folder differs from the snapshot that it was "
                    "restored from, as `holt diff` does; the exit code is 1 when it does, and 3 "
                    "when something could not be compared (what may not be read, or what is "
                    "mounted in it) or a restore into it was interrupted. Files that were not "
                    "touched since are not read. What names no snapshot is a folder, and so is "
                    "what begins with / or ./.",
                .examples =
                    "Examples:\n"
                    "  holt verify\n"
                    "  holt verify venv-1 latest\n"
                    "  holt verify --subset 10%      a tenth of the packs, chosen anew "
                    "each time\n"
                    "  holt verify ./.venv           what changed in it since it was restored\n"
                    "  holt verify ./.venv --against venv-1\n"
                    "  holt verify ./.venv --exclude __pycache__/"};
    }

    void define(OptionTable& table) override {
        add_operands(table, "SNAP|DIR", names_,
                     "the snapshots, or the folders, to check; all snapshots when none is given");
        subset_option_ = add_value(table, "--subset", subset_, "N%",
                                   "check only this share of the packs, and what lies in them; the "
                                   "next run goes on behind it");
        time_option_ = add_value(table, "--max-time", time_, "S",
                                 "check as many packs as S seconds are enough for; the next run "
                                 "goes on behind them");
        against_option_ = add_value(table, "--against", folder_options_.against, "SNAP[:SUB]",
                                    "for a DIR: compare it with this snapshot");
        add_list(table, "--include", folder_options_.include, "GLOB", kIncludeHelp);
        add_list(table, "--exclude", folder_options_.exclude, "GLOB", kExcludeHelp);
        add_switch(table, "--paranoid", folder_options_.paranoid, "for a DIR: read every file");
    }

    Result<int> run(Session& session) override {
        VerifyOptions options;
        if (subset_option_->count() > 0) {
            if (!names_.empty())
                return usage_error("verify", "--subset is for the whole store, not for snapshots");
            HOLT_TRY_LET(percent, parse_percent({"verify", "--subset"}, subset_));
            options.subset_percent = percent;
        }
        if (time_option_->count() > 0) {
            if (!names_.empty())
                return usage_error("verify",
                                   "--max-time is for the whole store, not for snapshots");
            HOLT_TRY_LET(time, parse_seconds({"verify", "--max-time"}, time_));
            options.max_time = time;
        }
        const bool in_part = subset_option_->count() > 0 || options.max_time;
        HOLT_TRY_LET(store, session.open_store(in_part ? Access::read_write : Access::read_only));
        HOLT_TRY_LET(folders, are_folders(store));
        if (folders) return verify_folders(session, store);
        if (is_for_folders())
            return usage_error("verify",
                               "--against, --paranoid, --include and --exclude are for folders");
        Operation operation(session);
        options.cancel = operation.cancel();
        HOLT_TRY_LET(report, store.verify(names_, options, operation.reporter()));
        const auto time = operation.finish();
        tell_damage(session, report.damage);
        const int code = damage_code(report.damage);
        if (session.json())
            session.emit(summary(session, report, time, code));
        else
            print(session, report, time);
        return code;
    }

  private:
    bool is_for_folders() const {
        return against_option_->count() > 0 || folder_options_.paranoid ||
               !folder_options_.include.empty() || !folder_options_.exclude.empty();
    }
    // True when the operands are folders, false when they are snapshots.
    Result<bool> are_folders(Store& store) {
        std::size_t folders = 0;
        for (const std::string& name : names_) {
            if (is_folder(name) || is_for_folders()) {
                ++folders;
                continue;
            }
            const auto snapshot = store.find(name);
            if (!snapshot && snapshot.error().kind != ErrorKind::not_found)
                return std::unexpected(snapshot.error());
            folders += snapshot ? 0 : 1;
            if (!snapshot && name.find('/') == name.npos) not_a_snapshot_ = snapshot.error();
        }
        if (folders > 0 && folders < names_.size())
            return usage_error("verify", "give snapshots or folders, not both");
        return folders > 0;
    }

    // As in `holt diff`; a key may have a '/' too.
    static bool is_folder(const std::string& name) {
        const bool reads_so = name == "." || name == ".." || name.starts_with('/') ||
                              name.starts_with("./") || name.starts_with("../");
        std::error_code ignored;
        return reads_so && std::filesystem::is_directory(name, ignored);
    }

    Result<int> verify_folders(Session& session, Store& store) {
        Operation operation(session);
        folder_options_.cancel = operation.cancel();
        DiffReport all;
        for (const std::string& name : names_) {
            const auto print_one = [&](DiffEntry entry) {
                if (names_.size() > 1) entry.path = name + "/" + entry.path;
                print_difference(session, entry);
            };
            const auto report =
                store.verify_folder(name, folder_options_, print_one, operation.reporter());
            if (!report) {
                const Error& why = report.error();
                const bool no_folder = why.operation == "open folder" && is_no_folder(why);
                return std::unexpected(no_folder && not_a_snapshot_ ? *not_a_snapshot_ : why);
            }
            all.added += report->added;
            all.removed += report->removed;
            all.changed += report->changed;
            all.same += report->same;
            all.left_out += report->left_out;
            all.warnings += report->warnings;
        }
        const auto time = operation.finish();
        const int code = difference_code(session, all);
        tell_differences(session, all, "as it was restored");
        if (session.json()) {
            Json object = session.summary(code);
            put_differences(object, all);
            object["warnings"] = all.warnings;
            object["seconds"] = seconds(time);
            session.emit(object);
        }
        return code;
    }

    static void print(Session& session, const VerifyReport& report, std::chrono::nanoseconds time) {
        const Style& style = session.out_style();
        const std::string verdict =
            report.damage.empty()
                ? style(Color::green, "all in order")
                : style(Color::red,
                        fmt::format("{} found", count_text(report.damage.size(), "damaged item")));
        if (session.globals().quiet && report.damage.empty()) return;
        std::string pool =
            report.pool_files == 0 ? "" : ", " + count_text(report.pool_files, "pool file");
        if (report.pool_changed > 0)
            pool += " (" + count_text(report.pool_changed) + " of them to be made anew)";
        session.out().line(fmt::format(
            "{}: checked {}, {}, {}, {}{} in {}", verdict, count_text(report.snapshots, "snapshot"),
            count_text(report.packs, "pack"), count_text(report.chunks, "chunk"),
            size_text(report.bytes), pool, duration_text(time)));
        if (report.packs < report.all_packs)
            session.out().line(
                fmt::format("{} of {} packs were checked{}; the next run with "
                            "--subset or --max-time goes on there",
                            report.packs, report.all_packs,
                            report.out_of_time ? " before the time was over" : ""));
        if (report.unknown_packs > 0)
            session.out().line(fmt::format(
                "not checked: {} in {} that no snapshot needs (being written, or left by killed "
                "commands)",
                size_text(report.unknown_bytes), count_text(report.unknown_packs, "pack")));
    }

    static Json summary(Session& session, const VerifyReport& report, std::chrono::nanoseconds time,
                        int code) {
        Json object = session.summary(code);
        object["snapshots"] = report.snapshots;
        object["packs"] = report.packs;
        object["all_packs"] = report.all_packs;
        object["out_of_time"] = report.out_of_time;
        object["blocks"] = report.blocks;
        object["chunks"] = report.chunks;
        object["bytes"] = report.bytes;
        object["pool_files"] = report.pool_files;
        object["pool_changed"] = report.pool_changed;
        object["unknown_packs"] = report.unknown_packs;
        object["unknown_bytes"] = report.unknown_bytes;
        object["forgotten"] = report.forgotten;
        object["damage"] = report.damage.size();
        object["seconds"] = seconds(time);
        return object;
    }

    std::vector<std::string> names_;
    std::string subset_, time_;
    Option *subset_option_ = nullptr, *time_option_ = nullptr;
    Option* against_option_ = nullptr;
    VerifyFolderOptions folder_options_;
    std::optional<Error> not_a_snapshot_;  // of the last operand that is none
};

}  // namespace

std::unique_ptr<Command> make_verify_command() {
    return std::make_unique<VerifyCommand>();
}

}  // namespace holt::cli

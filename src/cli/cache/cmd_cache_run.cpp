// holt cache run: one line in a build script.
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <csignal>

#include "base/error.h"
#include "cli/cache/child.h"
#include "cli/cache/explain.h"
#include "cli/cache/key_options.h"
#include "cli/cache/move_options.h"
#include "cli/cache/neutral_path.h"
#include "cli/cache/report.h"
#include "cli/cache/write_scopes.h"
#include "cli/output/text.h"
#include "cli/session/command.h"
#include "cli/session/operation.h"

namespace holt::cli {
namespace {

class CacheRunCommand final : public Command {
  public:
    CommandInfo info() const override {
        return {
            .name = "cache run",
            .group = "Environments",
            .description =
                "Restore the environment of a key, or build and save it\n\nIf the key is known, "
                "the folders (--path) are restored and COMMAND does not run. Else COMMAND runs, "
                "and when it succeeds, what it made is saved under the key. While one process "
                "builds a key on this store, others with the same key wait and then restore.\n\n"
                "COMMAND has the terminal, standard input and output; its exit code is that of "
                "holt, and so is the signal that ends it. When it fails nothing is saved.",
            .examples =
                "Examples:\n"
                "  holt cache run --key-file package-lock.json --path node_modules -- npm ci\n"
                "  holt cache run --key-file uv.lock --key-platform --path .venv -- uv sync\n"
                "  holt cache run --key-file Cargo.lock --on-miss nearest --path target -- \\\n"
                "      cargo build"};
    }

    void define(OptionTable& table) override {
        add_operands(table, "COMMAND", command_, "what makes the folders; put -- before it")
            ->required();
        add_list(table, "--path", folders_, "DIR", "a folder of the environment; may be repeated");
        key_.define(table);
        key_.define_query(table);
        add_value(table, "--on-miss", on_miss_, "WHAT",
                  "what COMMAND starts from: as-is (the default: whatever is there), or nearest "
                  "(the nearest entry, or what --restore-key finds, as files of their own)");
        link_.define(table);
        move_.define(table);
        add_switch(table, "--no-relocatable", not_relocatable_,
                   "what is built is saved without the places where it names its own path");
        add_switch(table, "-f,--force", options_.restore.restore.force,
                   "restore also into a folder that is not empty and that the store does not know");
        add_value(table, "--wait", wait_, "SECONDS",
                  "how long to wait for another process that builds the key (until it is done)");
        add_switch(table, "--neutral-path", neutral_,
                   "COMMAND sees the folders at paths of 200 characters, in $HOLT_PATH, "
                   "$HOLT_PATH_2 and so on, so that what it builds can be moved anywhere");
    }

    Result<int> run(Session& session) override {
        session.data_to_stdout();  // it is the command's
        HOLT_TRY(complete_options(session));
        HOLT_TRY_LET(store, session.open_store(Access::read_write));
        ChildEnd end;
        const auto report = run_with(session, store, end);
        if (end.signal != 0) pass_signal_on(session, end.signal);
        if (!report && has_run_ && end.succeeded())
            session.tell("the command succeeded: what it made is there, and is not saved");
        HOLT_TRY(report);
        const int code = end.succeeded() ? tell(session, *report) : end.as_exit_code();
        if (!end.succeeded())
            session.tell(fmt::format("the command ended with exit code {}: nothing is saved",
                                     end.as_exit_code()));
        if (session.json()) emit(session, *report, code, end);
        return code;
    }

  private:
    Status complete_options(Session& session) {
        if (folders_.empty()) return usage_error("cache run", "--path is missing");
        HOLT_TRY_LET(query, key_.query("cache run", nullptr));
        options_.restore.query = std::move(query);
        options_.save.scope = key_.scope();
        HOLT_TRY(check_may_write(options_.save.scope));
        HOLT_TRY_LET(link, link_.mode("cache run"));
        options_.restore.restore.link = link;
        move_.apply(options_.restore.restore);
        options_.save.snapshot.relocatable = !not_relocatable_;
        if (neutral_ && not_relocatable_)
            return usage_error("cache run",
                               "--neutral-path is for what can be moved, and cannot be used with "
                               "--no-relocatable");
        if (!on_miss_.empty()) {
            HOLT_TRY_LET(nearest, parse_word<bool>({"cache run", "--on-miss"}, on_miss_,
                                                   {{"as-is", false}, {"nearest", true}}));
            options_.from_nearest = nearest;
        }
        if (!wait_.empty()) {
            HOLT_TRY_LET(wait, parse_seconds({"cache run", "--wait"}, wait_));
            options_.wait = wait;
        }
        options_.waiting = [&session](const std::string& holder) {
            session.tell("waiting for " + holder + ", which builds the same key");
        };
        options_.missed = [this, &session](const CacheFound& found) {
            for (const std::string& line : miss_lines(options_.restore.query.key.key, found.miss))
                session.tell(line);
            if (found.snapshot)
                session.tell(fmt::format("beginning with the {} entry, {}", name(found.match),
                                         entry_text(*found.snapshot)));
        };
        return {};
    }

    Result<CacheRunReport> run_with(Session& session, Store& store, ChildEnd& end) {
        Operation operation(session);
        operation.reporter().hide_progress();
        options_.restore.restore.cancel = operation.cancel();
        options_.save.snapshot.cancel = operation.cancel();
        const auto build = [&]() -> Result<BuildResult> {
            BuildResult built;
            HOLT_TRY_LET(ended, run_command(session, built.made_at));
            end = ended;
            has_run_ = true;
            if (end.not_run) session.console().error(*end.not_run);
            built.succeeded = ended.succeeded();
            return built;
        };
        auto report = store.cache_run(folders_, options_, build, operation.reporter());
        operation.finish();
        return report;
    }

    // `made_at`: the paths that the command saw, if those were others.
    Result<ChildEnd> run_command(Session& session, std::vector<std::string>& made_at) {
        ChildCommand command{.arguments = command_};
        std::optional<NeutralPaths> neutral;
        if (neutral_) {
            HOLT_TRY_LET(prepared, NeutralPaths::prepare(folders_));
            const std::string problem = prepared.problem();
            if (problem.empty())
                neutral.emplace(std::move(prepared));
            else
                session.console().line("holt: --neutral-path is not possible here (" + problem +
                                       "): the command sees the real paths");
        }
        if (neutral) {
            command.neutral = &*neutral;
            made_at = neutral->paths();
        }
        for (std::size_t i = 0; i < folders_.size(); ++i)
            command.environment.emplace_back(
                i == 0 ? "HOLT_PATH" : "HOLT_PATH_" + std::to_string(i + 1),
                neutral ? neutral->paths()[i] : absolute(folders_[i]));
        HOLT_TRY(session.out().finish());
        return run_child(command);
    }

    static std::string absolute(const std::string& path) {
        if (path.starts_with('/')) return path;
        std::array<char, 4096> here{};
        const char* folder = ::getcwd(here.data(), here.size());
        return (folder == nullptr ? std::string(".") : std::string(folder)) + "/" + path;
    }

    int tell(Session& session, const CacheRunReport& report) const {
        const std::string& key = options_.restore.query.key.key;
        if (!report.built) {
            tell_restored(session, key, report.restored);
            return code_of_restore(session, report.restored);
        }
        session.tell("built in " + duration_text(report.time));
        if (report.saved) tell_saved(session, key, *report.saved);
        return 0;
    }

    void emit(Session& session, const CacheRunReport& report, int code, const ChildEnd& end) const {
        Json summary = session.summary(code);
        put_restored(summary, options_.restore.query.key.key, report.restored);
        summary["built"] = report.built;
        summary["waited"] = report.waited;
        if (report.built) {
            summary["command_exit_code"] = end.as_exit_code();
            summary["build_seconds"] = seconds(report.time);
        }
        if (report.saved) {
            Json saved = Json::object();
            put_saved(saved, *report.saved);
            summary["saved"] = std::move(saved);
        }
        session.emit(summary);
    }

    // Whoever started us sees what it would have seen without us: a shell stops its script at
    // Ctrl-C only if the program that it ran was ended by that signal.
    static void pass_signal_on(Session& session, int signal) {
        session.tell(fmt::format("the command was ended by signal {}: nothing is saved", signal));
        for (const int passed : {SIGINT, SIGTERM, SIGHUP, SIGQUIT})
            if (signal == passed && !session.json()) end_by_signal(signal);
    }

    std::vector<std::string> command_, folders_;
    CacheKeyOptions key_;
    LinkOption link_;
    CacheRunOptions options_;
    std::string on_miss_, wait_;
    bool neutral_ = false, not_relocatable_ = false, has_run_ = false;
    MoveOptions move_;
};

}  // namespace

std::unique_ptr<Command> make_cache_run_command() {
    return std::make_unique<CacheRunCommand>();
}

}  // namespace holt::cli

// holt cache prebuild: many environments, for images and shared stores.
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <map>

#include "base/error.h"
#include "cli/cache/prebuild_file.h"
#include "cli/output/text.h"
#include "cli/parse/options.h"
#include "cli/session/command.h"
#include "cli/session/process.h"
#include "cli/session/signals.h"

namespace holt::cli {
namespace {

constexpr int kSignalBase = 128;

class CachePrebuildCommand final : public Command {
  public:
    CommandInfo info() const override {
        return {.name = "cache prebuild",
                .group = "Environments",
                .description =
                    "Build a list of environments\n\nFor each in FILE as `holt cache run` does: "
                    "what is there already is only restored. All are tried; the exit code is 1 "
                    "when one failed.",
                .examples =
                    "Examples:\n"
                    "  holt cache prebuild environments.json -j 4\n\n"
                    "environments.json:\n"
                    "  {\"environments\": [\n"
                    "    {\"name\": \"venv\", \"paths\": [\".venv\"], \"files\": [\"uv.lock\"],\n"
                    "     \"platform\": true, \"command\": [\"uv\", \"sync\"]},\n"
                    "    {\"folder\": \"web\", \"paths\": [\"node_modules\"],\n"
                    "     \"files\": [\"package-lock.json\"], \"tools\": [\"node --version\"],\n"
                    "     \"command\": \"npm ci\"}]}\n"
                    "Also: key, globs, env, texts, prefix, scope. Paths are relative to the "
                    "folder, that to FILE."};
    }

    void define(OptionTable& table) override {
        add_operand(table, "FILE", file_, "the list, as JSON")->required();
        jobs_given_ = add_value(table, "-j,--jobs", jobs_, "N", "so many at once (1)");
    }

    Result<int> run(Session& session) override {
        std::int64_t jobs = 1;
        if (jobs_given_->count() > 0) {
            HOLT_TRY_LET(given, parse_integer({"cache prebuild", "--jobs"}, jobs_, 1, 1024));
            jobs = given;
        }
        HOLT_TRY_LET(all, read_prebuild_file(file_));
        HOLT_TRY_LET(first, session.open_store(Access::read_only));  // before anything is built
        const std::string store = first.path();
        std::size_t failed = 0, next = 0;
        while (next < all.size() || !running_.empty()) {
            while (next < all.size() && running_.size() < static_cast<std::size_t>(jobs))
                HOLT_TRY(start(session, store, all[next++]));
            failed += wait_for_one(session) ? 0 : 1;
        }
        const int code = failed == 0 ? 0 : 1;
        session.tell(fmt::format("{} of {} are there", all.size() - failed, all.size()));
        if (session.json()) {
            Json summary = session.summary(code);
            summary["environments"] = all.size();
            summary["failed"] = failed;
            session.emit(summary);
        }
        return code;
    }

  private:
    Status start(Session& session, const std::string& store, const Prebuild& one) {
        std::vector<std::string> arguments{"holt", "--store", store};
        if (session.globals().quiet || session.json()) arguments.emplace_back("-q");
        arguments.insert(arguments.end(), {"cache", "run"});
        arguments.insert(arguments.end(), one.arguments.begin(), one.arguments.end());
        std::vector<char*> pointers;
        for (std::string& argument : arguments) pointers.push_back(argument.data());
        pointers.push_back(nullptr);
        session.tell(one.name + " in " + printable(one.folder));
        HOLT_TRY(session.out().finish());
        const pid_t child = ::fork();
        if (child == 0) {
            restore_process_for_child();
            ::prctl(PR_SET_PDEATHSIG, SIGTERM);  // nothing is built when nobody waits for it
            // What the commands say is not ours.
            if (::dup2(STDERR_FILENO, STDOUT_FILENO) < 0 || ::chdir(one.folder.c_str()) != 0)
                ::_exit(1);
            ::execv("/proc/self/exe", pointers.data());
            ::_exit(1);
        }
        if (child < 0) return fail_errno(errno, "run", one.name);
        running_.emplace(child, one.name);
        return {};
    }

    // False when it failed.
    bool wait_for_one(Session& session) {
        int status = 0;
        pid_t child = -1;
        while ((child = ::waitpid(-1, &status, 0)) < 0 && errno == EINTR) {
        }
        const auto ended = running_.extract(child);
        if (ended.empty()) return true;
        const int code = WIFSIGNALED(status) ? kSignalBase + WTERMSIG(status) : WEXITSTATUS(status);
        if (session.json()) {
            Json line = json_line("environment");
            put_bytes(line, "name", ended.mapped());
            line["exit_code"] = code;
            session.emit(line);
        }
        if (code == 0) return true;
        session.console().line(
            fmt::format("holt: {} failed with exit code {}", printable(ended.mapped()), code));
        return false;
    }

    std::string file_, jobs_;
    Option* jobs_given_ = nullptr;
    std::map<pid_t, std::string> running_;
};

}  // namespace

std::unique_ptr<Command> make_cache_prebuild_command() {
    return std::make_unique<CachePrebuildCommand>();
}

}  // namespace holt::cli

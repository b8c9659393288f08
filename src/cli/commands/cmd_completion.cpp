// holt completion: makes the shells complete what is written.
#include "base/error.h"
#include "cli/complete/answer.h"
#include "cli/complete/scripts.h"
#include "cli/parse/command_line.h"
#include "cli/parse/options.h"
#include "cli/session/command.h"
#include "cli/session/store_path.h"

namespace holt::cli {
namespace {

class CompletionCommand final : public Command {
  public:
    CommandInfo info() const override {
        return {.name = "completion",
                .group = "More",
                .description =
                    "Print a script that makes a shell complete\n\nCommands, options and their "
                    "values, names and keys of snapshots, and paths in them. SHELL is bash, zsh "
                    "or fish. The packages install these scripts.",
                .examples =
                    "Examples:\n"
                    "  holt completion bash > /etc/bash_completion.d/holt\n"
                    "  holt completion zsh > ~/.zfunc/_holt   a folder of fpath\n"
                    "  holt completion fish > ~/.config/fish/completions/holt.fish"};
    }

    void define(OptionTable& table) override {
        add_operands(table, "SHELL", words_, "bash, zsh or fish");
        add_switch(table, "--answer", answer_,
                   "for the scripts: what may stand in the place of the last argument behind --");
    }

    Result<int> run(Session& session) override {
        if (answer_) return print_answer(session);
        if (words_.size() != 1) return usage_error("completion", "name one shell");
        HOLT_TRY_LET(
            shell,
            parse_word<Shell>({"completion", "SHELL"}, words_[0],
                              {{"bash", Shell::bash}, {"zsh", Shell::zsh}, {"fish", Shell::fish}}));
        session.out().write(completion_script(shell));
        return 0;
    }

  private:
    Result<int> print_answer(Session& session) const {
        const auto open = [&](const std::string& named) -> Result<Store> {
            Globals globals = session.globals();
            if (!named.empty()) globals.store = named;
            HOLT_TRY_LET(path, store_path(globals));
            // Nobody waits for a lock while writing a line.
            return Store::open(
                path, {.access = Access::read_only, .lock_timeout = std::chrono::milliseconds(0)});
        };
        CommandLine line;
        const Answer found = answer(line, words_, open);
        session.out().line(found.kind == Answer::Kind::files     ? "files"
                           : found.kind == Answer::Kind::folders ? "folders"
                                                                 : "words");
        for (const auto& [word, text] : found.words) {
            // What a line cannot hold is not offered.
            if (word.find_first_of("\n\t") != std::string::npos) continue;
            session.out().line(text.empty() ? word : word + "\t" + printable(text));
        }
        return 0;
    }

    bool answer_ = false;
    std::vector<std::string> words_;
};

}  // namespace

std::unique_ptr<Command> make_completion_command() {
    return std::make_unique<CompletionCommand>();
}

}  // namespace holt::cli

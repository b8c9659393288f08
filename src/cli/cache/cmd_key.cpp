// holt key hash and holt key explain.
#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "cli/cache/explain.h"
#include "cli/cache/key_options.h"
#include "cli/session/command.h"
#include "cli/session/operation.h"

namespace holt::cli {
namespace {

class KeyHashCommand final : public Command {
  public:
    CommandInfo info() const override {
        return {.name = "key hash",
                .group = "Environments",
                .description =
                    "Print the key of what an environment is made from\n\nThe digest of a list of "
                    "inputs: files by their path below the root and their content, variables, "
                    "texts, what tools print. The order of the options and absolute paths are no "
                    "part of it. No store is needed, unless --save is given.",
                .examples =
                    "Examples:\n"
                    "  holt key hash --file uv.lock --platform --tool 'python3 --version'\n"
                    "  holt key hash --glob '**/package-lock.json' --env NODE_ENV --text v2\n"
                    "  key=$(holt key hash --save --prefix venv- --file requirements.txt)"};
    }

    void define(OptionTable& table) override {
        inputs_.define(table, "");
        add_switch(table, "--save", save_,
                   "remember the list in the store, so that a miss of this key can say what "
                   "changed, and a save under it has the list");
    }

    Result<int> run(Session& session) override {
        Operation operation(session);
        HOLT_TRY_LET(key, inputs_.hash("key hash", operation.cancel()));
        operation.finish();
        if (save_) {
            HOLT_TRY_LET(store, session.open_store(Access::read_write));
            HOLT_TRY(store.remember_key(key));
        }
        if (!session.json()) {
            session.out().line(printable(key.key));
            return 0;
        }
        Json summary = session.summary(0);
        put_bytes(summary, "key", key.key);
        summary["inputs"] = inputs_json(key.inputs);
        session.emit(summary);
        return 0;
    }

  private:
    KeyInputOptions inputs_;
    bool save_ = false;
};

class KeyExplainCommand final : public Command {
  public:
    CommandInfo info() const override {
        return {.name = "key explain",
                .group = "Environments",
                .description =
                    "Name the inputs that differ between two keys\n\nA and B are keys, or "
                    "snapshots with one, or `now`: what the options --file and so on make "
                    "now. One key alone prints its list. The exit code is 1 when they differ.",
                .examples =
                    "Examples:\n"
                    "  holt key explain \"$old\" \"$new\"\n"
                    "  holt key explain \"$old\" now --file uv.lock --platform\n"
                    "  holt key explain \"$old\""};
    }

    void define(OptionTable& table) override {
        add_operand(table, "A", a_, "a key, or now")->required();
        add_operand(table, "B", b_, "another, or now");
        CacheKeyOptions::define_scopes(table, scopes_);
        inputs_.define(table, "");
    }

    Result<int> run(Session& session) override {
        if (scopes_.empty()) scopes_.emplace_back(kMainScope);
        HOLT_TRY_LET(before, list_of(session, a_));
        if (b_.empty()) return print_list(session, before);
        HOLT_TRY_LET(now, list_of(session, b_));
        const auto changes = compare_inputs(before, now);
        const int code = changes.empty() ? 0 : 1;
        if (session.json()) {
            Json summary = session.summary(code);
            summary["changes"] = changes_json(changes);
            session.emit(summary);
            return code;
        }
        for (const std::string& line : change_lines(changes)) session.out().line(line);
        if (changes.empty()) session.tell("both have the same inputs");
        return code;
    }

  private:
    Result<std::vector<KeyInput>> list_of(Session& session, const std::string& key) {
        if (key != "now") {
            HOLT_TRY_LET(store, session.open_store(Access::read_only));
            return store.key_inputs(key, scopes_);
        }
        if (!inputs_.given())
            return usage_error("key explain", "`now` needs --file, --env and so on");
        Operation operation(session);
        HOLT_TRY_LET(hashed, inputs_.hash("key explain", operation.cancel()));
        return hashed.inputs;
    }

    static Result<int> print_list(Session& session, const std::vector<KeyInput>& inputs) {
        if (session.json()) {
            Json summary = session.summary(0);
            summary["inputs"] = inputs_json(inputs);
            session.emit(summary);
            return 0;
        }
        for (const KeyInput& input : inputs)
            session.out().line(fmt::format(
                "{:<8} {}  {}{}", name(input.kind), input.digest.hex(), printable(input.name),
                input.value.empty() ? "" : ": " + printable(input.value)));
        return 0;
    }

    std::string a_, b_;
    std::vector<std::string> scopes_;
    KeyInputOptions inputs_;
};

}  // namespace

std::unique_ptr<Command> make_key_hash_command() {
    return std::make_unique<KeyHashCommand>();
}

std::unique_ptr<Command> make_key_explain_command() {
    return std::make_unique<KeyExplainCommand>();
}

}  // namespace holt::cli

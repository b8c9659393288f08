// holt tag: what a snapshot is called, and its hold.
#include <fmt/format.h>

#include <holt/retention.hpp>

#include "base/error.h"
#include "cli/output/text.h"
#include "cli/parse/keep_rules.h"
#include "cli/parse/options.h"
#include "cli/session/command.h"

namespace holt::cli {
namespace {

class TagCommand final : public Command {
  public:
    CommandInfo info() const override {
        return {.name = "tag",
                .group = "Snapshots",
                .description =
                    "Change a snapshot's name, tags or hold\n\nIts id stays. A snapshot on hold "
                    "is forgotten by no rule, and not by its name either, until --release.",
                .examples =
                    "Examples:\n"
                    "  holt tag nightly-7 --name before-upgrade --hold\n"
                    "  holt tag latest --set branch=main --remove draft\n"
                    "  holt tag before-upgrade --release --no-name"};
    }

    void define(OptionTable& table) override {
        add_operand(table, "SNAP", snap_, "the snapshot")->required();
        name_given_ = add_value(table, "--name", name_, "NAME", "give it this name");
        add_switch(table, "--no-name", no_name_, "take its name away");
        add_list(table, "--set", set_, "KEY=VALUE", "add a tag, or change its value");
        add_list(table, "--remove", options_.remove, "KEY", "remove a tag");
        add_switch(table, "--hold", hold_, "let nothing forget it");
        add_switch(table, "--release", release_, "take the hold away");
    }

    Result<int> run(Session& session) override {
        HOLT_TRY(complete_options());
        HOLT_TRY_LET(store, session.open_store(Access::read_write));
        HOLT_TRY_LET(now, store.tag(snap_, options_));
        std::string tags;
        for (const auto& [key, value] : now.tags)
            tags += " " + printable(key) + "=" + printable(value);
        session.tell(fmt::format("{} {}{}{}", now.id.short_hex(),
                                 now.name.empty() ? "(no name)" : printable(now.name), tags,
                                 now.hold ? ", on hold" : ""));
        if (session.json()) {
            Json summary = session.summary(0);
            Json snapshot = Json::object();
            put_snapshot(snapshot, now);
            summary["snapshot"] = std::move(snapshot);
            session.emit(summary);
        }
        return 0;
    }

  private:
    Status complete_options() {
        HOLT_TRY(refuse_empty({"tag", "--name"}, *name_given_, name_));
        if (no_name_ && name_given_->count() > 0)
            return usage_error("tag", "--name and --no-name are both given");
        if (hold_ && release_) return usage_error("tag", "--hold and --release are both given");
        if (no_name_) options_.name = "";
        if (name_given_->count() > 0) options_.name = name_;
        if (hold_ || release_) options_.hold = hold_;
        for (const std::string& text : set_) {
            HOLT_TRY_LET(tag, parse_tag({"tag", "--set"}, text));
            options_.set.push_back(std::move(tag));
        }
        if (!options_.name && !options_.hold && options_.set.empty() && options_.remove.empty())
            return usage_error("tag", "nothing says what to change");
        return {};
    }

    std::string snap_, name_;
    std::vector<std::string> set_;
    bool no_name_ = false, hold_ = false, release_ = false;
    TagOptions options_;
    Option* name_given_ = nullptr;
};

}  // namespace

std::unique_ptr<Command> make_tag_command() {
    return std::make_unique<TagCommand>();
}

}  // namespace holt::cli

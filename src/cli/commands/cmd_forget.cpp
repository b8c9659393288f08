// holt forget, holt undelete and holt tag: which snapshots stay, and what they are called.
#include <fmt/format.h>

#include <holt/retention.hpp>

#include "base/error.h"
#include "cli/output/table.h"
#include "cli/output/text.h"
#include "cli/parse/keep_rules.h"
#include "cli/session/collected.h"
#include "cli/session/command.h"
#include "cli/session/operation.h"

namespace holt::cli {
namespace {

constexpr std::size_t kShownId = 12;

std::string joined(const std::vector<std::string>& texts) {
    std::string all;
    for (const std::string& text : texts) all += (all.empty() ? "" : ", ") + text;
    return all;
}

std::string title(const SnapshotInfo& snapshot) {
    return snapshot.name.empty() ? snapshot.id.substr(0, kShownId) : printable(snapshot.name);
}

class ForgetCommand final : public Command {
  public:
    CommandInfo info() const override {
        return {
            .name = "forget",
            .group = "Snapshots",
            .description =
                "Forget snapshots, by name or by rules\n\nEither names the SNAPs to forget, or "
                "gives rules: what no rule keeps is forgotten, each decision with its reason. The "
                "rules look at each group of snapshots by itself, from the newest to the oldest, "
                "in the order in which they were taken. --key-prefix and --tag say which "
                "snapshots it is about; without a rule all of these are forgotten.\n\n"
                "What is forgotten can be brought back by `holt undelete` until `holt gc` has "
                "removed its content. A snapshot on hold (`holt tag --hold`) is never forgotten.",
            .examples =
                "Examples:\n"
                "  holt forget nightly-7 1c9f03aa\n"
                "  holt forget --keep-last 3 --keep-daily 7 --dry-run\n"
                "  holt forget --key-prefix ci/ --unused 30d\n"
                "  holt forget --keep-last 10 --gc\n"
                "  holt forget --tag branch=old"};
    }

    void define(OptionTable& table) override {
        add_operands(table, "SNAP", options_.snaps, "the snapshots to forget");
        keep_.define(table);
        add_value(table, "--group-by", group_by_, "WHAT,...",
                  "which snapshots are a group: source, key, tags, tag:KEY; empty: all are one; "
                  "source unless given");
        prefix_given_ = add_value(table, "--key-prefix", prefix_, "TEXT",
                                  "only snapshots whose key begins with TEXT");
        add_list(table, "--tag", tags_, "TAG,...",
                 "only snapshots with these tags, each KEY or KEY=VALUE");
        add_switch(table, "--allow-empty", options_.allow_empty,
                   "rules may forget all snapshots of a group");
        add_switch(table, "-n,--dry-run", options_.dry_run, "only tell what would be forgotten");
        add_switch(table, "--gc", gc_,
                   "then remove the content that no snapshot needs, as `holt gc`");
    }

    Result<int> run(Session& session) override {
        HOLT_TRY(complete_options());
        HOLT_TRY_LET(store,
                     session.open_store(options_.dry_run ? Access::read_only : Access::read_write));
        HOLT_TRY_LET(report, store.forget(options_));
        session.json() ? print_json(session, report) : print_text(session, report);
        if (!gc_ || options_.dry_run) return 0;
        Operation operation(session);
        GcOptions gc;
        gc.cancel = operation.cancel();
        HOLT_TRY_LET(collected, store.gc(gc, operation.reporter()));
        const auto time = operation.finish();
        tell_collected(session, collected, time);
        if (session.json()) session.emit(gc_summary(session, collected, time, false));
        return 0;
    }

  private:
    Status complete_options() {
        HOLT_TRY_LET(rules, keep_.parse("forget"));
        options_.keep = std::move(rules);
        options_.group_by.clear();
        for (std::string_view rest = group_by_; !rest.empty();) {
            const std::size_t comma = std::min(rest.find(','), rest.size());
            options_.group_by.emplace_back(rest.substr(0, comma));
            rest.remove_prefix(std::min(comma + 1, rest.size()));
        }
        HOLT_TRY(refuse_empty({"forget", "--key-prefix"}, *prefix_given_, prefix_));
        if (prefix_given_->count() > 0) options_.key_prefix = prefix_;
        for (const std::string& text : tags_) {
            HOLT_TRY_LET(tags, parse_tag_queries({"forget", "--tag"}, text));
            options_.with_tags.insert(options_.with_tags.end(), tags.begin(), tags.end());
        }
        return {};
    }

    void print_text(Session& session, const ForgetReport& report) const {
        Table table({{.title = "WHAT"},
                     {.title = "ID", .color = Color::yellow},
                     {.title = "NAME", .color = Color::bold},
                     {.title = "CREATED"},
                     {.title = "SOURCE"},
                     {.title = "WHY"}});
        for (const Decision& one : report.decisions) {
            const SnapshotInfo& s = one.snapshot;
            table.row({one.keep ? "keep" : "forget", s.id.substr(0, kShownId),
                       s.name.empty() ? "-" : printable(s.name), time_text(s.created),
                       printable(s.source), printable(joined(one.reasons))});
        }
        if (!session.globals().quiet && !table.empty())
            table.print(session.out(), session.out_style());
        session.tell(fmt::format("{} {}, kept {}", options_.dry_run ? "would forget" : "forgot",
                                 count_text(report.forgotten, "snapshot"),
                                 count_text(report.kept)));
        if (report.forgotten > 0 && !options_.dry_run && !gc_)
            session.tell("`holt undelete` brings them back, until `holt gc` removes their content");
    }

    void print_json(Session& session, const ForgetReport& report) const {
        for (const Decision& one : report.decisions) {
            Json line = json_line("decision");
            line["action"] = one.keep ? "keep" : "forget";
            put_bytes(line, "group", one.group);
            Json reasons = Json::array();
            for (const std::string& reason : one.reasons) reasons.push_back(printable(reason));
            line["reasons"] = std::move(reasons);
            Json snapshot = Json::object();
            put_snapshot(snapshot, one.snapshot);
            line["snapshot"] = std::move(snapshot);
            session.emit(line);
        }
        Json summary = session.summary(0);
        summary["forgotten"] = report.forgotten;
        summary["kept"] = report.kept;
        summary["dry_run"] = options_.dry_run;
        if (!gc_ || options_.dry_run) return session.emit(summary);
        // The summary of the collection is the last line.
        summary["type"] = "forgotten";
        session.emit(summary);
    }

    ForgetOptions options_;
    KeepOptions keep_;
    std::string group_by_ = "source", prefix_;
    std::vector<std::string> tags_;
    bool gc_ = false;
    Option* prefix_given_ = nullptr;
};

class UndeleteCommand final : public Command {
  public:
    CommandInfo info() const override {
        return {.name = "undelete",
                .group = "Snapshots",
                .description =
                    "Bring back forgotten snapshots\n\nThose named by SNAP (name, key or id), as "
                    "long as `holt gc` has not removed their content. One whose name another has "
                    "by now comes back without a name.",
                .examples =
                    "Examples:\n"
                    "  holt undelete --list\n"
                    "  holt undelete nightly-7\n"
                    "  holt undelete --all"};
    }

    void define(OptionTable& table) override {
        add_operands(table, "SNAP", snaps_, "the snapshots to bring back");
        add_switch(table, "--all", all_, "bring back all that were forgotten");
        add_switch(table, "--list", list_, "only list those that can be brought back");
    }

    Result<int> run(Session& session) override {
        if (!list_ && !all_ && snaps_.empty())
            return usage_error("undelete", "name a snapshot, or give --all or --list");
        if ((all_ || list_) && !snaps_.empty())
            return usage_error("undelete", "--all and --list take no SNAP");
        HOLT_TRY_LET(store, session.open_store(list_ ? Access::read_only : Access::read_write));
        HOLT_TRY_LET(snapshots, list_ ? store.list_forgotten() : store.undelete(snaps_));
        for (const SnapshotInfo& snapshot : snapshots) {
            if (session.json()) {
                Json line = json_line("snapshot");
                put_snapshot(line, snapshot);
                session.emit(line);
            } else {
                session.out().line(fmt::format("{}  {}  {}", snapshot.id.substr(0, kShownId),
                                               title(snapshot), time_text(snapshot.created)));
            }
        }
        if (!list_)
            session.tell("brought back " + count_text(snapshots.size(), "snapshot"));
        else if (snapshots.empty())
            session.tell("nothing was forgotten that can be brought back");
        if (session.json()) {
            Json summary = session.summary(0);
            summary["snapshots"] = snapshots.size();
            session.emit(summary);
        }
        return 0;
    }

  private:
    std::vector<std::string> snaps_;
    bool all_ = false, list_ = false;
};

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
        session.tell(fmt::format("{} {}{}{}", now.id.substr(0, kShownId),
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

std::unique_ptr<Command> make_forget_command() {
    return std::make_unique<ForgetCommand>();
}

std::unique_ptr<Command> make_undelete_command() {
    return std::make_unique<UndeleteCommand>();
}

std::unique_ptr<Command> make_tag_command() {
    return std::make_unique<TagCommand>();
}

}  // namespace holt::cli

// holt forget: which snapshots stay.
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

std::string joined(const std::vector<std::string>& texts) {
    std::string all;
    for (const std::string& text : texts) all += (all.empty() ? "" : ", ") + text;
    return all;
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
            table.row({one.keep ? "keep" : "forget", s.id.short_hex(),
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

}  // namespace

std::unique_ptr<Command> make_forget_command() {
    return std::make_unique<ForgetCommand>();
}

}  // namespace holt::cli

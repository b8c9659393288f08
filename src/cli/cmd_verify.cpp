// holt verify and holt repair: is all in order, and putting it in order.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "base/error.h"
#include "cli/command.h"
#include "cli/operation.h"
#include "cli/options.h"
#include "cli/store_path.h"
#include "cli/text.h"

namespace holt::cli {
namespace {

std::string joined(const std::vector<std::string>& names) {
    std::string out;
    for (const std::string& name : names) {
        if (!out.empty()) out += ", ";
        out += printable(name);
    }
    return out;
}

Json damage_json(const Damage& damage) {
    Json line = json_line("damage");
    put_error(line, damage.what);
    Json names = Json::array();
    for (const std::string& snapshot : damage.snapshots) {
        Json name = Json::object();
        put_bytes(name, "snapshot", snapshot);
        names.push_back(std::move(name));
    }
    line["snapshots"] = std::move(names);
    return line;
}

/// Each damage: a message, a JSON line with --json. One bad block can touch thousands of files: of
/// so many the first are shown, and all with -v or --json.
void tell_damage(Session& session, const std::vector<Damage>& damage) {
    constexpr std::size_t kShown = 20;
    const std::size_t shown = session.globals().verbose ? damage.size() : kShown;
    for (std::size_t i = 0; i < damage.size(); ++i) {
        if (session.json()) session.emit(damage_json(damage[i]));
        if (i >= shown) continue;
        session.console().error(damage[i].what);
        if (!damage[i].snapshots.empty())
            session.console().line("      touches " + joined(damage[i].snapshots));
    }
    if (damage.size() > shown)
        session.console().line(fmt::format("holt: and {} more; -v or --json shows all",
                                           count_text(damage.size() - shown)));
}

int damage_code(const std::vector<Damage>& damage) noexcept {
    return damage.empty() ? 0 : exit_code(ErrorKind::corrupt);
}

class VerifyCommand final : public Command {
  public:
    CommandInfo info() const override {
        return {.name = "verify",
                .group = "Store",
                .description =
                    "Check the store, or some snapshots, byte by byte\n\nEvery pack is read and "
                    "every piece of content hashed, and so is every file that is kept for hard "
                    "links. With SNAPs, all that they need. The exit code "
                    "is 14 when anything is damaged; `holt repair` is the next step then.",
                .examples =
                    "Examples:\n"
                    "  holt verify\n"
                    "  holt verify venv-1 latest\n"
                    "  holt verify --subset 10%      a tenth of the packs, chosen anew "
                    "each time"};
    }

    void define(CLI::App& app) override {
        add_operands(app, "SNAP", snaps_, "the snapshots to check; all when none is given");
        subset_option_ =
            add_value(app, "--subset", subset_, "N%", "check only this share of the packs");
    }

    Result<int> run(Session& session) override {
        VerifyOptions options;
        if (subset_option_->count() > 0) {
            if (!snaps_.empty())
                return usage_error("verify", "--subset is for the whole store, not for snapshots");
            HOLT_TRY_LET(percent, parse_percent({"verify", "--subset"}, subset_));
            options.subset_percent = percent;
        }
        HOLT_TRY_LET(store, session.open_store(Access::read_only));
        Operation operation(session);
        options.cancel = operation.cancel();
        HOLT_TRY_LET(report, store.verify(snaps_, options, operation.reporter()));
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
    static void print(Session& session, const VerifyReport& report, std::chrono::nanoseconds time) {
        const Style& style = session.out_style();
        const std::string verdict =
            report.damage.empty()
                ? style(Color::green, "all in order")
                : style(Color::red,
                        fmt::format("{} found", count_text(report.damage.size(), "damaged item")));
        if (session.globals().quiet && report.damage.empty()) return;
        const std::string pool =
            report.pool_files == 0 ? "" : ", " + count_text(report.pool_files, "pool file");
        session.out().line(fmt::format(
            "{}: checked {}, {}, {}, {}{} in {}", verdict, count_text(report.snapshots, "snapshot"),
            count_text(report.packs, "pack"), count_text(report.chunks, "chunk"),
            size_text(report.bytes), pool, duration_text(time)));
    }

    static Json summary(Session& session, const VerifyReport& report, std::chrono::nanoseconds time,
                        int code) {
        Json object = session.summary(code);
        object["snapshots"] = report.snapshots;
        object["packs"] = report.packs;
        object["blocks"] = report.blocks;
        object["chunks"] = report.chunks;
        object["bytes"] = report.bytes;
        object["pool_files"] = report.pool_files;
        object["damage"] = report.damage.size();
        object["seconds"] = seconds(time);
        return object;
    }

    std::vector<std::string> snaps_;
    std::string subset_;
    CLI::Option* subset_option_ = nullptr;
};

class RepairCommand final : public Command {
  public:
    CommandInfo info() const override {
        return {.name = "repair",
                .group = "Store",
                .description =
                    "Rebuild the catalog from the packs\n\nFor a catalog that is lost or damaged, "
                    "and for damaged packs: what is whole in them is kept, the packs themselves "
                    "are put aside, never deleted. Snapshots that cannot be restored in full any "
                    "more are named, and the exit code is 14.",
                .examples =
                    "Examples:\n"
                    "  holt repair\n"
                    "  holt --store /srv/holt repair --json"};
    }

    void define(CLI::App&) override {}

    Result<int> run(Session& session) override {
        HOLT_TRY_LET(path, store_path(session.globals().store));
        Reporter reporter(session);
        HOLT_TRY_LET(report,
                     Store::repair(path, session.open_options(Access::read_write), reporter));
        reporter.finish();
        tell_damage(session, report.damage);
        const int code = damage_code(report.damage);
        if (session.json())
            session.emit(summary(session, report, code));
        else
            print(session, report);
        return code;
    }

  private:
    static void print(Session& session, const RepairReport& report) {
        for (const std::string& pack : report.quarantined)
            session.tell("put aside damaged pack " + printable(pack));
        if (report.salvaged_chunks > 0)
            session.tell(fmt::format("saved {} out of damaged packs and the pool",
                                     count_text(report.salvaged_chunks, "chunk")));
        if (report.pool_removed > 0)
            session.tell(fmt::format("removed {} from the pool",
                                     count_text(report.pool_removed, "changed file")));
        session.tell(
            fmt::format("the catalog has {}, {}, {}", count_text(report.snapshots, "snapshot"),
                        count_text(report.packs, "pack"), count_text(report.chunks, "chunk")));
    }

    static Json summary(Session& session, const RepairReport& report, int code) {
        Json object = session.summary(code);
        object["snapshots"] = report.snapshots;
        object["packs"] = report.packs;
        object["chunks"] = report.chunks;
        object["salvaged_chunks"] = report.salvaged_chunks;
        object["pool_removed"] = report.pool_removed;
        object["quarantined"] = report.quarantined;
        object["damage"] = report.damage.size();
        return object;
    }
};

}  // namespace

std::unique_ptr<Command> make_verify_command() {
    return std::make_unique<VerifyCommand>();
}

std::unique_ptr<Command> make_repair_command() {
    return std::make_unique<RepairCommand>();
}

}  // namespace holt::cli

// holt repair: putting a store in order.
#include <fmt/format.h>

#include "base/error.h"
#include "cli/output/text.h"
#include "cli/parse/options.h"
#include "cli/session/command.h"
#include "cli/session/damage.h"
#include "cli/session/operation.h"
#include "cli/session/store_path.h"

namespace holt::cli {
namespace {

class RepairCommand final : public Command {
  public:
    CommandInfo info() const override {
        return {.name = "repair",
                .group = "Store",
                .description =
                    "Rebuild the catalog from the packs\n\nFor a catalog that is lost, damaged, or "
                    "put back to an older copy, and for damaged packs: what is whole in them is "
                    "kept, the packs themselves are put aside, never deleted. The snapshots are "
                    "exactly those that were acknowledged, by the catalog or by snapshots.log in "
                    "the store; where neither can be read, nothing is done without "
                    "--unacknowledged. What no pack has whole any more is taken again from the "
                    "pool, and from where --from says; all of it is known by its digest. What is "
                    "still lost is named by snapshot and path, and the exit code is 14.",
                .examples =
                    "Examples:\n"
                    "  holt repair\n"
                    "  holt repair --from ./.venv --from backup.holt\n"
                    "  holt --store /srv/holt repair --json"};
    }

    void define(OptionTable& table) override {
        add_list(table, "--from", options_.from, "DIR|FILE",
                 "take what is lost from this folder, file or .holt file, if it has it; may be "
                 "given again");
        add_switch(table, "--unacknowledged", options_.unacknowledged,
                   "bring back every complete snapshot in the packs, also those that were never "
                   "finished");
    }

    Result<int> run(Session& session) override {
        HOLT_TRY_LET(path, store_path(session.globals()));
        Operation operation(session);
        OpenOptions options = session.open_options(Access::read_write);
        options.cancel = operation.cancel();
        HOLT_TRY_LET(report, Store::repair(path, options, options_, operation.reporter()));
        operation.finish();
        tell_damage(session, report.damage);
        const int code = damage_code(report.damage);
        if (session.json())
            session.emit(summary(session, report, code));
        else
            print(session, report);
        return code;
    }

  private:
    void print(Session& session, const RepairReport& report) const {
        for (const Digest& pack : report.quarantined)
            session.tell("put aside damaged pack " + pack.hex());
        if (report.salvaged_chunks > 0)
            session.tell(fmt::format("saved {} out of damaged packs and the pool",
                                     count_text(report.salvaged_chunks, "chunk")));
        if (report.regained_chunks > 0)
            session.tell(fmt::format(
                "took {} again from {}", count_text(report.regained_chunks, "chunk"),
                options_.from.size() == 1 ? printable(options_.from[0]) : "the places of --from"));
        if (report.pool_removed > 0)
            session.tell(fmt::format("removed {} from the pool",
                                     count_text(report.pool_removed, "changed file")));
        if (report.brought_back > 0)
            session.tell(fmt::format("brought back {} that the catalog did not know",
                                     count_text(report.brought_back, "snapshot")));
        if (report.forgotten > 0)
            session.tell(
                fmt::format("not brought back: {} that `holt forget` removed; `holt undelete` can",
                            count_text(report.forgotten, "snapshot")));
        if (report.unacknowledged > 0)
            session.tell(
                fmt::format("left out {} that the packs hold and that was never "
                            "acknowledged; --unacknowledged brings back what is complete",
                            count_text(report.unacknowledged, "snapshot")));
        session.tell(
            fmt::format("the catalog has {}, {}, {}", count_text(report.snapshots, "snapshot"),
                        count_text(report.packs, "pack"), count_text(report.chunks, "chunk")));
    }

    static Json summary(Session& session, const RepairReport& report, int code) {
        Json object = session.summary(code);
        object["snapshots"] = report.snapshots;
        object["packs"] = report.packs;
        object["chunks"] = report.chunks;
        object["brought_back"] = report.brought_back;
        object["forgotten"] = report.forgotten;
        object["unacknowledged"] = report.unacknowledged;
        object["salvaged_chunks"] = report.salvaged_chunks;
        object["regained_chunks"] = report.regained_chunks;
        object["pool_removed"] = report.pool_removed;
        object["quarantined"] = Json::array();
        for (const Digest& pack : report.quarantined) object["quarantined"].push_back(pack.hex());
        object["damage"] = report.damage.size();
        return object;
    }

    RepairOptions options_;
};

}  // namespace

std::unique_ptr<Command> make_repair_command() {
    return std::make_unique<RepairCommand>();
}

}  // namespace holt::cli

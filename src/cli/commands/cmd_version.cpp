// holt version: which program this is, and which formats it knows.
#include <fmt/format.h>

#include <holt/zstd.hpp>

#include "cli/session/command.h"

namespace holt::cli {
namespace {

class VersionCommand final : public Command {
  public:
    CommandInfo info() const override {
        return {.name = "version",
                .group = "More",
                .description =
                    "Show the program's version and formats\n\nThe versions of the "
                    "formats that it writes and reads.",
                .examples =
                    "Examples:\n"
                    "  holt version\n"
                    "  holt version --json"};
    }

    void define(OptionTable&) override {}

    Result<int> run(Session& session) override {
        const ZstdLevels levels = zstd_levels();
        if (session.json()) {
            Json summary = session.summary(0);
            summary["version"] = version();
            summary["formats"] =
                Json{{"store", formats().store}, {"pack", formats().pack}, {"zstd", "RFC 8878"}};
            summary["zstd_levels"] = Json{{"min", levels.min}, {"max", levels.max}};
            session.emit(summary);
            return 0;
        }
        session.out().line(fmt::format("holt {}", version()));
        session.out().line(
            fmt::format("store format {}, pack format {}", formats().store, formats().pack));
        session.out().line(fmt::format("zstd (RFC 8878), levels {} to {}", levels.min, levels.max));
        return 0;
    }
};

}  // namespace

std::unique_ptr<Command> make_version_command() {
    return std::make_unique<VersionCommand>();
}

}  // namespace holt::cli

// holt cat: a file of a snapshot.
#include <cerrno>
#include <utility>

#include "base/error.h"
#include "cli/output/text.h"
#include "cli/parse/options.h"
#include "cli/session/command.h"

namespace holt::cli {
namespace {

class CatCommand final : public Command {
  public:
    CommandInfo info() const override {
        return {.name = "cat",
                .group = "Snapshots",
                .description =
                    "Print a file of a snapshot\n\nEvery byte is checked before it is printed. "
                    "With --json the content comes in lines of type 'data', each with its offset "
                    "and its bytes in base64.",
                .examples =
                    "Examples:\n"
                    "  holt cat latest etc/config.toml\n"
                    "  holt cat venv-1:pyvenv.cfg\n"
                    "  holt cat venv-1 bin/python3 > python3"};
    }

    void define(OptionTable& table) override {
        add_operand(table, "SNAP[:PATH]", snap_, "the snapshot, or snapshot and path in one")
            ->required();
        path_option_ = add_operand(table, "PATH", path_, "the file's path in the snapshot");
    }

    Result<int> run(Session& session) override {
        HOLT_TRY_LET(store, session.open_store(Access::read_only));
        HOLT_TRY_LET(target, find_target(store));
        if (target.path.empty())
            return usage_error("cat", "no file is named; write SNAP PATH or SNAP:PATH");
        std::uint64_t bytes = 0;
        HOLT_TRY(
            store.cat(target.snapshot.id.hex(), target.path, [&](std::string_view data) -> Status {
                print(session, data, bytes);
                bytes += data.size();
                return session.out().closed() ? stopped(session) : Status{};
            }));
        if (session.json()) {
            Json summary = session.summary(0);
            summary["bytes"] = bytes;
            session.emit(summary);
        }
        return 0;
    }

  private:
    Result<SnapshotPath> find_target(Store& store) const {
        if (path_option_->count() == 0) return store.find_path(snap_);
        HOLT_TRY_LET(snapshot, store.find(snap_));
        return SnapshotPath{std::move(snapshot), path_};
    }

    static void print(Session& session, std::string_view data, std::uint64_t offset) {
        if (!session.json()) return session.out().write(data);
        Json line = json_line("data");
        line["offset"] = offset;
        line["base64"] = base64(data);
        session.emit(line);
    }

    /// Output can no longer be written: ends the reading too.
    static Status stopped(Session& session) {
        HOLT_TRY(session.out().finish());
        return std::unexpected(Error{.sys_errno = EPIPE, .operation = "write"});
    }

    std::string snap_, path_;
    Option* path_option_ = nullptr;
};

}  // namespace

std::unique_ptr<Command> make_cat_command() {
    return std::make_unique<CatCommand>();
}

}  // namespace holt::cli

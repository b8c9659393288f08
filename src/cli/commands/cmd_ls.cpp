// holt ls: what is in a snapshot.
#include <fmt/format.h>

#include <utility>

#include "base/error.h"
#include "cli/output/text.h"
#include "cli/parse/options.h"
#include "cli/session/command.h"

namespace holt::cli {
namespace {

/// "drwxr-sr-t", as ls -l writes it.
std::string mode_text(EntryKind kind, std::uint16_t mode) {
    std::string text = "-rwxrwxrwx";
    if (kind == EntryKind::folder) text[0] = 'd';
    if (kind == EntryKind::symlink) text[0] = 'l';
    if (kind == EntryKind::fifo) text[0] = 'p';
    for (std::size_t bit = 0; bit < 9; ++bit)
        if ((mode >> (8 - bit) & 1) == 0) text[bit + 1] = '-';
    // A capital letter: the bit is set without the right to execute.
    const auto special = [&](unsigned bit, std::size_t place, char with_x, char without_x) {
        if ((mode & bit) != 0) text[place] = text[place] == 'x' ? with_x : without_x;
    };
    special(04000, 3, 's', 'S');
    special(02000, 6, 's', 'S');
    special(01000, 9, 't', 'T');
    return text;
}

class LsCommand final : public Command {
  public:
    CommandInfo info() const override {
        return {.name = "ls",
                .group = "Snapshots",
                .description =
                    "List what is in a snapshot\n\nA folder's content, or the one file that SUB "
                    "names. Bytes of names that are not printable are shown as escapes (\\n, "
                    "\\xff); --json has them exactly.",
                .examples =
                    "Examples:\n"
                    "  holt ls latest\n"
                    "  holt ls -l venv-1:lib/python3.11\n"
                    "  holt ls -R venv-1 | grep '[.]so$'"};
    }

    void define(OptionTable& table) override {
        add_operand(table, "SNAP[:SUB]", snap_, "the snapshot, and a path in it")->required();
        add_switch(table, "-l,--long", long_, "with kind, mode, owner, size, time and link target");
        add_switch(table, "-R,--recursive", options_.recursive, "with all folders below");
    }

    Result<int> run(Session& session) override {
        HOLT_TRY_LET(store, session.open_store(Access::read_only));
        HOLT_TRY_LET(target, store.find_path(snap_));
        std::uint64_t entries = 0;
        bool first = true;
        const auto visit = [&](const EntryInfo& entry) {
            // The first entry is what was named. A folder is listed by what is in it, as ls does.
            const bool itself = std::exchange(first, false);
            if (itself && entry.kind == EntryKind::folder && !session.json()) return;
            ++entries;
            if (session.json())
                print_json(session, entry);
            else
                session.out().line((long_ ? long_line(session, entry) : name_of(session, entry)) +
                                   lack_of(entry));
        };
        HOLT_TRY(store.ls(target.snapshot.id.hex(), target.path, options_, visit));
        if (session.json()) {
            Json summary = session.summary(0);
            summary["entries"] = entries;
            session.emit(summary);
        }
        return 0;
    }

  private:
    static void print_json(Session& session, const EntryInfo& entry) {
        Json line = json_line("entry");
        put_entry(line, entry);
        session.emit(line);
    }

    static std::string name_of(Session& session, const EntryInfo& entry) {
        const Style& style = session.out_style();
        const std::string text = printable(entry.path);
        if (entry.kind == EntryKind::folder) return style(Color::cyan, text);
        if (entry.kind == EntryKind::symlink) return style(Color::yellow, text);
        const bool executable = entry.kind == EntryKind::file && (entry.mode & 0111) != 0;
        return style(executable ? Color::green : Color::none, text);
    }

    /// What a snapshot lacks must not look as if it were there.
    static std::string lack_of(const EntryInfo& entry) {
        return entry.left_out.empty() ? "" : "  (left out: " + entry.left_out + ")";
    }

    static std::string long_line(Session& session, const EntryInfo& entry) {
        std::string line =
            fmt::format("{} {:>5} {:>5} {:>12} {} {}", mode_text(entry.kind, entry.mode), entry.uid,
                        entry.gid, entry.size, time_text(entry.mtime), name_of(session, entry));
        if (entry.kind == EntryKind::symlink) line += " -> " + printable(entry.symlink_target);
        if (!entry.hard_link_to.empty()) line += " = " + printable(entry.hard_link_to);
        return line;
    }

    std::string snap_;
    bool long_ = false;
    ListOptions options_;
};

}  // namespace

std::unique_ptr<Command> make_ls_command() {
    return std::make_unique<LsCommand>();
}

}  // namespace holt::cli

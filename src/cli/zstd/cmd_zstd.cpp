// holt zstd: compresses and decompresses .zst files and streams, with the flags of zstd(1).
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <holt/zstd.hpp>

#include "base/error.h"
#include "cli/parse/args.h"
#include "cli/parse/help.h"
#include "cli/parse/program_names.h"
#include "cli/parse/stand_in_words.h"
#include "cli/session/command.h"
#include "cli/session/operation.h"
#include "cli/zstd/zstd_args.h"
#include "cli/zstd/zstd_files.h"
#include "cli/zstd/zstd_run.h"
#include "cli/zstd/zstd_tools.h"

namespace holt::cli {
namespace {

constexpr int kNoDictionary = 31, kNoFile = 32;  // zstd's exit codes

class ZstdCommand final : public Command {
  public:
    CommandInfo info() const override {
        return {
            .name = "zstd",
            .group = "More",
            .description =
                "Compress or decompress .zst files and streams\n\nTakes the flags of zstd(1) and "
                "reads and writes the same format, and gzip's; called by the name zstd, zstdmt, "
                "unzstd or zstdcat, it is what these are, with their messages and exit codes "
                "(`holt link-filters`). Each FILE becomes FILE.zst, or the other way round with "
                "-d; the input stays. Without FILE, or with -, standard input goes to standard "
                "output. An output file appears whole or not at all. Of contradicting flags the "
                "last counts. With --json, lines go to standard error when the data goes to "
                "standard output.",
            .examples =
                "Examples:\n"
                "  holt zstd big.log                  makes big.log.zst\n"
                "  holt zstd -9 --rm *.log            smaller, and removes the inputs\n"
                "  tar -I 'holt zstd -T0' -cf folder.tar.zst folder\n"
                "  holt zstd -dc folder.tar.zst | tar x\n"
                "  holt zstd -t *.zst                 are they whole?\n"
                "  holt zstd --long -19 two.tar       repeats far apart are found\n"
                "  holt zstd --patch-from old new -o patch\n"
                "  holt zstd -d --patch-from old patch -o new\n"
                "  holt zstd --train -r samples -o dict; holt zstd -D dict small.json\n"
                "  holt zstd -b1e9 -i1 big.log        how fast, how small?"};
    }

    void define(OptionTable& table) override { args_.define(table); }

    Result<int> run(Session& session) override {
        const auto tell = [&](const std::string& text) { session.console().line(text); };
        if (const Status good = args_.complete(tell); !good) {
            const bool has_words = !args_.plain_error.empty() || !args_.incorrect.empty();
            if (!session.stands_in() || !has_words || session.json())
                return std::unexpected(good.error());
            if (args_.plain_error.empty())
                tell(incorrect_parameter(session.called(), args_.incorrect));
            else if (args_.plain_code == 1)
                tell(args_.plain_error);
            else
                tell(fmt::format("{}: error {} : {}", session.called(), args_.plain_code,
                                 args_.plain_error));
            return args_.plain_code;
        }
        if (args_.action == ZstdArgs::Action::version) return print_version(session);
        if (args_.action == ZstdArgs::Action::help) {
            session.out().write(
                command_help(info(), args_.table(), session.stands_in() ? session.called() : ""));
            return 0;
        }
        if (session.stands_in() && args_.verbosity > 2) tell(in_place_of());
        if (!args_.clamped.empty() && args_.verbosity >= 2) tell(args_.clamped);
        std::uint64_t unread = 0;
        HOLT_TRY_LET(names, chosen_names(session, unread));
        const bool none_left = names.empty() && args_.files.size() + args_.filelists.size() > 0;
        if (none_left) return nothing_left(session);
        args_.files = std::move(names);
        HOLT_TRY_LET(code, act(session));
        if (code != 0 || unread == 0) return code;
        return session.stands_in() ? 1 : exit_code(ErrorKind::partial);
    }

  private:
    Result<std::vector<std::string>> chosen_names(Session& session, std::uint64_t& unread) {
        return zstd_names(
            args_, {.link =
                        [&](const std::string& name) {
                            ++links_;
                            if (args_.verbosity < 2) return;
                            session.console().line(fmt::format(
                                "Warning : {} is a symbolic link, ignoring ", printable(name)));
                        },
                    .unreadable =
                        [&](const Error& error) {
                            tell_zstd_failure(session, args_, error.object, error);
                            ++unread;
                        }});
    }

    /// All names were links, or folders with nothing in them.
    Result<int> nothing_left(Session& session) {
        if (links_ > 0) return 1;
        if (args_.verbosity >= 1)
            session.console().line(
                "please provide correct input file(s) or non-empty directories -- ignored ");
        return 0;
    }

    /// In the form from which scripts take the version.
    static std::string in_place_of() {
        return fmt::format("*** in place of Zstandard CLI (64-bit) v{}, by Yann Collet ***",
                           kZstdStoodInFor);
    }

    Result<int> print_version(Session& session) {
        if (args_.verbosity < 2) {
            session.out().line(kZstdStoodInFor);
            return 0;
        }
        const std::string name = session.stands_in() ? session.called() : "zstd";
        session.out().line(fmt::format("{} (holt) {}", name, version()));
        session.out().line(in_place_of());
        if (args_.verbosity > 2) session.out().line("*** supports: zstd, gzip");
        return 0;
    }

    Result<int> act(Session& session) {
        switch (args_.action) {
            case ZstdArgs::Action::list:
                return run_zstd_list(session, args_);
            case ZstdArgs::Action::train:
                return run_zstd_train(session, args_);
            case ZstdArgs::Action::bench:
                return run_zstd_bench(session, args_);
            default:
                return filter(session);
        }
    }

    Result<int> filter(Session& session) {
        if (args_.files.empty()) args_.files.push_back(kStdin);
        HOLT_TRY(check_terminals(session));
        if (const int code = missing_dictionary(session); code != 0) return code;
        if (args_.data_to_stdout()) session.data_to_stdout();
        if (args_.options.mode == ZstdMode::decompress && args_.threads_given &&
            args_.verbosity >= 2 && session.stands_in() && !args_.to_stdout)
            session.console().line("Warning : decompression does not support multi-threading");
        Operation operation(session);
        show_progress(session, operation);
        args_.options.cancel = operation.cancel();
        ZstdRun run(args_, session, operation);
        const Status done = run.all(args_.files);
        if (!done) return std::unexpected(done.error());
        return run.end();
    }

    /// zstd looks for it before anything else, and ends with a code of its own. 0: it is there.
    int missing_dictionary(Session& session) const {
        if (!session.stands_in() || session.json()) return 0;
        for (const std::string& path : {args_.options.dictionary, args_.options.patch_from}) {
            struct stat st {};
            if (path.empty()) continue;
            if (::stat(path.c_str(), &st) == 0) {
                if (!S_ISDIR(st.st_mode)) continue;
                session.console().line(
                    fmt::format("{}: error {} : Dictionary {} must be a regular file. ",
                                session.called(), kNoFile, printable(path)));
                return kNoFile;
            }
            session.console().line(
                fmt::format("{}: error {} : Stat failed on dictionary file {}: {} ",
                            session.called(), kNoDictionary, printable(path), errno_text(errno)));
            return kNoDictionary;
        }
        return 0;
    }

    /// On a terminal, unless the data goes there; else only when asked.
    void show_progress(Session& session, Operation& operation) const {
        using Wish = ZstdArgs::ProgressWish;
        if (args_.progress == Wish::always) return;
        const bool data_there = args_.data_to_stdout() && session.out().terminal();
        const bool seen = session.console().terminal() || session.json();
        if (args_.progress == Wish::never || data_there || !seen || args_.verbosity < 2)
            operation.reporter().hide_progress();
    }

    Status check_terminals(const Session& session) const {
        if (args_.force) return {};
        const bool in = args_.fake_stdin || ::isatty(STDIN_FILENO) != 0;
        const bool out = args_.fake_stdout || ::isatty(STDOUT_FILENO) != 0;
        if (args_.reads_stdin() && in)
            return usage_error("zstd",
                               "standard input is a terminal; name a file, redirect, or give -f");
        const bool compressed_out =
            args_.data_to_stdout() && args_.options.mode == ZstdMode::compress;
        const bool meant = args_.to_stdout && session.stands_in();  // zstd takes -c for that
        if (compressed_out && out && !meant)
            return usage_error("zstd",
                               "compressed data is not written to a terminal; redirect, or give "
                               "-o FILE or -f");
        return {};
    }

    ZstdArgs args_;
    std::uint64_t links_ = 0;
};

}  // namespace

std::unique_ptr<Command> make_zstd_command() {
    return std::make_unique<ZstdCommand>();
}

}  // namespace holt::cli

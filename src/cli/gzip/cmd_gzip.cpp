// holt gzip: compresses and decompresses .gz files and streams, with the flags of gzip(1).
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <holt/gzip.hpp>

#include "base/error.h"
#include "cli/gzip/gzip_env.h"
#include "cli/gzip/gzip_names.h"
#include "cli/gzip/gzip_run.h"
#include "cli/parse/args.h"
#include "cli/parse/options.h"
#include "cli/parse/program_names.h"
#include "cli/session/command.h"

namespace holt::cli {
namespace {

constexpr char kStdin[] = "-";
constexpr std::int64_t kMaxThreads = 1024;

class GzipCommand final : public Command {
  public:
    CommandInfo info() const override {
        return {
            .name = "gzip",
            .group = "More",
            .description =
                "Compress or decompress .gz files and streams\n\nTakes the flags of gzip(1) and "
                "does as it does: each FILE is replaced by FILE.gz, or the other way round with "
                "-d, with its mode, owner and time; -k keeps it. Without FILE, or with -, standard "
                "input goes to standard output. What is written is one member, which every gzip "
                "reads and this one decompresses in parallel. Called by the name gzip, gunzip or "
                "zcat, as a symlink, it is that program. Exit codes are gzip's: 0 done, 1 an "
                "error, 2 a warning.",
            .examples =
                "Examples:\n"
                "  holt gzip big.log                  big.log.gz in its place\n"
                "  holt gzip -9k *.log                smaller, and keeps the inputs\n"
                "  tar c folder | holt gzip > folder.tar.gz\n"
                "  holt gzip -dc folder.tar.gz | tar x\n"
                "  holt gzip --bgzf -k genes.vcf      for htslib and bgzip\n"
                "  holt gzip -t *.gz                  are they whole?",
            .error_code = 1};
    }

    void define(OptionTable& table) override {
        const GzipLevels levels = gzip_levels();
        add_operands(table, "FILE", files_, "the files; - is standard input");
        level_option_ = add_value(table, "-#,--level", level_, "N",
                                  fmt::format("level, -1 (fast) to -{} (small); {} unless given",
                                              levels.max, levels.standard));
        add_switch(table, "--fast", fast_, "the same as -1");
        add_switch(table, "--best", best_, "the same as -9");
        add_switch(table, "-d,--decompress,--uncompress", decompress_, "decompress");
        add_switch(table, "-t,--test", test_, "only check that compressed files are whole");
        add_switch(table, "-l,--list", list_, "list sizes, ratio and name of compressed files");
        add_switch(table, "-c,--stdout,--to-stdout", settings_.to_stdout,
                   "write to standard output, keep the inputs");
        add_switch(table, "-f,--force", settings_.force,
                   "overwrite outputs, follow symlinks; with -dc copy what is not compressed");
        add_switch(table, "-k,--keep", settings_.keep, "keep the inputs");
        add_switch(table, "-r,--recursive", settings_.recursive, "all files in folders, too");
        suffix_option_ =
            add_value(table, "-S,--suffix", settings_.suffix, "SUF", "use SUF instead of .gz");
        add_switch(table, "-n,--no-name", no_name_, "neither store nor restore name and time");
        add_switch(table, "-N,--name", name_,
                   "store name and time (the default), or with -d restore them");
        threads_option_ = add_value(table, "-p,--processes", threads_, "N",
                                    "use at most N threads (all processors)");
        limit_option_ = add_value(table, "--max-size", limit_, "SIZE",
                                  "of the content of each compressed input, which is refused when "
                                  "it grows to more (no limit)");
        add_switch(table, "--blocks", blocks_, "several members, each of which states its length");
        add_switch(table, "--bgzf", bgzf_, "members of 64 KiB as bgzip makes them");
        add_switch(table, "--synchronous", settings_.options.synchronous,
                   "force outputs to the disk");
        add_switch(table, "-V,--version", version_, "print the version and exit");
        add_switch(table, "--rsyncable", settings_.options.rsyncable,
                   "cut blocks by content, for rsync to find what outputs have in common");
        add_switch(table, "-a,--ascii", hint_, "accepted; makes no difference here");
        add_switch(table, "-m,--no-time", no_time_, "neither store nor restore the time");
        add_switch(table, "-M,--time", time_, "the opposite");
        add_switch(table, "-L,--license", license_, "print the license and exit");
        add_switch(table, "--presume-input-tty", presume_tty_,
                   "as if standard input could answer questions");
        table_ = &table;
    }

    Result<int> run(Session& session) override {
        if (version_ || license_) return print_version(session);
        HOLT_TRY(read_environment(session));
        read_in_order();
        HOLT_TRY(complete_options(session));
        HOLT_TRY(check_terminals());
        const bool data_out = data_to_stdout();
        if (data_out) session.data_to_stdout();
        Operation operation(session);
        // gzip says nothing while it works; neither does what stands in for it.
        const bool seen = session.console().terminal() || session.json();
        if (settings_.plain_words || !seen || (data_out && session.out().terminal()))
            operation.reporter().hide_progress();
        settings_.options.cancel = operation.cancel();
        if (env_given_ && !settings_.quiet)
            session.console().line(
                fmt::format("{}: warning: GZIP environment variable is deprecated; use an alias "
                            "or script",
                            session.called()));
        GzipRun run(settings_, session, operation);
        for (const std::string& file : files_) HOLT_TRY(run.one(file));
        run.end();
        return run.code();
    }

  private:
    Result<int> print_version(Session& session) {
        const std::string name = session.stands_in() ? session.called() : "gzip";
        session.out().line(fmt::format("{} (holt) {}", name, version()));
        session.out().line(fmt::format("in place of gzip {}", kGzipStoodInFor));
        session.out().line("Copyright (C) the authors of Holt; License: Apache 2.0");
        if (license_) session.out().line("License: see Holt's LICENSE");
        return 0;
    }

    /// One that tells how; of contradicting ones the last counts.
    void read_option(std::string_view name) {
        const auto is = [&](std::string_view letter, std::string_view word) {
            return name == letter || name == word;
        };
        if (is("-n", "--no-name")) stores_name_ = stores_time_ = Wish::no;
        if (is("-N", "--name")) stores_name_ = stores_time_ = Wish::yes;
        if (is("-m", "--no-time")) stores_time_ = Wish::no;
        if (is("-M", "--time")) stores_time_ = Wish::yes;
        const bool more = is("-v", "--verbose");
        if (more || is("-q", "--quiet")) {
            settings_.verbose = more;
            settings_.quiet = !more;
        }
        if (name == "--rsyncable") settings_.options.rsyncable = true;
        if (name == "--fast") level_ = "1";
        if (name == "--best") level_ = "9";
    }

    /// Only gzip itself has it: `holt gzip` does what its arguments say.
    Status read_environment(const Session& session) {
        const char* const text = std::getenv("GZIP");
        if (!session.stands_in() || text == nullptr) return {};
        HOLT_TRY_LET(options, gzip_env_options(text));
        env_given_ = !options.empty();
        for (const std::string& option : options) {
            const bool level = option.size() == 2 && option[1] >= '1' && option[1] <= '9';
            if (level)
                level_ = option.substr(1);
            else
                read_option(option);
        }
        return {};
    }

    void read_in_order() {
        for (const auto& [option, value] : table_->given()) {
            if (option == level_option_)
                level_ = value;
            else
                read_option(option->name());
        }
    }

    bool data_to_stdout() const {
        if (settings_.options.mode == GzipMode::test) return false;
        return settings_.to_stdout || std::ranges::find(files_, kStdin) != files_.end();
    }

    Status complete_options(const Session& session) {
        GzipOptions& options = settings_.options;
        options.threads = session.globals().threads;
        settings_.list = list_;
        options.mode = list_ || test_ ? GzipMode::test
                       : decompress_  ? GzipMode::decompress
                                      : GzipMode::compress;
        if (blocks_ && bgzf_) return usage_error("gzip", "--blocks does not go with --bgzf");
        options.layout = bgzf_     ? GzipLayout::bgzf
                         : blocks_ ? GzipLayout::blocks
                                   : GzipLayout::single;
        if (suffix_option_->count() == 0) settings_.suffix = kGzipSuffix;
        if (!is_gzip_suffix(settings_.suffix))
            return usage_error("gzip",
                               fmt::format("invalid suffix '{}'", printable(settings_.suffix)));
        // Compressing stores name and time unless told not to; decompressing restores neither.
        const bool compressing = options.mode == GzipMode::compress;
        options.keep_name = compressing ? stores_name_ != Wish::no : stores_time_ == Wish::yes;
        options.keep_time = compressing ? stores_time_ != Wish::no : stores_time_ == Wish::yes;
        settings_.restore_name = stores_name_ == Wish::yes && !compressing;
        options.overwrite = settings_.force;
        options.remove_source = !settings_.keep && !settings_.to_stdout;
        options.pass_through =
            settings_.force && settings_.to_stdout && options.mode == GzipMode::decompress;
        if (files_.empty()) files_.push_back(kStdin);
        settings_.plain_words = session.stands_in();
        settings_.ask = presume_tty_ || ::isatty(STDIN_FILENO) != 0;
        return complete_numbers();
    }

    Status complete_numbers() {
        const GzipLevels levels = gzip_levels();
        if (level_ == "0") return unknown_option_error("gzip", "-0");
        if (!level_.empty()) {
            HOLT_TRY_LET(level,
                         parse_integer({"gzip", "the level"}, level_, levels.min, levels.max));
            settings_.options.level = static_cast<int>(level);
        }
        if (limit_option_->count() > 0) {
            HOLT_TRY_LET(limit, parse_size({"gzip", "--max-size"}, limit_));
            if (limit == 0) return usage_error("gzip", "--max-size 0 leaves no content");
            settings_.options.output_limit = limit;
        }
        if (threads_option_->count() == 0) return {};
        HOLT_TRY_LET(threads, parse_integer({"gzip", "-p"}, threads_, 1, kMaxThreads));
        settings_.options.threads = static_cast<unsigned>(threads);
        return {};
    }

    Status check_terminals() const {
        if (settings_.force || settings_.list) return {};
        const bool compressing = settings_.options.mode == GzipMode::compress;
        const bool from_stdin = std::ranges::find(files_, kStdin) != files_.end();
        if (compressing && data_to_stdout() && ::isatty(STDOUT_FILENO) != 0)
            return usage_error("gzip",
                               "compressed data not written to a terminal. Use -f to force "
                               "compression");
        if (!compressing && from_stdin && ::isatty(STDIN_FILENO) != 0)
            return usage_error("gzip",
                               "compressed data not read from a terminal. Use -f to force "
                               "decompression");
        return {};
    }

    std::vector<std::string> files_;
    enum class Wish : std::uint8_t { none, no, yes };

    std::string level_, threads_, limit_;
    bool decompress_ = false, test_ = false, list_ = false;
    bool version_ = false, license_ = false, presume_tty_ = false, env_given_ = false;
    bool blocks_ = false, bgzf_ = false;
    Wish stores_name_ = Wish::none, stores_time_ = Wish::none;
    // Read in their order from what was parsed.
    bool fast_ = false, best_ = false, name_ = false, no_name_ = false, time_ = false,
         no_time_ = false, hint_ = false;
    const OptionTable* table_ = nullptr;
    Option* level_option_ = nullptr;
    Option* suffix_option_ = nullptr;
    Option* threads_option_ = nullptr;
    Option* limit_option_ = nullptr;
    GzipSettings settings_;
};

}  // namespace

std::unique_ptr<Command> make_gzip_command() {
    return std::make_unique<GzipCommand>();
}

}  // namespace holt::cli

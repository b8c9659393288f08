#include "cli/zstd/zstd_args.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <limits>

#include "cli/parse/options.h"

namespace holt::cli {
namespace {

constexpr int kMostThreads = 256;
constexpr std::int64_t kMostPercent = 100;

}  // namespace

CLI::Option* ZstdArgs::on(CLI::App& app, const std::string& names, const std::string& help,
                          std::function<void()> act) {
    // Callbacks run in the order of declaration; what was given is read in its own order later.
    CLI::Option* const option = app.add_flag_callback(
        names, [] {}, help);
    readers_[option] = [act = std::move(act)](const std::string&) {
        act();
        return Status{};
    };
    return option;
}

CLI::Option* ZstdArgs::take(CLI::App& app, const std::string& names, const std::string& unit,
                            const std::string& help, Read read) {
    CLI::Option* const option = add_value(app, names, unused_, unit, help);
    readers_[option] = std::move(read);
    return option;
}

CLI::Option* ZstdArgs::take_optional(CLI::App& app, const std::string& names,
                                     const std::string& unit, const std::string& help, Read read) {
    return take(app, names, unit, help, std::move(read))->expected(0, 1);
}

void ZstdArgs::accept(CLI::App& app, const std::string& names, const std::string& help) {
    on(app, names, help, [] {});
}

void ZstdArgs::define(CLI::App& app) {
    app_ = &app;
    add_operands(app, "FILE", files, "the files; - is standard input");
    define_levels(app);
    define_modes(app);
    define_files(app);
    define_frame(app);
    define_tools(app);
    define_hints(app);
}

void ZstdArgs::define_levels(CLI::App& app) {
    const ZstdLevels levels = zstd_levels();
    take(app, "-#,--level", "N",
         fmt::format("level, -1 (fast) to -{} (small); {} unless given, or in $ZSTD_CLEVEL",
                     levels.max, levels.standard),
         [this](const std::string& text) { return read_level("the level", text); });
    take_optional(app, "--fast", "N",
                  fmt::format("faster and larger than level 1; --fast={} is the end", -levels.min),
                  [this](const std::string& text) { return read_fast(text); });
    on(app, "--ultra",
       fmt::format("allow levels up to -{}, which take up to 128 MiB to decompress", levels.ultra),
       [this] { ultra_ = true; });
    take_optional(app, "--long", "N",
                  "find repeats that are up to 2^N bytes apart, 27 unless given; decompress: allow "
                  "such windows",
                  [this](const std::string& text) { return read_long(text); });
    take(app, "--zstd", "NAME=N,...",
         "choose wlog, hlog, slog, tlen or strategy instead of the level; clog, mml, ovlog and the "
         "names for --long are accepted",
         [this](const std::string& text) { return read_tuning(text); });
    take(app, "-T,--threads", kNumberBehind,
         "compress on so many threads, 0 for one on each core, 1 unless given, or in "
         "$ZSTD_NBTHREADS; the output is the same",
         [this](const std::string& text) -> Status {
             std::int64_t threads = 0;
             if (!text.empty()) {
                 HOLT_TRY_LET(given, parse_integer({"zstd", "-T"}, text, 0,
                                                   std::numeric_limits<std::int32_t>::max()));
                 threads = std::min<std::int64_t>(given, kMostThreads);
             }
             options.threads = static_cast<unsigned>(threads);
             options.single_thread = false;
             threads_given = threads > 1;
             return {};
         });
    on(app, "--single-thread", "read, compress and write on one thread", [this] {
        options.single_thread = true;
        threads_given = false;
    });
}

void ZstdArgs::define_modes(CLI::App& app) {
    const auto filter = [this](ZstdMode mode) {
        action = Action::filter;
        options.mode = mode;
    };
    on(app, "-z,--compress", "compress (the default)", [=] { filter(ZstdMode::compress); });
    on(app, "-d,--decompress,--uncompress", "decompress; with -b, measure only that", [=, this] {
        if (action == Action::bench)
            decompress_bench_ = true;
        else
            filter(ZstdMode::decompress);
    });
    on(app, "-t,--test", "only check that compressed files are whole",
       [=] { filter(ZstdMode::test); });
    on(app, "-l,--list", "tell what is in compressed files; -v: in detail",
       [this] { action = Action::list; });
}

void ZstdArgs::define_files(CLI::App& app) {
    on(app, "-c,--stdout,--to-stdout", "write to standard output, keep the inputs", [this] {
        to_stdout = true;
        output.clear();
        remove_ = false;
    });
    take(app, "-o,--output", std::string(kApart) + "OUT",
         "write to the file OUT; several inputs one behind the other",
         [this](const std::string& text) -> Status {
             if (text.empty()) return usage_error("zstd", "-o needs a file's name");
             output = text;
             to_stdout = false;
             return {};
         });
    take(app, "--output-dir-flat", "DIR", "write each output into the folder DIR",
         [this](const std::string& text) {
             return read_folder("--output-dir-flat", text, flat_folder);
         });
    take(app, "--output-dir-mirror", "DIR",
         "write each output into the folder DIR, with the folders of its input's path",
         [this](const std::string& text) {
             return read_folder("--output-dir-mirror", text, mirror_folder);
         });
    take(app, "--filelist", "LIST", "take the names in the file LIST too, one on each line",
         [this](const std::string& text) {
             filelists.push_back(text);
             return Status{};
         });
    on(app, "-f,--force", "overwrite outputs; follow symlinks; use terminals", [this] {
        force = follows_links = true;
        options.overwrite = true;
    });
    on(app, "-k,--keep", "keep the inputs (the default)", [this] { remove_ = false; });
    on(app, "--rm", "remove each input that a file replaces", [this] { remove_ = true; });
    on(app, "-r,--recursive", "take the files in folders, and in theirs",
       [this] { recursive = true; });
    on(app, "--exclude-compressed", "pass over files whose names say that they are compressed",
       [this] { exclude_compressed = true; });
    on(app, "--sparse", "make holes of zeros, also in what standard output is",
       [this] { options.sparse = ZstdSparse::always; });
    on(app, "--no-sparse", "make no holes", [this] { options.sparse = ZstdSparse::never; });
    on(app, "--progress", "show progress (the default on a terminal)",
       [this] { progress = ProgressWish::always; });
    on(app, "--no-progress", "show no progress", [this] { progress = ProgressWish::never; });
    on(app, "--pass-through", "with -d: copy what is of no known format (the default with -f)",
       [this] { pass_through_ = PassThrough::yes; });
    on(app, "--no-pass-through", "never", [this] { pass_through_ = PassThrough::no; });
}

void ZstdArgs::define_frame(CLI::App& app) {
    take(app, "-D,--dictionary", std::string(kApart) + "DICT",
         "use the dictionary in the file DICT, both ways", [this](const std::string& text) {
             options.dictionary = text;
             return Status{};
         });
    take(app, "--patch-from", "FILE",
         "store only what is not in FILE, which the reader needs too, both ways",
         [this](const std::string& text) {
             options.patch_from = text;
             return Status{};
         });
    on(app, "--no-dictID", "do not state the dictionary's id",
       [this] { options.state_dictionary_id = false; });
    on(app, "-C,--check", "add and check checksums (the default)",
       [this] { options.checksum = true; });
    on(app, "--no-check", "neither add nor check checksums", [this] { options.checksum = false; });
    on(app, "--content-size",
       "state the content's size in the frame where it is known (the default)",
       [this] { options.state_size = true; });
    on(app, "--no-content-size", "do not", [this] { options.state_size = false; });
    take(app, "--stream-size", "SIZE", "standard input has exactly SIZE bytes",
         [this](const std::string& text) -> Status {
             HOLT_TRY_LET(size, size_of("--stream-size", text));
             if (size > 0) options.stream_size = size;
             return {};
         });
    take(app, "-M,--memory,--memlimit,--memlimit-decompress", "SIZE",
         "decompress: the largest window to allow (128MiB)",
         [this](const std::string& text) -> Status {
             HOLT_TRY_LET(memory, size_of("--memory", text));
             if (memory > 0) options.window_limit = memory;
             memory_given_ = memory > 0;
             return {};
         });
    take(app, "--format", "FORMAT", "compress to zstd (the default) or gzip",
         [this](const std::string& text) -> Status {
             HOLT_TRY_LET(format, parse_word<ZstdFormat>(
                                      {"zstd", "--format"}, text,
                                      {{"zstd", ZstdFormat::zstd}, {"gzip", ZstdFormat::gzip}}));
             options.format = format;
             return {};
         });
}

void ZstdArgs::define_tools(CLI::App& app) {
    take(app, "-b", kNumberBehind, "measure speed and ratio on the files, at this level",
         [this](const std::string& text) -> Status {
             action = Action::bench;
             return text.empty() ? Status{} : read_level("-b", text);
         });
    take(app, "-e", kNumberBehind, "with -b: up to this level",
         [this](const std::string& text) -> Status {
             HOLT_TRY_LET(level, parse_integer({"zstd", "-e"}, text, 0,
                                               std::numeric_limits<std::int32_t>::max()));
             last_level = static_cast<int>(level);
             last_given_ = true;
             return {};
         });
    take(app, "-i", kNumberBehind, "with -b: seconds for each level and way (3)",
         [this](const std::string& text) -> Status {
             HOLT_TRY_LET(time, parse_integer({"zstd", "-i"}, text, 0, 3600));
             bench_seconds = static_cast<double>(time);
             return {};
         });
    on(app, "-S", "with -b: each file for itself", [this] { bench_separately = true; });
    take(app, "-P", kNumberBehind, "with -b and no files: percent that repeat in what is made up",
         [this](const std::string& text) -> Status {
             HOLT_TRY_LET(percent, parse_integer({"zstd", "-P"}, text, 0, kMostPercent));
             compressibility = static_cast<unsigned>(percent);
             return {};
         });
    take(app, "-B,--block-size", "SIZE", "with -b and --train: cut the files into such blocks",
         [this](const std::string& text) -> Status {
             HOLT_TRY_LET(size, size_of("-B", text));
             block_size = size;
             return {};
         });
    const auto training = [this](const std::string& text) {
        action = Action::train;
        return read_training(text);
    };
    on(app, "--train", "make a dictionary of the files, many small samples",
       [this] { action = Action::train; });
    take_optional(app, "--train-cover,--train-fastcover", "k=N,...",
                  "the same with segments of k bytes; d, steps, split, f, accel and shrink are "
                  "accepted",
                  training);
    take_optional(app, "--train-legacy", "s=N", "the same as --train", training);
    take(app, "--maxdict", "SIZE", "with --train: the largest size (110KiB)",
         [this](const std::string& text) -> Status {
             HOLT_TRY_LET(size, size_of("--maxdict", text));
             max_dict = size;
             return {};
         });
    take(app, "--dictID", "N", "with --train: the dictionary's id",
         [this](const std::string& text) -> Status {
             HOLT_TRY_LET(id, parse_integer({"zstd", "--dictID"}, text, 0,
                                            std::numeric_limits<std::uint32_t>::max()));
             dict_id = static_cast<std::uint32_t>(id);
             return {};
         });
    on(app, "-V,--version", "print the version and exit", [this] {
        action = Action::version;
        ends_ = true;
    });
    on(app, "-H", "the same as --help", [this] {
        action = Action::help;
        ends_ = true;
    });
}

// What makes the program of that name faster or slower, or is for its own tests.
void ZstdArgs::define_hints(CLI::App& app) {
    const std::string none = "accepted; makes no difference here";
    take_optional(app, "--adapt", "min=N,max=N", none, [](const std::string&) { return Status{}; });
    for (const char* names :
         {"--rsyncable", "--asyncio", "--no-asyncio", "--row-match-finder", "--no-row-match-finder",
          "--compress-literals", "--no-compress-literals", "-n,--no-name"})
        accept(app, names, none);
    for (const char* name : {"--auto-threads", "--priority"})
        take(app, name, "WORD", none, [](const std::string&) { return Status{}; });
    for (const char* name : {"--size-hint", "--target-compressed-block-size"})
        take(app, name, "SIZE", none, [this, name](const std::string& text) -> Status {
            HOLT_TRY(size_of(name, text));
            return {};
        });
    take(app, "-s", kNumberBehind, none, [](const std::string&) { return Status{}; });
    on(app, "--fake-stdin-is-console", "as if standard input were a terminal",
       [this] { fake_stdin = true; });
    on(app, "--fake-stdout-is-console", "as if standard output were a terminal",
       [this] { fake_stdout = true; });
    on(app, "--fake-stderr-is-console", "as if standard error were a terminal",
       [this] { fake_stderr = true; });
}

bool ZstdArgs::reads_stdin() const {
    if (files.empty() && filelists.empty()) return action == Action::filter;
    return std::ranges::find(files, kStdin) != files.end();
}

bool ZstdArgs::data_to_stdout() const {
    if (action != Action::filter || options.mode == ZstdMode::test || !output.empty()) return false;
    return to_stdout || reads_stdin();
}

std::string ZstdArgs::help() const {
    return app_->help();
}

}  // namespace holt::cli

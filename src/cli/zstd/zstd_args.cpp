#include "cli/zstd/zstd_args.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "cli/parse/options.h"

namespace holt::cli {
namespace {

constexpr int kMostThreads = 256;
constexpr std::int64_t kMostPercent = 100;

}  // namespace

void ZstdArgs::on(OptionTable& table, const std::string& names, const std::string& help,
                  std::function<void()> act) {
    const Option* const option = table.add(names, Option::Value::none, {})->help(help);
    readers_[option] = [act = std::move(act)](const std::string&) {
        act();
        return Status{};
    };
}

Option* ZstdArgs::take(OptionTable& table, const std::string& names, Unit unit,
                       const std::string& help, Read read) {
    Option* const option = table.add(names, unit.value, {})->unit(unit.name)->help(help);
    readers_[option] = std::move(read);
    return option;
}

void ZstdArgs::accept(OptionTable& table, const std::string& names, const std::string& help) {
    on(table, names, help, [] {});
}

void ZstdArgs::define(OptionTable& table) {
    table_ = &table;
    add_operands(table, "FILE", files, "the files; - is standard input");
    define_levels(table);
    define_modes(table);
    define_files(table);
    define_frame(table);
    define_tools(table);
    define_hints(table);
}

void ZstdArgs::define_levels(OptionTable& table) {
    const ZstdLevels levels = zstd_levels();
    take(table, "-#,--level", "N",
         fmt::format("level, -1 (fast) to -{} (small); {} unless given, or in $ZSTD_CLEVEL",
                     levels.max, levels.standard),
         [this](const std::string& text) { return read_level("the level", text); });
    take(table, "--fast", optional("N"),
         fmt::format("faster and larger than level 1; --fast={} is the end", -levels.min),
         [this](const std::string& text) { return read_fast(text); })
        ->required();
    on(table, "--ultra",
       fmt::format("allow levels up to -{}, which take up to 128 MiB to decompress", levels.ultra),
       [this] { ultra_ = true; });
    take(table, "--long", optional("N"),
         "find repeats that are up to 2^N bytes apart, 27 unless given; decompress: allow "
         "such windows",
         [this](const std::string& text) { return read_long(text); });
    take(table, "--zstd", "NAME=N,...",
         "choose wlog, hlog, slog, tlen or strategy instead of the level; clog, mml, ovlog and the "
         "names for --long are accepted",
         [this](const std::string& text) { return read_tuning(text); });
    take(table, "-T,--threads", digits(),
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
    on(table, "--single-thread", "read, compress and write on one thread", [this] {
        options.single_thread = true;
        threads_given = false;
    });
}

void ZstdArgs::define_modes(OptionTable& table) {
    const auto filter = [this](ZstdMode mode) {
        action = Action::filter;
        options.mode = mode;
    };
    on(table, "-z,--compress", "compress (the default)", [=] { filter(ZstdMode::compress); });
    on(table, "-d,--decompress,--uncompress", "decompress; with -b, measure only that", [=, this] {
        if (action == Action::bench)
            decompress_bench_ = true;
        else
            filter(ZstdMode::decompress);
    });
    on(table, "-t,--test", "only check that compressed files are whole",
       [=] { filter(ZstdMode::test); });
    on(table, "-l,--list", "tell what is in compressed files; -v: in detail",
       [this] { action = Action::list; });
}

void ZstdArgs::define_files(OptionTable& table) {
    on(table, "-c,--stdout,--to-stdout", "write to standard output, keep the inputs", [this] {
        to_stdout = true;
        output.clear();
    });
    take(table, "-o,--output", apart("OUT"),
         "write to the file OUT; several inputs one behind the other",
         [this](const std::string& text) -> Status {
             if (text.empty()) return usage_error("zstd", "-o needs a file's name");
             output = text;
             to_stdout = false;
             return {};
         });
    take(table, "--output-dir-flat", "DIR", "write each output into the folder DIR",
         [this](const std::string& text) {
             return read_folder("--output-dir-flat", text, flat_folder);
         });
    take(table, "--output-dir-mirror", "DIR",
         "write each output into the folder DIR, with the folders of its input's path",
         [this](const std::string& text) {
             return read_folder("--output-dir-mirror", text, mirror_folder);
         });
    take(table, "--filelist", "LIST", "take the names in the file LIST too, one on each line",
         [this](const std::string& text) {
             filelists.push_back(text);
             return Status{};
         });
    on(table, "-f,--force", "overwrite outputs; follow symlinks; use terminals", [this] {
        force = follows_links = true;
        options.overwrite = true;
    });
    on(table, "-k,--keep", "keep the inputs (the default)", [this] { remove_ = false; });
    on(table, "--rm", "remove each input that a file replaces", [this] { remove_ = true; });
    on(table, "-r,--recursive", "take the files in folders, and in theirs",
       [this] { recursive = true; });
    on(table, "--exclude-compressed", "pass over files whose names say that they are compressed",
       [this] { exclude_compressed = true; });
    on(table, "--sparse", "make holes of zeros, also in what standard output is",
       [this] { options.sparse = ZstdSparse::always; });
    on(table, "--no-sparse", "make no holes", [this] { options.sparse = ZstdSparse::never; });
    on(table, "--progress", "show progress (the default on a terminal)",
       [this] { progress = ProgressWish::always; });
    on(table, "--no-progress", "show no progress", [this] { progress = ProgressWish::never; });
    on(table, "--pass-through", "with -d: copy what is of no known format (the default with -f)",
       [this] { pass_through_ = PassThrough::yes; });
    on(table, "--no-pass-through", "never", [this] { pass_through_ = PassThrough::no; });
}

void ZstdArgs::define_frame(OptionTable& table) {
    take(table, "-D,--dictionary", apart("DICT"), "use the dictionary in the file DICT, both ways",
         [this](const std::string& text) {
             options.dictionary = text;
             return Status{};
         });
    take(table, "--patch-from", "FILE",
         "store only what is not in FILE, which the reader needs too, both ways",
         [this](const std::string& text) {
             options.patch_from = text;
             return Status{};
         });
    on(table, "--no-dictID", "do not state the dictionary's id",
       [this] { options.state_dictionary_id = false; });
    on(table, "-C,--check", "add and check checksums (the default)",
       [this] { options.checksum = true; });
    on(table, "--no-check", "neither add nor check checksums",
       [this] { options.checksum = false; });
    on(table, "--content-size",
       "state the content's size in the frame where it is known (the default)",
       [this] { options.state_size = true; });
    on(table, "--no-content-size", "do not", [this] { options.state_size = false; });
    on(table, "--rsyncable",
       "cut by content, for rsync to find what outputs have in common; not with --long",
       [this] { options.rsyncable = true; });
    take(table, "--stream-size", "SIZE", "standard input has exactly SIZE bytes",
         [this](const std::string& text) -> Status {
             HOLT_TRY_LET(size, size_of("--stream-size", text));
             if (size > 0) options.stream_size = size;
             return {};
         });
    take(table, "-M,--memory,--memlimit,--memlimit-decompress", "SIZE",
         "decompress: the largest window to allow (128MiB); --train: so much of the samples",
         [this](const std::string& text) -> Status {
             HOLT_TRY_LET(memory, size_of("--memory", text));
             if (memory > 0) options.window_limit = memory;
             memory_given_ = memory > 0;
             train_memory = memory;
             return {};
         });
    take(table, "--format", "FORMAT", "compress to zstd (the default) or gzip",
         [this](const std::string& text) -> Status {
             HOLT_TRY_LET(format, parse_word<ZstdFormat>(
                                      {"zstd", "--format"}, text,
                                      {{"zstd", ZstdFormat::zstd}, {"gzip", ZstdFormat::gzip}}));
             options.format = format;
             return {};
         });
}

void ZstdArgs::define_tools(OptionTable& table) {
    take(table, "-b", digits(), "measure speed and ratio on the files, at this level",
         [this](const std::string& text) -> Status {
             action = Action::bench;
             return text.empty() ? Status{} : read_level("-b", text);
         });
    take(table, "-e", digits(), "with -b: up to this level",
         [this](const std::string& text) -> Status {
             HOLT_TRY_LET(level, parse_integer({"zstd", "-e"}, text, 0,
                                               std::numeric_limits<std::int32_t>::max()));
             last_level = static_cast<int>(level);
             last_given_ = true;
             return {};
         });
    take(table, "-i", digits(), "with -b: seconds for each level and way (3)",
         [this](const std::string& text) -> Status {
             HOLT_TRY_LET(time, parse_integer({"zstd", "-i"}, text, 0, 3600));
             bench_seconds = static_cast<double>(time);
             return {};
         });
    on(table, "--show-default-cparams", "tell what the level chooses for each file",
       [this] { show_parameters = true; });
    on(table, "-S", "with -b: each file for itself", [this] { bench_separately = true; });
    take(table, "-P", digits(), "with -b and no files: percent that repeat in what is made up",
         [this](const std::string& text) -> Status {
             HOLT_TRY_LET(percent, parse_integer({"zstd", "-P"}, text, 0, kMostPercent));
             compressibility = static_cast<unsigned>(percent);
             return {};
         });
    take(table, "-B,--block-size", "SIZE", "with -b and --train: cut the files into such blocks",
         [this](const std::string& text) -> Status {
             HOLT_TRY_LET(size, size_of("-B", text));
             block_size = size;
             return {};
         });
    const auto training = [this](const std::string& text) {
        action = Action::train;
        return read_training(text);
    };
    on(table, "--train", "make a dictionary of the files, many small samples",
       [this] { action = Action::train; });
    take(table, "--train-cover,--train-fastcover", optional("k=N,..."),
         "the same with segments of k bytes; d, steps, split, f, accel and shrink are "
         "accepted",
         training);
    take(table, "--train-legacy", optional("s=N"), "the same as --train", training);
    take(table, "--maxdict", "SIZE", "with --train: the largest size (110KiB)",
         [this](const std::string& text) -> Status {
             HOLT_TRY_LET(size, size_of("--maxdict", text));
             max_dict = size;
             return {};
         });
    take(table, "--dictID", "N", "with --train: the dictionary's id",
         [this](const std::string& text) -> Status {
             HOLT_TRY_LET(id, parse_integer({"zstd", "--dictID"}, text, 0,
                                            std::numeric_limits<std::uint32_t>::max()));
             dict_id = static_cast<std::uint32_t>(id);
             return {};
         });
    on(table, "-V,--version", "print the version and exit", [this] {
        action = Action::version;
        ends_ = true;
    });
    on(table, "-H", "the same as --help", [this] {
        action = Action::help;
        ends_ = true;
    });
}

// What makes the program of that name faster or slower, or is for its own tests.
void ZstdArgs::define_hints(OptionTable& table) {
    const std::string none = "accepted; makes no difference here";
    take(table, "--adapt", optional("min=N,max=N"), none,
         [](const std::string& text) { return check_adapt(text); });
    for (const char* names :
         {"--asyncio", "--no-asyncio", "--row-match-finder", "--no-row-match-finder",
          "--compress-literals", "--no-compress-literals", "-n,--no-name"})
        accept(table, names, none);
    for (const char* name : {"--auto-threads", "--priority"})
        take(table, name, "WORD", none, [](const std::string&) { return Status{}; });
    for (const char* name : {"--size-hint", "--target-compressed-block-size"})
        take(table, name, "SIZE", none, [this, name](const std::string& text) -> Status {
            HOLT_TRY(size_of(name, text));
            return {};
        });
    take(table, "-s", digits(), none, [](const std::string&) { return Status{}; });
    on(table, "--fake-stdin-is-console", "as if standard input were a terminal",
       [this] { fake_stdin = true; });
    on(table, "--fake-stdout-is-console", "as if standard output were a terminal",
       [this] { fake_stdout = true; });
    on(table, "--fake-stderr-is-console", "as if standard error were a terminal",
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

}  // namespace holt::cli

// The options of holt zstd: what zstd(1) takes, read in the order in which it was given, so that of
// contradicting ones the last counts. Thread rule: the main thread.
#pragma once

#include <holt/zstd.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "cli/parse/option_table.h"

namespace holt::cli {

inline constexpr char kStdin[] = "-";

class ZstdArgs {
  public:
    enum class Action : std::uint8_t { filter, list, train, bench, version, help };
    enum class ProgressWish : std::uint8_t { automatic, always, never };

    void define(OptionTable& table);
    /// Reads what was given, and works out the members below. `env_words` are told what is wrong
    /// with the environment.
    Status complete(const std::function<void(const std::string&)>& env_words);
    /// What define() declared.
    const OptionTable& table() const noexcept { return *table_; }

    std::vector<std::string> files{};      ///< as named; see zstd_files.h
    std::vector<std::string> filelists{};  ///< files with more names
    Action action = Action::filter;
    ZstdOptions options{};

    // Where the output goes: to standard output, to one file, or beside each input.
    std::string output{};
    bool to_stdout = false;
    std::string flat_folder{}, mirror_folder{};

    int verbosity = 2;  ///< zstd's: 2, more with each -v, less with each -q
    bool force = false;
    bool follows_links = false;
    bool recursive = false;
    bool exclude_compressed = false;
    ProgressWish progress = ProgressWish::automatic;
    // As if these were terminals.
    bool fake_stdin = false, fake_stdout = false, fake_stderr = false;

    int last_level = 0;        ///< benchmark: the last one
    double bench_seconds = 3;  ///< benchmark: for each way and level
    bool bench_separately = false;
    bool show_parameters = false;    ///< compress: tell what the level chooses for each file
    unsigned compressibility = 50;   ///< benchmark without files: percent
    std::uint64_t block_size = 0;    ///< benchmark and training: inputs are cut into blocks of this
    std::uint64_t max_dict = 0;      ///< training: bytes; 0: the default
    std::uint32_t dict_id = 0;       ///< training: 0: derived from the content
    std::size_t segment = 0;         ///< training: 0: the default
    std::uint64_t train_memory = 0;  ///< training: bytes of samples at most; 0: the default

    bool reads_stdin() const;
    bool data_to_stdout() const;

  private:
    using Read = std::function<Status(const std::string&)>;

    /// What help calls a value, and how it is written.
    struct Unit {
        // NOLINTNEXTLINE(google-explicit-constructor): most are a word and nothing else.
        Unit(const char* word, Option::Value how = Option::Value::next) : name(word), value(how) {}
        const char* name;
        Option::Value value;
    };
    static Unit digits() { return {"#", Option::Value::digits}; }
    static Unit apart(const char* name) { return {name, Option::Value::apart}; }
    static Unit optional(const char* name) { return {name, Option::Value::optional}; }

    void on(OptionTable& table, const std::string& names, const std::string& help,
            std::function<void()> act);
    Option* take(OptionTable& table, const std::string& names, Unit unit, const std::string& help,
                 Read read);
    /// Hints that make no difference here.
    void accept(OptionTable& table, const std::string& names, const std::string& help);

    void define_levels(OptionTable& table);
    void define_modes(OptionTable& table);
    void define_files(OptionTable& table);
    void define_frame(OptionTable& table);
    void define_hints(OptionTable& table);
    void define_tools(OptionTable& table);

    Status read_all();
    void read_environment(const std::function<void(const std::string&)>& words);
    /// A size, or the error that plain_error tells too.
    Result<std::uint64_t> size_of(std::string_view option, const std::string& text);
    Result<std::int64_t> number_of(std::string_view option, const std::string& text,
                                   std::int64_t least);
    Status read_level(std::string_view option, const std::string& text);
    Status read_fast(const std::string& text);
    Status read_long(const std::string& text);
    Status out_of_bound(const std::string& text);
    Status read_tuning(const std::string& text);
    Status read_training(const std::string& text);
    static Status check_adapt(const std::string& text);
    Status read_folder(std::string_view option, const std::string& text, std::string& folder);
    Status check();
    void clamp_levels();

    const OptionTable* table_ = nullptr;
    std::unordered_map<const Option*, Read> readers_{};
    bool ends_ = false;  // -V or -H was read: nothing after it counts
    bool compress_ = true;
    bool ultra_ = false, remove_ = false, decompress_bench_ = false;
    enum class PassThrough : std::uint8_t {
        automatic,
        yes,
        no
    } pass_through_ = PassThrough::automatic;
    int level_ = 0;
    bool last_given_ = false, long_given_ = false, memory_given_ = false;

  public:
    /// A word about levels that were out of range, or empty.
    std::string clamped{};
    /// What zstd says of the value that complete() refused, where scripts know it; or empty.
    std::string plain_error{};
    /// The exit code that goes with it. One other than 1 is told in front of the words.
    int plain_code = 1;
    /// The option that was refused, with its value, where there are no such words; or empty.
    std::string incorrect{};
    /// Decompression was asked to use several threads.
    bool threads_given = false;
    /// Benchmark: decompression only, of compressed inputs.
    bool decompress_bench() const noexcept { return decompress_bench_; }
};

}  // namespace holt::cli

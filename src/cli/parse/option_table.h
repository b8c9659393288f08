// What a command takes: its options and operands, declared once. The parser fills in their values,
// --help describes them, and so may everything else that tells of the command line. Values are raw
// bytes; what a text means is decided by the command (options.h). Thread rule: one thread; the
// target of an option must outlive the table.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace holt::cli {

/// Group of the options that every command takes.
inline constexpr char kGlobalGroup[] = "Options of every command";

class Option {
  public:
    /// How the value of an option is written.
    enum class Value : std::uint8_t {
        none,      ///< a switch
        next,      ///< behind '=', behind the letter (-oOUT), or as the next argument
        optional,  ///< behind '=', or there is none
        digits,    ///< of a letter: the digits behind it, or none; letters may follow (-b1e9)
        apart,     ///< behind '=', or as the next argument; letters may follow (-fo OUT, -of OUT)
    };
    using Target = std::variant<std::monostate, bool*, std::string*, std::vector<std::string>*>;

    /// `names`: as in "-o,--output"; an operand's name has no dash.
    Option(std::string_view names, Value value, Target target);

    Option* unit(std::string text);                 ///< what help calls the value
    Option* help(std::string text);                 ///< what help says
    Option* group(std::string text);                ///< heading in help
    Option* words(std::vector<std::string> words);  ///< that the value may be, if these are all
    Option* required();  ///< usage error: without the operand, or with nothing behind '='

    std::size_t count() const noexcept { return count_; }  ///< how often it was given
    bool is_operand() const noexcept { return short_names_.empty() && long_names_.empty(); }
    /// Operands of any number end in one that takes the rest.
    bool takes_many() const noexcept {
        return std::holds_alternative<std::vector<std::string>*>(target_);
    }
    bool is_required() const noexcept { return required_; }
    Value value() const noexcept { return value_; }
    /// "--output" or, without a long name, "-o"; an operand's as it was declared.
    std::string name() const;
    bool has_name(std::string_view dashed) const noexcept;
    const std::string& short_names() const noexcept { return short_names_; }
    const std::vector<std::string>& long_names() const noexcept { return long_names_; }
    const std::string& unit() const noexcept { return unit_; }
    const std::string& help() const noexcept { return help_; }
    const std::string& group() const noexcept { return group_; }
    const std::vector<std::string>& words() const noexcept { return words_; }

    /// One more value (empty for a switch): the last one counts, or all of a list.
    void take(const std::string& value);

  private:
    std::string short_names_;  // one letter each
    std::vector<std::string> long_names_;
    std::string operand_name_, unit_, help_;
    std::vector<std::string> words_;
    std::string group_ = "Options";
    Target target_;
    Value value_;
    bool required_ = false;
    std::size_t count_ = 0;
};

class OptionTable {
  public:
    /// One option or operand as it was given.
    struct Given {
        const Option* option = nullptr;
        std::string value;
    };

    /// `command`: its name for messages; empty for the program itself.
    explicit OptionTable(std::string command = {}) : command_(std::move(command)) {}
    OptionTable(const OptionTable&) = delete;
    OptionTable& operator=(const OptionTable&) = delete;

    /// The option stays where it is as long as the table.
    Option* add(std::string_view names, Option::Value value, Option::Target target);

    const std::string& command() const noexcept { return command_; }
    const std::deque<Option>& options() const noexcept { return options_; }
    Option* find_long(std::string_view name) noexcept;
    Option* find_short(char letter) noexcept;
    std::vector<std::string> long_names() const;

    void take(Option& option, std::string value);
    void take_operand(const std::string& value);

    /// Everything that was given, first to last.
    const std::vector<Given>& given() const noexcept { return given_; }
    /// Operands that have no place.
    const std::vector<std::string>& extra() const noexcept { return extra_; }
    /// The first required operand that was not given, or null.
    const Option* missing() const noexcept;

  private:
    std::string command_;
    std::deque<Option> options_;
    std::vector<Given> given_;
    std::vector<std::string> extra_;
};

}  // namespace holt::cli

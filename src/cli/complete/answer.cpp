#include "cli/complete/answer.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>

namespace holt::cli {
namespace {

using OpenStore = std::function<Result<Store>(const std::string& store)>;

/// Help's first few words are what fits beside a word.
std::string brief(std::string_view help) {
    constexpr std::size_t kMost = 60;
    help = help.substr(0, help.find('\n'));
    if (help.size() <= kMost) return std::string(help);
    return std::string(help.substr(0, help.rfind(' ', kMost))) + " ...";
}

/// Where the word that is being written stands.
class Place {
  public:
    Place(CommandLine& line, const std::vector<std::string>& arguments) : line_(line) {
        if (arguments.empty()) return;
        word_ = arguments.back();
        for (std::size_t i = 0; i + 1 < arguments.size(); ++i) step(arguments[i]);
    }

    const std::string& word() const noexcept { return word_; }
    /// The option whose value the word is, or null.
    const Option* pending() const noexcept { return pending_; }
    bool options_ended() const noexcept { return ended_; }
    const OptionTable* command() const noexcept { return command_; }
    const std::string& store() const noexcept { return store_; }
    const std::vector<std::string>& operands() const noexcept { return operands_; }
    const std::string& first_word() const noexcept { return first_word_; }

    const OptionTable& table() const noexcept {
        return command_ != nullptr ? *command_ : line_.globals_table();
    }
    const Option* find_option(std::string_view dashed) const {
        for (const Option& option : table().options())
            if (!option.is_operand() && option.has_name(dashed)) return &option;
        return nullptr;
    }
    /// What the operand that the word is was declared as, or null.
    const Option* operand() const noexcept {
        if (command_ == nullptr) return nullptr;
        std::size_t at = 0;
        for (const Option& option : command_->options()) {
            if (!option.is_operand()) continue;
            if (at == operands_.size() || option.takes_many()) return &option;
            ++at;
        }
        return nullptr;
    }

  private:
    void step(const std::string& word) {
        if (pending_ != nullptr) return take_value(word);
        if (!ended_ && word == "--") {
            ended_ = true;
        } else if (!ended_ && word.size() > 1 && word[0] == '-') {
            const std::size_t equals = word.find('=');
            const Option* option = find_option(word.substr(0, equals));
            if (option == nullptr) return;
            const auto value = option->value();
            const bool wants = value == Option::Value::next || value == Option::Value::apart;
            pending_ = wants ? option : nullptr;
            if (pending_ != nullptr && equals != std::string::npos)
                take_value(word.substr(equals + 1));
        } else if (command_ == nullptr) {
            name_command(word);
        } else {
            operands_.push_back(word);
        }
    }
    void take_value(const std::string& value) {
        if (pending_->has_name("--store")) store_ = value;
        pending_ = nullptr;
    }
    void name_command(const std::string& word) {
        const std::string name = first_word_.empty() ? word : first_word_ + " " + word;
        command_ = line_.table_of(name);
        if (command_ == nullptr) first_word_ = word;
    }

    CommandLine& line_;
    std::string word_, store_, first_word_;
    const Option* pending_ = nullptr;
    OptionTable* command_ = nullptr;
    std::vector<std::string> operands_;
    bool ended_ = false;
};

void add_snapshots(Store& store, const std::string& beginning, Answer& answer) {
    constexpr std::size_t kShortId = 12;
    const auto all = store.list();
    if (!all) return;
    std::set<std::string> seen;
    const auto add = [&](const std::string& word, const SnapshotInfo& info) {
        if (word.empty() || !word.starts_with(beginning) || !seen.insert(word).second) return;
        answer.words.emplace_back(word, info.source);
    };
    if (std::string_view("latest").starts_with(beginning) && !all->empty())
        add("latest", all->back());
    for (auto info = all->rbegin(); info != all->rend(); ++info) {
        add(info->name, *info);
        add(info->key, *info);
        // Ids are offered to who begins to write one.
        if (beginning.size() >= 2) add(info->id.hex().substr(0, kShortId), *info);
    }
}

/// SNAP:SUB, where SUB is being written.
void add_paths(Store& store, const std::string& snap, const std::string& beginning,
               const std::string& before, Answer& answer) {
    const std::size_t slash = beginning.rfind('/');
    const std::string folder = slash == std::string::npos ? "" : beginning.substr(0, slash);
    bool first = true;
    static_cast<void>(store.ls(snap, folder, {}, [&](const EntryInfo& entry) {
        if (std::exchange(first, false)) return;  // the folder itself
        if (!entry.path.starts_with(beginning)) return;
        answer.words.emplace_back(
            before + entry.path + (entry.kind == EntryKind::folder ? "/" : ""), "");
    }));
}

/// What stands for something: the name of an operand, or what help calls an option's value.
void add_values(std::string_view unit, const std::string& word, const Place& place,
                const OpenStore& open, Answer& answer) {
    if (unit == "DIR" || unit == "DEST" || unit == "FOLDER" || unit == "STORE") {
        answer.kind = Answer::Kind::folders;
    } else if (unit == "FILE" || unit == "PATH" || unit == "A" || unit == "B") {
        answer.kind = Answer::Kind::files;
    } else if (unit == "SHELL") {
        for (const char* shell : {"bash", "zsh", "fish"})
            if (std::string_view(shell).starts_with(word)) answer.words.emplace_back(shell, "");
    }
    const bool snap = unit.starts_with("SNAP") || unit == "A" || unit == "B";
    if (!snap && unit != "KEY") return;
    auto store = open(place.store());
    if (!store) return;
    add_snapshots(*store, word, answer);
    const std::size_t colon = word.find(':');
    if (colon != std::string::npos && store->find(word.substr(0, colon)))
        add_paths(*store, word.substr(0, colon), word.substr(colon + 1), word.substr(0, colon + 1),
                  answer);
}

void add_option_values(const Option& option, const std::string& word, const std::string& before,
                       const Place& place, const OpenStore& open, Answer& answer) {
    for (const std::string& one : option.words())
        if (one.starts_with(word)) answer.words.emplace_back(before + one, "");
    if (!option.words().empty()) return;
    add_values(option.unit(), word, place, open, answer);
    for (auto& [value, help] : answer.words) value = before + value;
}

void add_options(const Place& place, Answer& answer) {
    for (const Option& option : place.table().options()) {
        if (option.is_operand()) continue;
        const auto add = [&](const std::string& name) {
            if (name.starts_with(place.word()))
                answer.words.emplace_back(name, brief(option.help()));
        };
        for (const std::string& name : option.long_names()) add("--" + name);
        if (place.word() != "-" || !option.long_names().empty()) continue;
        for (const char letter : option.short_names())
            if (letter != '#') add(std::string("-") + letter);
    }
}

void add_commands(CommandLine& line, const Place& place, Answer& answer) {
    std::set<std::string> seen;
    for (const CommandInfo& info : line.infos()) {
        std::string name = info.name;
        if (!place.first_word().empty()) {
            if (!name.starts_with(place.first_word() + " ")) continue;
            name.erase(0, place.first_word().size() + 1);
        }
        const std::size_t space = name.find(' ');
        if (space != std::string::npos) name.resize(space);
        if (name.starts_with(place.word()) && seen.insert(name).second)
            answer.words.emplace_back(name, brief(info.description));
    }
}

}  // namespace

Answer answer(CommandLine& line, const std::vector<std::string>& arguments, const OpenStore& open) {
    const Place place(line, arguments);
    Answer answer;
    const std::string& word = place.word();
    const std::size_t equals = word.find('=');
    if (place.pending() != nullptr) {
        add_option_values(*place.pending(), word, "", place, open, answer);
    } else if (!place.options_ended() && word.starts_with("--") && equals != std::string::npos) {
        if (const Option* option = place.find_option(word.substr(0, equals)))
            add_option_values(*option, word.substr(equals + 1), word.substr(0, equals + 1), place,
                              open, answer);
    } else if (!place.options_ended() && word.starts_with('-')) {
        add_options(place, answer);
    } else if (place.command() == nullptr) {
        add_commands(line, place, answer);
    } else if (const Option* operand = place.operand()) {
        for (const std::string& one : operand->words())
            if (one.starts_with(word)) answer.words.emplace_back(one, "");
        if (operand->words().empty()) add_values(operand->name(), word, place, open, answer);
    }
    return answer;
}

}  // namespace holt::cli

#include "cli/complete/scripts.h"

namespace holt::cli {
namespace {

// The answer: a line that says what else may stand there ("words", "files", "folders"), then a line
// for each word, with what help says of it behind a tab.

// bash breaks words at ':' and '=' too, which stand in SNAP:SUB and --option=value; so the line is
// read again as a whole, and what bash takes for the word gets the end of each answer.
constexpr std::string_view kBash = R"script(# Completion of holt for bash, by holt itself.
_holt() {
    local line=${COMP_LINE:0:COMP_POINT} kind word current prefix
    local -a words
    read -r -a words <<<"$line"
    [[ $line == *[[:space:]] ]] && words+=("")
    current=${words[${#words[@]}-1]}
    prefix=${current%"${COMP_WORDS[COMP_CWORD]}"}
    [[ ${COMP_WORDS[COMP_CWORD]} == [:=] ]] && prefix=$current
    COMPREPLY=()
    {
        read -r kind
        while IFS=$'\t' read -r word _; do
            [[ $word == "$prefix"* ]] && COMPREPLY+=("${word#"$prefix"}")
        done
    } < <("${words[0]}" completion --answer -- "${words[@]:1}" 2>/dev/null)
    case $kind in
    files) compopt -o default 2>/dev/null ;;
    folders) compopt -o dirnames 2>/dev/null ;;
    esac
    [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *[=/:] ]] && compopt -o nospace 2>/dev/null
    return 0
}
complete -F _holt holt
)script";

constexpr std::string_view kZsh = R"script(#compdef holt
# Completion of holt for zsh, by holt itself.
_holt() {
    local kind word text
    local -a found shown
    {
        IFS= read -r kind
        while IFS=$'\t' read -r word text; do
            found+=("$word")
            shown+=("$word${text:+  -- $text}")
        done
    } < <("${words[1]}" completion --answer -- "${(@)words[2,CURRENT]}" 2>/dev/null)
    (( $#found )) && compadd -Q -l -d shown -a found
    case $kind in
    files) _files ;;
    folders) _files -/ ;;
    esac
}
if [[ $funcstack[1] == _holt ]]; then _holt "$@"; else compdef _holt holt; fi
)script";

constexpr std::string_view kFish = R"script(# Completion of holt for fish, by holt itself.
function __holt_answer
    set -l words (commandline -opc) (commandline -ct)
    set -l answer (command $words[1] completion --answer -- $words[2..-1] 2>/dev/null)
    switch "$answer[1]"
        case files
            __fish_complete_path (commandline -ct)
        case folders
            __fish_complete_directories (commandline -ct)
    end
    printf '%s\n' $answer[2..-1]
end
complete -c holt -f -a '(__holt_answer)'
)script";

}  // namespace

std::string_view name(Shell shell) noexcept {
    switch (shell) {
        case Shell::bash:
            return "bash";
        case Shell::zsh:
            return "zsh";
        case Shell::fish:
            return "fish";
    }
    return "bash";
}

std::string_view completion_script(Shell shell) noexcept {
    switch (shell) {
        case Shell::bash:
            return kBash;
        case Shell::zsh:
            return kZsh;
        case Shell::fish:
            return kFish;
    }
    return kBash;
}

}  // namespace holt::cli

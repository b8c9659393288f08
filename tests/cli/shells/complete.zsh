# complete.zsh LINE: what becomes of LINE when a tab is pressed at its end, in a shell with a terminal of its own.
zmodload zsh/zpty
zpty -b z zsh -f -i
zpty -w z 'PS1=; PROMPT=; unsetopt prompt_sp; autoload -Uz compinit; compinit -u -D'
zpty -w z 'eval "$(holt completion zsh)"'
zpty -w z 'show() { print -r -- "LINE=$BUFFER=END"; zle kill-whole-line }; zle -N show; bindkey "^X" show'
zpty -w z 'print rea"dy"'
# Reads until there is PATTERN.
read_until() {
    out=
    repeat 100 do
        zpty -r -t z part && out+=$part
        [[ $out == ${~1} ]] && return
        sleep 0.1
    done
}
read_until '*ready*'
zpty -w -n z "$1"$'\t\x18'
read_until '*=END*'
print -r -- ${${out##*LINE=}%%=END*}

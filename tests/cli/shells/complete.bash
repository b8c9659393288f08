# complete.bash LINE WORD...: what bash offers at the end of LINE, which it has split into WORDs.
eval "$(holt completion bash)"
COMP_LINE=$1 COMP_POINT=${#1}
shift
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_holt 2>/dev/null
printf '%s\n' "${COMPREPLY[@]}"

# Completion of varve for bash. In ~/.bashrc: source <(varve completion bash)
_varve() {
  local line="${COMP_LINE:0:COMP_POINT}" current="${COMP_WORDS[COMP_CWORD]}" reply
  # Readline splits words at "=" and ":": what stands before them is there already, and nothing completes "=" itself.
  [[ $line == *[[:space:]=:] ]] && current=''
  local word="${line##*[[:space:]]}"
  local before="${word%"$current"}"
  COMPREPLY=()
  while IFS= read -r reply; do
    # Bash inserts a candidate as it is, and names of members come from files: a quoted one runs no command.
    printf -v reply %q "${reply#"$before"}"
    COMPREPLY+=("$reply")
  done < <("${COMP_WORDS[0]}" completion bash --line "$line" 2>/dev/null)
  [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace 2>/dev/null
  return 0
}
complete -o default -F _varve varve

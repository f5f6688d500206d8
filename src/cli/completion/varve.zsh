#compdef varve
# Completion of varve for zsh. In ~/.zshrc, after compinit: source <(varve completion zsh)
_varve() {
  local -a lines closed open
  local line text
  lines=("${(@f)$("${words[1]}" completion zsh --line "${(j: :)words[1,CURRENT-1]} ${(q)${(Q)PREFIX}}" 2>/dev/null)}")
  for line in $lines; do
    text="${${line%%$'\t'*}//:/\\:}"
    [[ $line == *$'\t'* ]] && line="$text:${line#*$'\t'}" || line="$text"
    if [[ $text == *= ]]; then open+=("$line"); else closed+=("$line"); fi
  done
  (( $#closed || $#open )) || { _files; return }
  (( $#closed )) && _describe -V 'varve' closed
  (( $#open )) && _describe -V 'varve' open -S ''
  return 0
}
if [[ $funcstack[1] == _varve ]]; then _varve "$@"; else compdef _varve varve; fi

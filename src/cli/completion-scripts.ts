/** Shell scripts that hand the words of the command line to `cachefarm __complete`. */

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** Works with bash 3.2 and without the package bash-completion. Partition names have colons, at which bash breaks words. */
const BASH = `_cachefarm() {
  local line=\${COMP_LINE:0:COMP_POINT} words cur prefix
  read -ra words <<<"$line"
  case $line in *[[:space:]]) words+=('') ;; esac
  cur=\${words[\${#words[@]}-1]}
  local IFS=$'\\n'
  COMPREPLY=($(compgen -W "$(cachefarm __complete -- "\${words[@]:1}" 2>/dev/null)" -- "$cur"))
  case $cur:$COMP_WORDBREAKS in *:*:*)
    prefix=\${cur%"\${cur##*:}"}
    COMPREPLY=("\${COMPREPLY[@]#"$prefix"}") ;;
  esac
}
complete -o default -F _cachefarm cachefarm
`;

const ZSH = `#compdef cachefarm
_cachefarm() {
  local -a found
  found=("\${(@f)$(cachefarm __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n \${found[1]} ]]; then compadd -- $found; else _files; fi
}
compdef _cachefarm cachefarm
`;

const FISH = `function __cachefarm_complete
  set -l words (commandline -opc) (commandline -ct)
  cachefarm __complete -- $words[2..-1] 2>/dev/null
end
complete -c cachefarm -a '(__cachefarm_complete)'
`;

export const completionScript = (shell: Shell): string => ({ bash: BASH, zsh: ZSH, fish: FISH })[shell];

# SPDX-License-Identifier: Apache-2.0
# Completion of sluice(1) for bash. The program answers, so that nothing is listed here.
#
# readline divides words also at characters such as = and :, and at quotation marks, and replaces only the part behind the
# last one, which is $2. The function asks for the whole word without quotes. It adds to the text as it was typed what is
# missing, and leaves out the part that readline keeps.
_sluice() {
  local program=${1/#\~\//$HOME/} line=${COMP_LINE:0:COMP_POINT} words=() typed='' plain='' open='' char at
  for ((at = 0; at < ${#line}; ++at)); do
    char=${line:at:1}
    if [[ ! $open && $char == [[:blank:]] ]]; then
      [[ $typed ]] && words+=("$plain")
      typed='' plain=''
      continue
    fi
    typed+=$char
    if [[ $char == \\ && $open != \' ]]; then
      ((++at))
      char=${line:at:1}
      typed+=$char
      [[ $open && $char != [\"\\\$\`] ]] && plain+=\\
      plain+=$char
    elif [[ $open && $char == "$open" ]]; then
      open=''
    elif [[ ! $open && $char == [\"\'] ]]; then
      open=$char
    else
      plain+=$char
    fi
  done

  local lines head paths continues prefix found candidate rest kept=${typed%"$2"}
  mapfile -t lines < <("$program" complete -- "${words[@]:1}" "$plain" 2>/dev/null)
  ((${#lines[@]})) || return
  head=${lines[0]}
  paths=${head%%$'\t'*} head=${head#*$'\t'}
  continues=${head%%$'\t'*} prefix=${head#*$'\t'}
  lines=("${lines[@]:1}")
  [[ $continues == continues ]] && compopt -o nospace
  COMPREPLY=()
  if [[ $paths != none ]]; then # readline quotes the names of files
    [[ $paths == files ]] && paths=-f || paths=-d
    mapfile -t found < <(compgen "$paths" -- "${plain#"$prefix"}")
    COMPREPLY=("${lines[@]%%$'\t'*}" "${found[@]/#/$prefix}")
    kept=${kept//[\"\'\\]/}
    COMPREPLY=("${COMPREPLY[@]#"$kept"}")
    compopt -o filenames
    return
  fi
  for candidate in "${lines[@]%%$'\t'*}"; do
    rest=${candidate#"$plain"}
    case $open in
      \') rest=${rest//\'/\'\\\'\'} ;;
      \") rest=${rest//\\/\\\\} rest=${rest//\"/\\\"} rest=${rest//\$/\\\$} rest=${rest//\`/\\\`} ;;
      *) [[ $rest == *[!A-Za-z0-9_.,:=/@%+^-]* ]] && printf -v rest %q "$rest" ;;
    esac
    candidate=$typed$rest
    COMPREPLY+=("${candidate#"$kept"}")
  done
}
complete -F _sluice sluice

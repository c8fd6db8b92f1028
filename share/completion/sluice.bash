# SPDX-License-Identifier: Apache-2.0
# Completion of sluice(1) for bash. The program answers, so that nothing is listed here.
#
# readline divides words also at characters such as = and :, and replaces only the part behind the last one. The function
# joins the parts again, asks for the whole word, and removes the part that readline keeps.
_sluice() {
  local program=${1/#\~\//$HOME/} rest=${COMP_LINE:0:COMP_POINT} part words=()
  for part in "${COMP_WORDS[@]:0:COMP_CWORD+1}"; do
    if ((${#words[@]})) && [[ $rest != [[:blank:]]* ]]; then
      part=${part:0:${#rest}}
      words[-1]+=$part
    else
      rest=${rest#"${rest%%[![:blank:]]*}"}
      part=${part:0:${#rest}}
      words+=("$part")
    fi
    rest=${rest#"$part"}
  done

  local current=${words[-1]} kept
  if [[ $current == *[\"\']* ]]; then # readline completes what follows an open quotation mark
    kept=${current%[\"\']*}
    current=$kept${current#"$kept"?}
  else
    local breaks=${COMP_WORDBREAKS//[\"\'@]/}
    kept=${current%"${current##*[${breaks:-=}]}"}
    [[ $breaks ]] || kept=
  fi
  words=("${words[@]//[\"\'\\]/}")
  words[-1]=$current

  local lines head paths continues prefix found
  mapfile -t lines < <("$program" complete -- "${words[@]:1}" 2>/dev/null)
  ((${#lines[@]})) || return
  head=${lines[0]}
  paths=${head%%$'\t'*} head=${head#*$'\t'}
  continues=${head%%$'\t'*} prefix=${head#*$'\t'}
  COMPREPLY=("${lines[@]:1}")
  COMPREPLY=("${COMPREPLY[@]%%$'\t'*}")
  if [[ $paths != none ]]; then
    [[ $paths == files ]] && paths=-f || paths=-d
    mapfile -t found < <(compgen $paths -- "${current#"$prefix"}")
    COMPREPLY+=("${found[@]/#/$prefix}")
    compopt -o filenames
  fi
  [[ $continues == continues ]] && compopt -o nospace
  COMPREPLY=("${COMPREPLY[@]#"$kept"}")
}
complete -F _sluice sluice

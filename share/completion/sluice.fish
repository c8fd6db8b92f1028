# SPDX-License-Identifier: Apache-2.0
# Completion of sluice(1) for fish. The program answers, so that nothing is listed here.

# Prints the paths that begin with a text without quotation marks, directories with a slash. "~/" in front stays.
function __sluice_paths
    set -l home
    string match -q '~/*' -- "$argv[1]"; and set home $HOME
    set -l rest (string replace -r '^~/' / -- "$argv[1]")
    set -l paths "$home$rest"*
    for path in $paths
        test -d $path; and set path $path/
        set -q home[1]; and set path "~"(string sub -s (math (string length -- $home) + 1) -- $path)
        echo $path
    end
end

function __sluice_complete
    set -l words (commandline -opc)
    set -l token (commandline -ct)
    set -l current (string unescape -- "$token")
    set -l lines ($words[1] complete -- $words[2..-1] "$current" 2>/dev/null)
    set -l head (string split \t -- $lines[1])
    for line in $lines[2..-1]
        echo $line
    end
    # fish adds a space behind the only candidate. With two candidates it inserts their common part.
    if test "$head[2]" = continues -a (count $lines) -eq 2
        set -l only (string split \t -- $lines[2])[1]
        string match -q '*=' -- $only; or echo $only,\t'and a further one'
    end
    set -l path (string sub -s (math (string length -- "$head[3]") + 1) -- "$current")
    set -l paths
    switch "$head[1]"
        case files
            set paths (__sluice_paths "$path")
        case directories
            set paths (__sluice_paths "$path" | string match '*/')
    end
    for line in $paths
        echo "$head[3]$line"
    end
end
complete -c sluice -f -a '(__sluice_complete)'

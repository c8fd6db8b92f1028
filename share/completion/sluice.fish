# SPDX-License-Identifier: Apache-2.0
# Completion of sluice(1) for fish. The program answers, so that nothing is listed here.
function __sluice_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct | string replace -ra '["\']' '')
    set -l lines ($words[1] complete -- $words[2..-1] "$current" 2>/dev/null)
    set -l head (string split \t -- $lines[1])
    for line in $lines[2..-1]
        echo $line
    end
    set -l path (string sub -s (math (string length -- "$head[3]") + 1) -- "$current")
    set -l paths
    switch "$head[1]"
        case files
            set paths (__fish_complete_path "$path")
        case directories
            set paths (__fish_complete_directories "$path")
    end
    for line in $paths
        echo "$head[3]$line"
    end
end
complete -c sluice -f -a '(__sluice_complete)'

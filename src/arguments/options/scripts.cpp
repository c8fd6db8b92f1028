// SPDX-License-Identifier: Apache-2.0
#include "arguments/options/entry.hpp"

namespace sluice::arguments {

namespace {

using namespace entry;

Done script(Draft& draft, std::string_view value) {
  draft.line.options.scripts = true;
  return append<&Options::script_rules>(draft, value);
}
Done services(Draft& draft, std::string_view value) {
  draft.line.options.fast = true;
  return text<&Options::services_file>(draft, value);
}

std::string built_in_memory(const CommandLine& line) {
  return line.options.script_memory ? size_text(*line.options.script_memory) : "";
}
std::string built_in_receive_limit(const CommandLine& line) { return size_text(line.options.receive_limit); }

constexpr Option kScriptOptions[] = {
    {.name = "sC",
     .member = true,
     .users = kRunAndExplain,
     .apply = set<&Options::scripts, true>,
     .help = "run the default scripts",
     .text = "runs the scripts of category `default`. Beside `--script` it adds nothing."},
    {.name = "script",
     .value = kRules,
     .users = kRunAndExplain,
     .apply = script,
     .help = "run these scripts: names, globs, categories, directories, expressions",
     .text = "runs the scripts that these rules select: names, globs, categories, directories, expressions with `and`, "
             "`or`, `not`. May be given several times."},
    {.name = "script-args",
     .value = list_of({Takes::Value, "ARGS", ValueKind::ScriptArguments}),
     .users = kRunAndExplain,
     .resumable = true,
     .apply = text<&Options::script_args>,
     .help = "arguments of scripts, as name=value",
     .text = "arguments of scripts. The last `--script-args` counts. `--script-args ''` gives none."},
    {.name = "script-args-file",
     .value = kFile,
     .users = kRunAndExplain,
     .apply = text<&Options::script_args_file>,
     .help = "read arguments of scripts from FILE",
     .text = "reads arguments from FILE. The last `--script-args-file` counts. sluice looks for FILE among the data "
             "files, then in the current directory."},
    {.name = "script-help",
     .value = kRules,
     .apply = append<&Options::script_help>,
     .help = "print the descriptions of scripts",
     .text = "prints the descriptions of the selected scripts",
     .instead_in_settings = kNoRun,
     .instead_in_explain = kNamesHosts},
    {.name = "script-updatedb",
     .apply = set<&Options::update_script_db, true>,
     .help = "write script.db again",
     .text = "writes `script.db`. If the data directory is read-only, the file goes to `$XDG_CACHE_HOME/sluice` "
             "(`~/.cache/sluice`). Scripts that this build cannot load keep their entries.",
     .instead_in_settings = kNoRun,
     .instead_in_explain = kNamesHosts},
    {.name = "script-timeout",
     .value = kTime,
     .users = kRunAndExplain,
     .resumable = true,
     .apply = time<&Options::script_timeout>,
     .help = "kill a script after this time",
     .text = "time after which a script is killed; 0 means none; `-T5` sets 10 minutes",
     .built_in = shown<&Options::script_timeout>},
    {.name = "script-burst",
     .value = kTime,
     .own = true,
     .users = kRunAndExplain,
     .resumable = true,
     .apply = time<&Options::script_burst>,
     .help = "kill a script after this CPU time without waiting (60s; 0: no limit)",
     .text = "CPU budget of a script: CPU time without waiting, over all its slices, after which it is killed. The "
             "default is 60 s; 0 means no limit.",
     .built_in = shown<&Options::script_burst>},
    {.name = "script-slice",
     .value = kTime,
     .own = true,
     .resumable = true,
     .apply = time<&Options::script_slice>,
     .help = "preempt a script after this CPU time without waiting (1s, then every 50ms)",
     .text = "CPU time after which a script that does not wait is preempted so that other scripts run, and the length "
             "of each further slice. Without the option, and with 0, the first limit is 1 s and each slice 50 ms.",
     .built_in = shown<&Options::script_slice>},
    {.name = "script-memory",
     .value = kBytes,
     .own = true,
     .users = kRunAndExplain,
     .resumable = true,
     .apply = script_memory,
     .help = "limit of the memory of all scripts (half of the memory, at most 4G; 0: no limit)",
     .text = "limit of the memory of all scripts together. If the memory runs short, the script that holds the most is "
             "killed ([memory.md](memory.md)). The default is half of the memory of the machine, of `ulimit -v` or of "
             "the container (control groups version 2), at most 4G; 0 means no limit.",
     .built_in = built_in_memory},
    {.name = "receive-limit",
     .value = kBytes,
     .own = true,
     .resumable = true,
     .apply = value_by<&Options::receive_limit, read_size>,
     .help = "limit of one receive call of a script (16M)",
     .text = "limit of the bytes that one receive call of a script gathers: `65536`, `64k`, `16M` (the default), `1G`",
     .built_in = built_in_receive_limit},
    {.name = "unsafe-lua",
     .own = true,
     .users = kRunAndExplain,
     .apply = set<&Options::unsafe_lua, true>,
     .help = "allow C modules from any place, bytecode and all of debug",
     .text = "allows scripts to use functions that can crash the process: C modules from other places, binary chunks, "
             "all of `debug` ([unsafe-lua.md](unsafe-lua.md))"},
    {.name = "script-trace",
     .apply = set<&Options::script_trace, true>,
     .help = "print the data that scripts send and receive",
     .text = "prints the data that scripts send and receive"},
    {.name = "packet-trace",
     .apply = packet_trace,
     .help = "print each probe, and the data of scripts",
     .text = "prints each probe; includes `--script-trace`"},
    {.name = "datadir",
     .value = {Takes::Value, "DIR", ValueKind::Directory},
     .users = users_of(Wish::Run, Wish::Scripts, Wish::Check, Wish::Explain),
     .apply = text<&Options::datadir>,
     .help = "look for scripts and data files in DIR first",
     .text = "looks for scripts and data files in DIR first"},
    {.name = "servicedb",
     .value = kFile,
     .users = kRunAndExplain,
     .choices = choices_of(Choice::Services),
     .apply = services,
     .help = "read FILE instead of nmap-services",
     .text = "reads FILE instead of `nmap-services`; implies `-F`, and may be combined with `-p`"},
};

}  // namespace

const OptionSection kScriptsSection{"Scripts", "", kScriptOptions};

}  // namespace sluice::arguments

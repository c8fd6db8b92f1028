// SPDX-License-Identifier: Apache-2.0
#include "manual/facts.hpp"

namespace sluice::manual {

namespace {

constexpr Term kSignals[] = {
    {"SIGINT, SIGTERM, SIGHUP, SIGQUIT", "stops the run in order; the reports are complete"},
    {"a second one of these",
     "ends the process at once, with complete reports if they can be written within one second. Hosts with running "
     "scripts are reported with their results so far."},
    {"SIGUSR1", "prints the statistics of `--stats-every`"},
    {"SIGTSTP", "stops the process until SIGCONT; its [status block](#status-block) is gone until then"},
};

constexpr Term kKeys[] = {
    {"`v`, `V`", "raise, lower the verbosity by one; `nmap.verbosity` of scripts changes with it"},
    {"`d`, `D`", "raise, lower the debugging level by one"},
    {"`?`", "list the keys"},
    {"any other",
     "print the progress of the run, as SIGUSR1 does; with `-d2` also each live script thread with its Lua traceback "
     "and "
     "its pending operation"},
};

constexpr Term kExitCodes[] = {
    {"0", "The run reached its end, whatever it found and whichever scripts failed."},
    {"1",
     "The engine failed; or probes could not be sent, so that ports or hosts are unknown; or `--max-time` has expired. "
     "The cause is on stderr and in the reports, which are complete."},
    {"2",
     "The run was refused before it started. The cause and `QUITTING!` are on stderr. Without any argument sluice "
     "prints "
     "the usage text and returns this code. The code also means that `--targets-from` had lines and none gave a port; "
     "the reports are complete then."},
    {"3",
     "A report or the journal is not complete, or the journal cannot be written: its file system is full, read-only or "
     "fails."},
    {"130, 143, 129, 131",
     "The run was stopped in order by SIGINT, SIGTERM, SIGHUP, SIGQUIT; or it was ended at once by a second signal."},
};

constexpr Term kEnvironment[] = {
    {"NMAPDIR", "a directory in which scripts and data files are searched, after `--datadir`"},
    {"NMAP_PRIVILEGED, NMAP_UNPRIVILEGED", "as `--privileged`, `--unprivileged`"},
    {"XDG_STATE_HOME",
     "runs are kept in the directory `sluice` below it, instead of `~/.local/state`. A path that is not absolute is "
     "ignored."},
    {"XDG_CACHE_HOME", "`--script-updatedb` writes there if the data directory is read-only, instead of `~/.cache`"},
    {"XDG_CONFIG_HOME",
     "the file `sluice/sluice.toml` below it has settings, instead of `~/.config`. A path that is not absolute is "
     "ignored."},
    {"HOME", "the directory of the history and the settings are below it"},
    {"SUDO_UID",
     "if it is set for root, the history and the settings are those of root, whatever `HOME` is, and a journal may be "
     "in a directory of this user"},
    {"SLUICE_MAX_RATE",
     "as `--max-rate`. Each other option with a long name has such a variable, too ([settings.md](settings.md)). For "
     "an "
     "option without a value the text is `true` or `false`. An empty variable counts as absent."},
    {"SLUICE_CONFIG, SLUICE_PROFILE", "as `--config`, `--profile`"},
    {"SLUICE_NO_CONFIG", "with the text `true`: reads no settings, neither from files nor from the other variables"},
    {"NO_COLOR", "if it is not empty, there are no [colours](#colours) without `--color always`"},
    {"TERM",
     "if it is missing or `dumb`, there are no colours without `--color always`, and there is no [status "
     "block](#status-block)"},
    {"LD_PRELOAD",
     "a library such as proxychains may direct TCP connections through a proxy. A warning says what bypasses it."},
};

constexpr Term kFiles[] = {
    {"/usr/share/nmap", "scripts, libraries and data files of Nmap"},
    {"~/.nmap", "the same of the user, which take precedence"},
    {"/etc/sluice/sluice.toml", "settings of all users ([settings.md](settings.md))"},
    {"~/.config/sluice/sluice.toml", "settings of the user, which take precedence"},
    {"~/.local/state/sluice", "journals of the last runs of more than three seconds, readable for their owner only"},
    {"~/.cache/sluice", "`script.db`, if the data directory is read-only"},
};

constexpr Term kExamples[] = {
    {"sluice -sV -sC -oA out 192.0.2.0/24",
     "Detect the services of a network, run the default scripts on them, and write all reports."},
    {"masscan -p 22,80,443 192.0.2.0/24 -oL - | sluice --targets-from - -sC -oX report.xml",
     "Take open ports from another tool. Scripts start while lines still arrive."},
    {"nmap -sV -oX - 192.0.2.0/24 | sluice --targets-from - --script vuln",
     "Run scripts on what a scan of Nmap found."},
    {"sluice -iL hosts -sC --socket-slots 500 --host-slots 4",
     "Open at most 500 connections at a time, and at most 4 to one host."},
    {"sluice -sV -sC --journal scan.db -iL hosts", "Write everything down as it happens."},
    {"sluice --resume scan.db", "Continue this run after a crash or Ctrl-C."},
    {"sluice diff @prev @last", "Show what has changed since the last scan."},
    {"sluice -iL hosts -p 80,443 -sC --workers auto -oX report.xml", "Use all cores. The report is the same."},
};

}  // namespace

std::span<const Term> signals() { return kSignals; }
std::span<const Term> keys() { return kKeys; }
std::span<const Term> exit_codes() { return kExitCodes; }
std::span<const Term> environment_variables() { return kEnvironment; }
std::span<const Term> files() { return kFiles; }
std::span<const Term> examples() { return kExamples; }

}  // namespace sluice::manual

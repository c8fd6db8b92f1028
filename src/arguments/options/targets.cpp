// SPDX-License-Identifier: Apache-2.0
#include "arguments/options/entry.hpp"

namespace sluice::arguments {

namespace {

using namespace entry;

/// -n takes precedence in any order: no name may be looked up then.
Done always_resolve(Draft& draft, std::string_view) {
  auto& reverse = draft.line.options.reverse_dns;
  if (reverse != Options::ReverseDns::Never) reverse = Options::ReverseDns::Always;
  return {};
}
template <Family wanted>
Done family(Draft& draft, std::string_view) {
  return choose_family(draft, wanted);
}

constexpr Option kTargetOptions[] = {
    {.name = "iL",
     .value = kFile,
     .apply = text<&Options::input_list>,
     .help = "read targets from FILE; - is standard input",
     .text = "reads targets from FILE; `-` is standard input. Targets on the command line are then ignored with a "
             "warning.",
     .instead_in_settings = kOfOneRun,
     .instead_in_explain = kNamesHosts},
    {.name = "targets-from",
     .value = kFile,
     .own = true,
     .choices = choices_of(Choice::Ports, Choice::ExcludedPorts, Choice::Services, Choice::ScanTypes, Choice::Pings,
                           Choice::LinkPings),
     .apply = text_once<&Options::targets_from>,
     .help = "read known open ports: lines ip:port, or a report of a scanner",
     .text = "reads known open ports ([Known ports](#known-ports---targets-from)): lines "
             "`ip:port[/protocol][,service[,hostname]]`, or a report of a scanner; `-` is standard input. Nothing is "
             "scanned, so the option excludes other targets and all options that choose ports. `-sV` detects the "
             "services that came without a version.",
     .instead_in_settings = kOfOneRun,
     .instead_in_explain = kNamesHosts},
    {.name = "exclude",
     .value = kList,
     .apply = exclude,
     .help = "exclude these targets",
     .text = "excludes these targets. May be given several times. `--exclude ''` excludes nothing.",
     .instead_in_explain = kNamesHosts},
    {.name = "excludefile",
     .value = kFile,
     .apply = text<&Options::exclude_file>,
     .help = "exclude the targets in FILE",
     .text = "excludes the targets in FILE",
     .instead_in_explain = kNamesHosts},
    {.name = "resolve-all",
     .apply = set<&Options::resolve_all, true>,
     .help = "scan all addresses of a name",
     .text = "scans all addresses of a name"},
    {.name = "unique",
     .apply = set<&Options::unique_targets, true>,
     .help = "scan each address once",
     .text = "scans each address once"},
    {.name = "randomize-hosts",
     .apply = set<&Options::shuffle_targets, true>,
     .help = "scan the targets in random order",
     .text = "draws each target at random from the next 16384 targets, which bounds the memory"},
    {.name = "rH", .alias = true, .apply = set<&Options::shuffle_targets, true>},
    {.name = "shard",
     .value = text_value("I/N"),
     .own = true,
     .apply = value_by<&Options::shard, read_part>,
     .help = "take part I (1 to N) of N parts of the targets",
     .text = "takes part I of N parts of the targets ([Part of the targets](#part-of-the-targets---shard))",
     .instead_in_explain = kNamesHosts,
     .built_in = shown<&Options::shard>},
    {.name = "n",
     .choices = choices_of(Choice::Names),
     .apply = set<&Options::reverse_dns, Options::ReverseDns::Never>,
     .help = "never look up the names of addresses",
     .together = "never, always look up the names of addresses",
     .text = "never, always looks up the names of addresses; `-n` overrides `-R` in any order. Without both, sluice "
             "looks up the names of hosts that are up."},
    {.name = "R",
     .choices = choices_of(Choice::Names),
     .apply = always_resolve,
     .help = "always look up the names of addresses"},
    {.name = "dns-servers",
     .value = kList,
     .users = kRunAndExplain,
     .choices = choices_of(Choice::Resolver),
     .apply = dns_servers,
     .help = "use these DNS servers",
     .text = "resolves names with these servers. An entry is an address with or without a port: `9.9.9.9`, "
             "`127.0.0.1:5353`, `[::1]:5353`."},
    {.name = "system-dns",
     .users = kRunAndExplain,
     .choices = choices_of(Choice::Resolver),
     .apply = note<&Draft::system_dns>,
     .help = "use the DNS servers of the system",
     .text = "ignores `--dns-servers` with a warning"},
    {.name = "4",
     .users = kRunAndExplain,
     .choices = choices_of(Choice::Family),
     .apply = family<Family::Inet>,
     .help = "scan IPv4 addresses",
     .together = "address family",
     .text = "the address family of the run; they exclude each other",
     .built_in = shown_flag<&Options::family, Family::Inet>},
    {.name = "6",
     .users = kRunAndExplain,
     .choices = choices_of(Choice::Family),
     .apply = family<Family::Inet6>,
     .help = "scan IPv6 addresses"},
};

}  // namespace

const OptionSection kTargetsSection{"Targets", "  host, 10.0.0.0/24, 10.0.0-3.*, ::1 (with -6)\n", kTargetOptions};

}  // namespace sluice::arguments

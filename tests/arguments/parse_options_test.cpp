// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <sluice/command_line.hpp>

#include "arguments/option_table.hpp"
#include "arguments/parsed.hpp"

namespace sluice::arguments {
namespace {

using namespace std::chrono_literals;

TEST(ParseCommandLine, DefaultsEqualDefaultsOfOptions) {
  const Options parsed = options({"127.0.0.1"});
  EXPECT_EQ(parsed.targets, std::vector<std::string>{"127.0.0.1"});
  EXPECT_EQ(parsed.command_line, (std::vector<std::string>{"sluice", "127.0.0.1"}));
  EXPECT_TRUE(parsed.tcp_scan && parsed.port_scan && parsed.discovery);
  EXPECT_FALSE(parsed.udp_scan || parsed.scripts || parsed.reason);
  EXPECT_EQ(parsed.timing, 3);
}

TEST(ParseCommandLine, ColourIsAutomaticUnlessChosen) {
  EXPECT_EQ(command({"a"}).colour, Colour::Auto);
  EXPECT_EQ(command({"--color", "always", "a"}).colour, Colour::Always);
  EXPECT_EQ(command({"show", "r.xml", "--color", "never"}).colour, Colour::Never);
  EXPECT_EQ(command({"--color", "never", "--color=auto", "a"}).colour, Colour::Auto);
  EXPECT_EQ(error({"--color", "red", "a"}), "--color: \"red\" is neither auto nor always nor never");
}

TEST(ParseCommandLine, ExplainHasTheOptionsOfARunExceptThoseForReports) {
  const CommandLine parsed =
      command({"explain", "-sC", "-p", "80", "-T4", "--only", "banner", "--from", "a.db", "--json", "192.0.2.1:80"});
  EXPECT_EQ(parsed.wish, CommandLine::Wish::Explain);
  EXPECT_EQ(parsed.operands, std::vector<std::string>{"192.0.2.1:80"});
  EXPECT_EQ(parsed.options.script_rules, std::vector<std::string>{"default"});
  EXPECT_EQ(parsed.options.ports, "80");
  EXPECT_EQ(parsed.only, std::vector<std::string>{"banner"});
  EXPECT_EQ(parsed.from, "a.db");
  EXPECT_TRUE(parsed.changes);
  for (const char* option : {"-oX", "--journal", "--resume"})
    EXPECT_EQ(
        error({"explain", option, "x", "192.0.2.1"}),
        std::string(option) + ": the command explain has no such option; for a target of this name write -- explain");
  EXPECT_EQ(error({"--only", "banner", "192.0.2.1"}).substr(0, 6), "--only");
}

TEST(ParseCommandLine, ExplainWarnsOfOptionsWithoutEffectOnce) {
  const auto warnings = [](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "explain");
    arguments.emplace_back("a");
    return command(std::move(arguments)).warnings;
  };
  using Lines = std::vector<std::string>;
  EXPECT_EQ(warnings({"-sC", "-T4", "-p80"}), Lines{});
  EXPECT_EQ(warnings({"-n"}), Lines{"-n: has no effect on explain"});
  EXPECT_EQ(warnings({"-rn", "-PS22", "-PE", "-n", "--max-rate=5"}),
            Lines{"-r, -n, -PS, -PE, --max-rate: have no effect on explain"});
  EXPECT_EQ(warnings({"--traceroute", "-sV"}), Lines{"--traceroute: has no effect on explain"});
}

TEST(ParseCommandLine, ExplainRefusesOptionsThatNameOtherTargets) {
  const std::string why = ": rules are explained for hosts and ports that are named; leave it out";
  EXPECT_EQ(error({"explain", "--exclude", "a", "b"}), "explain: --exclude" + why);
  EXPECT_EQ(error({"explain", "-sCn", "b"}), "explain: -sn" + why);
}

TEST(ParseCommandLine, OptionsOfDiffAreParsed) {
  const CommandLine parsed = command({"diff", "--json", "a", "--all", "--by-name", "--strict", "--why", "b"});
  EXPECT_EQ(parsed.wish, CommandLine::Wish::Diff);
  EXPECT_EQ(parsed.operands, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(parsed.changes, ChangeFormat::Json);
  EXPECT_TRUE(parsed.compare.all && parsed.compare.by_name && parsed.compare.strict && parsed.compare.why);
  EXPECT_TRUE(command({"--all", "a"}).options.all_ports) << "an abbreviation of --allports outside of diff";
}

TEST(ParseCommandLine, CommandLineWithScriptAndLevelsIsParsed) {
  const Options parsed = options({"-v", "-d", "--datadir", ".", "--max-parallelism", "50", "-PN", "-n", "-p", "9000",
                                  "--script", "lots_scripts", "127.0.0.1"});
  EXPECT_EQ(parsed.verbosity, 2);
  EXPECT_EQ(parsed.debugging, 1);
  EXPECT_EQ(parsed.datadir, ".");
  EXPECT_EQ(parsed.max_parallelism, 50u);
  EXPECT_FALSE(parsed.discovery);
  EXPECT_EQ(parsed.reverse_dns, Options::ReverseDns::Never);
  EXPECT_EQ(parsed.ports, "9000");
  EXPECT_EQ(parsed.script_rules, std::vector<std::string>{"lots_scripts"});
  EXPECT_TRUE(parsed.scripts);
}

TEST(ParseCommandLine, TargetOptionsAreParsed) {
  const Options parsed = options({"--exclude", "10.0.0.1, a", "--exclude", "b", "--excludefile", "x", "--resolve-all",
                                  "-R", "--dns-servers", "9.9.9.9,127.0.0.1:5353,[::1]:53,::1", "-6", "::1"});
  EXPECT_EQ(parsed.exclude, (std::vector<std::string>{"10.0.0.1", "a", "b"}));
  EXPECT_EQ(parsed.exclude_file, "x");
  EXPECT_TRUE(parsed.resolve_all);
  EXPECT_EQ(parsed.reverse_dns, Options::ReverseDns::Always);
  EXPECT_EQ(parsed.dns_servers.size(), 4u);
  EXPECT_EQ(parsed.family, Family::Inet6);
  EXPECT_EQ(options({"-iL", "-"}).input_list, "-");
  EXPECT_EQ(options({"--targets-from", "-"}).targets_from, "-");
  EXPECT_TRUE(options({"-sL", "a"}).list_only);
  EXPECT_EQ(options({"a"}).shard.count, 1u);
  EXPECT_EQ(options({"--shard", "2/8", "a"}).shard.number, 2u);
  EXPECT_EQ(options({"--shard=2/8", "a"}).shard.count, 8u);
}

TEST(ParseCommandLine, PortAndScanOptionsAreParsed) {
  const Options parsed = options({"-sTU",
                                  "-p-",
                                  "--exclude-ports",
                                  "22",
                                  "--top-ports",
                                  "10",
                                  "--port-ratio",
                                  "0.5",
                                  "-r",
                                  "--open",
                                  "--reason",
                                  "-e",
                                  "lo",
                                  "-S",
                                  "127.0.0.2",
                                  "-g53",
                                  "--ttl",
                                  "3",
                                  "--data-length",
                                  "7",
                                  "--unprivileged"});
  EXPECT_TRUE(parsed.tcp_scan && parsed.udp_scan);
  EXPECT_EQ(parsed.ports, "-");
  EXPECT_EQ(parsed.exclude_ports, "22");
  EXPECT_EQ(parsed.top_ports, 10u);
  EXPECT_EQ(parsed.port_ratio, 0.5);
  EXPECT_TRUE(parsed.sequential && parsed.open_only && parsed.reason);
  EXPECT_EQ(parsed.interface, "lo");
  EXPECT_EQ(parsed.source, Address::parse("127.0.0.2"));
  EXPECT_EQ(parsed.source_port, 53);
  EXPECT_EQ(parsed.ttl, 3);
  EXPECT_EQ(parsed.data_length, 7u);
  EXPECT_EQ(parsed.privileged, false);
  EXPECT_TRUE(options({"-F", "a"}).fast);
  EXPECT_EQ(options({"--privileged", "a"}).privileged, true);
}

TEST(ParseCommandLine, NamedScanTypesReplaceDefault) {
  EXPECT_FALSE(options({"-sU", "a"}).tcp_scan);
  EXPECT_TRUE(options({"-sU", "-sT", "a"}).tcp_scan);
  EXPECT_TRUE(options({"-sC", "a"}).tcp_scan);
  EXPECT_FALSE(options({"-sn", "a"}).port_scan);
  EXPECT_FALSE(options({"-sP", "a"}).port_scan);
}

TEST(ParseCommandLine, TimingAndBudgetOptionsAreParsed) {
  const Options parsed = options({"-T",
                                  "aggressive",
                                  "--max-retries",
                                  "0",
                                  "--initial-rtt-timeout",
                                  "300ms",
                                  "--min-rtt-timeout",
                                  "200ms",
                                  "--max-rtt-timeout",
                                  "1s",
                                  "--host-timeout",
                                  "1m",
                                  "--scan-delay",
                                  "5ms",
                                  "--max-scan-delay",
                                  "6ms",
                                  "--min-hostgroup",
                                  "2",
                                  "--max-hostgroup",
                                  "3",
                                  "--min-parallelism",
                                  "4",
                                  "-M",
                                  "5",
                                  "--socket-slots",
                                  "6",
                                  "--host-slots",
                                  "7",
                                  "--receive-limit",
                                  "1M",
                                  "--script-memory",
                                  "2G",
                                  "--workers",
                                  "4",
                                  "--max-time",
                                  "30m",
                                  "a"});
  EXPECT_EQ(parsed.workers, 4u);
  EXPECT_EQ(parsed.timing, 4);
  EXPECT_EQ(parsed.max_retries, 0u);
  EXPECT_EQ(parsed.initial_rtt_timeout, 300ms);
  EXPECT_EQ(parsed.min_rtt_timeout, 200ms);
  EXPECT_EQ(parsed.max_rtt_timeout, 1s);
  EXPECT_EQ(parsed.host_timeout, 1min);
  EXPECT_EQ(parsed.scan_delay, 5ms);
  EXPECT_EQ(parsed.max_scan_delay, 6ms);
  EXPECT_EQ(parsed.max_time, 30min);
  EXPECT_EQ(parsed.min_hostgroup, 2u);
  EXPECT_EQ(parsed.max_hostgroup, 3u);
  EXPECT_EQ(parsed.min_parallelism, 4u);
  EXPECT_EQ(parsed.max_parallelism, 5u);
  EXPECT_EQ(parsed.socket_slots, 6u);
  EXPECT_EQ(parsed.host_slots, 7u);
  EXPECT_EQ(parsed.receive_limit, 1u << 20);
  EXPECT_EQ(parsed.script_memory, std::size_t{2} << 30);
}

TEST(ParseCommandLine, ScriptOptionsAreParsed) {
  const Options parsed = options({"-sC", "--script", "a", "--script=b", "--script-args", "x=1", "--script-args-file",
                                  "f", "--script-timeout", "9", "--script-burst", "2", "--script-trace", "--unsafe-lua",
                                  "--servicedb", "s", "h"});
  EXPECT_EQ(parsed.script_rules, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(options({"-sC", "h"}).script_rules, std::vector<std::string>{"default"});
  EXPECT_EQ(options({"--script", "a", "-A", "h"}).script_rules, std::vector<std::string>{"a"});
  EXPECT_EQ(parsed.script_args, "x=1");
  EXPECT_EQ(parsed.script_args_file, "f");
  EXPECT_EQ(parsed.script_timeout, 9s);
  EXPECT_EQ(parsed.script_burst, 2s);
  EXPECT_TRUE(parsed.script_trace);
  EXPECT_TRUE(parsed.unsafe_lua);
  EXPECT_FALSE(options({"a"}).unsafe_lua);
  EXPECT_FALSE(parsed.packet_trace);
  EXPECT_EQ(parsed.services_file, "s");
  EXPECT_TRUE(parsed.fast);
  EXPECT_EQ(options({"--script-help", "a", "--script-help", "b"}).script_help, (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(options({"--script-updatedb"}).update_script_db);
  EXPECT_TRUE(options({"--packet-trace", "a"}).script_trace);
  EXPECT_TRUE(options({"--packet-trace", "a"}).packet_trace);
}

TEST(ParseCommandLine, LevelOptionsRaiseOrSetLevel) {
  EXPECT_EQ(options({"-v", "-v", "a"}).verbosity, 2);
  EXPECT_EQ(options({"-vvv", "a"}).verbosity, 3);
  EXPECT_EQ(options({"--vv", "a"}).verbosity, 2);
  EXPECT_EQ(options({"-v5", "a"}).verbosity, 5);
  EXPECT_EQ(options({"-dd", "a"}).debugging, 2);
  EXPECT_EQ(options({"-dd", "a"}).verbosity, 2);
  EXPECT_EQ(options({"-d3", "-v", "a"}).verbosity, 4);
  EXPECT_EQ(options({"-v", "-d3", "a"}).verbosity, 3);
  EXPECT_EQ(options({"-v9", "-vvv", "a"}).verbosity, 10);
  EXPECT_TRUE(command({"-v0", "a"}).quiet);
  EXPECT_FALSE(command({"-v0", "-v", "a"}).quiet);
  EXPECT_EQ(error({"-vd", "a"}), "-v: \"d\" is not a whole number");
}

TEST(ParseCommandLine, OutputsAreKeptInOrder) {
  const CommandLine parsed = command({"-oX", "-", "-oN", "a-%Y", "-oA", "all", "-oJ", "e.ndjson", "-oM", "m",
                                      "--append-output", "--stats-every", "5s", "h"});
  EXPECT_EQ(parsed.outputs, (std::vector<OutputFile>{{Format::Xml, "-"},
                                                     {Format::Text, "a-2026"},
                                                     {Format::Text, "all.nmap"},
                                                     {Format::Grepable, "all.gnmap"},
                                                     {Format::Xml, "all.xml"},
                                                     {Format::Json, "e.ndjson"},
                                                     {Format::Grepable, "m"}}));
  EXPECT_TRUE(parsed.append_output);
  EXPECT_EQ(parsed.options.stats_every, 5s);
  EXPECT_FALSE(parsed.stylesheet);
  EXPECT_EQ(command({"--no-stylesheet", "a"}).stylesheet, "");
  EXPECT_EQ(command({"--stylesheet", "x.xsl", "a"}).stylesheet, "x.xsl");
}

TEST(ParseCommandLine, InvalidOutputsAreRefused) {
  EXPECT_EQ(error({"-oX", "-", "-oG", "-"}), "-oG: only one format can go to standard output");
  EXPECT_EQ(error({"-oA", "-"}), "-oA: three formats cannot go to standard output");
  EXPECT_EQ(error({"-oN", "-sT"}), "-oN: \"-sT\" looks like an option; a file of that name is ./-sT");
  EXPECT_EQ(error({"-oN", ""}), "-oN: the file name is empty");
  EXPECT_EQ(error({"-oX-", "a"}), "-o: use -oN, -oX, -oG, -oJ or -oA, with a space before the file name");
}

TEST(ParseCommandLine, HelpAndVersionOptionsAreParsed) {
  EXPECT_EQ(command({}).wish, CommandLine::Wish::Help);
  EXPECT_EQ(command({"-h"}).wish, CommandLine::Wish::Help);
  EXPECT_EQ(command({"--help", "-sn", "-p1"}).wish, CommandLine::Wish::Help);
  EXPECT_EQ(command({"-V"}).wish, CommandLine::Wish::Version);
  EXPECT_EQ(command({"a"}).wish, CommandLine::Wish::Run);
}

TEST(ParseCommandLine, WorkersDefaultToOneAndAutoGivesZero) {
  EXPECT_EQ(options({"a"}).workers, 1u);
  EXPECT_EQ(options({"--workers", "auto", "a"}).workers, 0u);
}

TEST(ParseCommandLine, InvalidValueErrorNamesOptionAndValue) {
  EXPECT_EQ(error({"--max-retries", "x"}), "--max-retries: \"x\" is not a whole number");
  EXPECT_EQ(error({"--max-ret", "x"}), "--max-retries: \"x\" is not a whole number");
  EXPECT_EQ(error({"-M", "99999999999"}), "-M: 99999999999 is not between 0 and 4294967295");
  EXPECT_EQ(error({"-g", "65536"}), "-g: 65536 is not between 0 and 65535");
  EXPECT_EQ(error({"--host-timeout", "5x"}), "--host-timeout: \"5x\" is not a time such as 30, 1.5s, 100ms, 5m or 2h");
  EXPECT_EQ(error({"--shard", "8"}), "--shard: \"8\" is not a part such as 2/8 (the second of 8 parts)");
  EXPECT_EQ(error({"--max-time", "1d"}), "--max-time: \"1d\" is not a time such as 30, 1.5s, 100ms, 5m or 2h");
  EXPECT_EQ(error({"--workers", "0"}), "--workers: 0 is not between 1 and 1024 (auto: one per core)");
  EXPECT_EQ(error({"--workers", "all"}), "--workers: \"all\" is not a whole number (auto: one per core)");
  EXPECT_EQ(error({"-S", "nobody"}), "-S: \"nobody\" is not a numeric address");
  EXPECT_EQ(error({"--dns-servers", ","}), "--dns-servers: the list is empty");
  EXPECT_EQ(error({"--exclude", ","}), "--exclude: the list is empty");
  EXPECT_EQ(error({"-Tslow"}),
            "-T: \"slow\" is not a timing template; the templates are 0 to 5, paranoid, sneaky, polite, normal, "
            "aggressive, insane");
  EXPECT_EQ(error({"-p1", "-p2"}), "-p: is given twice; put all values into one option");
  EXPECT_EQ(error({"--bogus"}), "--bogus: unknown option; sluice -h lists the options");
}

TEST(ParseCommandLine, ContradictoryOptionsAreRefused) {
  EXPECT_EQ(error({"-4", "-6"}), "-6: -4 and -6 exclude each other");
  EXPECT_EQ(error({"-sT", "-sn", "a"}), "-sT: -sn scans no ports; leave one of them out");
  EXPECT_EQ(error({"-sS", "-sL", "a"}), "-sS: -sL scans no ports; leave one of them out");
  EXPECT_EQ(error({"--targets-from", "f", "-sT"}), "-sT: --targets-from scans nothing; leave one of them out");
}

TEST(ParseCommandLine, ValuesAndCombinationsAreNotChecked) {
  EXPECT_EQ(options({"--ttl", "256", "a"}).ttl, 256);
  EXPECT_EQ(options({"-v11", "a"}).verbosity, 11);
  EXPECT_EQ(options({"-T6", "a"}).timing, 6);
  EXPECT_EQ(options({"--max-rate", "-1", "a"}).max_rate, -1);
  EXPECT_EQ(options({"-e", "", "a"}).interface, "");
  EXPECT_EQ(options({"--host-timeout", "0", "-T5", "a"}).host_timeout, 0ms);
  EXPECT_FALSE(options({"-T5", "-d", "a"}).host_timeout);
  EXPECT_FALSE(options({"-T5", "-d", "a"}).reason);
  EXPECT_EQ(error({"-F", "-p1", "a"}), "accepted");
  EXPECT_EQ(error({"-sL", "-sU", "a"}), "accepted");
  EXPECT_EQ(error({"--targets-from", "f", "a"}), "accepted");
}

TEST(ParseCommandLine, NoReverseDnsTakesPrecedenceInAnyOrder) {
  EXPECT_EQ(options({"-n", "-R", "a"}).reverse_dns, Options::ReverseDns::Never);
  EXPECT_EQ(options({"-R", "-n", "a"}).reverse_dns, Options::ReverseDns::Never);
}

TEST(ParseCommandLine, InputListReplacesTargetsOfCommandLineWithWarning) {
  const CommandLine parsed = command({"-iL", "f", "a"});
  EXPECT_TRUE(parsed.options.targets.empty());
  ASSERT_EQ(parsed.warnings.size(), 1u);
  EXPECT_EQ(parsed.warnings[0], "-iL f: the targets on the command line are ignored");
}

TEST(ParseCommandLine, FirstTargetThatResemblesACommandIsNoted) {
  EXPECT_EQ(command({"-n", "scrpts", "x"}).meant, "scripts");
  EXPECT_EQ(command({"-n", "show", "x"}).meant, "show");
  EXPECT_FALSE(command({"-n", "127.0.0.1", "show"}).meant);
  EXPECT_FALSE(command({"show", "x"}).meant);
}

TEST(ParseCommandLine, MissingReportPartCausesOneWarning) {
  using Warnings = std::vector<std::string>;
  EXPECT_EQ(command({"-O", "--osscan-limit", "--osscan-guess", "--fuzzy", "--max-os-tries", "2", "a"}).warnings,
            Warnings{"-O: the report lacks operating systems, because sluice does not detect them"});
  EXPECT_EQ(command({"--traceroute", "--traceroute", "a"}).warnings,
            Warnings{"--traceroute: the report lacks routes, because sluice does not trace them"});
}

TEST(ParseCommandLine, SynScanBecomesConnectScanWithWarning) {
  const CommandLine parsed = command({"-sSU", "a"});
  EXPECT_TRUE(parsed.options.tcp_scan);
  EXPECT_TRUE(parsed.options.udp_scan);
  EXPECT_EQ(parsed.warnings,
            std::vector<std::string>{"-sS: sluice scans by connections (-sT), which find the same open ports"});
}

TEST(ParseCommandLine, SystemDnsOverridesDnsServersWithWarning) {
  const CommandLine parsed = command({"--dns-servers", "127.0.0.1", "--system-dns", "a"});
  EXPECT_TRUE(parsed.options.dns_servers.empty());
  EXPECT_EQ(parsed.warnings, std::vector<std::string>{"--dns-servers: is ignored, because --system-dns is given"});
  EXPECT_TRUE(command({"--system-dns", "a"}).warnings.empty());
}

TEST(ParseCommandLine, UniqueAndShuffleOptionsAreParsed) {
  EXPECT_TRUE(options({"--unique", "a"}).unique_targets);
  EXPECT_TRUE(options({"--randomize-hosts", "a"}).shuffle_targets);
  EXPECT_TRUE(options({"--rH", "a"}).shuffle_targets);
  EXPECT_FALSE(options({"a"}).unique_targets || options({"a"}).shuffle_targets);
}

TEST(ParseCommandLine, EmptyScriptArgumentsAndExclusionsAreAccepted) {
  EXPECT_EQ(options({"--script-args", "", "a"}).script_args, "");
  EXPECT_TRUE(options({"--exclude", "", "a"}).exclude.empty());
  EXPECT_EQ(error({"--exclude", " , ", "a"}), "--exclude: the list is empty");
}

TEST(ParseCommandLine, FileNameWithTypographicDashIsRefused) {
  EXPECT_EQ(error({"-oX", "\u2013", "a"}),
            "-oX: \"\u2013\" begins with an en dash (U+2013); a file of that name is ./\u2013");
}

TEST(ParseCommandLine, UnsupportedOptionIsRefusedByName) {
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{{"--proxies", "x"},
                                                                                         {"-sA"},
                                                                                         {"-sF"},
                                                                                         {"-sN"},
                                                                                         {"-sX"},
                                                                                         {"-sW"},
                                                                                         {"-sM"},
                                                                                         {"-sY"},
                                                                                         {"-sZ"},
                                                                                         {"-sO"},
                                                                                         {"-sI", "h"},
                                                                                         {"-b", "h"},
                                                                                         {"-D", "h"},
                                                                                         {"-f"},
                                                                                         {"--mtu", "8"},
                                                                                         {"--spoof-mac", "0"},
                                                                                         {"--badsum"},
                                                                                         {"--data", "0"},
                                                                                         {"--data-string", "x"},
                                                                                         {"--ip-options", "x"},
                                                                                         {"-iR", "5"},
                                                                                         {"-oS", "f"},
                                                                                         {"-PY80"},
                                                                                         {"-PM"},
                                                                                         {"-PO1"},
                                                                                         {"-PEx"},
                                                                                         {"--send-eth"}}) {
    const std::string message = error(arguments);
    EXPECT_TRUE(message.starts_with(arguments[0].substr(0, 3))) << message;
    EXPECT_GT(message.size(), arguments[0].size() + 10) << message;
    EXPECT_EQ(message.find("no such"), std::string::npos) << message;
    EXPECT_EQ(message.find('\n'), std::string::npos);
  }
  EXPECT_TRUE(error({"-sTA", "a"}).starts_with("-sA: ")) << "the member of a cluster is named";
  EXPECT_TRUE(error({"-sq", "a"}).starts_with("-sq: unknown scan type"));
}

TEST(ParseCommandLine, DiscoveryPortsAreAttachedToOption) {
  const Options parsed = options({"-PS22,80-90", "-PA", "-PU53", "a"});
  EXPECT_EQ(parsed.syn_pings, "22,80-90");
  EXPECT_EQ(parsed.ack_pings, "");
  EXPECT_EQ(parsed.udp_pings, "53");
  EXPECT_TRUE(parsed.discovery);
  EXPECT_FALSE(options({"-PS22", "-Pn", "a"}).discovery);
  EXPECT_FALSE(options({"a"}).syn_pings);
  EXPECT_EQ(error({"-PS22", "-PS23", "a"}), "-PS: is given twice; put all ports into one option");
}

TEST(ParseCommandLine, PingOptionsAreIndependent) {
  EXPECT_FALSE(options({"a"}).echo_pings || options({"a"}).timestamp_pings || options({"a"}).arp_pings_asked);
  EXPECT_TRUE(options({"a"}).arp_pings);
  const Options parsed = options({"-sn", "-PE", "-PP", "-PR", "-PS22", "a"});
  EXPECT_TRUE(parsed.echo_pings && parsed.timestamp_pings && parsed.arp_pings_asked && parsed.discovery);
  EXPECT_EQ(parsed.syn_pings, "22");
  EXPECT_FALSE(options({"-PE", "a"}).timestamp_pings);
  for (const char* const option : {"--disable-arp-ping", "--send-ip"})
    EXPECT_FALSE(options({option, "-PR", "a"}).arp_pings) << option;
}

TEST(ParseCommandLine, RatesAreDecimalNumbers) {
  EXPECT_EQ(options({"--max-rate", "100", "a"}).max_rate, 100);
  EXPECT_EQ(options({"--min-rate", "0.5", "a"}).min_rate, 0.5);
  for (const std::string bad : {"5k", "abc", "nan", "inf", "1e999", ""})
    EXPECT_EQ(error({"--max-rate", bad, "a"}), "--max-rate: \"" + bad + "\" is not a number");
}

TEST(ParseCommandLine, ResumeWithinNeedsResume) {
  EXPECT_EQ(command({"--resume", "a.db", "--resume-within", "2h"}).resume_within, 2h);
  EXPECT_EQ(error({"--resume-within", "2h", "127.0.0.1"}),
            "--resume-within: has a meaning with --resume only; leave it out, or name the journal");
}

TEST(WithoutOptions, OptionsAndTheirValuesAreRemovedInEachSpelling) {
  const std::vector<std::string> arguments{"sluice", "-n",  "-oX",     "a.xml", "-oX=b.xml", "--shard=1/2", "-p",
                                           "80",     "-Pn", "--shard", "2/3",   "--",        "-oX",         "c"};
  const std::vector<std::string_view> names{"oX", "shard"};
  EXPECT_EQ(without_options(arguments, names),
            (std::vector<std::string>{"sluice", "-n", "-p", "80", "-Pn", "--", "-oX", "c"}));
}

TEST(ParseCommandLine, AbbreviationIsResolvedAmongNmapOptionsOnly) {
  EXPECT_EQ(options({"--host", "5", "a"}).host_timeout, 5s) << "--host-slots must not make it ambiguous";
  EXPECT_EQ(options({"--max-p", "5", "a"}).max_parallelism, 5u);
  EXPECT_TRUE(error({"--script-t", "5", "a"}).starts_with("--script-t: is ambiguous; it may mean "));
  EXPECT_EQ(error({"--max-r", "5"}), "--max-r: is ambiguous; it may mean --max-retries, --max-rtt-timeout, --max-rate");
}

TEST(ParseCommandLine, OwnOptionsRequireFullName) {
  for (const Option& option : option_table()) {
    if (!option.own) continue;
    const std::string name(option.name);
    for (std::size_t length = 2; length < name.size(); ++length) {
      const std::string cut = "--" + name.substr(0, length);
      const std::string message = error({cut, "1"});
      const bool suggested = message.find("unknown option; did you mean") != std::string::npos;
      EXPECT_TRUE(suggested || message.find(name) == std::string::npos) << cut << " leads to " << message;
    }
    for (const Option& other : option_table())
      EXPECT_FALSE(!other.own && other.name.starts_with(name))
          << name << " would take an abbreviation of " << other.name << " away";
  }
}

TEST(OptionTable, NamesAreUniqueAndRefusalsHaveReasons) {
  std::vector<std::string_view> seen;
  for (const Option& option : option_table()) {
    EXPECT_EQ(std::count(seen.begin(), seen.end(), option.name), 0) << option.name;
    seen.push_back(option.name);
    EXPECT_EQ(option.apply == nullptr, !option.instead.empty()) << option.name;
  }
}

}  // namespace
}  // namespace sluice::arguments

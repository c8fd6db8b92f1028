// SPDX-License-Identifier: Apache-2.0
#include "arguments/option_table.hpp"

#include <algorithm>
#include <array>

#include "arguments/option_actions.hpp"
#include "arguments/option_values.hpp"

namespace sluice::arguments {

namespace {

using Done = Result<void>;

// Actions of most options: they read the value into a member of Options. engine/check_options.hpp checks its range.

template <auto Member>
Done number(Draft& draft, std::string_view value) {
  using Field = typename std::decay_t<decltype(draft.line.options.*Member)>::value_type;
  auto read = read_number<Field>(value);
  if (!read) return read.error();
  draft.line.options.*Member = *read;
  return {};
}
template <auto Member, auto Read>
Done value_by(Draft& draft, std::string_view value) {
  auto read = Read(value);
  if (!read) return read.error();
  draft.line.options.*Member = *read;
  return {};
}
template <auto Member>
constexpr auto time = value_by<Member, read_time>;
template <auto Member>
constexpr auto decimal = value_by<Member, read_decimal>;
template <auto Member>
Done text(Draft& draft, std::string_view value) {
  draft.line.options.*Member = std::string(value);
  return {};
}
/// Refuses a second occurrence, because Nmap does or because it would replace the first one silently.
template <auto Member>
Done text_once(Draft& draft, std::string_view value) {
  if (draft.line.options.*Member) return Error{"is given twice; put all values into one option"};
  return text<Member>(draft, value);
}
template <auto Member>
Done append(Draft& draft, std::string_view value) {
  (draft.line.options.*Member).emplace_back(value);
  return {};
}
template <auto Member, auto Value>
Done set(Draft& draft, std::string_view) {
  draft.line.options.*Member = Value;
  return {};
}
Done flag(bool& wanted) {
  wanted = true;
  return {};
}
Done operating_systems(Draft& draft, std::string_view) { return flag(draft.systems); }
/// For options whose request sluice always fulfils.
Done nothing(Draft&, std::string_view) { return {}; }

// Actions of other options.

template <Format format>
Done output(Draft& draft, std::string_view path) {
  return add_output(draft, format, path);
}
template <Family wanted>
Done family(Draft& draft, std::string_view) {
  return choose_family(draft, wanted);
}
template <CommandLine::Wish what>
Done wish(Draft& draft, std::string_view) {
  return wish_for(draft, what);
}

/// -n takes precedence in any order: no name may be looked up then.
Done always_resolve(Draft& draft, std::string_view) {
  auto& reverse = draft.line.options.reverse_dns;
  if (reverse != Options::ReverseDns::Never) reverse = Options::ReverseDns::Always;
  return {};
}
Done script_args(Draft& draft, std::string_view value) {
  draft.line.options.script_args = std::string(value);
  return {};
}
Done services(Draft& draft, std::string_view value) {
  draft.line.options.fast = true;
  return text<&Options::services_file>(draft, value);
}
template <ChangeFormat Format>
Done change_format(Draft& draft, std::string_view) {
  auto& format = draft.line.changes;
  if (format && *format != Format) return Error{"--json and --markdown exclude each other"};
  format = Format;
  return {};
}
template <bool CompareOptions::*Option>
Done compare_with(Draft& draft, std::string_view) {
  return flag(draft.line.compare.*Option);
}
Done script(Draft& draft, std::string_view value) {
  draft.line.options.scripts = true;
  return append<&Options::script_rules>(draft, value);
}

// Reasons why groups of options are refused, with the remedies.
constexpr std::string_view kNoSystems =
    "sluice does not detect operating systems; scripts such as smb-os-discovery may";
constexpr std::string_view kNoPackets = "the kernel makes the packets of sluice; leave the option out";
constexpr std::string_view kNoSctp = "sluice does not scan SCTP; leave the option out";
constexpr std::string_view kNoProxies = "sluice connects directly; run it under a tool such as proxychains";
constexpr std::string_view kNoEffect = "the option has no effect in Nmap any more; leave it out";
constexpr std::string_view kUnneeded = "the option would change nothing in sluice; leave it out";

// The same for programs without a terminal and report files.
constexpr std::string_view kNoReports = "there are no report files; write the events that the callback receives";
constexpr std::string_view kNoReportFile = "there are no report files; leave it out";
constexpr std::string_view kNoJournal = "there is no journal; use sluice::Journal, or keep the events";
constexpr std::string_view kNoResume = "there is no journal; use sluice::Journal::resume and Options::earlier";
constexpr std::string_view kNoHelp = "there is no terminal; see docs/options.md";
constexpr std::string_view kNoVersion = "there is no terminal; use sluice_version()";
constexpr std::string_view kNoInterfaces = "there is no terminal; use ip address and ip route";

constexpr Takes kNone = Takes::Nothing, kValue = Takes::Value, kMaybe = Takes::OptionalValue;
constexpr bool kInFull = false;

constexpr Option accept(std::string_view name, Takes takes, Result<void> (*apply)(Draft&, std::string_view)) {
  return {{name, takes, true}, apply, {}};
}
constexpr Option ours(std::string_view name, Takes takes, Result<void> (*apply)(Draft&, std::string_view)) {
  return {{name, takes, kInFull}, apply, {}};
}
/// An option for a terminal or for report files.
constexpr Option not_embedded(Option option, std::string_view instead) {
  option.instead_embedded = instead;
  return option;
}
/// An option that a resumed run may change (docs/resume.md).
constexpr Option resumable(Option option) {
  option.resumable = true;
  return option;
}
constexpr Option not_resumable(Option option) {
  option.resumable = false;
  return option;
}
/// An option that these commands have, too.
template <class... Wishes>
constexpr Option also(Option option, Wishes... wishes) {
  option.users |= users_of(wishes...);
  return option;
}
/// An option of the commands that write reports.
constexpr Option for_reports(Option option) {
  return resumable(also(option, CommandLine::Wish::Convert, CommandLine::Wish::Show, CommandLine::Wish::Merge));
}
/// An option that all commands have.
constexpr Option for_commands(Option option) {
  return also(for_reports(option), CommandLine::Wish::History, CommandLine::Wish::Diff);
}
/// An option that only one command has.
constexpr Option of_command(CommandLine::Wish command, Option option) {
  option.users = users_of(command);
  return option;
}
constexpr Option refuse(std::string_view name, Takes takes, std::string_view instead) {
  return {{name, takes, true}, nullptr, instead};
}

constexpr Option kOptions[] = {
    // Targets
    accept("iL", kValue, text<&Options::input_list>),
    accept("exclude", kValue, exclude),
    accept("excludefile", kValue, text<&Options::exclude_file>),
    accept("resolve-all", kNone, set<&Options::resolve_all, true>),
    accept("n", kNone, set<&Options::reverse_dns, Options::ReverseDns::Never>),
    accept("R", kNone, always_resolve),
    accept("dns-servers", kValue, dns_servers),
    accept("4", kNone, family<Family::Inet>),
    accept("6", kNone, family<Family::Inet6>),
    ours("targets-from", kValue, text_once<&Options::targets_from>),
    refuse("iR", kValue, "sluice does not generate targets; name them, or read them with -iL"),
    ours("shard", kValue, value_by<&Options::shard, read_part>),
    accept("unique", kNone, set<&Options::unique_targets, true>),
    accept("randomize-hosts", kNone, set<&Options::shuffle_targets, true>),
    accept("rH", kNone, set<&Options::shuffle_targets, true>),
    accept("system-dns", kNone, [](Draft& draft, std::string_view) { return flag(draft.system_dns); }),

    // Discovery, ports and kinds of scan
    accept("s", kValue, scan_kinds),
    accept("P", kMaybe, ping_kinds),
    accept("disable-arp-ping", kNone, set<&Options::arp_pings, false>),
    accept("p", kValue, text_once<&Options::ports>),
    accept("exclude-ports", kValue, text_once<&Options::exclude_ports>),
    accept("F", kNone, set<&Options::fast, true>),
    accept("top-ports", kValue, number<&Options::top_ports>),
    accept("port-ratio", kValue, decimal<&Options::port_ratio>),
    accept("r", kNone, set<&Options::sequential, true>),
    accept("open", kNone, set<&Options::open_only, true>),
    accept("reason", kNone, set<&Options::reason, true>),
    accept("e", kValue, text<&Options::interface>),
    accept("S", kValue, source),
    accept("g", kValue, number<&Options::source_port>),
    accept("source-port", kValue, number<&Options::source_port>),
    accept("ttl", kValue, number<&Options::ttl>),
    accept("data-length", kValue, number<&Options::data_length>),
    accept("privileged", kNone, set<&Options::privileged, true>),
    accept("unprivileged", kNone, set<&Options::privileged, false>),
    refuse("sI", kValue, "sluice does not support idle scans; use -sT"),
    refuse("b", kValue, "sluice does not support bounce scans; use --script ftp-bounce to find such servers"),
    refuse("scanflags", kValue, kNoPackets),
    refuse("discovery-ignore-rst", kNone,
           "a refused connection shows that a host is up; use -Pn to take all hosts for up"),
    refuse("defeat-rst-ratelimit", kNone, kUnneeded),
    refuse("defeat-icmp-ratelimit", kNone,
           "sluice detects rate-limited refusals and waits for them; leave the option out"),
    accept("traceroute", kNone, [](Draft& draft, std::string_view) { return flag(draft.routes); }),
    refuse("route-dst", kValue, "use ip route get"),
    not_embedded(accept("iflist", kNone, wish<CommandLine::Wish::Interfaces>), kNoInterfaces),

    // Timing and budgets
    resumable(accept("T", kValue, timing)),
    accept("timing", kValue, timing),
    resumable(accept("max-retries", kValue, number<&Options::max_retries>)),
    resumable(accept("initial-rtt-timeout", kValue, time<&Options::initial_rtt_timeout>)),
    resumable(accept("min-rtt-timeout", kValue, time<&Options::min_rtt_timeout>)),
    resumable(accept("max-rtt-timeout", kValue, time<&Options::max_rtt_timeout>)),
    resumable(accept("host-timeout", kValue, time<&Options::host_timeout>)),
    resumable(accept("scan-delay", kValue, time<&Options::scan_delay>)),
    resumable(accept("max-scan-delay", kValue, time<&Options::max_scan_delay>)),
    resumable(accept("min-hostgroup", kValue, number<&Options::min_hostgroup>)),
    resumable(accept("max-hostgroup", kValue, number<&Options::max_hostgroup>)),
    resumable(accept("min-parallelism", kValue, number<&Options::min_parallelism>)),
    resumable(accept("max-parallelism", kValue, number<&Options::max_parallelism>)),
    resumable(accept("M", kValue, number<&Options::max_parallelism>)),
    resumable(ours("socket-slots", kValue, number<&Options::socket_slots>)),
    resumable(ours("host-slots", kValue, number<&Options::host_slots>)),
    resumable(ours("receive-limit", kValue, value_by<&Options::receive_limit, read_size>)),
    resumable(ours("script-memory", kValue, script_memory)),
    resumable(ours("workers", kValue, workers)),
    resumable(ours("max-time", kValue, time<&Options::max_time>)),
    resumable(accept("min-rate", kValue, decimal<&Options::min_rate>)),
    resumable(accept("max-rate", kValue, decimal<&Options::max_rate>)),
    refuse("nogcc", kNone, "use --min-parallelism"),
    refuse("nsock-engine", kValue, kUnneeded),

    // Scripts
    accept("script", kValue, script),
    resumable(accept("script-args", kValue, script_args)),
    accept("script-args-file", kValue, text<&Options::script_args_file>),
    accept("script-help", kValue, append<&Options::script_help>),
    accept("script-updatedb", kNone, set<&Options::update_script_db, true>),
    resumable(accept("script-timeout", kValue, time<&Options::script_timeout>)),
    accept("script-trace", kNone, set<&Options::script_trace, true>),
    accept("packet-trace", kNone, packet_trace),
    accept("datadir", kValue, text<&Options::datadir>),
    accept("servicedb", kValue, services),
    resumable(ours("script-burst", kValue, time<&Options::script_burst>)),
    resumable(ours("script-slice", kValue, time<&Options::script_slice>)),
    ours("unsafe-lua", kNone, set<&Options::unsafe_lua, true>),

    // Versions and systems
    accept("A", kNone, aggressive),
    accept("version-intensity", kValue, version_intensity),
    accept("version-light", kNone, set<&Options::version_intensity, 2>),
    accept("version-all", kNone, set<&Options::version_intensity, 9>),
    accept("version-trace", kNone, version_trace),
    accept("versiondb", kValue, text<&Options::version_file>),
    accept("allports", kNone, set<&Options::all_ports, true>),
    ours("version-patience", kValue, version_patience),
    resumable(ours("version-connections", kValue, number<&Options::version_connections>)),
    accept("O", kMaybe, operating_systems),
    accept("osscan-limit", kNone, operating_systems),
    accept("osscan-guess", kNone, operating_systems),
    accept("fuzzy", kNone, operating_systems),
    accept("max-os-tries", kValue, operating_systems),

    // Packets
    refuse("f", kNone, kNoPackets),
    refuse("ff", kNone, kNoPackets),
    refuse("mtu", kValue, kNoPackets),
    refuse("D", kValue, kNoPackets),
    refuse("spoof-mac", kValue, kNoPackets),
    refuse("badsum", kNone, kNoPackets),
    refuse("adler32", kNone, kNoSctp),
    refuse("data", kValue, kNoPackets),
    refuse("data-string", kValue, kNoPackets),
    refuse("ip-options", kValue, kNoPackets),
    refuse("send-eth", kNone, kNoPackets),
    accept("send-ip", kNone, set<&Options::arp_pings, false>),
    refuse("proxies", kValue, kNoProxies),
    refuse("proxy", kValue, kNoProxies),

    // Reports, verbosity and progress output
    for_reports(not_embedded(accept("oN", kValue, output<Format::Text>), kNoReports)),
    for_reports(not_embedded(accept("oX", kValue, output<Format::Xml>), kNoReports)),
    for_reports(not_embedded(accept("oG", kValue, output<Format::Grepable>), kNoReports)),
    for_reports(not_embedded(accept("oM", kValue, output<Format::Grepable>), kNoReports)),
    for_reports(not_embedded(accept("oA", kValue, output_all), kNoReports)),
    for_reports(not_embedded(ours("oJ", kValue, output<Format::Json>), kNoReports)),
    refuse("oS", kValue, "sluice writes plain text only; use -oN"),
    refuse("oH", kValue, "use -oX and a stylesheet"),
    also(not_embedded(ours("journal", kValue, journal), kNoJournal), CommandLine::Wish::Merge),
    not_embedded(ours("no-journal", kNone, no_journal), "there is no journal; leave it out"),
    resumable(also(not_embedded(ours("journal-sync", kValue, journal_sync), kNoJournal), CommandLine::Wish::Merge)),
    resumable(not_embedded(accept("resume", kValue, resume), kNoResume)),
    not_resumable(for_reports(not_embedded(accept("append-output", kNone, append_output), kNoReportFile))),
    for_reports(not_embedded(accept("stylesheet", kValue, stylesheet), kNoReportFile)),
    for_reports(not_embedded(accept("no-stylesheet", kNone, no_stylesheet), kNoReportFile)),
    for_reports(not_embedded(accept("webxml", kNone, web_stylesheet), kNoReportFile)),
    refuse("deprecated-xml-osclass", kNone, kNoSystems),
    resumable(accept("v", kMaybe, verbose)),
    resumable(accept("vv", kNone, [](Draft& draft, std::string_view) { return verbose(draft, "v"); })),
    resumable(accept("verbose", kMaybe, verbose)),
    resumable(accept("d", kMaybe, debug)),
    resumable(accept("debug", kMaybe, debug)),
    resumable(accept("stats-every", kValue, time<&Options::stats_every>)),
    resumable(accept("noninteractive", kNone,
                     [](Draft& draft, std::string_view) -> Done {
                       draft.line.interactive = false;
                       return {};
                     })),
    resumable(accept("log-errors", kNone, nothing)),
    resumable(accept("release-memory", kNone, nothing)),
    not_embedded(accept("V", kNone, wish<CommandLine::Wish::Version>), kNoVersion),
    not_embedded(accept("version", kNone, wish<CommandLine::Wish::Version>), kNoVersion),
    for_commands(not_embedded(accept("h", kNone, wish<CommandLine::Wish::Help>), kNoHelp)),
    for_commands(not_embedded(accept("help", kNone, wish<CommandLine::Wish::Help>), kNoHelp)),

    // Further options of Nmap
    refuse("I", kNone, kNoEffect),
    refuse("thc", kNone, kNoEffect),
    refuse("q", kNone, kUnneeded),
    refuse("m", kValue, "use -oG"),
    refuse("i", kValue, "use -iL"),
    refuse("o", kValue, "use -oN, -oX, -oG, -oJ or -oA, with a space before the file name"),

    // Of commands only
    also(of_command(CommandLine::Wish::Convert, ours("to", kValue, report_format)), CommandLine::Wish::Merge),
    also(of_command(CommandLine::Wish::Diff, ours("json", kNone, change_format<ChangeFormat::Json>)),
         CommandLine::Wish::History),
    of_command(CommandLine::Wish::Diff, ours("markdown", kNone, change_format<ChangeFormat::Markdown>)),
    of_command(CommandLine::Wish::Diff, ours("all", kNone, compare_with<&CompareOptions::all>)),
    of_command(CommandLine::Wish::Diff, ours("by-name", kNone, compare_with<&CompareOptions::by_name>)),
    of_command(CommandLine::Wish::Diff, ours("strict", kNone, compare_with<&CompareOptions::strict>)),
    of_command(CommandLine::Wish::History,
               ours("prune", kNone, [](Draft& draft, std::string_view) { return flag(draft.line.prune); })),
    of_command(CommandLine::Wish::History, ours("pack", kValue, pack)),
    of_command(CommandLine::Wish::Diff, ours("why", kNone, compare_with<&CompareOptions::why>)),
};

constexpr bool is_of_runs(const Option& option) { return (option.users & users_of(CommandLine::Wish::Run)) != 0; }
constexpr std::size_t kOptionsOfRuns = std::ranges::count_if(kOptions, is_of_runs);
static_assert(std::ranges::is_partitioned(kOptions, is_of_runs));

}  // namespace

std::span<const Option> option_table() { return std::span(kOptions).first(kOptionsOfRuns); }
std::span<const Option> option_table_of_commands() { return kOptions; }

std::span<const Spelling> spellings() { return spellings_of_commands().first(kOptionsOfRuns); }
std::span<const Spelling> spellings_of_commands() {
  static const auto all = [] {
    std::array<Spelling, std::size(kOptions)> made;
    std::ranges::transform(kOptions, made.begin(), &Option::spelling);
    return made;
  }();
  return all;
}

}  // namespace sluice::arguments

#include "cli/parse_options.hpp"

#include <fmt/format.h>

#include <sluice/quote.hpp>

#include "cli/option_table.hpp"
#include "cli/option_walk.hpp"

namespace sluice::cli {

namespace {

using namespace std::chrono_literals;
using Done = Result<void>;

/// The second must not be less than the first, where both are given.
template <class T>
Done in_order(std::string_view low_name, const std::optional<T>& low, std::string_view high_name,
              const std::optional<T>& high) {
  if (low && high && *low > *high) return Error{fmt::format("{} is more than {}", low_name, high_name)};
  return {};
}

/// Was -F given? (--servicedb implies it without excluding anything.)
bool fast(const Options& options) { return options.fast && !options.services_file; }

bool names_pings(const Options& options) { return options.syn_pings || options.ack_pings || options.udp_pings; }

/// Keeps the name of an option that is for version detection.
void note_version_option(Draft& draft, std::string_view name, const std::string& spelled) {
  if (name == "version-intensity" || name == "version-light" || name == "version-all")
    draft.intensity_option = spelled;
  else if (name.starts_with("version-") || name == "versiondb" || name == "allports")
    draft.version_option = spelled;
}

Done check_ports(const Draft& draft) {
  const Options& options = draft.command.options;
  if (fast(options) && options.ports)
    return Error{"-F and -p exclude each other; --top-ports takes the most frequent ones of -p"};
  if (!draft.list_or_no_ports) return {};
  const std::string_view mode = options.list_only ? "-sL" : "-sn";
  if (draft.scan_types) return Error{fmt::format("{} scans no ports: it excludes -sT, -sS and -sU", mode)};
  if (options.ports || fast(options) || options.top_ports || options.port_ratio)
    return Error{fmt::format("{} scans no ports: it excludes -p, -F, --top-ports and --port-ratio", mode)};
  if (options.list_only && (options.exclude_ports || names_pings(options)))
    return Error{"-sL asks no ports: it excludes --exclude-ports, -PS, -PA and -PU"};
  return {};
}

Done check_targets(const Draft& draft) {
  const Options& options = draft.command.options;
  if (!options.targets_from) return {};
  if (!options.targets.empty() || options.input_list)
    return Error{"--targets-from brings its own targets: it excludes others"};
  if (draft.list_or_no_ports || draft.scan_types || options.ports || options.exclude_ports || fast(options) ||
      options.top_ports || options.port_ratio || names_pings(options) || options.echo_pings ||
      options.timestamp_pings || options.arp_pings_asked)
    return Error{
        "--targets-from brings its own ports and scans nothing: it excludes -s (but -sV and -sC), -p, "
        "--exclude-ports, -F, --top-ports, --port-ratio, -PE, -PP, -PR, -PS, -PA and -PU"};
  return {};
}

Done check(const Draft& draft) {
  const Options& options = draft.command.options;
  if (auto done = check_ports(draft); !done) return done;
  if (auto done = check_targets(draft); !done) return done;
  if (options.source && options.source->family() != options.family)
    return Error{
        fmt::format("-S {}: is not an IPv{} address", options.source->text(), options.family == Family::Inet ? 4 : 6)};
  if (auto done = in_order("--min-hostgroup", options.min_hostgroup, "--max-hostgroup", options.max_hostgroup); !done)
    return done;
  if (auto done = in_order("--min-parallelism", options.min_parallelism, "--max-parallelism", options.max_parallelism);
      !done)
    return done;
  if (auto done = in_order("--min-rate", options.min_rate, "--max-rate", options.max_rate); !done) return done;
  if (auto done = in_order("--min-rtt-timeout", options.min_rtt_timeout, "--max-rtt-timeout", options.max_rtt_timeout);
      !done)
    return done;
  if (auto done =
          in_order("--initial-rtt-timeout", options.initial_rtt_timeout, "--max-rtt-timeout", options.max_rtt_timeout);
      !done)
    return done;
  if (options.version_exact && options.version_connections.value_or(1) > 1)
    return Error{
        "--version-patience exact makes one connection to a port at a time: it excludes --version-connections"};
  return in_order("--scan-delay", options.scan_delay, "--max-scan-delay", options.max_scan_delay);
}

/// Says once what the run leaves out of what was asked for.
void warn_of_what_is_left_out(const Draft& draft, std::vector<std::string>& warnings) {
  if (draft.syn_scan) warnings.emplace_back("-sS: sluice connects instead (-sT), and finds the same open ports");
  if (draft.aggressive) {
    warnings.emplace_back("-A: the report will lack operating systems and routes; the rest is -sV and -sC");
    return;
  }
  if (draft.systems) warnings.emplace_back("-O: the report will lack operating systems, which sluice does not detect");
  if (draft.routes) warnings.emplace_back("--traceroute: the report will lack routes, which sluice does not trace");
}

/// Says which options of version detection have no effect.
void warn_of_versions(const Draft& draft, std::vector<std::string>& warnings) {
  const Options& options = draft.command.options;
  if (options.versions) {
    if (!options.port_scan)
      warnings.push_back(fmt::format("-sV: is ignored, since {} scans no ports", options.list_only ? "-sL" : "-sn"));
    return;
  }
  // Scripts ask for the intensity, too.
  const bool unused_intensity = draft.version_option.empty() && !options.scripts;
  const std::string& unused = unused_intensity ? draft.intensity_option : draft.version_option;
  if (!unused.empty())
    warnings.push_back(fmt::format("{}: is for version detection, which was not asked for; add -sV", unused));
}

/// What follows from options together, whatever their order.
void complete(Draft& draft) {
  Command& command = draft.command;
  Options& options = command.options;
  warn_of_what_is_left_out(draft, command.warnings);
  warn_of_versions(draft, command.warnings);
  if (draft.system_dns && !options.dns_servers.empty()) {
    command.warnings.emplace_back("--dns-servers: is ignored, since --system-dns was given");
    options.dns_servers.clear();
  }
  if (options.timing == 5) {
    if (!options.host_timeout) options.host_timeout = 15min;
    if (!options.script_timeout) options.script_timeout = 10min;
  }
  // No limit is said with 0, and meant by leaving the limit away.
  if (options.host_timeout == 0ms) options.host_timeout.reset();
  if (options.script_timeout == 0ms) options.script_timeout.reset();
  if (options.debugging > 0 || options.verbosity > 1) options.reason = true;
  if (options.verbosity > 0) command.quiet = false;
  if (options.input_list && !options.targets.empty()) {
    command.warnings.push_back(
        fmt::format("-iL {}: the targets on the command line are ignored", shortened(*options.input_list)));
    options.targets.clear();
  }
}

}  // namespace

Result<Command> parse_options(std::span<const std::string> arguments, const std::tm& local) {
  const std::span<const Option> table = option_table();
  std::vector<Spelling> spellings;
  for (const Option& option : table) spellings.push_back(option.spelling);

  Draft draft;
  draft.local = local;
  draft.command.options.command_line.assign(arguments.begin(), arguments.end());
  if (arguments.size() <= 1) {
    draft.command.wish = Command::Wish::Help;
    return std::move(draft.command);
  }
  auto operands = walk_options(arguments.subspan(1), spellings, [&](const Found& found) -> Done {
    const Option& option = table[found.index];
    if (!option.apply) return Error{fmt::format("{}: {}", found.spelled, option.instead)};
    auto done = option.apply(draft, found.value);
    note_version_option(draft, option.spelling.name, found.spelled);
    if (done) return done;
    // -s and -P are families of options, which name their member themselves.
    if (done.error().message.starts_with(found.spelled)) return done;
    return Error{fmt::format("{}: {}", found.spelled, done.error().message)};
  });
  if (!operands) return operands.error();
  draft.command.options.targets = std::move(*operands);
  if (draft.command.wish != Command::Wish::Run) return std::move(draft.command);
  if (auto done = check(draft); !done) return done.error();
  complete(draft);
  return std::move(draft.command);
}

}  // namespace sluice::cli

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <sluice/export.hpp>
#include <sluice/options.hpp>
#include <sluice/platform.hpp>
#include <sluice/report.hpp>
#include <sluice/result.hpp>
#include <string>
#include <string_view>
#include <vector>

// Which scripts would run, and why (docs/explain.md). The rules of the scripts are evaluated, and no action is called.

namespace sluice {

/// What a rule compares with a port by a function of the library `shortport`: the port must be one of `ports` or have
/// one of `services`, and also have one of `protocols` and of `states`.
struct PortWish {
  std::vector<std::string> ports;      ///< numbers and ranges: "80", "6660-6670"
  std::vector<std::string> services;   ///< "http"
  std::vector<std::string> protocols;  ///< empty: tcp
  std::vector<std::string> states;     ///< empty: open, open|filtered
  bool met = false;                    ///< the port fulfils the wish
};

/// A field of the host or port table that a rule has read.
struct RuleRead {
  std::string field;                 ///< "port.version.product"
  std::optional<std::string> value;  ///< empty: the field is nil
};

/// The answer for one rule of a script at one place.
struct RuleAnswer {
  enum class Verdict : std::uint8_t {
    Runs,
    DoesNotRun,
    AsksNetwork,  ///< the rule would ask the network, so its result is unknown
    Fails,        ///< the script or its rule fails
  };

  std::string script;
  ScriptPlace place;    ///< `phase` is the rule: "portrule"
  std::string service;  ///< of the port, as the rule reads it; "" if it is unknown or there is no port
  Verdict verdict = Verdict::DoesNotRun;
  std::string why;      ///< the cause in one line, no full stop
  bool chosen = true;   ///< false: the options do not choose the script
  bool forced = false;  ///< chosen with "+": the rule is not called
  std::vector<PortWish> wants;
  std::vector<std::string> asks;               ///< requests to the network: "connect to 192.0.2.1:443/tcp"
  std::vector<std::string> missing_arguments;  ///< script arguments that the rule reads and that are not given
  std::vector<RuleRead> reads;                 ///< of a rule that returned false although no wish was unmet
  std::size_t run_level = 1;
  std::vector<std::string> after;  ///< chosen scripts that run before, because the script depends on them
};

/// Returns "yes", "no", "network" or "error". Thread-safe.
SLUICE_EXPORT std::string_view to_text(RuleAnswer::Verdict verdict);

/// What to explain.
struct ExplainRequest {
  /// Options of a run. Those that name targets, and those for reports, must have their defaults. The ports of
  /// Options::ports, `fast`, `top_ports` and `port_ratio` count as open on each host of `places`. Without scripts and
  /// versions, the default scripts are chosen.
  Options options;
  /// Hosts and open ports: an address, or a line for --targets-from such as "192.0.2.1:443/tcp,https,www.example.com".
  /// A name without an address is not looked up. If `hosts` is not empty, they choose among those hosts and their
  /// open ports.
  std::vector<std::string> places;
  std::vector<HostReport> hosts;  ///< hosts of a stored run, with the states and services of their ports
  std::vector<std::string> only;  ///< rules as for --script; answers only for these scripts, chosen or not; empty: all
};

/// Evaluates the rules of the chosen scripts at each place: prerules, then host after host, then postrules. Blocks.
/// Sends nothing: a rule that asks for the network ends at its first request. The limits of CPU time and memory of a
/// run hold.
///
/// `answer`: receives each answer; those of a host are ordered by port and script. `log`: receives warnings, and what
/// scripts log; may be empty. `platform`: as for Engine::create.
/// Errors: InvalidOption if an option, a place or a script is wrong; UnreadableFile if a file is missing;
/// ResourceShortage.
/// Exceptions of `answer` pass through, except std::bad_alloc and std::system_error; those of `log` are dropped.
/// Thread-safe. The callbacks are called on the calling thread.
SLUICE_EXPORT Result<void> explain_scripts(const ExplainRequest& request,
                                           const std::function<void(const RuleAnswer&)>& answer,
                                           const std::function<void(const event::Log&)>& log = {},
                                           std::shared_ptr<Platform> platform = nullptr);

}  // namespace sluice

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <sluice/address.hpp>
#include <sluice/report.hpp>
#include <string>
#include <utility>
#include <vector>

namespace sluice {

/// What the earlier attempts of a run have done. An engine that receives it (Options::earlier) goes on there: finished
/// hosts are not processed again; unfinished ones keep the states of their ports and their services, and their scripts
/// start again. Made by Journal::resume(), or by an embedder that keeps the events in another way.
struct EarlierRun {
  std::size_t attempts = 1;              ///< number of the earlier attempts
  std::uint64_t events = 0;              ///< number of their events
  std::optional<WallTime> started;       ///< when the first attempt began; empty if unknown
  std::chrono::milliseconds elapsed{0};  ///< duration of the attempts together
  int verbosity = 0, debugging = 0;      ///< levels at the end

  /// A host: its address, and its name if the user gave one.
  using Host = std::pair<Address, std::string>;
  std::map<Host, std::size_t> finished;  ///< how many times the host has finished; it may be given several times
  std::set<Address> finished_addresses;  ///< addresses of further finished hosts, whatever their names
  /// Hosts that have finished, whose reports wait for their turn (event::HostWaits).
  std::multimap<Host, std::shared_ptr<const HostReport>> waiting;
  /// An unfinished host.
  struct Unfinished {
    HostReport report;        ///< what is known: state of the host, ports with a state, services; no results of scripts
    bool discovered = false;  ///< the host is known to be up
    std::vector<std::pair<Protocol, std::uint16_t>> decided;  ///< ports for which version detection has ended
  };
  std::multimap<Host, Unfinished> unfinished;

  std::optional<std::string> input;                   ///< what was read of the targets (event::TargetsRead)
  std::map<std::string, std::vector<Address>> names;  ///< addresses of the names of targets
  std::set<std::string> skipped;                      ///< event::TargetSkipped::specification
  std::set<std::string> logs;                         ///< event::Log::text; the start of a run does not repeat them
  std::vector<std::string> added_targets;             ///< targets that scripts have added
  /// A script and its host; empty for scripts without hosts.
  using ScriptOfHost = std::pair<std::string, std::optional<Address>>;
  std::set<ScriptOfHost> left_out;         ///< scripts that have ended the process twice; they do not start again
  bool prescan = false, postscan = false;  ///< the scripts of these phases have ended

  // For event::RunFinished; of the finished hosts.
  std::size_t hosts_up = 0, hosts_down = 0, hosts_total = 0, unknown_services = 0;
  std::vector<event::ScriptFinished> failures;  ///< scripts that failed or were killed for a cause; without results
};

}  // namespace sluice

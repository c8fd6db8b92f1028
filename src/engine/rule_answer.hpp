// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sluice/explain.hpp>
#include <sluice/report.hpp>
#include <string>

#include "nse/runtime/rule_observation.hpp"

namespace sluice::engine {

/// Returns the answer for a rule that has ended: its verdict, and why. `port`: null if the rule has none. `finished`:
/// how the script instance has ended.
RuleAnswer rule_answer(const nse::RuleObservation& seen, const event::ScriptFinished& finished, const PortReport* port);

/// Returns the answer for a port rule at a host without an open port.
RuleAnswer answer_without_port(const HostReport& host, std::string script);

/// Changes the answer for a script that the options do not choose. `selection`: the options that choose scripts.
/// `categories`: those of the script.
void mark_not_chosen(RuleAnswer& answer, const std::string& selection, const std::vector<std::string>& categories);

}  // namespace sluice::engine

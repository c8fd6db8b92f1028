// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lua.hpp>

namespace sluice::nse {

// Finds out what a rule depends on (RuntimeOptions::rules_only). A hook observes the calls of the rule: it reads the
// upvalues `ports`, `services`, `protos`, `states` and `rarity` of each function that receives the port table, which
// are those of the functions of `shortport`, and the arguments and results of a few functions of `nmap` and `stdnse`.
// So a rule sees the tables and functions that it sees in a run. If the rule returned false and no wish explains this,
// it is called once more with tables that record which fields it reads. The result of that call is not used.

/// Pushes the driver of script instances whose action is never called. It has the parameters of the driver of a run.
/// REQUIRES: the libraries have been opened. May raise.
void push_rule_driver(lua_State* state);

}  // namespace sluice::nse

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sluice/report.hpp>
#include <string>

namespace sluice::output {

/// Returns the result of a script as normal text: "|_id: line", or "| id: first" ... "|_last"; "" without a text. The
/// rules are in docs/nse-compat.md, "Script results and reports". `colour`: the text of a failure is red.
std::string script_text(const ScriptResult& script, bool colour = false);

/// Returns the result of a script as an XML element (same page).
std::string script_xml(const ScriptResult& script);

}  // namespace sluice::output

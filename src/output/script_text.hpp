#pragma once

#include <sluice/report.hpp>
#include <string>

namespace sluice::output {

/// One script's result as it stands in normal text: "|_id: line", or "| id: first" ... "|_last" (spec scheduler.md
/// 13.2). Empty for an empty result.
std::string script_text(const ScriptResult& script);

/// One script's result as an XML element (spec scheduler.md 13.3).
std::string script_xml(const ScriptResult& script);

}  // namespace sluice::output

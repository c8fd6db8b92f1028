// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sluice/result.hpp>
#include <sluice/settings.hpp>
#include <string>
#include <string_view>

#include "arguments/option_table.hpp"
#include "arguments/settings_document.hpp"

namespace sluice::arguments {

/// Returns the error for a name that no option has. The message has no name in front, and suggests the closest one.
Error unknown_name(std::string_view name);

/// Makes a setting of an entry of a settings file. Errors: no option has the name; settings cannot have it; its value
/// has another type. The message names the origin and the option.
Result<Setting> make_setting(const SettingEntry& entry, const SettingOrigin& origin);

/// Makes a setting of the value of a variable: words such as "true" for an option without a value, otherwise a value as
/// on the command line. Errors: the words are others; the message names the origin.
Result<Setting> make_setting(const Option& option, std::string_view value, const SettingOrigin& origin);

}  // namespace sluice::arguments

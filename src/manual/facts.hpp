// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "arguments/command_table.hpp"

namespace sluice::manual {

using arguments::Term;

// What the manual says beside the options. Texts are in Markdown, and refer to pages of docs/.

std::span<const Term> signals();
std::span<const Term> keys();
std::span<const Term> exit_codes();
std::span<const Term> environment_variables();
std::span<const Term> files();
/// Command lines, and what they do.
std::span<const Term> examples();

}  // namespace sluice::manual

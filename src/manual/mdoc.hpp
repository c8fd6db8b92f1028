// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace sluice::manual {

/// Returns a text in Markdown (words, `code`, links) as lines of mdoc(7). Each sentence begins a line. Links in
/// parentheses are left out, because the manual has no such pages; other links become their text.
std::string to_mdoc(std::string_view markdown);

/// The same with a full stop at the end.
std::string sentences(std::string_view markdown);

/// Returns a word or several as arguments of a macro: no character has a special meaning.
std::string macro_words(std::string_view words);

/// Returns options with their values as a macro: "-iL FILE" gives "Fl iL Ar FILE", "-PS[PORTS]" gives
/// "Fl PS Ns Oo Ar PORTS Oc".
std::string option_macro(std::string_view option);

}  // namespace sluice::manual

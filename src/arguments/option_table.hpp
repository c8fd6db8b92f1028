// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <sluice/command_line.hpp>
#include <span>
#include <string>
#include <string_view>

#include "arguments/option_walk.hpp"

namespace sluice::arguments {

/// A command line while it is read, with the facts about its options that CommandLine does not have.
struct Draft {
  CommandLine line;
  std::tm local{};
  bool connect_scan = false;  ///< -sT or -sS
  bool scan_types = false;    ///< -sT, -sS or -sU
  // Options whose request the run leaves out, with a warning.
  bool syn_scan = false;         ///< -sS
  bool systems = false;          ///< -O and its further options
  bool routes = false;           ///< --traceroute
  bool aggressive = false;       ///< -A
  bool system_dns = false;       ///< --system-dns
  std::optional<Family> family;  ///< -4 or -6
  std::string intensity_option;  ///< the last option that sets the intensity of version detection; "" if none
  std::string version_option;    ///< the last other option of version detection; "" if none
};

/// Returns the set of these wishes.
template <class... Wishes>
constexpr std::uint32_t users_of(Wishes... wishes) {
  return ((1U << static_cast<unsigned>(wishes)) | ...);
}

/// One option of the command line.
struct Option {
  Spelling spelling;
  /// Applies one occurrence to the draft. Errors: the message lacks the name of the option. Null if sluice refuses the
  /// option.
  Result<void> (*apply)(Draft& draft, std::string_view value);
  std::string_view instead;  ///< why sluice refuses the option, and the remedy; "" if it does not
  /// Why a program without a terminal and report files refuses the option, and the remedy; "" if it does not.
  std::string_view instead_embedded = {};
  /// The wishes that have the option: a run, and commands that read reports. A set of users_of().
  std::uint32_t users = users_of(CommandLine::Wish::Run);
  bool resumable = false;  ///< a resumed run may have another value
};

/// Returns all options of a run: those of Nmap 7.93 and those of sluice.
std::span<const Option> option_table();
/// Returns the spellings of option_table(), in the same order.
std::span<const Spelling> spellings();
/// The same with the options that a run does not have, behind the others. Their names may be abbreviations of options
/// of Nmap.
std::span<const Option> option_table_of_commands();
std::span<const Spelling> spellings_of_commands();

}  // namespace sluice::arguments

#pragma once

#include <optional>
#include <sluice/command_line.hpp>
#include <span>
#include <string>
#include <string_view>

#include "arguments/option_walk.hpp"

namespace sluice::arguments {

/// A command line under construction: what the meaning of an option may depend on beyond the command line itself.
struct Draft {
  CommandLine line;
  std::tm local{};
  bool connect_scan = false;  ///< -sT or -sS
  bool scan_types = false;    ///< -sT, -sS or -sU
  // What is left out, with a warning.
  bool syn_scan = false;         ///< -sS
  bool systems = false;          ///< -O and what belongs to it
  bool routes = false;           ///< --traceroute
  bool aggressive = false;       ///< -A
  bool system_dns = false;       ///< --system-dns
  std::optional<Family> family;  ///< -4 or -6
  std::string intensity_option;  ///< the last one that sets the intensity of version detection; "" for none
  std::string version_option;    ///< the last other one of version detection; "" for none
};

/// One option: its spelling, and what it does to the draft; or, if sluice refuses it, what to do instead.
struct Option {
  Spelling spelling;
  /// Errors lack the option's name. Null: refused.
  Result<void> (*apply)(Draft& draft, std::string_view value);
  std::string_view instead;
  /// What a program without a terminal and report files does instead; "" if the option is for every program.
  std::string_view instead_embedded = {};
};

/// Every option, Nmap's 7.93 and ours.
std::span<const Option> option_table();
/// Their spellings, in the same order.
std::span<const Spelling> spellings();

}  // namespace sluice::arguments

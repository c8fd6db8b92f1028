// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <type_traits>

#include "arguments/option_actions.hpp"
#include "arguments/option_table.hpp"
#include "arguments/option_values.hpp"

/// The vocabulary of the entries of the table of options.
namespace sluice::arguments::entry {

using Done = Result<void>;
using Wish = CommandLine::Wish;

// Actions of most options: they read the value into a member of Options. engine/check_options.hpp checks its range.

template <auto Member>
Done number(Draft& draft, std::string_view value) {
  using Field = typename std::decay_t<decltype(draft.line.options.*Member)>::value_type;
  auto read = read_number<Field>(value);
  if (!read) return read.error();
  draft.line.options.*Member = *read;
  return {};
}
template <auto Member, auto Read>
Done value_by(Draft& draft, std::string_view value) {
  auto read = Read(value);
  if (!read) return read.error();
  draft.line.options.*Member = *read;
  return {};
}
template <auto Member>
constexpr auto time = value_by<Member, read_time>;
template <auto Member>
constexpr auto decimal = value_by<Member, read_decimal>;
template <auto Member>
Done text(Draft& draft, std::string_view value) {
  draft.line.options.*Member = std::string(value);
  return {};
}
/// Refuses a second occurrence, because Nmap does or because it would replace the first one silently.
template <auto Member>
Done text_once(Draft& draft, std::string_view value) {
  if (draft.line.options.*Member) return Error{"is given twice; put all values into one option"};
  return text<Member>(draft, value);
}
template <auto Member>
Done append(Draft& draft, std::string_view value) {
  (draft.line.options.*Member).emplace_back(value);
  return {};
}
template <auto Member, auto Wanted>
Done set(Draft& draft, std::string_view) {
  draft.line.options.*Member = Wanted;
  return {};
}
/// Sets a fact about the command line.
template <bool Draft::*Fact>
Done note(Draft& draft, std::string_view) {
  draft.*Fact = true;
  return {};
}
/// For options whose request sluice always fulfils.
inline Done nothing(Draft&, std::string_view) { return {}; }
template <Wish what>
Done wish(Draft& draft, std::string_view) {
  return wish_for(draft, what);
}

// Values that count without the option (Option::built_in).

template <auto Member>
std::string shown(const CommandLine& line) {
  const auto& field = line.options.*Member;
  if constexpr (requires { field.has_value(); }) {
    if (!field) return "";
    if constexpr (std::is_same_v<std::decay_t<decltype(*field)>, std::string>)
      return *field;
    else
      return value_text(*field);
  } else {
    return value_text(field);
  }
}
/// For an option without a value that sets the member to `Wanted`.
template <auto Member, auto Wanted>
std::string shown_flag(const CommandLine& line) {
  return line.options.*Member == Wanted ? "true" : "";
}

// Values

constexpr Value text_value(std::string_view placeholder) { return {Takes::Value, placeholder}; }
constexpr Value kNumber = text_value("N"), kTime = text_value("TIME"), kBytes = text_value("BYTES");
constexpr Value list_of(Value value) {
  value.list = true;
  return value;
}
constexpr Value kPorts = list_of(text_value("PORTS")), kList = list_of(text_value("LIST"));
constexpr Value kFile{Takes::Value, "FILE", ValueKind::File};
constexpr Value kJournal{Takes::Value, "FILE", ValueKind::Journal};
constexpr Value kRules = list_of({Takes::Value, "RULES", ValueKind::ScriptRules});
/// A value that may be left out, and must be attached to a short option.
constexpr Value optional_value(std::string_view placeholder) { return {Takes::OptionalValue, placeholder}; }
constexpr Value one_of(std::string_view placeholder, std::span<const Word> words) {
  return {Takes::Value, placeholder, ValueKind::Words, words};
}

// Users

constexpr std::uint32_t kReportWriters = users_of(Wish::Run, Wish::Convert, Wish::Show, Wish::Merge);
/// Options that rules of scripts, or the choice of scripts and ports, depend on.
constexpr std::uint32_t kRunAndExplain = users_of(Wish::Run, Wish::Explain);
constexpr std::uint32_t kAllCommands =
    kReportWriters | users_of(Wish::History, Wish::Diff, Wish::Scripts, Wish::Check, Wish::Config, Wish::Explain);

// Reasons why settings cannot have an option

constexpr std::string_view kOfOneRun = "belongs to a single run; give it on the command line";
constexpr std::string_view kNoRun = "asks for something else than a scan; give it on the command line";

// Reasons why `explain` refuses an option

constexpr std::string_view kNamesHosts = "rules are explained for hosts and ports that are named; leave it out";

}  // namespace sluice::arguments::entry

namespace sluice::arguments {

// The sections, each in the file of its name.
extern const OptionSection kTargetsSection, kDiscoverySection, kPortsAndScansSection, kVersionsSection, kScriptsSection,
    kTimingSection, kReportsSection, kJournalsSection, kSettingsSection, kGeneralSection, kOfCommandsSection;

}  // namespace sluice::arguments

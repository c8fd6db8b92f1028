// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <sluice/redaction.hpp>

#include "arguments/option_table.hpp"
#include "arguments/option_walk.hpp"
#include "script/args.hpp"

namespace sluice {

namespace {

/// Calls `visit` with each value of --script-args, and the index of its argument.
void for_each_script_args(std::span<const std::string> arguments,
                          const std::function<void(std::size_t argument, const std::string& value)>& visit) {
  if (arguments.empty()) return;
  const auto spellings = arguments::spellings();
  // The command line of a run has no errors.
  (void)arguments::walk_options(arguments.subspan(1), spellings, [&](const arguments::Found& found) -> Result<void> {
    if (spellings[found.index].name == "script-args") visit(found.argument + 1, found.value);
    return {};
  });
}

using ChangeText = std::function<std::string(std::string_view text)>;

/// Returns the arguments with changed values of --script-args.
std::vector<std::string> with_script_args(std::span<const std::string> arguments, const ChangeText& change) {
  std::vector<std::string> changed(arguments.begin(), arguments.end());
  for_each_script_args(arguments, [&](std::size_t argument, const std::string& value) {
    std::string& text = changed[argument];
    text.replace(text.size() - value.size(), value.size(), change(value));
  });
  return changed;
}

/// Returns the text up to the end of the script arguments, with other secret values. `change`: receives the name of a
/// value and the value, and returns what takes its place.
std::string with_secrets(std::string_view text, const script::Secrets& secrets,
                         const std::function<std::string(const std::string& name, std::string_view value)>& change) {
  std::string changed;
  std::size_t start = 0;
  for (const script::SecretValue& secret : secrets.values) {
    changed += text.substr(start, secret.start - start);
    changed += change(secret.name, text.substr(secret.start, secret.end - secret.start));
    start = secret.end;
  }
  return changed += text.substr(start, secrets.end - start);
}

/// Returns the value with this name in a table; null if it has none.
const Value* find(const Value::Table* table, const std::string& name) {
  if (!table) return nullptr;
  const auto found = std::ranges::find(table->fields, name, &Value::Field::key);
  return found == table->fields.end() ? nullptr : &found->value;
}

/// Appends the names of `table` that are not among `names`, are no table around one of them, and do not have the value
/// that they have in `stored`, which may be null. `prefix`: the names of the tables around it, each with a dot.
void add_others(const Value::Table& table, const Value::Table* stored, const std::string& prefix,
                std::span<const std::string> names, std::vector<std::string>& others) {
  for (std::size_t index = 0; index < table.items.size(); ++index) {
    const Value& item = table.items[index];
    if (stored && index < stored->items.size() && stored->items[index] == item) continue;
    const auto* text = std::get_if<std::string>(&item.data);
    others.push_back(prefix + (text ? *text : "{}"));
  }
  for (const Value::Field& field : table.fields) {
    const std::string name = prefix + field.key;
    const Value* known = find(stored, field.key);
    if (std::ranges::count(names, name) > 0 || (known && *known == field.value)) continue;
    const auto* inner = std::get_if<Value::Table>(&field.value.data);
    if (inner && std::ranges::any_of(names, [&](const std::string& lost) { return lost.starts_with(name + '.'); }))
      add_others(*inner, known ? std::get_if<Value::Table>(&known->data) : nullptr, name + '.', names, others);
    else
      others.push_back(name);
  }
}

}  // namespace

std::string redact_script_args(std::string_view text) {
  const auto secrets = script::find_secrets(text);
  if (!secrets) return std::string(kRedacted);
  return with_secrets(text, *secrets, [](auto&, auto) { return std::string(kRedacted); });
}

std::vector<std::string> redact_arguments(std::span<const std::string> arguments) {
  return with_script_args(arguments, redact_script_args);
}

std::string restore_script_args(std::string_view redacted, std::string_view given) {
  const auto secrets = script::find_secrets(redacted), known = script::find_secrets(given);
  if (!secrets || !known) return std::string(redacted);
  std::map<std::string, std::string_view> values;
  for (const script::SecretValue& secret : known->values)
    values[secret.name] = given.substr(secret.start, secret.end - secret.start);
  return with_secrets(redacted, *secrets, [&](const std::string& name, std::string_view value) {
    const auto found = values.find(name);
    return std::string(value == kRedacted && found != values.end() ? found->second : value);
  });
}

std::vector<std::string> restore_arguments(std::span<const std::string> redacted, std::string_view given) {
  return with_script_args(redacted, [&](std::string_view text) { return restore_script_args(text, given); });
}

std::vector<std::string> redacted_names(std::span<const std::string> arguments) {
  std::vector<std::string> names;
  for_each_script_args(arguments, [&](std::size_t, const std::string& value) {
    const auto secrets = script::find_secrets(value);
    if (!secrets) return;
    for (const script::SecretValue& secret : secrets->values)
      if (value.substr(secret.start, secret.end - secret.start) == kRedacted) names.push_back(secret.name);
  });
  return names;
}

Result<SecretsDifference> compare_secrets(std::span<const std::string> arguments, std::string_view script_args) {
  const auto given = script::parse_script_args(script_args);
  if (!given) return given.error();
  const std::vector<std::string> names = redacted_names(arguments);
  SecretsDifference difference;
  std::ranges::copy_if(names, std::back_inserter(difference.missing),
                       [&](const std::string& name) { return !script::has_argument(*given, name); });
  std::optional<Value::Table> stored;  // the last --script-args counts
  for_each_script_args(arguments, [&](std::size_t, const std::string& value) {
    auto table = script::parse_script_args(value);
    if (table) stored = *std::move(table);
  });
  add_others(*given, stored ? &*stored : nullptr, "", names, difference.others);
  return difference;
}

}  // namespace sluice

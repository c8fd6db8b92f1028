// SPDX-License-Identifier: Apache-2.0
#include "compare/change_text.hpp"

#include "base/text.hpp"
#include "model/port_spec.hpp"
#include "output/escape.hpp"

namespace sluice {

std::unique_ptr<ChangeWriter> make_change_writer(ChangeFormat format, std::string old_name, std::string new_name,
                                                 Sink sink) {
  using namespace compare;
  if (format == ChangeFormat::Json) return std::make_unique<JsonChanges>(std::move(sink));
  if (format == ChangeFormat::Markdown)
    return std::make_unique<MarkdownChanges>(std::move(old_name), std::move(new_name), std::move(sink));
  return std::make_unique<TextChanges>(std::move(old_name), std::move(new_name), std::move(sink));
}

namespace compare {

namespace {

template <class... Kinds>
struct Overloaded : Kinds... {
  using Kinds::operator()...;
};
template <class... Kinds>
Overloaded(Kinds...) -> Overloaded<Kinds...>;

std::string joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const std::string& text : texts) all.append(all.empty() ? "" : ", ").append(text);
  return all;
}

std::string one_line(std::string_view text) { return output::protect(text, output::Keep::OneLine); }

std::string port_value_text(const Change::Port& port) {
  std::string text(to_text(port.state));
  std::string_view name = port.table_service;
  std::string details;
  for (const auto& [field, value] : port.service) {
    if (field == "name")
      name = value;
    else if (field == "product" || field == "version" || field == "extrainfo")
      details.append(" ").append(value);
  }
  if (!name.empty()) text.append(" ").append(name);
  return text + details;
}

std::string host_title(const Change& change) {
  std::string title = one_line(change.host);
  if (!change.host_name.empty() && change.host_name != change.host)
    title.append(" (").append(one_line(change.host_name)).append(")");
  return title;
}

}  // namespace

std::string port_text(const std::pair<Protocol, std::uint16_t>& port) {
  return std::to_string(port.second) + "/" + std::string(to_text(port.first));
}

std::string item_text(const Change& change) {
  std::string text = change.phase.empty() ? "" : std::string(change.phase) + " ";
  if (change.port) text = port_text(*change.port);
  switch (change.subject) {
    case Subject::Status:
      return "status";
    case Subject::Names:
      return "names";
    case Subject::Addresses:
      return "addresses";
    case Subject::Mac:
      return "MAC address";
    case Subject::ServiceField:
    case Subject::Script:
      return text + (change.port ? " " : "") + one_line(change.item);
    default:
      return text;
  }
}

std::string value_text(const Change::Value& value) {
  return std::visit(
      Overloaded{[](std::monostate) { return std::string(); }, [](std::string_view text) { return std::string(text); },
                 [](const std::vector<std::string>& texts) { return joined(texts); },
                 [](const Change::Port& port) { return port_value_text(port); },
                 [](const Change::Host& host) { return std::string(host.status); }},
      value);
}

std::string note_text(const Change& change) {
  if (change.kind == Change::Class::OldAskedOnly) return "only the old run asked";
  if (change.kind == Change::Class::NewAskedOnly) return "only the new run asked";
  if (change.kind == Change::Class::Different) return {};
  std::string reasons;
  for (const std::string_view reason : change.why) reasons.append(reasons.empty() ? "" : ", ").append(reason);
  return "no difference: " + reasons;
}

TextChanges::TextChanges(std::string old_name, std::string new_name, Sink sink)
    : old_name_(std::move(old_name)), new_name_(std::move(new_name)), sink_(std::move(sink)) {}

/// Writes a text, whose further lines are indented.
void TextChanges::line(char sign, std::string_view text) {
  std::string lines;
  bool first = true;
  do {
    lines += sign;
    lines += first ? " " : "       ";
    lines.append(output::protect(take_until(text, '\n'), output::Keep::OneLine)) += '\n';
    first = false;
  } while (!text.empty());
  sink_(lines);
}

void TextChanges::begin_host(const Change& change) {
  if (empty_) sink_("--- " + one_line(old_name_) + "\n+++ " + one_line(new_name_) + "\n");
  empty_ = false;
  if (change.host == host_) return;
  write_groups();
  host_ = change.host;
  if (!host_.empty() && change.subject != Change::Subject::Host) line('~', host_title(change));
}

bool TextChanges::add_to_group(const Change& change) {
  const auto state = [](const Change::Value& value) -> std::string_view {
    const auto* port = std::get_if<Change::Port>(&value);
    if (!port) return {};
    return port->service.empty() && port->scripts.empty() ? to_text(port->state) : to_text(PortState::Open);
  };
  std::string_view old_state, new_state;
  if (change.subject == Change::Subject::PortState) {
    old_state = std::get<std::string_view>(change.old_value);
    new_state = std::get<std::string_view>(change.new_value);
  } else if (change.subject == Change::Subject::Port) {
    old_state = state(change.old_value);
    new_state = state(change.new_value);
  } else {
    return false;
  }
  if (old_state == "open" || new_state == "open") return false;
  groups_[{change.kind, change.port->first, old_state, new_state}].push_back(change.port->second);
  return true;
}

void TextChanges::write_groups() {
  for (const auto& [group, ports] : groups_) {
    const auto& [kind, protocol, old_state, new_state] = group;
    Change change;
    change.kind = kind;
    change.why.assign(1, "no-state");
    const std::string note = kind == Change::Class::Different ? "" : "  [" + note_text(change) + "]";
    const std::string name = "  " + model::ranges_text(ports) + "/" + std::string(to_text(protocol)) + " ";
    const bool noise = kind == Change::Class::Noise;
    if (!old_state.empty()) line(noise ? '=' : '-', name + std::string(old_state) + note);
    if (!new_state.empty()) line(noise ? '=' : '+', name + std::string(new_state) + note);
  }
  groups_.clear();
}

void TextChanges::write_port(char sign, const Change::Port& port, std::string_view note) {
  const std::string name = "  " + port_text({port.protocol, port.number}) + " ";
  line(sign, name + port_value_text(port) + std::string(note));
  for (const auto& [id, output] : port.scripts) line(sign, name + one_line(id) + ": " + std::string(trim(output)));
}

void TextChanges::write_host(char sign, const Change& change, const Change::Host& host) {
  const std::string note = note_text(change);
  line(sign, host_title(change) + " is " + std::string(host.status) + (note.empty() ? "" : "  [" + note + "]"));
  for (const Change::Port& port : host.ports) write_port(sign, port, "");
  for (const Change::PortGroup& group : host.not_shown)
    line(sign, "  " + std::to_string(group.count) + " further " + std::string(to_text(group.protocol)) + " ports " +
                   std::string(to_text(group.state)));
  for (const auto& [id, output] : host.scripts) line(sign, "  " + one_line(id) + ": " + std::string(trim(output)));
}

void TextChanges::write(const Change& change) {
  begin_host(change);
  if (const auto* host = std::get_if<Change::Host>(&change.old_value)) return write_host('-', change, *host);
  if (const auto* host = std::get_if<Change::Host>(&change.new_value)) return write_host('+', change, *host);
  if (add_to_group(change)) return;
  const std::string note = note_text(change);
  const std::string behind = note.empty() ? "" : "  [" + note + "]";
  if (const auto* port = std::get_if<Change::Port>(&change.old_value)) return write_port('-', *port, behind);
  if (const auto* port = std::get_if<Change::Port>(&change.new_value)) return write_port('+', *port, behind);
  const std::string name = "  " + item_text(change);
  if (change.kind == Change::Class::Noise) return line('=', name + behind);
  const std::string between = change.subject == Change::Subject::PortState ? " " : ": ";
  const auto write_value = [&](char sign, const Change::Value& value) {
    if (!std::holds_alternative<std::monostate>(value))
      line(sign, name + between + std::string(trim(value_text(value))) + behind);
  };
  write_value('-', change.old_value);
  write_value('+', change.new_value);
}

void TextChanges::finish() { write_groups(); }

}  // namespace compare

}  // namespace sluice

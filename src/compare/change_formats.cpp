// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"
#include "compare/change_text.hpp"
#include "output/escape.hpp"
#include "output/json_text.hpp"

namespace sluice::compare {

namespace {

std::string port_name(Protocol protocol, std::uint16_t number) {
  return std::string(to_text(protocol)) + ":" + std::to_string(number);
}

/// Appends a part of a JSON Pointer (RFC 6901).
void append_part(std::string& path, std::string_view part) {
  path += '/';
  for (const char c : part) {
    if (c == '~')
      path += "~0";
    else if (c == '/')
      path += "~1";
    else
      path += c;
  }
}

std::string path_of(const Change& change) {
  std::string path;
  if (!change.phase.empty()) {
    append_part(path, change.phase);
    append_part(path, change.item);
    return path;
  }
  path = "/hosts";
  append_part(path, change.host);
  if (change.port) {
    path += "/ports";
    append_part(path, port_name(change.port->first, change.port->second));
  }
  if (change.subject == Subject::Status) path += "/status";
  if (change.subject == Subject::Names) path += "/names";
  if (change.subject == Subject::Addresses) path += "/addresses";
  if (change.subject == Subject::Mac) path += "/mac";
  if (change.subject == Subject::PortState) path += "/state";
  if (change.subject == Subject::ServiceField || change.subject == Subject::Script) {
    path += change.subject == Subject::Script ? "/scripts" : "/service";
    append_part(path, change.item);
  }
  return path;
}

/// Appends values as JSON.
class ValueText {
 public:
  explicit ValueText(std::string& out) : json_(out) {}

  void operator()(std::monostate) {}
  void operator()(std::string_view text) { json_.text(text); }
  void operator()(const std::vector<std::string>& texts) {
    json_.begin('[');
    for (const std::string& text : texts) json_.text(text);
    json_.end(']');
  }
  void operator()(const Change::Port& port) {
    json_.begin('{');
    json_.key("state");
    json_.word(to_text(port.state));
    append("service", port.service);
    append("scripts", port.scripts);
    json_.end('}');
  }
  void operator()(const Change::Host& host) {
    json_.begin('{');
    json_.key("status");
    json_.word(host.status);
    json_.key("names");
    (*this)(host.names);
    json_.key("addresses");
    (*this)(host.addresses);
    json_.key("mac");
    json_.text(host.mac);
    json_.key("ports");
    json_.begin('{');
    for (const Change::Port& port : host.ports) {
      json_.key(port_name(port.protocol, port.number));
      (*this)(port);
    }
    json_.end('}');
    json_.key("not_shown");
    json_.begin('[');
    for (const Change::PortGroup& group : host.not_shown) {
      json_.begin('{');
      json_.key("state");
      json_.word(to_text(group.state));
      json_.key("protocol");
      json_.word(to_text(group.protocol));
      json_.key("count");
      json_.number(group.count);
      json_.key("ports");
      json_.word(group.ports);
      json_.end('}');
    }
    json_.end(']');
    append("scripts", host.scripts);
    json_.end('}');
  }

 private:
  void append(std::string_view key, const std::vector<Change::Field>& fields) {
    json_.key(key);
    json_.begin('{');
    for (const auto& [name, value] : fields) {
      json_.any_key(name);
      json_.text(value);
    }
    json_.end('}');
  }

  output::JsonText json_;
};

/// Returns a text as one cell of a table in Markdown.
std::string cell(std::string_view text) {
  std::string cell;
  for (std::string_view rest = trim(text); !rest.empty();) {
    if (!cell.empty()) cell += "<br>";
    for (const char c : output::protect(take_until(rest, '\n'), output::Keep::OneLine)) {
      if (c == '<')
        cell += "&lt;";
      else if (c == '&')
        cell += "&amp;";
      else if (std::string_view("\\`*_[]|!#~").find(c) != std::string_view::npos)
        (cell += '\\') += c;
      else
        cell += c;
    }
  }
  return cell;
}

std::string markdown_value(const Change::Value& value) {
  std::string text = value_text(value);
  const auto add_scripts = [&](std::string_view port, const std::vector<Change::Field>& scripts) {
    for (const auto& [id, output] : scripts)
      text.append("\n").append(port).append(id).append(": ").append(trim(output));
  };
  if (const auto* host = std::get_if<Change::Host>(&value)) {
    for (const Change::Port& port : host->ports) {
      const std::string name = port_text({port.protocol, port.number}) + " ";
      text.append("\n").append(name).append(value_text(port));
      add_scripts(name, port.scripts);
    }
    add_scripts("", host->scripts);
  }
  if (const auto* port = std::get_if<Change::Port>(&value)) add_scripts("", port->scripts);
  return cell(text);
}

}  // namespace

void JsonChanges::write(const Change& change) {
  constexpr std::string_view kOps[] = {"add", "remove", "replace"};
  std::string text;
  output::JsonText json(text);
  json.begin('{');
  json.key("op");
  json.word(kOps[static_cast<std::size_t>(change.op)]);
  json.key("path");
  json.text(path_of(change));
  for (const auto& [key, value] : {std::pair("old", &change.old_value), std::pair("new", &change.new_value)}) {
    if (std::holds_alternative<std::monostate>(*value)) continue;
    json.key(key);
    std::visit(ValueText(text), *value);
  }
  if (change.kind == Change::Class::OldAskedOnly || change.kind == Change::Class::NewAskedOnly) {
    json.key("asked");
    json.word(change.kind == Change::Class::OldAskedOnly ? "old" : "new");
  }
  if (change.kind == Change::Class::Noise) {
    json.key("noise");
    json.begin('[');
    for (const std::string_view reason : change.why) json.word(reason);
    json.end(']');
  }
  json.end('}');
  sink_((empty_ ? "[\n" : ",\n") + text);
  empty_ = false;
}

void JsonChanges::finish() { sink_(empty_ ? "[]\n" : "\n]\n"); }

void MarkdownChanges::write(const Change& change) {
  if (empty_)
    sink_("Changes from " + cell(old_name_) + " to " + cell(new_name_) +
          ":\n\n| host | item | old | new | note |\n|---|---|---|---|---|\n");
  empty_ = false;
  std::string host(change.host);
  if (!change.host_name.empty() && change.host_name != change.host) host.append(" ").append(change.host_name);
  sink_("| " + cell(host) + " | " + cell(item_text(change)) + " | " + markdown_value(change.old_value) + " | " +
        markdown_value(change.new_value) + " | " + cell(note_text(change)) + " |\n");
}

void MarkdownChanges::finish() {
  if (empty_) sink_("No difference between " + cell(old_name_) + " and " + cell(new_name_) + ".\n");
}

}  // namespace sluice::compare

// SPDX-License-Identifier: Apache-2.0
#include "output/script_text.hpp"

#include <fmt/format.h>

#include <iterator>
#include <string_view>
#include <variant>

#include "output/escape.hpp"
#include "output/paint.hpp"

namespace sluice::output {
namespace {

std::string escaped(std::string_view text) { return xml_escape(protect(text, Keep::AsciiReturns)); }

void append_table(std::string& out, const Value::Table& table);

/// `key`: null for list items.
void append_entry(std::string& out, const std::string* key, const Value& value) {
  const std::string attribute = key ? fmt::format(" key=\"{}\"", escaped(*key)) : "";
  if (const auto* table = std::get_if<Value::Table>(&value.data)) {
    fmt::format_to(std::back_inserter(out), "<table{}>\n", attribute);
    append_table(out, *table);
    out += "</table>\n";
  } else {
    fmt::format_to(std::back_inserter(out), "<elem{}>{}</elem>\n", attribute, escaped(to_text(value)));
  }
}

void append_table(std::string& out, const Value::Table& table) {
  for (const Value& item : table.items) append_entry(out, nullptr, item);
  for (const auto& [key, value] : table.fields) append_entry(out, &key, value);
}

}  // namespace

std::string script_text(const ScriptResult& script, bool colour) {
  std::string body = protect(script.output, Keep::AsciiLines);
  if (body.empty()) return "";
  if (body.back() == '\n') body.pop_back();
  body.insert(0, protect(script.id, Keep::OneLine) + ": ");
  std::string text;
  text.reserve(body.size() + body.size() / 8);
  std::string_view rest = body;
  for (std::size_t end; (end = rest.find('\n')) != std::string_view::npos; rest.remove_prefix(end + 1))
    text.append("| ").append(rest.substr(0, end + 1));
  text.append("|_").append(rest).append("\n");
  return painted(text, colour && script.output.starts_with("ERROR: ") ? Paint::Red : Paint::None);
}

std::string script_xml(const ScriptResult& script) {
  std::string out = fmt::format("<script id=\"{}\" output=\"{}\"", xml_escape(script.id), escaped(script.output));
  if (!script.structured) return out + "/>";
  out += '>';
  if (const auto* table = std::get_if<Value::Table>(&script.structured->data))
    append_table(out, *table);
  else
    out += escaped(to_text(*script.structured));
  return out + "</script>";
}

}  // namespace sluice::output

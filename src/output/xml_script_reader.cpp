// SPDX-License-Identifier: Apache-2.0
#include "output/xml_script_reader.hpp"

#include <algorithm>
#include <utility>

namespace sluice::output {

namespace {

using model::bytes_of;

std::optional<std::string> key_of(const model::XmlAttributes& attributes) {
  const auto key = attributes.find("key");
  return key ? std::optional(bytes_of(*key)) : std::nullopt;
}

}  // namespace

XmlScriptReader::XmlScriptReader(const model::XmlAttributes& attributes) {
  result_.id = bytes_of(attributes["id"]);
  result_.output = bytes_of(attributes["output"]);
}

void XmlScriptReader::open_table(const model::XmlAttributes& attributes) {
  unclosed_.push_back({key_of(attributes), Value{Value::Table{}}});
}

void XmlScriptReader::open_elem(const model::XmlAttributes& attributes) {
  unclosed_.push_back({key_of(attributes), Value{std::string()}});
}

void XmlScriptReader::text(std::string_view part) {
  if (unclosed_.empty())
    text_ += part;
  else if (auto* const elem = std::get_if<std::string>(&unclosed_.back().value.data))
    *elem += part;  // the text of a table is white space
}

void XmlScriptReader::close_value() {
  Open closed = std::move(unclosed_.back());
  unclosed_.pop_back();
  if (auto* const elem = std::get_if<std::string>(&closed.value.data)) *elem = bytes_of(*elem);
  // An <elem> has no elements with a meaning, so the outer value is a table.
  Value::Table& outer = unclosed_.empty() ? table_ : std::get<Value::Table>(unclosed_.back().value.data);
  if (closed.key)
    outer.fields.push_back({*std::move(closed.key), std::move(closed.value)});
  else
    outer.items.push_back(std::move(closed.value));
}

ScriptResult XmlScriptReader::finish(bool empty_tag) && {
  const bool has_values = !table_.items.empty() || !table_.fields.empty();
  if (has_values || (text_.empty() && !empty_tag))
    result_.structured = Value{std::move(table_)};
  else if (!text_.empty())
    result_.structured = Value{bytes_of(text_)};
  return std::move(result_);
}

void sort_by_id(std::vector<ScriptResult>& results) { std::ranges::stable_sort(results, {}, &ScriptResult::id); }

}  // namespace sluice::output

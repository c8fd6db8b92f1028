// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <sluice/report.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "model/xml_attributes.hpp"

namespace sluice::output {

/// Collects the contents of one <script> element. Owned by the reader of the report. Not thread-safe.
class XmlScriptReader {
 public:
  explicit XmlScriptReader(const model::XmlAttributes& attributes);

  /// Handles a <table> or an <elem>, its text, and its end. text() also takes the text of the <script> itself.
  void open_table(const model::XmlAttributes& attributes);
  void open_elem(const model::XmlAttributes& attributes);
  void text(std::string_view part);
  void close_value();

  /// Returns the result. `empty_tag`: true if the element is a single tag, which has no structured value.
  ScriptResult finish(bool empty_tag) &&;

 private:
  struct Open {
    std::optional<std::string> key;  ///< empty for a list item
    Value value;                     ///< a string or a table
  };

  ScriptResult result_;
  std::string text_;            ///< of the <script> itself
  Value::Table table_;          ///< values in the <script> itself
  std::vector<Open> unclosed_;  ///< outermost first
};

/// Sorts results as reports have them. nmap writes them in another order. Thread-safe.
void sort_by_id(std::vector<ScriptResult>& results);

}  // namespace sluice::output

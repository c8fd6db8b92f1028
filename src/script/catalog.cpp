// SPDX-License-Identifier: Apache-2.0
#include "script/catalog.hpp"

#include <algorithm>
#include <optional>

#include "base/text.hpp"

namespace sluice::script {

namespace {

/// Reads names, strings and single characters. Skips white space, semicolons and Lua comments between them.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  [[nodiscard]] bool at_end() {
    skip();
    return at_ == text_.size();
  }
  bool accept(char wanted) {
    skip();
    if (at_ == text_.size() || text_[at_] != wanted) return false;
    ++at_;
    return true;
  }
  std::string_view name() {
    skip();
    const std::size_t start = at_;
    while (at_ < text_.size() && (is_letter(text_[at_]) || is_digit(text_[at_]) || text_[at_] == '_')) ++at_;
    return text_.substr(start, at_ - start);
  }
  std::optional<std::string> string() {
    skip();
    if (at_ == text_.size() || (text_[at_] != '"' && text_[at_] != '\'')) return std::nullopt;
    const char quote = text_[at_++];
    std::string value;
    for (; at_ < text_.size() && text_[at_] != '\n'; ++at_) {
      if (text_[at_] == quote) {
        ++at_;
        return value;
      }
      if (text_[at_] == '\\' && ++at_ == text_.size()) break;
      value += text_[at_];
    }
    return std::nullopt;
  }
  [[nodiscard]] std::size_t line() const {
    return 1 +
           static_cast<std::size_t>(std::count(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(at_), '\n'));
  }

 private:
  void skip() {
    while (at_ < text_.size()) {
      if (is_space(text_[at_]) || text_[at_] == ';') {
        ++at_;
      } else if (text_.substr(at_, 2) == "--") {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else {
        return;
      }
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

bool read_categories(Reader& reader, std::vector<std::string>& categories) {
  if (!reader.accept('{')) return false;
  while (!reader.accept('}')) {
    auto category = reader.string();
    if (!category) return false;
    categories.push_back(std::move(*category));
    if (!reader.accept(',')) return reader.accept('}');
  }
  return true;
}

bool read_field(Reader& reader, Entry& entry) {
  const std::string_view field = reader.name();
  if (!reader.accept('=')) return false;
  if (field == "categories") return entry.categories.empty() && read_categories(reader, entry.categories);
  if (field != "filename" || !entry.filename.empty()) return false;
  auto value = reader.string();
  if (!value || value->empty()) return false;
  entry.filename = std::move(*value);
  return true;
}

/// Reads both fields in either order, with a comma between them and an optional one behind.
bool read_entry(Reader& reader, Entry& entry) {
  if (reader.name() != "Entry" || !reader.accept('{')) return false;
  if (!read_field(reader, entry) || !reader.accept(',') || !read_field(reader, entry)) return false;
  reader.accept(',');
  return !entry.filename.empty() && reader.accept('}');
}

}  // namespace

Result<std::vector<Entry>> parse_script_database(std::string_view text) {
  std::vector<Entry> entries;
  Reader reader(text);
  while (!reader.at_end())
    if (!read_entry(reader, entries.emplace_back()))
      return Error{"script.db is damaged at line " + std::to_string(reader.line()) +
                   "; write it again with --script-updatedb"};
  return entries;
}

std::string script_database_text(std::vector<Entry> entries) {
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.filename < b.filename; });
  std::string text;
  for (Entry& entry : entries) {
    for (std::string& category : entry.categories) category = to_lower(category);
    std::sort(entry.categories.begin(), entry.categories.end());
    entry.categories.erase(std::unique(entry.categories.begin(), entry.categories.end()), entry.categories.end());
    text += "Entry { filename = \"" + entry.filename + "\", categories = { ";
    for (const std::string& category : entry.categories) text += '"' + category + "\", ";
    text += "} }\n";
  }
  return text;
}

}  // namespace sluice::script

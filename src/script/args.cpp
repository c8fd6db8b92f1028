// SPDX-License-Identifier: Apache-2.0
#include "script/args.hpp"

#include <algorithm>
#include <array>
#include <sluice/typography.hpp>
#include <unordered_map>
#include <vector>

#include "base/text.hpp"

namespace sluice::script {

namespace {

constexpr unsigned kMaxNestedTables = 100;

bool is_secret(std::string_view name) {
  const std::string lower = to_lower(name);
  return std::ranges::any_of(std::array{"pass", "secret", "token", "key"},
                             [&](const char* word) { return lower.find(word) != std::string::npos; });
}

bool is_blank(char c) { return is_space(c) && c != '\n'; }

/// Recursive-descent parser of `text`, to which the caller adds the outer braces. Reads the text once, with one
/// exception: after a quotation mark without a second one it goes back and reads a bare string.
class ArgsParser {
 public:
  explicit ArgsParser(std::string text) : text_(std::move(text)) {}

  std::optional<Value::Table> parse() {
    Value::Table table;
    if (!read_table(table)) return std::nullopt;
    return table;
  }

  /// Returns the secret values of the text without the outer braces. REQUIRES: parse() has returned a table.
  [[nodiscard]] Secrets secrets() const { return {secrets_, std::min(at_, text_.size() - 1) - 1}; }

  /// Returns the reason why parse() returned nothing.
  [[nodiscard]] Error error() const {
    if (wrong_name_) return Error{*wrong_name_};
    return Error{"the script arguments did not parse at '" + culprit() + "'"};
  }

 private:
  /// Returns the text of the argument at which parse() stopped.
  [[nodiscard]] std::string culprit() const {
    constexpr std::size_t kBefore = 60, kMax = 120;  // in bytes
    const std::string_view written = std::string_view(text_).substr(1, text_.size() - 2);
    const std::size_t place = std::min(at_ > 0 ? at_ - 1 : 0, written.size());
    std::size_t start = written.substr(0, place).find_last_of(",\n") + 1;  // 0 if there is no separator
    if (place - start > kBefore) start = place - kBefore;
    return shortened(trim(written.substr(start, written.find_first_of(",\n", place) - start)), kMax);
  }

  [[nodiscard]] char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool accept(char wanted) {
    if (at_ == text_.size() || text_[at_] != wanted) return false;
    ++at_;
    return true;
  }
  void skip_blanks() {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
  }
  void skip_space() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  }

  bool read_table(Value::Table& table) {
    if (depth_ == kMaxNestedTables || !accept('{')) return false;
    ++depth_;
    do {
      skip_space();
      if (!read_field(table)) return false;
      skip_blanks();
    } while (accept('\n') || accept(','));
    --depth_;
    keep_last(table.fields);
    return accept('}');
  }

  /// Removes repeated names. The first field of a name keeps its position and gets the value of the last one.
  static void keep_last(std::vector<Value::Field>& fields) {
    std::unordered_map<std::string_view, std::size_t> places;
    places.reserve(fields.size());
    std::vector<bool> repeated(fields.size());
    for (std::size_t at = 0; at < fields.size(); ++at) {
      const auto [place, fresh] = places.emplace(fields[at].key, at);
      if (fresh) continue;
      fields[place->second].value = std::move(fields[at].value);
      repeated[at] = true;
    }
    if (places.size() == fields.size()) return;
    std::size_t kept = 0;
    for (std::size_t at = 0; at < fields.size(); ++at)
      if (!repeated[at] && kept++ != at) fields[kept - 1] = std::move(fields[at]);
    fields.resize(kept);
  }

  bool read_field(Value::Table& table) {
    if (peek() == '{') return read_value(table.items.emplace_back());
    const bool quoted = peek() == '"' || peek() == '\'';
    std::string name = read_string();
    skip_blanks();
    if (!accept('=')) {
      table.items.push_back({std::move(name)});
      return true;
    }
    if (const auto complaint = quoted ? std::nullopt : complaint_about_typography(name)) {
      wrong_name_ = "the name of the script argument " + in_quotes(name) + ' ' + *complaint +
                    " Quotation marks around the name allow it.";
      return false;
    }
    Value value;
    skip_blanks();
    if (!read_named_value(name, value)) return false;
    table.fields.push_back({std::move(name), std::move(value)});
    return true;
  }

  bool read_named_value(const std::string& name, Value& value) {
    const std::size_t start = at_, outer = path_.size();
    path_ += (outer == 0 ? "" : ".") + name;
    const bool done = read_value(value);
    if (done && is_secret(name)) {
      std::erase_if(secrets_, [&](const SecretValue& inner) { return inner.start >= start - 1; });
      secrets_.push_back({path_, start - 1, at_ - 1});  // positions without the outer brace
    }
    path_.resize(outer);
    return done;
  }

  bool read_value(Value& value) {
    if (peek() == '{') return read_table(value.data.emplace<Value::Table>());
    value.data = read_string();
    return true;
  }

  std::string read_string() {
    if (peek() == '"' || peek() == '\'')
      if (auto quoted = read_quoted(peek())) return std::move(*quoted);
    const std::size_t end = std::min(text_.find_first_of("\n,{}=", at_), text_.size());
    const std::string_view bare = std::string_view(text_).substr(at_, end - at_);
    at_ = end;
    return std::string(trim(bare));
  }

  std::optional<std::string> read_quoted(char quote) {
    std::string value;
    for (std::size_t i = at_ + 1; i < text_.size(); ++i) {
      if (text_[i] == quote) {
        at_ = i + 1;
        return value;
      }
      const bool escaped = text_[i] == '\\' && i + 1 < text_.size() && (text_[i + 1] == quote || text_[i + 1] == '\\');
      if (escaped) ++i;
      value += text_[i];
    }
    return std::nullopt;
  }

  std::string text_;
  std::size_t at_ = 0;
  unsigned depth_ = 0;
  std::string path_;  ///< names of the open tables
  std::vector<SecretValue> secrets_;
  std::optional<std::string> wrong_name_;
};

}  // namespace

std::string script_args_text(const std::optional<std::string>& file, const std::optional<std::string>& option) {
  std::string text = file.value_or("");
  while (!text.empty() && (is_space(text.back()) || text.back() == ',')) text.pop_back();
  if (!option) return text;
  return text.empty() ? *option : text + ',' + *option;
}

Result<Value::Table> parse_script_args(std::string_view text) {
  if (trim(text).empty()) return Value::Table{};
  ArgsParser parser('{' + std::string(text) + '}');
  auto table = parser.parse();
  if (!table) return parser.error();
  return std::move(*table);
}

Result<Secrets> find_secrets(std::string_view text) {
  if (trim(text).empty()) return Secrets{{}, text.size()};
  ArgsParser parser('{' + std::string(text) + '}');
  if (!parser.parse()) return parser.error();
  return parser.secrets();
}

bool has_argument(const Value::Table& arguments, std::string_view name) {
  return std::ranges::any_of(arguments.fields, [&](const Value::Field& field) {
    if (field.key == name) return true;
    const auto* table = std::get_if<Value::Table>(&field.value.data);
    return table && name.starts_with(field.key + '.') && has_argument(*table, name.substr(field.key.size() + 1));
  });
}

}  // namespace sluice::script

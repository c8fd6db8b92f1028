// SPDX-License-Identifier: Apache-2.0
#include "script/documentation.hpp"

#include <algorithm>
#include <limits>

#include "base/text.hpp"
#include "script/lua_lexer.hpp"

namespace sluice::script {

namespace {

using TokenKind = LuaToken::Kind;

/// Returns lines without the indentation that they have in common, and without blank lines at both ends.
std::string without_indentation(const std::vector<std::string_view>& lines) {
  std::size_t common = std::numeric_limits<std::size_t>::max();
  for (const std::string_view line : lines)
    if (const std::size_t indentation = line.find_first_not_of(" \t"); indentation != std::string_view::npos)
      common = std::min(common, indentation);
  std::string text;
  for (std::string_view line : lines) {
    while (!line.empty() && is_space(line.back())) line.remove_suffix(1);
    if (!text.empty()) text += '\n';
    if (line.size() > common) text += line.substr(common);
  }
  while (text.ends_with('\n')) text.pop_back();
  return text.substr(std::min(text.find_first_not_of('\n'), text.size()));
}

/// Returns the name of an argument in a word: without markup, punctuation and a value (`name=<value>`).
std::string argument_name(std::string_view word) {
  const std::string plain = without_markup(word);
  std::string_view name = std::string_view(plain).substr(0, plain.find('='));
  while (!name.empty() && std::string_view(":,;)").find(name.back()) != std::string_view::npos) name.remove_suffix(1);
  return std::string(name);
}

/// Returns the names at the start of the text of an argument, such as "a.b" or "a.b (or a.c)", and removes them.
std::vector<std::string> take_argument_names(std::string_view& text) {
  std::vector<std::string> names{argument_name(take_word(text))};
  for (std::string_view rest = text;;) {
    const std::string_view joint = take_word(rest);
    std::string name = argument_name(take_word(rest));
    if ((joint != "or" && joint != "(or") || name.find('.') == std::string::npos) break;
    names.push_back(std::move(name));
    text = rest;
  }
  for (text = trim(text); text.starts_with("- ") || text.starts_with(": ") || text.starts_with("= ");)
    text = trim(text.substr(1));
  return names;
}

/// Collects the tags of the comments of a source. A tag ends at the next one, and where its comment ends.
class TagReader {
 public:
  explicit TagReader(Documentation& documentation) : documentation_(documentation) {}

  /// Reads a comment. Comments on adjacent lines belong together.
  void read(const LuaToken& comment) {
    std::string_view text = comment.text;
    const bool is_long = text.starts_with("--[[") || text.starts_with("--[=");
    if (comment.line != next_line_ || is_long || !comment.first_on_line) end();
    if (!comment.first_on_line) return;
    if (is_long) {
      const std::size_t bracket = text.find('[', 3) + 1;
      text = text.substr(bracket, text.size() - bracket - (bracket - 2));
      for (std::size_t line = comment.line; !text.empty(); ++line) read_line(take_until(text, '\n'), line);
      return end();
    }
    text.remove_prefix(std::min(text.find_first_not_of('-'), text.size()));
    read_line(text, comment.line);
    next_line_ = comment.line + 1;
  }
  void end() {
    if (tag_) finish_tag();
    tag_.reset();
    lines_.clear();
    next_line_ = 0;
  }

 private:
  void read_line(std::string_view line, std::size_t number) {
    std::string_view text = trim(line);
    if (text.size() < 2 || text[0] != '@' || !is_letter(text[1])) {
      if (tag_) lines_.push_back(line);
      return;
    }
    if (tag_) finish_tag();
    std::size_t end = 1;
    while (end < text.size() && is_letter(text[end])) ++end;
    tag_ = LocatedText{std::string(text.substr(1, end - 1)), number};
    documentation_.tags.push_back(*tag_);
    lines_.clear();
    first_ = trim(text.substr(end));
  }

  void finish_tag() {
    if (tag_->text == "args" || tag_->text == "arg") return finish_argument();
    if (tag_->text == "see") {
      std::string_view rest = first_;
      for (std::string_view word = take_word(rest); !word.empty(); word = take_word(rest)) {
        while (word.ends_with(',')) word.remove_suffix(1);
        if (word.find('.') != std::string_view::npos) documentation_.see.push_back({std::string(word), tag_->line});
      }
      return;
    }
    auto* const list = tag_->text == "usage"       ? &documentation_.usage
                       : tag_->text == "output"    ? &documentation_.output
                       : tag_->text == "xmloutput" ? &documentation_.xml_output
                                                   : nullptr;
    if (!list) return;
    std::string text = without_indentation(lines_);
    if (!first_.empty()) text = std::string(first_) + (text.empty() ? "" : "\n") + text;
    list->push_back({list == &documentation_.usage ? without_markup(text) : std::move(text), tag_->line});
  }

  void finish_argument() {
    std::string_view rest = first_;
    std::vector<std::string> names = take_argument_names(rest);
    std::string text(rest);
    for (const std::string_view line : lines_) (text += '\n') += line;
    text = flowed_text(text);
    for (std::string& name : names)
      if (!name.empty()) documentation_.arguments.push_back({std::move(name), text, tag_->line});
  }

  Documentation& documentation_;
  std::optional<LocatedText> tag_;       ///< the one that is being read
  std::string_view first_;               ///< what follows it on its line
  std::vector<std::string_view> lines_;  ///< the further lines
  std::size_t next_line_ = 0;            ///< a comment at this line continues the one before; 0: none does
};

/// Reads fields and libraries from the tokens of a source, which have no comments.
class FieldReader {
 public:
  FieldReader(const std::vector<LuaToken>& tokens, Documentation& documentation)
      : tokens_(tokens), documentation_(documentation) {}

  void read() {
    for (at_ = 0; tokens_[at_].kind != TokenKind::End; ++at_) {
      const LuaToken& token = tokens_[at_];
      if (token.kind == TokenKind::Name) {
        if (token.text.ends_with("require")) read_library();
        if (closed_ == 0) read_names();
      } else if (token.is("end") || token.is("until") || token.is(")") || token.is("}")) {
        leave();
      } else if (token.is("function") || token.is("do") || token.is("if") || token.is("repeat") || token.is("(") ||
                 token.is("{")) {
        enter();
      }
    }
    const auto order = [](const std::string& rule) { return std::ranges::find(kRules, rule) - kRules.begin(); };
    std::ranges::sort(documentation_.rules, {}, order);
  }

 private:
  [[nodiscard]] const LuaToken& token(std::size_t at) const { return tokens_[std::min(at, tokens_.size() - 1)]; }
  void enter() {
    const LuaToken& opener = token(at_);
    if (opener.is("function") && closed_ == 0 && !(at_ > 0 && token(at_ - 1).is("local")))
      note_rule(token(at_ + 1).text);
    const bool block = opener.is("do") || opener.is("if") || opener.is("repeat");
    open_.push_back(block);
    if (!block) ++closed_;
  }
  void leave() {
    if (open_.empty()) return;
    if (!open_.back()) --closed_;
    open_.pop_back();
  }

  void note_rule(std::string_view name) {
    const bool known = std::ranges::find(kRules, name) != kRules.end();
    if (known && std::ranges::find(documentation_.rules, name) == documentation_.rules.end())
      documentation_.rules.emplace_back(name);
  }

  void read_library() {
    if (token(at_).text != "require" && token(at_).text != "silent_require") return;
    std::size_t at = at_ + 1;
    while (token(at).is("(") || token(at).is(",")) ++at;
    if (token(at).kind != TokenKind::String) return;
    LocatedText library{string_value(token(at).text), token(at).line};
    if (std::ranges::find(documentation_.libraries, library.text, &LocatedText::text) == documentation_.libraries.end())
      documentation_.libraries.push_back(std::move(library));
  }

  /// Reads names that are separated by commas, and if they are assigned, the values of fields.
  void read_names() {
    const std::size_t first = at_;
    const LuaToken& before = first > 0 ? token(first - 1) : token(tokens_.size() - 1);
    while (token(at_ + 1).is(",") && token(at_ + 2).kind == TokenKind::Name) at_ += 2;
    if (!token(at_ + 1).is("=") || before.is("local") || before.is(".") || before.is(":") || before.is("for")) return;
    for (std::size_t at = first; at <= at_; at += 2) note_rule(token(at).text);
    if (first != at_) return;
    const std::string_view name = token(first).text;
    const std::size_t value = at_ + 2;
    auto& found = documentation_;
    if (name == "description" && !found.description) found.description = text_at(value);
    if (name == "license" && !found.license) found.license = text_at(value);
    if (name == "categories" && found.categories.empty()) found.categories = list_at(value, name);
    if (name == "dependencies" && found.dependencies.empty()) found.dependencies = list_at(value, name);
    if (name == "author" && found.authors.empty()) found.authors = texts_at(value);
  }

  /// Returns the constant text at `at`, which may be joined by `..`.
  [[nodiscard]] std::optional<LocatedText> text_at(std::size_t at) const {
    if (token(at).kind != TokenKind::String) return std::nullopt;
    LocatedText text{string_value(token(at).text), token(at).line};
    for (; token(at + 1).is("..") && token(at + 2).kind == TokenKind::String; at += 2)
      text.text += string_value(token(at + 2).text);
    return text;
  }
  /// Returns the texts of the table of texts at `at`, or the one text there.
  [[nodiscard]] std::vector<LocatedText> texts_at(std::size_t at) const {
    if (const auto text = text_at(at)) return {*text};
    std::vector<LocatedText> texts;
    if (!token(at).is("{")) return texts;
    for (++at; token(at).kind != TokenKind::End && !token(at).is("}") && !token(at).is("{"); ++at) {
      const bool begins = token(at - 1).is("{") || token(at - 1).is(",") || token(at - 1).is(";");
      if (begins && token(at).kind == TokenKind::String) texts.push_back(*text_at(at));
    }
    return texts;
  }

  /// The same for a field that must have texts only. Notes the first item that is a constant of another type.
  std::vector<LocatedText> list_at(std::size_t at, std::string_view field) {
    std::vector<LocatedText> texts = texts_at(at);
    if (!token(at).is("{")) return texts;
    std::size_t depth = 0;  // of brackets in items
    for (++at; token(at).kind != TokenKind::End && (depth > 0 || !token(at).is("}")); ++at) {
      const bool opens = token(at).is("{") || token(at).is("(") || token(at).is("[");
      const bool closes = token(at).is("}") || token(at).is(")") || token(at).is("]");
      const bool begins = token(at - 1).is("{") || token(at - 1).is(",") || token(at - 1).is(";");
      if (opens) ++depth;
      if (closes && depth > 0) --depth;
      if (!begins || depth > (opens ? 1U : 0U)) continue;
      const bool ends = token(at + 1).is(",") || token(at + 1).is(";") || token(at + 1).is("}");
      if (token(at).is("nil") && ends) break;  // ends the list
      const bool simple = token(at).kind == TokenKind::Number || token(at).is("true") || token(at).is("false");
      const bool compound = token(at).is("{") || token(at).is("function");
      if (compound || (simple && ends)) {
        documentation_.wrong_items.push_back({std::string(field), token(at).line});
        break;
      }
    }
    return texts;
  }

  const std::vector<LuaToken>& tokens_;
  Documentation& documentation_;
  std::size_t at_ = 0;
  std::vector<bool> open_;  ///< blocks and brackets around the token; true for blocks of the chunk itself
  std::size_t closed_ = 0;  ///< number of functions and brackets among them, in which nothing belongs to the chunk
};

}  // namespace

Documentation read_documentation(std::string_view source) {
  Documentation documentation;
  TagReader tags(documentation);
  constexpr std::size_t kBytesPerToken = 6;  // in stock scripts; a guess for the memory
  std::vector<LuaToken> tokens;
  tokens.reserve(source.size() / kBytesPerToken);
  LuaLexer lexer(source);
  do {
    const LuaToken token = lexer.next();
    if (token.kind == TokenKind::Bad) break;
    if (token.kind == TokenKind::Comment)
      tags.read(token);
    else
      tokens.push_back(token);
  } while (tokens.empty() || tokens.back().kind != TokenKind::End);
  if (tokens.empty() || tokens.back().kind != TokenKind::End) tokens.emplace_back();
  tags.end();
  FieldReader(tokens, documentation).read();
  return documentation;
}

}  // namespace sluice::script

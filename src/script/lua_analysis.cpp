// SPDX-License-Identifier: Apache-2.0
#include "script/lua_analysis.hpp"

#include <algorithm>
#include <utility>

#include "script/lua_cursor.hpp"
#include "script/lua_scopes.hpp"

namespace sluice::script {

namespace {

using Known = KnownValue;
using Place = LuaPlace;

constexpr unsigned kMaxNesting = 190;  ///< of blocks and expressions; that of Lua is 200
constexpr std::string_view kArguments = "stdnse.get_script_args";

/// Recursive-descent parser that builds no tree. After the first error it skips the rest.
class Analyser : private LuaCursor {
 public:
  Analyser(std::string_view source, std::string_view id) : LuaCursor(source), id_(id) {}

  LuaAnalysis run() {
    block();
    if (!at_end()) fail("does not belong here");
    found_.error = error();
    return std::move(found_);
  }

 private:
  /// True if the nesting is not too deep. leave() must follow.
  bool enter() {
    if (++depth_ > kMaxNesting) fail("is nested too deeply");
    return depth_ <= kMaxNesting;
  }
  void leave() { --depth_; }

  // Statements.

  [[nodiscard]] bool at_block_end() const {
    return at_end() || token().is("end") || token().is("else") || token().is("elseif") || token().is("until");
  }
  void block() {
    const std::size_t scope = scopes_.size();
    statements();
    scopes_.end(scope);
  }
  void statements() {
    if (enter())
      while (!at_block_end()) {
        if (token().is("return")) {
          return_statement();
          break;
        }
        statement();
      }
    leave();
  }
  void return_statement() {
    skip();
    const bool is_environment = at_name() && token().text == "_ENV";
    const bool computes = found_.computes_globals;
    Known known;
    const std::size_t first = position();
    if (!at_block_end() && !token().is(";")) known = expressions().front();
    const bool environment = is_environment && position() == first + 1;
    accept(";");
    if (scopes_.in_function()) return;
    found_.result = known.value;
    found_.returns_environment = environment;
    if (environment) found_.computes_globals = computes;
    if (!at_block_end()) fail("stands behind 'return'");
  }
  void statement() {
    if (accept(";") || accept("break")) return;
    if (accept("::")) {
      expect_name();
      expect("::");
    } else if (accept("goto")) {
      expect_name();
    } else if (accept("do")) {
      block();
      expect("end");
    } else if (accept("while")) {
      expression();
      expect("do");
      block();
      expect("end");
    } else if (accept("repeat")) {
      const std::size_t scope = scopes_.size();
      statements();
      expect("until");
      expression();
      scopes_.end(scope);
    } else if (accept("if")) {
      if_statement();
    } else if (accept("for")) {
      for_statement();
    } else if (accept("function")) {
      named_function();
    } else if (accept("local")) {
      local_statement();
    } else {
      expression_statement();
    }
  }
  void if_statement() {
    do {
      expression();
      expect("then");
      block();
    } while (accept("elseif"));
    if (accept("else")) block();
    expect("end");
  }
  void for_statement() {
    std::vector<std::pair<std::string, std::size_t>> names;
    do {
      const std::size_t line = token().line;
      names.emplace_back(expect_name(), line);
    } while (accept(","));
    if (!accept("=")) expect("in");
    expressions();
    expect("do");
    const std::size_t scope = scopes_.size();
    for (auto& [name, line] : names) scopes_.declare(std::move(name), line);
    block();
    scopes_.end(scope);
    expect("end");
  }
  void named_function() {
    if (!at_name()) return fail("stands where the name of a function is expected");
    Place place = variable();
    bool method = false;
    while (!method && (token().is(".") || token().is(":"))) {
      const std::size_t line = token().line;
      method = token().is(":");
      skip();
      scopes_.read_before_suffix(place);
      scopes_.select(place, expect_name(), line);
    }
    scopes_.write(place, {.value = LuaValue::Function});
    function_body(method);
  }
  void local_statement() {
    if (accept("function")) {
      const std::size_t line = token().line;
      scopes_.declare(expect_name(), line);
      return function_body(false);
    }
    std::vector<std::pair<std::string, std::size_t>> names;
    do {
      const std::size_t line = token().line;
      names.emplace_back(expect_name(), line);
      if (accept("<")) {
        expect_name();
        expect(">");
      }
    } while (accept(","));
    std::vector<Known> values;
    if (accept("=")) values = expressions();
    values.resize(names.size());
    for (std::size_t at = 0; at < names.size(); ++at)
      scopes_.declare(std::move(names[at].first), names[at].second, std::move(values[at]));
  }
  void expression_statement() {
    std::vector<Place> places{suffixed()};
    if (!token().is("=") && !token().is(",")) {
      if (!places.front().call) fail("does not belong here");
      return scopes_.read(places.front());
    }
    while (accept(",")) places.push_back(suffixed());
    expect("=");
    std::vector<Known> values = expressions();
    values.resize(places.size());
    for (std::size_t at = 0; at < places.size(); ++at) {
      if (places[at].call) fail("follows a call, which cannot be assigned to");
      scopes_.write(places[at], values[at]);
    }
  }

  // Expressions.

  std::vector<Known> expressions() {
    std::vector<Known> values;
    do values.push_back(expression());
    while (accept(","));
    return values;
  }
  Known expression() {
    Known known;
    if (enter()) known = operands();
    leave();
    return known;
  }
  [[nodiscard]] bool accept_operator() {
    constexpr std::string_view kOperators[] = {"+",  "-",  "*", "/",  "//", "^",  "%",  "&",  "~",   "|", "<<",
                                               ">>", "..", "<", "<=", ">",  ">=", "==", "~=", "and", "or"};
    return std::ranges::any_of(kOperators, [this](std::string_view known) { return accept(known); });
  }
  Known operands() {
    Known known = operand();
    while (true) {
      const bool joins = token().is("..");
      if (!accept_operator()) return known;
      const Known further = operand();
      if (joins && known.value == LuaValue::Text && further.value == LuaValue::Text)
        known.text += further.text;
      else
        known = {};
    }
  }
  Known operand() {
    if (accept("not") || accept("~") || accept("#")) return operand_behind(LuaValue::Unknown);
    if (accept("-")) return operand_behind(LuaValue::Number);
    const LuaToken first = token();
    if (accept("nil")) return {.value = LuaValue::Nil};
    if (accept("true") || accept("false")) return {.value = LuaValue::Boolean};
    if (accept("...")) return {};
    if (accept("function")) {
      function_body(false);
      return {.value = LuaValue::Function};
    }
    if (token().is("{")) return table();
    if (first.kind == LuaToken::Kind::Number) {
      skip();
      return {.value = LuaValue::Number};
    }
    if (first.kind == LuaToken::Kind::String) {
      skip();
      return {.value = LuaValue::Text, .text = string_value(first.text)};
    }
    const Place place = suffixed();
    scopes_.read(place);
    return place.known;
  }
  Known operand_behind(LuaValue sign) {
    Known known;
    if (enter()) known = operand();
    leave();
    return {.value = sign == known.value ? sign : LuaValue::Unknown};
  }
  Known table() {
    Known known{.value = LuaValue::Table};
    expect("{");
    while (!at_end() && !token().is("}")) {
      if (accept("[")) {
        expression();
        expect("]");
        expect("=");
        expression();
      } else if (at_name() && following().is("=")) {
        skip();
        skip();
        expression();
      } else if (Known item = expression(); item.value == LuaValue::Text) {
        known.texts.push_back(std::move(item.text));
      }
      if (!accept(",") && !accept(";")) break;
    }
    expect("}");
    return known;
  }
  void function_body(bool method) {
    const std::size_t scope = scopes_.size();
    scopes_.enter_function();
    if (method) scopes_.declare("self", token().line);
    expect("(");
    while (!at_end() && !token().is(")")) {
      const std::size_t line = token().line;
      if (accept("...")) break;
      scopes_.declare(expect_name(), line);
      if (!accept(",")) break;
    }
    expect(")");
    block();
    scopes_.end(scope);
    scopes_.leave_function();
    expect("end");
  }

  [[nodiscard]] Place variable() {
    const LuaToken& name = take();
    if (name.text != "SCRIPT_NAME") return scopes_.variable(std::string(name.text), name.line);
    Place place = scopes_.variable("SCRIPT_NAME", name.line);
    if (!place.local) place.known = {.value = LuaValue::Text, .text = std::string(id_)};
    return place;
  }
  [[nodiscard]] Place suffixed() {
    Place place;
    if (at_name()) {
      place = variable();
    } else if (accept("(")) {
      place.line = token().line;
      place.known = expression();
      place.known.texts.clear();
      expect(")");
    } else {
      fail("stands where an expression is expected");
      return place;
    }
    while (suffix(place)) {
    }
    return place;
  }
  bool suffix(Place& place) {
    const std::size_t line = token().line;
    if (accept(".")) {
      scopes_.read_before_suffix(place);
      scopes_.select(place, expect_name(), line);
    } else if (accept("[")) {
      scopes_.read_before_suffix(place);
      const Known index = expression();
      expect("]");
      scopes_.select(place, index.value == LuaValue::Text ? index.text : std::string(), line);
    } else if (accept(":")) {
      scopes_.read_before_suffix(place);
      scopes_.select(place, expect_name(), line);
      call(place, line);
      return true;
    } else if (token().is("(") || token().is("{") || token().kind == LuaToken::Kind::String) {
      call(place, line);
      return true;
    } else {
      return false;
    }
    place.call = false;
    return true;
  }
  void call(Place& place, std::size_t line) {
    scopes_.read(place);
    const std::string path = std::move(place.known.path);
    place = {};
    place.line = line;
    place.call = true;
    std::vector<Known> arguments;
    if (token().is("{")) {
      arguments.push_back(table());
    } else if (token().kind == LuaToken::Kind::String) {
      arguments.push_back({.value = LuaValue::Text, .text = string_value(token().text)});
      skip();
    } else {
      expect("(");
      if (!token().is(")")) arguments = expressions();
      expect(")");
    }
    note_call(place, path, arguments, line);
  }
  void note_call(Place& place, std::string_view path, const std::vector<Known>& arguments, std::size_t line) {
    if (path == kArguments)
      for (const Known& argument : arguments) {
        if (argument.value == LuaValue::Text) found_.arguments.push_back({{argument.text}, line});
        if (!argument.texts.empty()) found_.arguments.push_back({argument.texts, line});
      }
    const bool guarded = path == "pcall" && !arguments.empty() && arguments[0].path == "require";
    const bool silent = path == "stdnse.silent_require";
    const std::size_t at = guarded ? 1 : 0;
    if (path != "require" && !guarded && !silent) return;
    if (arguments.size() <= at || arguments[at].value != LuaValue::Text) return;
    found_.libraries.push_back({arguments[at].text, line, guarded || silent});
    if (!guarded) place.known = {.path = arguments[at].text, .library = true, .silent = silent};
  }

  std::string_view id_;
  unsigned depth_ = 0;
  LuaAnalysis found_;
  LuaScopes scopes_{found_};
};

}  // namespace

std::string_view to_text(LuaValue value) {
  constexpr std::string_view kNames[] = {"value", "nil", "boolean", "number", "string", "table", "function"};
  return kNames[static_cast<std::size_t>(value)];
}

LuaAnalysis analyse_lua(std::string_view source, std::string_view id) { return Analyser(source, id).run(); }

}  // namespace sluice::script

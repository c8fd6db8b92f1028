// SPDX-License-Identifier: Apache-2.0
#include "script/check_script.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/text.hpp"
#include "script/lua_lexer.hpp"

namespace sluice::script {

namespace {

/// True if the byte can be part of the name of an argument.
bool is_word_byte(char c) { return is_letter(c) || is_digit(c) || c == '_'; }

}  // namespace

CheckedScript::CheckedScript(std::string name, std::string_view source)
    : id(std::move(name)),
      documentation(read_documentation(source)),
      analysis(analyse_lua(source, id)),
      words(words_of(source, documentation)) {}

void warn(Findings& findings, std::size_t line, std::string_view check, std::string text) {
  findings.push_back({{}, line, ScriptFinding::Severity::Warning, std::move(text), std::string(check)});
}
void report_error(Findings& findings, std::size_t line, std::string_view check, std::string text) {
  findings.push_back({{}, line, ScriptFinding::Severity::Error, std::move(text), std::string(check)});
}

Findings check_script(const CheckedScript& script, ScriptSurroundings& surroundings) {
  Findings findings;
  if (const auto& error = script.analysis.error) {
    report_error(findings, error->line, "syntax", error->text);
    return findings;
  }
  check_fields(script, findings);
  check_names(script, surroundings, findings);
  check_documentation(script, surroundings, findings);
  check_dependencies(script, surroundings, findings);
  const auto key = [](const Finding& finding) { return std::tie(finding.line, finding.check, finding.text); };
  std::ranges::sort(findings, [&key](const Finding& a, const Finding& b) { return key(a) < key(b); });
  return findings;
}

LibraryFacts library_facts(std::string_view source) {
  const Documentation documentation = read_documentation(source);
  const LuaAnalysis analysis = analyse_lua(source, {});
  LibraryFacts facts;
  facts.exists = true;
  if (analysis.returns_environment && !analysis.computes_globals && !analysis.error) {
    facts.members.emplace();
    for (const GlobalUse& use : analysis.globals)
      if (use.write) facts.members->insert(use.name);
  }
  for (const auto& argument : documentation.arguments) facts.arguments.push_back(argument.name);
  for (const auto& library : documentation.libraries) facts.libraries.push_back(library.text);
  facts.words = words_of(source, documentation);
  return facts;
}

std::string words_of(std::string_view source, const Documentation& documentation) {
  using enum LuaToken::Kind;
  std::string words;
  LuaLexer lexer(source);
  for (LuaToken token = lexer.next(); token.kind != End && token.kind != Bad; token = lexer.next()) {
    if (token.kind != Name && token.kind != String) continue;
    const bool description = documentation.description && token.line == documentation.description->line;
    if (description && token.kind == String) continue;
    words += '\n';
    words += token.text;
  }
  return words += '\n';
}

bool has_word(std::string_view words, std::string_view word) {
  for (std::size_t at = 0; (at = words.find(word, at)) != std::string_view::npos; ++at) {
    const std::size_t behind = at + word.size();
    const bool starts = at == 0 || !is_word_byte(words[at - 1]);
    if (starts && (behind == words.size() || !is_word_byte(words[behind]))) return true;
  }
  return false;
}

}  // namespace sluice::script

namespace sluice {

std::string_view to_text(ScriptFinding::Severity severity) {
  return severity == ScriptFinding::Severity::Error ? "error" : "warning";
}

}  // namespace sluice

// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <set>
#include <sluice/quote.hpp>
#include <sluice/spelling.hpp>

#include "script/check_script.hpp"

namespace sluice::script {

namespace {

constexpr std::string_view kGlobal = "global", kLibrary = "library", kMember = "member", kUnused = "unused";

/// The globals of Lua 5.4, the C modules of NSE, which are globals, too, and the fields that NSE sets
/// (docs/nse-compat.md, "Environment of scripts").
constexpr std::array<std::string_view, 47> kGlobals{
    "_ENV",         "_G",       "_VERSION", "assert",      "bit",          "bit32",   "collectgarbage",
    "coroutine",    "debug",    "dofile",   "error",       "getmetatable", "io",      "ipairs",
    "lfs",          "libssh2",  "load",     "loadfile",    "lpeg",         "math",    "next",
    "nmap",         "nmapdb",   "openssl",  "os",          "package",      "pairs",   "pcall",
    "print",        "rawequal", "rawget",   "rawlen",      "rawset",       "require", "select",
    "setmetatable", "string",   "table",    "tonumber",    "tostring",     "type",    "utf8",
    "warn",         "xpcall",   "zlib",     "SCRIPT_NAME", "SCRIPT_PATH"};
/// Libraries that are no files of nselib. `pcre` exists in Nmap only if it was built with it.
constexpr std::array<std::string_view, 21> kBuiltIn{
    "_G",     "bit",     "bit32", "coroutine", "debug", "io",     "lfs",   "libssh2", "lpeg", "math",       "nmap",
    "nmapdb", "openssl", "os",    "package",   "pcre",  "string", "table", "utf8",    "zlib", "nmap.socket"};
/// Members that the engine adds to stdnse.
constexpr std::array<std::string_view, 8> kOfStdnse{"base",   "gethostport", "getid",      "getinfo",
                                                    "gettid", "isworker",    "new_thread", "silent_require"};

template <class Names>
bool contains(const Names& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

bool is_known(std::string_view name) { return contains(kGlobals, name) || name == "SCRIPT_TYPE"; }

void check_globals(const CheckedScript& script, ScriptSurroundings& surroundings, Findings& findings) {
  if (script.analysis.computes_globals) return;
  std::set<std::string_view> declared, assigned, reported;
  for (const GlobalUse& use : script.analysis.globals) {
    if (!use.write) continue;
    assigned.insert(use.name);
    if (!use.in_function) declared.insert(use.name);
  }
  for (const GlobalUse& use : script.analysis.globals) {
    if (use.own_environment || is_known(use.name) || declared.contains(use.name)) continue;
    if (!use.write && assigned.contains(use.name)) continue;  // the assignment is reported
    if (!reported.insert(use.name).second) continue;
    if (use.write) {
      warn(findings, use.line, kGlobal,
           "a function assigns the undeclared global " + in_quotes(use.name) +
               "; write local in front of it, or declare it outside of functions");
      continue;
    }
    std::string text = "the global " + in_quotes(use.name) + " is read, but nothing declares it";
    if (surroundings.library(use.name).exists)
      text += "; add local " + use.name + " = require \"" + use.name + '"';
    else if (const auto meant = closest_word(use.name, assigned))
      text += "; did you mean '" + *meant + "'?";
    report_error(findings, use.line, kGlobal, std::move(text));
  }
}

void check_libraries(const CheckedScript& script, ScriptSurroundings& surroundings, Findings& findings) {
  for (const RequiredLibrary& library : script.analysis.libraries)
    if (!library.guarded && !contains(kBuiltIn, library.name) && !surroundings.library(library.name).exists)
      report_error(findings, library.line, kLibrary, "there is no library " + in_quotes(library.name));
  for (const LocatedText& unused : script.analysis.unused_libraries)
    warn(findings, unused.line, kUnused, "the local variable " + in_quotes(unused.text) + " is never used");
}

void check_members(const CheckedScript& script, ScriptSurroundings& surroundings, Findings& findings) {
  std::set<std::string> own, reported;  // those that the script adds to a library, and those that are reported
  for (const MemberUse& use : script.analysis.members)
    if (use.write) own.insert(use.library + '.' + use.member);
  for (const MemberUse& use : script.analysis.members) {
    if (contains(kBuiltIn, use.library)) continue;
    const auto& members = surroundings.library(use.library).members;
    const std::string name = use.library + '.' + use.member;
    if (!members || members->contains(use.member) || own.contains(name)) continue;
    if (use.library == "stdnse" && contains(kOfStdnse, use.member)) continue;
    if (!reported.insert(name).second) continue;
    const auto meant = closest_word(use.member, *members);
    report_error(findings, use.line, kMember,
                 "the library " + in_quotes(use.library) + " has no " + in_quotes(use.member) +
                     (meant ? "; did you mean '" + *meant + "'?" : ""));
  }
}

}  // namespace

void check_names(const CheckedScript& script, ScriptSurroundings& surroundings, Findings& findings) {
  check_globals(script, surroundings, findings);
  check_libraries(script, surroundings, findings);
  check_members(script, surroundings, findings);
}

}  // namespace sluice::script

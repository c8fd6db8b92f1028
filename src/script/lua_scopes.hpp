// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "script/lua_analysis.hpp"

namespace sluice::script {

/// What is known about the value of an expression.
struct KnownValue {
  LuaValue value = LuaValue::Unknown;
  std::string text{};                ///< the constant, if it is a Text
  std::vector<std::string> texts{};  ///< the constants that a Table has as items
  std::string path{};    ///< "stdnse.get_script_args" of what `require "stdnse"` has returned; "" if unknown
  bool library = false;  ///< the path is the name of a library
  bool silent = false;   ///< loaded by silent_require, which ends a script without the library
};

/// A variable, or an expression with suffixes such as `.name` and `(...)`.
struct LuaPlace {
  KnownValue known;
  std::string name;                  ///< of a variable without suffixes; "" otherwise
  std::optional<std::size_t> local;  ///< index of the local variable
  std::size_t line = 0;
  bool call = false;
  std::optional<MemberUse> member;  ///< the last suffix, if it selects a member of a library
  bool of_environment = false;      ///< `_ENV.name`
};

/// The local variables in scope while a source is read. Notes the uses of other names in a LuaAnalysis, which must
/// outlive it. Owned by the parser.
class LuaScopes {
 public:
  explicit LuaScopes(LuaAnalysis& found) : found_(found) {}

  [[nodiscard]] bool in_function() const { return functions_ > 0; }
  void enter_function() { ++functions_; }
  void leave_function() { --functions_; }
  /// Number of variables in scope. end() with an earlier number ends the scope of those declared since.
  [[nodiscard]] std::size_t size() const { return locals_.size(); }
  void end(std::size_t size);
  void declare(std::string name, std::size_t line, KnownValue known = {});

  /// Returns the variable that has this name now.
  [[nodiscard]] LuaPlace variable(std::string name, std::size_t line) const;
  /// Notes that the value of a place is used.
  void read(const LuaPlace& place);
  /// Notes that a place is assigned.
  void write(LuaPlace& place, const KnownValue& known);
  /// Notes that a place is used by the suffix that follows.
  void read_before_suffix(LuaPlace& place);
  /// Applies the suffix `.name` or `["name"]` to a place. `name`: "" if it is unknown.
  void select(LuaPlace& place, const std::string& name, std::size_t line);

 private:
  struct LocalVariable {
    std::string name;
    std::size_t line = 0;
    KnownValue known;
    bool read = false;
  };
  void use_global(const std::string& name, std::size_t line, bool write, LuaValue value = LuaValue::Unknown);

  LuaAnalysis& found_;
  unsigned functions_ = 0;
  unsigned environments_ = 0;  ///< number of local variables `_ENV` in scope
  std::vector<LocalVariable> locals_;
};

}  // namespace sluice::script

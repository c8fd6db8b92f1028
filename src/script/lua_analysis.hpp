// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "script/documentation.hpp"

namespace sluice::script {

/// What an expression of Lua is, as far as its text says.
enum class LuaValue : std::uint8_t { Unknown, Nil, Boolean, Number, Text, Table, Function };
/// Returns "nil", "boolean", "string", ... as Lua's `type` does; "value" for Unknown.
std::string_view to_text(LuaValue value);

/// A use of a name that is no local variable.
struct GlobalUse {
  std::string name;
  std::size_t line = 0;
  bool write = false;
  bool in_function = false;
  bool own_environment = false;        ///< a local variable `_ENV` is in scope
  LuaValue value = LuaValue::Unknown;  ///< of a write
};

/// A call of `require` or `silent_require` with a constant.
struct RequiredLibrary {
  std::string name;
  std::size_t line = 0;
  bool guarded = false;  ///< by `pcall` or `silent_require`: the library may be missing
};

/// A use of `library.member`, where `library` is a local variable that holds the result of `require`.
struct MemberUse {
  std::string library, member;
  std::size_t line = 0;
  bool write = false;
};

/// An argument that a script reads by stdnse.get_script_args.
struct ArgumentRead {
  std::vector<std::string> names;  ///< constants; several are alternatives
  std::size_t line = 0;
};

/// What the text of a Lua source says about its names.
struct LuaAnalysis {
  std::vector<GlobalUse> globals;
  std::vector<RequiredLibrary> libraries;
  std::vector<MemberUse> members;
  std::vector<LocatedText> unused_libraries;  ///< local variables that hold the result of `require` and are never read
  std::vector<ArgumentRead> arguments;
  bool computes_globals = false;        ///< `_ENV` or `_G` is used otherwise than as `_ENV.name`
  LuaValue result = LuaValue::Unknown;  ///< that of the last `return` of the chunk
  bool returns_environment = false;     ///< the chunk ends with `return _ENV`
  std::optional<LocatedText> error;     ///< the syntax is wrong; the rest is what precedes the error
};

/// Resolves the names of a Lua 5.4 source by the rules of the language. `id`: value of the global SCRIPT_NAME. Nothing
/// is executed. The analysis works on the text, not on bytecode: it does not depend on the release or the build of Lua,
/// and each finding has its line. It accepts some sources that Lua refuses, such as `break` outside of a loop.
/// Thread-safe.
LuaAnalysis analyse_lua(std::string_view source, std::string_view id);

}  // namespace sluice::script

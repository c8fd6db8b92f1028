// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lua/state.hpp"

namespace sluice::nse {

enum class ScriptRule : std::uint8_t { Pre, Host, Port, Post };
inline constexpr std::array<const char*, 4> kRuleNames{"prerule", "hostrule", "portrule", "postrule"};
constexpr const char* name_of(ScriptRule rule) { return kRuleNames[static_cast<std::size_t>(rule)]; }

/// A loaded script: its compiled chunk, and the values of its fields. Must outlive its script threads.
struct Script {
  std::string id, path;
  lua::Ref chunk;  ///< a function f(_ENV, ...); each script instance runs it with an environment of its own
  std::array<bool, 4> has_rule{};  ///< by ScriptRule
  std::vector<std::string> categories, dependencies;
  std::string description;
  bool by_name = false;  ///< chosen by its name or path, not by a category or directory. Set by the caller of load()

  [[nodiscard]] bool has(ScriptRule rule) const { return has_rule[static_cast<std::size_t>(rule)]; }
};

}  // namespace sluice::nse

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

/// A loaded script: its chunk, compiled once, and what its fields say.
struct Script {
  std::string id, path;
  lua::Ref chunk;  ///< f(_ENV, ...)
  std::array<bool, 4> has_rule{};
  std::vector<std::string> categories, dependencies;
  std::string description;
  bool by_name = false;  ///< the user named it, rather than a category or a directory; for whoever loads it to say

  [[nodiscard]] bool has(ScriptRule rule) const { return has_rule[static_cast<std::size_t>(rule)]; }
};

}  // namespace sluice::nse

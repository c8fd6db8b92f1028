// SPDX-License-Identifier: Apache-2.0
#include "script/order.hpp"

#include <algorithm>
#include <unordered_map>

namespace sluice::script {

namespace {

/// Returns the error for a cycle: the scripts of `path` from `start` to the end, for example "circular dependency in
/// chain `a->b->a`".
Error circle(const std::vector<Dependent>& scripts, const std::vector<std::size_t>& path, std::size_t start) {
  std::string chain;
  for (auto at = std::find(path.begin(), path.end(), start); at != path.end(); ++at) chain += scripts[*at].id + "->";
  return Error{"circular dependency in chain `" + chain + scripts[start].id + "`"};
}

}  // namespace

Result<std::vector<std::size_t>> run_levels(const std::vector<Dependent>& scripts) {
  std::unordered_map<std::string_view, std::size_t> by_id;
  for (std::size_t i = 0; i < scripts.size(); ++i) by_id.emplace(scripts[i].id, i);

  constexpr std::size_t kUnknown = 0;  // levels count from 1
  std::vector<std::size_t> levels(scripts.size(), kUnknown);
  std::vector<std::size_t> next(scripts.size(), 0);  // index of the dependency to visit next
  std::vector<bool> on_path(scripts.size(), false);
  std::vector<std::size_t> path;  // depth-first search with an explicit stack, because chains may be long
  for (std::size_t root = 0; root < scripts.size(); ++root) {
    if (levels[root] != kUnknown) continue;
    path.push_back(root);
    while (!path.empty()) {
      const std::size_t current = path.back();
      const auto& dependencies = scripts[current].dependencies;
      on_path[current] = true;
      if (next[current] < dependencies.size()) {
        const auto found = by_id.find(dependencies[next[current]++]);
        if (found == by_id.end() || levels[found->second] != kUnknown) continue;
        if (on_path[found->second]) return circle(scripts, path, found->second);
        path.push_back(found->second);
        continue;
      }
      std::size_t highest = 0;
      for (const std::string& id : dependencies)
        if (const auto found = by_id.find(id); found != by_id.end()) highest = std::max(highest, levels[found->second]);
      levels[current] = highest + 1;
      on_path[current] = false;
      path.pop_back();
    }
  }
  return levels;
}

}  // namespace sluice::script

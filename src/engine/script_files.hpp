#pragma once

#include <string>
#include <vector>

#include "model/data_files.hpp"
#include "script/selection.hpp"

namespace sluice::engine {

/// The scripts of the file system: an absolute path as it is, else "scripts/<name>" among the data files, else relative
/// to the current directory (scheduler.md 4.2).
class InstalledScripts final : public script::ScriptFiles {
 public:
  /// `files` outlives it.
  explicit InstalledScripts(const model::DataFiles& files) : files_(files) {}

  [[nodiscard]] Found find(const std::string& name) const override;
  [[nodiscard]] std::vector<std::string> list(const std::string& directory) const override;

 private:
  const model::DataFiles& files_;
};

}  // namespace sluice::engine

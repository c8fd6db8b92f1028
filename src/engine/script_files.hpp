// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "model/data_files.hpp"
#include "script/selection.hpp"

namespace sluice::engine {

/// The scripts in the file system (docs/nse-compat.md, "Choice of scripts and their arguments", search for a script).
/// Immutable; thread-safe.
class InstalledScripts final : public script::ScriptFiles {
 public:
  /// `files` must outlive this object.
  explicit InstalledScripts(const model::DataFiles& files) : files_(files) {}

  [[nodiscard]] Found find(const std::string& name) const override;
  [[nodiscard]] std::vector<std::string> list(const std::string& directory) const override;

 private:
  const model::DataFiles& files_;
};

}  // namespace sluice::engine

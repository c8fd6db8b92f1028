// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <optional>
#include <sluice/script_catalog.hpp>
#include <string>
#include <utility>

#include "model/data_files.hpp"

namespace sluice {

/// Returns the data files of the process with these places. Errors: the data directory is not a directory.
inline Result<model::DataFiles> data_files(const ScriptPlaces& places) {
  if (Result<void> valid = model::check_datadir(places.datadir); !valid) return valid.error();
  model::DataPlaces all = model::process_data_places(places.read_environment);
  all.datadir = places.datadir;
  return model::DataFiles(std::move(all));
}

/// Returns the path of a Lua library, such as "http" or "sub.name"; nothing if there is none.
inline std::optional<std::string> library_path(const model::DataFiles& files, std::string name) {
  std::ranges::replace(name, '.', '/');
  return files.find_file("nselib/" + name + ".lua");
}

}  // namespace sluice

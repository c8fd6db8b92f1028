// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <sluice/result.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::model {

/// Directories and files in which data files are searched.
struct DataPlaces {
  std::optional<std::string> datadir;              ///< `--datadir`
  std::optional<std::string> services_file;        ///< `--servicedb`: replaces nmap-services in all places
  std::optional<std::string> service_probes_file;  ///< `--versiondb`: replaces nmap-service-probes in all places
  std::optional<std::string> environment;          ///< the environment variable NMAPDIR
  std::vector<std::string> homes;                  ///< home directories of the user and of the effective user
  std::string executable_directory;                ///< "" if unknown
  std::string installed = "/usr/share/nmap";
  std::optional<std::string> cache;  ///< cache directory of the user; see DataFiles::cached_script_database
};

/// Returns the places that the process determines: home directories, executable and cache, and with `read_environment`
/// NMAPDIR and XDG_CACHE_HOME. The members for options are empty. Reads the password database.
DataPlaces process_data_places(bool read_environment);

/// Checks the value of --datadir. Errors: it is not a directory.
Result<void> check_datadir(const std::optional<std::string>& datadir);

/// Searches data files in this order, as Nmap does: datadir, environment, ".nmap" in the homes, the directory of the
/// executable, "../share/nmap" from there, the installed directory. The first readable file or directory is the result.
/// Reads the file system at each call. Immutable; thread-safe.
class DataFiles {
 public:
  explicit DataFiles(DataPlaces places);

  /// Returns the path of the file or directory with the relative name `name` ("scripts", "nselib/http.lua"), or
  /// nothing.
  [[nodiscard]] std::optional<std::string> find(std::string_view name) const;
  /// Returns the path of the regular file with that name. A directory of that name does not hide a file in a later
  /// place.
  [[nodiscard]] std::optional<std::string> find_file(std::string_view name) const;
  /// Returns the directory in which find() finds `name`, for the line "Read data files from".
  [[nodiscard]] std::optional<std::string> find_directory_of(std::string_view name) const;

  /// True if `path` is directly in the installed directory.
  [[nodiscard]] bool is_installed(std::string_view path) const;

  /// Returns the path of the user's script.db, which is used if the scripts directory is read-only. It is in the cache,
  /// under the canonical path of the scripts directory, so that each scripts directory has its own. If the file exists,
  /// find() returns it for "scripts/script.db". Returns nothing if there is no cache or no scripts directory.
  [[nodiscard]] std::optional<std::string> cached_script_database() const;

 private:
  template <class Accepts>
  std::optional<std::string> search(std::string_view name, Accepts accepts) const;

  DataPlaces places_;
  std::vector<std::string> directories_;
};

}  // namespace sluice::model

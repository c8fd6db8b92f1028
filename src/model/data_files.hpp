#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::model {

/// Where data files are looked for. `datadir` and `services_file` come from options, the rest from the process.
struct DataPlaces {
  std::optional<std::string> datadir;
  std::optional<std::string> services_file;        ///< stands for nmap-services; nothing else is tried for it
  std::optional<std::string> service_probes_file;  ///< stands for nmap-service-probes likewise
  std::optional<std::string> environment;          ///< $NMAPDIR
  std::vector<std::string> homes;                  ///< of the user, then of the effective user
  std::string executable_directory;                ///< "" if unknown
  std::string installed = "/usr/share/nmap";
  std::optional<std::string> cache;  ///< the user's own, see DataFiles::cached_script_database
};

/// The places that this process's user and executable give, and with `read_environment` its environment; no options in
/// it.
DataPlaces process_data_places(bool read_environment);

/// The data-file search (cli.md 4): datadir, environment, homes, executable's directory and its ../share/nmap, the
/// installed directory; the first hit that exists and is readable wins. Looks at the file system at every call, from
/// any thread.
class DataFiles {
 public:
  explicit DataFiles(DataPlaces places);

  /// The path of the file or directory with that relative name ("scripts", "nselib/http.lua").
  [[nodiscard]] std::optional<std::string> find(std::string_view name) const;
  /// The same for regular files alone: a directory of that name does not hide a file further on.
  [[nodiscard]] std::optional<std::string> find_file(std::string_view name) const;
  /// The directory it was found in, for "Read data files from".
  [[nodiscard]] std::optional<std::string> find_directory_of(std::string_view name) const;

  /// True if the path is that of a file in the installed directory.
  [[nodiscard]] bool is_installed(std::string_view path) const;

  /// Where the user's own script.db for the scripts directory in use is kept when that directory is read-only. It lies
  /// under the cache by the full path of the scripts directory, so that several --datadir never share one. Where it
  /// exists it is the hit for "scripts/script.db". Nothing without a cache or a scripts directory.
  [[nodiscard]] std::optional<std::string> cached_script_database() const;

 private:
  template <class Accepts>
  std::optional<std::string> search(std::string_view name, Accepts accepts) const;

  DataPlaces places_;
  std::vector<std::string> directories_;
};

}  // namespace sluice::model

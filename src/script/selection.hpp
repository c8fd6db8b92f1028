#pragma once

#include <cstdint>
#include <sluice/result.hpp>
#include <string>
#include <vector>

#include "script/rule.hpp"

namespace sluice::script {

/// Where scripts are: the file system as the selection sees it.
class ScriptFiles {
 public:
  virtual ~ScriptFiles() = default;

  enum class Kind : std::uint8_t { Nothing, File, Directory };
  struct Found {
    Kind kind = Kind::Nothing;
    std::string path;
  };
  /// The script search (scheduler.md 4.2): an absolute path as it is; else "scripts/<name>" among the data files; else
  /// relative to the current directory.
  [[nodiscard]] virtual Found find(const std::string& name) const = 0;
  /// The names of what lies in a directory, in any order.
  [[nodiscard]] virtual std::vector<std::string> list(const std::string& directory) const = 0;
};

/// A script to be loaded, and how it was chosen.
struct ChosenScript {
  enum class How : std::uint8_t { Name, Category, Path, Directory };
  std::string id;
  std::string path;
  How how = How::Category;
  bool forced = false;

  /// By file name pattern or path, which makes it talk more (nmap.verbosity) and a fault in it fatal.
  [[nodiscard]] bool by_name() const { return how == How::Name || how == How::Path; }
};

/// "name", "category", "file path", "directory".
std::string_view to_text(ChosenScript::How how);

struct Selection {
  std::vector<ChosenScript> scripts;  ///< those of the database in its order, then those of files in the rules' order
  std::vector<std::string> warnings;
};

/// Applies the rules (scheduler.md 4.2 to 4.4). The first rule that fits an entry decides how it was chosen; any
/// that fits it forces it. Rules that fit none are tried as files, then with ".nse" behind, and may name a directory
/// with or without a final slash. An error: a rule that names nothing, or two chosen scripts of one id.
Result<Selection> select(const std::vector<Rule>& rules, const std::vector<Entry>& database, const ScriptFiles& files);

}  // namespace sluice::script

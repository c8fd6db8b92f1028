// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <filesystem>
#include <map>
#include <sluice/quote.hpp>
#include <sluice/script_check.hpp>
#include <utility>

#include "base/text_file.hpp"
#include "engine/script_database.hpp"
#include "library/script_places.hpp"
#include "lua/syntax.hpp"
#include "script/check_script.hpp"
#include "script/rule.hpp"

namespace sluice {

namespace {

namespace fs = std::filesystem;

/// The libraries and scripts among the data files, and the scripts that are checked. Reads each file once.
class InstalledSurroundings final : public script::ScriptSurroundings {
 public:
  /// `checked`: paths of the scripts that are checked. Their ids, and scripts beside them, precede installed ones.
  InstalledSurroundings(const model::DataFiles& files, const std::vector<std::string>& checked) : files_(files) {
    for (const std::string& path : checked) checked_.emplace(script::script_id(path), path);
  }
  /// Sets the script that is checked now.
  void set_script(const std::string& path) { directory_ = fs::path(path).parent_path(); }

  const script::LibraryFacts& library(const std::string& name) override {
    const auto [place, fresh] = libraries_.try_emplace(name);
    if (!fresh) return place->second;
    const auto path = library_path(files_, name);
    if (!path) return place->second;
    if (const auto source = read_text_file(*path)) place->second = script::library_facts(*source);
    return place->second;
  }

  std::optional<std::vector<std::string>> dependencies_of(const std::string& id) override {
    const auto path = path_of(id);
    if (!path) return std::nullopt;
    const auto [place, fresh] = dependencies_.try_emplace(*path);
    if (!fresh) return place->second;
    if (const auto source = read_text_file(*path))
      for (auto& dependency : script::read_documentation(*source).dependencies)
        place->second.push_back(std::move(dependency.text));
    return place->second;
  }

 private:
  [[nodiscard]] std::optional<std::string> path_of(const std::string& id) const {
    if (const auto known = checked_.find(id); known != checked_.end()) return known->second;
    const std::string file = id + std::string(script::kScriptExtension);
    const std::string beside = (directory_ / file).string();
    std::error_code failure;
    if (fs::is_regular_file(beside, failure)) return beside;
    return files_.find_file("scripts/" + file);
  }

  const model::DataFiles& files_;
  std::map<std::string, std::string> checked_;  ///< paths, by id
  fs::path directory_;
  std::map<std::string, script::LibraryFacts> libraries_;
  std::map<std::string, std::vector<std::string>> dependencies_;  ///< by path
};

/// Returns the files that the paths name. Errors: a directory has no scripts.
Result<std::vector<std::string>> files_of(const std::vector<std::string>& paths, const model::DataFiles& files) {
  std::vector<std::string> found;
  for (const std::string& path : paths) {
    std::error_code failure;
    if (!fs::is_directory(path, failure)) {
      found.push_back(path);
      continue;
    }
    const auto names = engine::script_files_in(path, files);
    if (names.empty()) return Error{in_quotes(path) + ": the directory has no scripts (*.nse)"};
    for (const std::string& name : names) found.push_back((fs::path(path) / name).string());
  }
  return found;
}

script::Findings check_source(const std::string& path, const std::string& source, InstalledSurroundings& others) {
  script::Findings findings;
  if (const auto error = lua::find_syntax_error(source)) {
    script::report_error(findings, error->line, "syntax", error->text);
    return findings;
  }
  others.set_script(path);
  return script::check_script(script::CheckedScript(std::string(script::script_id(path)), source), others);
}

}  // namespace

Result<std::vector<ScriptFinding>> check_scripts(const std::vector<std::string>& paths, const ScriptPlaces& places) {
  const auto files = data_files(places);
  if (!files) return files.error();
  const auto checked = files_of(paths, *files);
  if (!checked) return checked.error();
  InstalledSurroundings others(*files, *checked);
  std::vector<ScriptFinding> all;
  for (const std::string& path : *checked) {
    const auto source = read_text_file(path);
    if (!source) return source.error();
    for (ScriptFinding& finding : check_source(path, *source, others)) {
      finding.path = path;
      all.push_back(std::move(finding));
    }
  }
  return all;
}

}  // namespace sluice

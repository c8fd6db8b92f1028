// SPDX-License-Identifier: Apache-2.0
#include "script/selection.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <sluice/spelling.hpp>
#include <sluice/typography.hpp>
#include <unordered_map>
#include <utility>

#include "base/text.hpp"

namespace sluice::script {

namespace {

using How = ChosenScript::How;
using Kind = ScriptFiles::Kind;

class Selector {
 public:
  Selector(const std::vector<Rule>& rules, const ScriptFiles& files)
      : rules_(rules), files_(files), used_(rules.size(), false) {}

  Result<Selection> run(const std::vector<Entry>& database) {
    database_ = &database;
    for (const Entry& entry : database)
      if (auto chosen = choose_entry(entry); !chosen) return chosen.error();
    for (std::size_t i = 0; i < rules_.size(); ++i)
      if (!used_[i])
        if (auto chosen = choose_file(rules_[i]); !chosen) return chosen.error();
    return std::move(selection_);
  }

 private:
  Result<void> choose_entry(const Entry& entry) {
    bool chosen = false, forced = false;
    How how = How::Category;
    for (std::size_t i = 0; i < rules_.size(); ++i) {
      const Match match = rules_[i].match(entry);
      if (!match.matched) continue;
      used_[i] = true;
      forced = forced || rules_[i].forced();
      if (std::exchange(chosen, true)) continue;
      how = match.by_name ? How::Name : How::Category;
    }
    if (!chosen) return {};
    ScriptFiles::Found found = files_.find(entry.filename);
    if (found.kind == Kind::File) return add(std::move(found.path), how, forced);
    selection_.warnings.push_back("script.db lists " + in_quotes(entry.filename) +
                                  ", which does not exist; --script-updatedb writes script.db again");
    return {};
  }

  Result<void> choose_file(const Rule& rule) {
    ScriptFiles::Found found = files_.find(rule.text());
    if (found.kind == Kind::Nothing) found = files_.find(rule.text() + std::string(kScriptExtension));
    if (found.kind == Kind::Directory) return choose_directory(found.path, rule);
    if (found.kind == Kind::File) return add(std::move(found.path), How::Path, rule.forced());
    const std::string unmatched = in_quotes(rule.text()) + " did not match a category, filename, or directory";
    const std::optional<std::string> meant = closest_word(without_typography(rule.text()), names());
    if (meant) return Error{unmatched + "; did you mean " + in_quotes(*meant) + '?'};
    const auto complaint = complaint_about_typography(rule.text());
    return Error{unmatched + (complaint ? ": it " + *complaint : "")};
  }

  /// Returns the ids and the categories of the database, as candidates for the correction of a misspelt rule.
  [[nodiscard]] std::set<std::string_view> names() const {
    std::set<std::string_view> names;
    for (const Entry& entry : *database_) {
      names.insert(script_id(entry.filename));
      names.insert(entry.categories.begin(), entry.categories.end());
    }
    return names;
  }

  Result<void> choose_directory(std::string directory, const Rule& rule) {
    if (!directory.ends_with('/')) directory += '/';
    std::vector<std::string> names = files_.list(directory);
    std::erase_if(names, [](const std::string& name) { return !name.ends_with(kScriptExtension); });
    std::sort(names.begin(), names.end());
    if (names.empty())
      selection_.warnings.push_back("directory " + in_quotes(rule.text()) + " contains no scripts (*.nse)");
    for (const std::string& name : names)
      if (auto added = add(directory + name, How::Directory, rule.forced()); !added) return added;
    return {};
  }

  /// Adds a script. A path that was added before keeps its first `how`, and is forced if one of both calls forces it.
  Result<void> add(std::string path, How how, bool forced) {
    std::string id(script_id(path));
    const auto [known, fresh] = places_.emplace(id, selection_.scripts.size());
    if (!fresh) {
      ChosenScript& before = selection_.scripts[known->second];
      if (before.path != path)
        return Error{"duplicate script ID: " + in_quotes(id) + " (" + shortened(before.path) + " and " +
                     shortened(path) + ")"};
      before.forced = before.forced || forced;
      return {};
    }
    if (!path.ends_with(kScriptExtension))
      selection_.warnings.push_back("loading " + in_quotes(path) + " -- the recommended file extension is '.nse'");
    selection_.scripts.push_back({std::move(id), std::move(path), how, forced});
    return {};
  }

  const std::vector<Rule>& rules_;
  const ScriptFiles& files_;
  const std::vector<Entry>* database_ = nullptr;
  std::vector<bool> used_;
  std::unordered_map<std::string, std::size_t> places_;  // by id: index in selection_.scripts
  Selection selection_;
};

}  // namespace

std::string_view to_text(How how) {
  switch (how) {
    case How::Name:
      return "name";
    case How::Category:
      return "category";
    case How::Path:
      return "file path";
    case How::Directory:
      break;
  }
  return "directory";
}

Result<Selection> select(const std::vector<Rule>& rules, const std::vector<Entry>& database, const ScriptFiles& files) {
  return Selector(rules, files).run(database);
}

}  // namespace sluice::script

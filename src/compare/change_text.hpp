// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <sluice/compare.hpp>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

// The writers of changes. docs/compare-scans.md describes their formats.

namespace sluice::compare {

using Subject = Change::Subject;

/// Returns "80/tcp".
std::string port_text(const std::pair<Protocol, std::uint16_t>& port);
/// Returns the name of what has changed: "80/tcp http-title", "names"; "" for a host.
std::string item_text(const Change& change);
/// Returns a value without the ports and results of a host: "open http Apache", "a.example, b.example".
std::string value_text(const Change::Value& value);
/// Returns the note on a change that is no difference or that only one run asked for: "only the old run asked";
/// otherwise "".
std::string note_text(const Change& change);

/// Writes lines that begin with '+', '-', '~' or '='.
class TextChanges final : public ChangeWriter {
 public:
  TextChanges(std::string old_name, std::string new_name, Sink sink);
  void write(const Change& change) override;
  void finish() override;

 private:
  using Group = std::tuple<Change::Class, Protocol, std::string_view, std::string_view>;  ///< old and new state

  void begin_host(const Change& change);
  /// Stores the change of a port that is not open, and of which nothing else is known.
  bool add_to_group(const Change& change);
  void write_groups();
  void write_host(char sign, const Change& change, const Change::Host& host);
  void write_port(char sign, const Change::Port& port, std::string_view note);
  void line(char sign, std::string_view text);

  const std::string old_name_, new_name_;
  const Sink sink_;
  bool empty_ = true;
  std::string host_;  ///< of the last change
  std::map<Group, std::vector<std::uint16_t>> groups_;
};

/// Writes an array of JSON objects.
class JsonChanges final : public ChangeWriter {
 public:
  explicit JsonChanges(Sink sink) : sink_(std::move(sink)) {}
  void write(const Change& change) override;
  void finish() override;

 private:
  const Sink sink_;
  bool empty_ = true;
};

/// Writes a table in Markdown.
class MarkdownChanges final : public ChangeWriter {
 public:
  MarkdownChanges(std::string old_name, std::string new_name, Sink sink)
      : old_name_(std::move(old_name)), new_name_(std::move(new_name)), sink_(std::move(sink)) {}
  void write(const Change& change) override;
  void finish() override;

 private:
  const std::string old_name_, new_name_;
  const Sink sink_;
  bool empty_ = true;
};

}  // namespace sluice::compare

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "compare/run_content.hpp"

namespace sluice::compare {

/// A host of one run: all reports with its key.
struct HostParts {
  std::string key;
  std::vector<Address> addresses;
  std::vector<std::string> names;  ///< sorted
  std::string mac;
  std::vector<PortRow> ports;      ///< sorted by key; one for each port
  std::vector<ScriptRow> scripts;  ///< sorted by port and id; equal ids only with different outputs
  std::array<std::optional<PortState>, 3> rest;
  bool listed_only = true, complete = true, ports_asked = false;
};

/// Enumerates the hosts of a run in the order of their keys. Joins reports with the same key. Not thread-safe.
class HostCursor {
 public:
  /// `content`: must outlive the object. `by_name`: the key is the name, otherwise the address.
  HostCursor(const RunSummary::Content& content, bool by_name);
  /// Reads the next host. Returns false after the last one.
  bool next();
  /// Returns the host that next() has read.
  [[nodiscard]] const HostParts& host() const { return host_; }

 private:
  [[nodiscard]] std::string name_key(const HostRow& row) const;
  [[nodiscard]] bool same_host(const HostRow& one, const HostRow& other) const;
  void add(const HostRow& row);
  /// Makes one row of each port and of each result. If several differ, their order does not decide.
  void join();

  const RunSummary::Content& content_;
  const bool by_name_;
  std::vector<std::uint32_t> order_;  ///< of the hosts
  std::size_t at_ = 0;                ///< in order_
  HostParts host_;
};

}  // namespace sluice::compare

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sluice/report.hpp>
#include <string>
#include <vector>

#include "model/target_spec.hpp"

namespace sluice::output {

/// The places of hosts in the order of the targets: by the first target that has the host, then by address. Not
/// thread-safe.
class TargetOrder {
 public:
  /// `targets`: specifications in their order. Those that cannot be read have no hosts.
  explicit TargetOrder(const std::vector<std::string>& targets);
  /// Sorts events of the type event::HostFinished. Hosts that no target has keep their order, behind the others.
  void sort(std::vector<Event>& hosts) const;

 private:
  /// Returns the index of the first target that has the host; the number of targets if none has.
  [[nodiscard]] std::size_t item_of(const HostReport& host) const;

  std::vector<model::TargetSpec> specs_;
};

}  // namespace sluice::output

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <set>
#include <sluice/earlier_run.hpp>
#include <string>

namespace sluice::engine {

/// Tells for each target what earlier attempts of the run know of its host. A host that is given several times has as
/// many entries, and each is told once. Not thread-safe.
class EarlierHosts {
 public:
  /// `run`: null if there are no earlier attempts; must outlive the object.
  explicit EarlierHosts(const EarlierRun* run) : run_(run) {}

  /// What is known of a host; at most one member is set.
  struct Known {
    bool finished = false;                               ///< the host has been reported
    std::shared_ptr<const HostReport> waiting{};         ///< it has finished and has not been reported
    const EarlierRun::Unfinished* unfinished = nullptr;  ///< valid as long as the run
  };
  /// Returns what is known of the next host with this address and name.
  Known take(const Address& address, const std::string& name);
  /// Returns how many hosts of the earlier attempts take() has not returned.
  [[nodiscard]] std::size_t missing() const;

 private:
  /// Returns how often earlier attempts have started a host.
  [[nodiscard]] std::size_t count(const EarlierRun::Host& host) const;

  const EarlierRun* run_;
  std::map<EarlierRun::Host, std::size_t> taken_;  ///< number of calls of take() for the hosts of the run
};

}  // namespace sluice::engine

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <random>
#include <sluice/options.hpp>
#include <string>
#include <vector>

#include "simulation/scripts.hpp"
#include "support/fake_network.hpp"

namespace sluice::simulation {

/// The input of one run, which a seed determines: hosts, servers, scripts, limits, and the time of a stop request.
class Workload {
 public:
  /// `folder`: directory with the files of write_files().
  Workload(std::uint64_t seed, const std::string& folder);

  [[nodiscard]] const Options& options() const { return options_; }
  [[nodiscard]] const std::vector<Address>& hosts() const { return hosts_; }
  /// Number of events after which the run is stopped; 0: never.
  [[nodiscard]] std::size_t stop_after() const { return stop_after_; }
  /// True if scripts may deadlock.
  [[nodiscard]] bool deadlocks() const { return deadlocks_; }
  /// True if a thread may have several open sockets.
  [[nodiscard]] bool piles_up() const { return piles_up_; }
  /// Adds the servers to a network.
  void set_up(net::FakeNetwork& network) const;

 private:
  [[nodiscard]] bool chance(unsigned one_in) { return random_() % one_in == 0; }
  template <class T>
  T pick(std::initializer_list<T> from) {
    return *(from.begin() + random_() % from.size());
  }
  void choose_scripts(const std::string& folder);
  void choose_limits();

  std::mt19937_64 random_;
  Options options_;
  std::vector<Address> hosts_;
  std::map<Endpoint, unsigned> servers_;  ///< with the numbers of their behaviours
  std::size_t stop_after_ = 0;
  bool deadlocks_ = false, piles_up_ = false;
};

/// Writes the scripts, an empty script database, and the file of service probes to a directory.
void write_files(const std::string& folder);

}  // namespace sluice::simulation

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <sluice/explain.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::nse {

/// What is known about the rule of one script instance (RuntimeOptions::rules_only). Shared by the script threads of
/// the instance. Not thread-safe.
struct RuleObservation {
  bool forced = false;                ///< the rule is not called
  std::optional<bool> verdict{};      ///< empty: the rule has not returned
  bool refused = false;               ///< a request to the network was refused, so the instance has to end
  std::vector<std::string> requests;  ///< the first request before the verdict; the later ones depend on its refusal
  std::vector<PortWish> wishes{};
  /// A port whose state the rule has read by nmap.get_port_state.
  struct AskedPort {
    std::uint16_t number = 0;
    std::string protocol{}, state{};  ///< state: "" if the port is not known
  };
  std::vector<AskedPort> asked_ports{};
  std::vector<std::string> missing_arguments{};        ///< that the rule has read
  std::vector<std::string> early_missing_arguments{};  ///< that the code outside of the rule has read
  bool unprivileged = false;                           ///< nmap.is_privileged has returned false
  bool excluded = false;                               ///< nmap.port_is_excluded has returned true
  std::optional<int> rarity{}, intensity{};            ///< wanted and real value of nmap.version_intensity
  std::vector<RuleRead> reads{};

  // Used while the rule runs.
  bool in_rule = false;              ///< the rule has begun
  const void* port_table = nullptr;  ///< identifies the port table; null: the rule has none

  /// Adds a wish, and determines if the port fulfils it. No effect if an earlier wish includes it: functions of
  /// `shortport` call each other.
  void add_wish(PortWish wish, const PortReport& port);
  /// True if the port does not fulfil a wish.
  [[nodiscard]] bool has_unmet_wish() const;
  void add_asked_port(std::uint16_t number, std::string_view protocol, std::string_view state);
  void add_missing_argument(std::string_view name);
  void add_read(std::string_view field, std::optional<std::string_view> value);

  static constexpr std::size_t kMaxItems = 100;  ///< of each list
};

}  // namespace sluice::nse

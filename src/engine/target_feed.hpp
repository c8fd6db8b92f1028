#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <sluice/address.hpp>
#include <sluice/options.hpp>
#include <sluice/result.hpp>
#include <string>
#include <vector>

#include "model/known_port.hpp"
#include "net/event_loop.hpp"
#include "net/network.hpp"

namespace sluice::engine {

/// One host to be dealt with.
struct Target {
  Address address;
  std::string name;                     ///< as the user gave it; "" for an address
  std::vector<Address> others;          ///< further addresses of the name, not scanned
  std::vector<model::KnownPort> ports;  ///< of --targets-from: no scan is wanted then
};

/// The targets of a run, one after the other: those of the options, of -iL, of --targets-from (a live pipe: what has
/// come is handed out while more is still to come), and those that scripts add. Excluded ones are left out. Never
/// blocks: names are resolved by the network, a pipe is read when it has something. One thread only.
class TargetFeed {
 public:
  virtual ~TargetFeed() = default;

  /// Reads and checks all that the options name before anything is sent; the error is the user's, one line, with the
  /// culprit and its file and line. `skipped` hears of what is passed over later: a name that does not resolve, a bad
  /// line of --targets-from (with its number). The network and the loop outlive the feed.
  using Skipped = std::function<void(std::string specification, std::string reason)>;
  static Result<std::unique_ptr<TargetFeed>> open(const Options& options, net::Network& network, net::EventLoop& loop,
                                                  Skipped skipped);

  /// The next target that is at hand; nothing if none is just now (see ended).
  virtual std::optional<Target> next() = 0;
  /// There will be no further ones, unless add() brings some.
  [[nodiscard]] virtual bool ended() const = 0;
  /// Is something at hand or a reply to be taken in: would next() do anything? The loop wakes when this changes.
  [[nodiscard]] virtual bool ready() const = 0;
  /// nmap.add_targets: more specifications; returns how many were accepted (parse errors are skipped).
  virtual std::size_t add(const std::vector<std::string>& specifications) = 0;
};

}  // namespace sluice::engine

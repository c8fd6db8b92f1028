#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <sluice/address.hpp>
#include <sluice/options.hpp>
#include <sluice/result.hpp>
#include <string>
#include <vector>

#include "engine/host_order.hpp"
#include "model/known_port.hpp"
#include "net/input_stream.hpp"
#include "net/network.hpp"

namespace sluice::engine {

/// One host to be dealt with.
struct Target {
  Address address;
  std::string name;                     ///< as the user gave it; "" for an address
  std::vector<Address> others;          ///< further addresses of the name, not scanned
  std::vector<model::KnownPort> ports;  ///< of --targets-from, by protocol, then number: no scan is wanted then
  TargetPlace place{};                  ///< among all targets
};

/// The targets of a run, one after the other: those of the options, of -iL, of --targets-from (a live pipe: what has
/// come is handed out while more is still to come), and those that scripts add. Excluded ones are left out, the same
/// one twice is handed out twice. Never blocks: names are resolved by the network, a few ahead, and what comes behind a
/// name that takes its time does not wait for it; a pipe is read when it has something.
/// Memory is bounded but for the text of -iL. One thread only.
class TargetFeed {
 public:
  virtual ~TargetFeed() = default;

  /// Hears of what is passed over: a name that does not resolve, a bad line of --targets-from. `specification` is what
  /// was written, `reason` a sentence for the user that stands by itself (with the file and the line's number). Called
  /// from within next().
  using Skipped = std::function<void(std::string specification, std::string reason)>;
  /// Sleeps until something has happened to the network, its deadlines included.
  using Wait = std::function<void()>;
  using OpenInput = std::function<Result<std::unique_ptr<net::InputStream>>(const std::string& path)>;
  /// Reads and checks all that the options name before anything is sent; the error is the user's, one line, with the
  /// culprit and its file and line. It waits for names in --exclude and --excludefile, by `wait`. The
  /// network outlives the feed; once it is gone no turn of the loop may follow, since look-ups may be under way.
  /// `open_input` opens --targets-from; `seed` is for --randomize-hosts.
  static Result<std::unique_ptr<TargetFeed>> open(const Options& options, net::Network& network,
                                                  const OpenInput& open_input, std::uint64_t seed, Skipped skipped,
                                                  const Wait& wait);

  /// The next target that is at hand; nothing if none is just now (see ended), or if so many in a row were excluded
  /// that others should have a turn (then it is still ready).
  virtual std::optional<Target> next() = 0;
  /// About how many are still to come: excluded ones count, and a name as one (or its network) until it is resolved.
  /// Nothing while --targets-from is read.
  [[nodiscard]] virtual std::optional<double> remaining() const = 0;
  /// All targets before this place have been handed out.
  [[nodiscard]] virtual TargetPlace floor() const = 0;
  /// There will be no further ones, unless add() brings some.
  [[nodiscard]] virtual bool ended() const = 0;
  /// Is something at hand or a reply to be taken in: would next() do anything? The loop wakes when this changes.
  [[nodiscard]] virtual bool ready() const = 0;
  /// True if lines of --targets-from could not be read, and no line has given a port.
  [[nodiscard]] virtual bool unusable() const = 0;
  /// nmap.add_targets: more specifications; returns how many were accepted (parse errors are skipped). They come after
  /// those of the options, but do not wait for the end of a live pipe.
  virtual std::size_t add(const std::vector<std::string>& specifications) = 0;
};

}  // namespace sluice::engine

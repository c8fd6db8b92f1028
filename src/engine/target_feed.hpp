#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <sluice/address.hpp>
#include <sluice/options.hpp>
#include <sluice/result.hpp>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "core/ticket.hpp"
#include "engine/host_order.hpp"
#include "engine/known_port_reader.hpp"
#include "engine/target_list.hpp"
#include "engine/target_queue.hpp"
#include "model/known_port.hpp"
#include "model/target_spec.hpp"
#include "net/input_stream.hpp"
#include "net/resolver.hpp"

namespace sluice::engine {

/// One host to be processed.
struct Target {
  Address address;
  std::string name;                     ///< as the user gave it; "" for an address
  std::vector<Address> others;          ///< further addresses of the name, not scanned
  std::vector<model::KnownPort> ports;  ///< of --targets-from, by protocol, then number; the ports are not scanned then
  TargetPlace place{};                  ///< among all targets
};

/// Iterates over the targets of a run: those of the options, of -iL, of Options::target_queue, of --targets-from, and
/// those that scripts add. Excluded targets are left out. A target that is given twice is returned twice. Targets of a
/// queue or a pipe are returned while more may still come. Nothing blocks: the network resolves names, a few ahead, and
/// the targets behind a slow name do not wait for it. Memory is bounded, except for the text of -iL.
/// Owned by the Run. Not thread-safe.
class TargetFeed final : private core::Completions {
 public:
  /// Receives what is skipped: a name that does not resolve, a bad line of --targets-from. `specification` is what was
  /// written. `reason` is a whole sentence for the user, with the file and the number of the line. Called by next().
  using Skipped = std::function<void(std::string specification, std::string reason)>;
  using OpenInput = std::function<Result<std::unique_ptr<net::InputStream>>(const std::string& path)>;
  struct Parts {
    net::Resolver& resolver;  ///< outlives the feed; once it is gone no turn of the loop may follow
    OpenInput open_input{};   ///< opens --targets-from
    Skipped skipped{};
    std::function<void()> wait{};  ///< sleeps until something has happened to the network, its deadlines included
    std::function<void()> wake{};  ///< ends a wait of the loop; thread-safe
    std::uint64_t seed = 0;        ///< for --randomize-hosts
  };
  /// Reads and checks all that the options name before anything is sent. The error has one line and names the option,
  /// with the file and the line. Waits for the addresses of names in --exclude and --excludefile.
  static Result<std::unique_ptr<TargetFeed>> open(const Options& options, Parts parts);

  /// Returns the next target. Nothing: none is there now (see ended), or so many in a row were excluded that other
  /// parts must have a turn; the feed is still ready then.
  std::optional<Target> next();
  /// Estimates how many targets are still to come: excluded ones count, and a name counts as one, or as its network,
  /// until it is resolved. Nothing while a pipe or a queue is open.
  [[nodiscard]] std::optional<double> remaining() const;
  /// All targets before this place have been returned.
  [[nodiscard]] TargetPlace floor() const;
  /// True if no further target will come, unless add() brings some.
  [[nodiscard]] bool ended() const { return drawn_from_.empty() && source_ended(); }
  /// True if next() would do anything. The loop wakes when this changes.
  [[nodiscard]] bool ready() const { return !drawn_from_.empty() || source_ready(); }
  /// True if lines of --targets-from could not be read, and no line has given a port.
  [[nodiscard]] bool unusable() const { return bad_lines_ > 0 && !any_port_; }
  /// Adds the specifications of nmap.add_targets. Those that cannot be parsed are dropped. They come after those of the
  /// options, but do not wait for the end of a pipe.
  void add(const std::vector<std::string>& specifications);

 private:
  /// A specification in its turn.
  struct Item {
    model::TargetSpec spec;
    std::string name;  ///< of the hosts at these addresses; of a resolved name, of the host at its own addresses
    std::vector<model::KnownPort> ports{};
    std::string key{};    ///< in hosts_; "" if the item is not there
    core::Reply reply{};  ///< of the look-up, if there was one
  };
  /// The item whose addresses are being returned.
  struct Walk {
    std::uint32_t number;
    Item item;
    std::deque<model::AddressPattern> patterns;
    std::uint64_t done = 0;
    std::vector<Address> named, others;  ///< addresses of the name: those that are returned, those that are not
  };

  TargetFeed(const Options& options, Parts parts);
  Result<void> open(const Options& options);

  std::optional<Target> next_in_order();
  /// Returns a random one of the next targets.
  std::optional<Target> draw();
  [[nodiscard]] bool has_been(const Address& address) const;
  void note(const model::AddressPattern& pattern);
  [[nodiscard]] bool source_ended() const;
  [[nodiscard]] bool source_ready() const;
  [[nodiscard]] bool queue_ready() const;
  /// True if the addresses of an item are known.
  [[nodiscard]] bool has_answer() const { return !answered_.empty(); }
  [[nodiscard]] bool has_room() const;

  void look_ahead();
  std::optional<model::TargetSpec> next_spec();
  /// Adds a port to its host, unless the host has been returned.
  void take_in(model::KnownPort port);
  void push(Item item);
  void complete(core::Ticket ticket, core::Reply reply) override;
  /// Takes the next item whose addresses are known; false if there is none.
  bool begin_walk();
  /// Finds the addresses of an item. The error is a sentence about it.
  Result<void> expand(Walk& walk) const;
  [[nodiscard]] Target target(const Address& address) const;

  Parts parts_;
  const Family family_;
  const bool resolve_all_;
  const bool unique_, shuffle_;
  model::ExclusionSet excluded_;
  // With unique_: what has been returned.
  std::unordered_set<Address> seen_hosts_;
  model::ExclusionSet seen_networks_;
  std::vector<Target> drawn_from_;  ///< with shuffle_
  std::minstd_rand random_;
  // What is still to come.
  std::optional<TargetList> list_;
  std::deque<model::TargetSpec> specs_;  ///< of the options, then those added
  std::optional<TargetQueueReader> queue_;
  std::optional<KnownPortReader> known_;
  std::size_t bad_lines_ = 0;  ///< of known_
  bool any_port_ = false;      ///< has come from known_
  // Items by number, and the numbers of those whose addresses are known, in the order in which they became known.
  std::map<std::uint32_t, Item> ahead_;
  std::deque<std::uint32_t> answered_;
  std::uint32_t next_ = 0;
  std::unordered_map<std::string, std::uint32_t> hosts_;  ///< of --targets-from: numbers by address and name
  std::size_t lookups_ = 0;                               ///< pending
  std::optional<Walk> walk_;
};

}  // namespace sluice::engine

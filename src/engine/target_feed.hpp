// SPDX-License-Identifier: Apache-2.0
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
#include "engine/earlier_hosts.hpp"
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
  std::string name;                     ///< host name that the user gave; "" for an address
  std::vector<Address> others;          ///< further addresses of the name, which are not scanned
  std::vector<model::KnownPort> ports;  ///< from --targets-from, by protocol and number; if not empty, no port scan
  TargetPlace place{};
  EarlierHosts::Known earlier{};  ///< never finished
};

/// Iterates over the targets of a run: those of the options, of -iL, of Options::target_queue, of --targets-from, and
/// those that scripts add. Excluded targets are left out, those of other parts (--shard), and hosts that earlier
/// attempts of the run have reported. A target that is given twice is returned twice. Targets of a queue or a pipe are
/// returned while more may still come. Nothing blocks: the network resolves names, a few ahead, and the targets behind
/// a slow name do not wait for it. Memory is bounded, except for the text of -iL. Owned by the Run. Not thread-safe.
class TargetFeed final : private core::Completions {
 public:
  /// Receives a target that is skipped, as event::TargetSkipped describes it. Called by next().
  using Skipped = std::function<void(std::string specification, std::string reason)>;
  /// Receives the addresses of a name.
  using Resolved = std::function<void(const std::string& name, const std::vector<Address>& addresses)>;
  /// Receives bytes of an input that cannot be read again.
  using Recorded = std::function<void(std::string_view bytes)>;
  using OpenInput = std::function<Result<std::unique_ptr<net::InputStream>>(const std::string& path)>;
  struct Parts {
    net::Resolver& resolver;  ///< must outlive the feed; its event loop must not run after the end of the feed
    OpenInput open_input{};   ///< opens the input of --targets-from
    Skipped skipped{};
    Resolved resolved{};
    Recorded recorded{};
    std::function<void()> wait{};  ///< waits for an event of the network or a deadline, and handles it
    std::function<void()> wake{};  ///< wakes the event loop; thread-safe
    std::uint64_t seed = 0;        ///< for --randomize-hosts
  };
  /// Creates a feed. Reads and checks the targets of the options and of -iL, and opens the other inputs. Blocks until
  /// the names in --exclude and --excludefile have been resolved.
  /// Errors: a target has a wrong syntax, a file cannot be read, an excluded name does not resolve, or the queue was
  /// used by another engine.
  static Result<std::unique_ptr<TargetFeed>> open(const Options& options, Parts parts);

  /// Returns the next target; nothing if there is none now. Also returns nothing after 4096 addresses that were left
  /// out since the last such result, so that the other parts of the shard have their turn; ready() is then still true.
  std::optional<Target> next();
  /// Estimates the number of targets that next() has not returned. Excluded addresses count, and a name that is not
  /// resolved counts as one address, or as its network. Of targets that may be in other parts (--shard), each counts as
  /// 1 / number of parts. Returns nothing while a pipe or a queue is open.
  [[nodiscard]] std::optional<double> remaining() const;
  /// Returns a place before which all targets have been returned.
  [[nodiscard]] TargetPlace floor() const;
  /// True if next() will return no further target, unless add() is called.
  [[nodiscard]] bool ended() const { return drawn_from_.empty() && source_ended(); }
  /// True if next() has work. The event loop wakes when this becomes true.
  [[nodiscard]] bool ready() const { return !drawn_from_.empty() || source_ready(); }
  /// True if --targets-from had bad lines and no line gave a port so far.
  [[nodiscard]] bool unusable() const { return bad_lines_ > 0 && !any_port_; }
  /// Returns how many hosts of earlier attempts of the run were not among the targets so far.
  [[nodiscard]] std::size_t missing_hosts() const { return earlier_hosts_.missing(); }
  /// True if a target was left out so far because it is in another part (--shard).
  [[nodiscard]] bool has_other_parts() const { return other_parts_; }
  /// Closes the queue of targets: a blocked TargetQueue::push() returns false.
  void close() { queue_.reset(); }
  /// Adds the targets of nmap.add_targets. Targets with a wrong syntax are dropped. The others come after the targets
  /// of the options, but before later input of a pipe or a queue.
  void add(const std::vector<std::string>& specifications);

 private:
  /// The addresses of an item that the run takes (--shard).
  enum class Taken : std::uint8_t {
    OfPart,  ///< those that are in the part of the run
    All,     ///< the name is in the part of the run, or a script has added the target
    None,    ///< the name is in another part
  };
  /// A target specification that has been read ahead.
  struct Item {
    model::TargetSpec spec;
    std::string name;                       ///< name of its hosts; of "name/24", only of the host at the name
    std::vector<model::KnownPort> ports{};  ///< from --targets-from
    std::string key{};                      ///< its key in hosts_; "" if it is not there
    core::Reply reply{};                    ///< reply to the look-up of its name
    Taken taken = Taken::OfPart;
  };
  /// The item whose addresses next() returns.
  struct Walk {
    std::uint32_t number;
    Item item;
    std::deque<model::AddressPattern> patterns;  ///< the remaining addresses
    std::uint64_t done = 0;                      ///< number of addresses that were removed from patterns
    std::vector<Address> named, others;          ///< addresses of the name that are scanned; those that are not
  };

  TargetFeed(const Options& options, Parts parts);
  Result<void> open(const Options& options);
  /// True if the run keeps what it reads of this input, for its later attempts: the input cannot be read again, or a
  /// small file could change.
  [[nodiscard]] bool keeps(const std::string& path) const;
  Result<void> open_list(const std::string& path);
  Result<void> open_known_ports(const std::string& path);

  /// Returns the next target. Returns nothing when steps_ has become 0.
  std::optional<Target> next_in_order();
  /// Returns one of the next targets at random. Returns nothing when steps_ has become 0.
  std::optional<Target> draw();
  /// True if next() returns this address of walk_.
  [[nodiscard]] bool is_taken(const Address& address);
  /// True if the address was returned before (--unique).
  [[nodiscard]] bool has_been(const Address& address) const;
  /// Notes that the addresses of the pattern have been returned.
  void note(const model::AddressPattern& pattern);
  [[nodiscard]] bool source_ended() const;
  [[nodiscard]] bool source_ready() const;
  [[nodiscard]] bool queue_ready() const;
  /// True if the addresses of an item that was read ahead are known.
  [[nodiscard]] bool has_answer() const { return !answered_.empty(); }
  /// True if more items may be read ahead.
  [[nodiscard]] bool has_room() const;

  /// Reads items ahead, and starts the look-ups of their names.
  void look_ahead();
  std::optional<Item> next_item();
  /// Estimates how many of `size` addresses are taken.
  [[nodiscard]] double estimate(double size, Taken taken) const;
  /// Adds a port to the item of its host, or creates an item if there is none.
  void take_in(model::KnownPort port);
  void push(Item item);
  void complete(core::Ticket ticket, core::Reply reply) override;
  /// Starts with the next item whose addresses are known. Returns false if there is none.
  bool begin_walk();
  /// Determines the addresses of an item. Errors: the name does not resolve; the message ends with a full stop.
  Result<void> expand(Walk& walk) const;
  /// Returns the addresses of a name from an earlier attempt; null if there are none.
  [[nodiscard]] const std::vector<Address>* known_addresses(const std::string& name) const;
  /// Reports a target that is skipped, unless an earlier attempt has done so.
  void skip(std::string specification, std::string reason);
  [[nodiscard]] Target target(const Address& address) const;

  Parts parts_;
  const Family family_;
  const bool resolve_all_;
  const bool unique_, shuffle_;
  const Options::Part part_;
  const std::shared_ptr<const EarlierRun> earlier_;  ///< may be null
  EarlierHosts earlier_hosts_;
  bool other_parts_ = false;  ///< a target was in another part
  int steps_;                 ///< number of addresses that may be left out before next() returns nothing
  model::ExclusionSet excluded_;
  // With unique_: addresses that were returned.
  std::unordered_set<Address> seen_hosts_;
  model::ExclusionSet seen_networks_;
  std::vector<Target> drawn_from_;  ///< with shuffle_: targets for draw()
  std::minstd_rand random_;
  // Sources.
  std::optional<TargetList> list_;
  std::deque<model::TargetSpec> specs_;  ///< targets of the options
  std::deque<model::TargetSpec> added_;  ///< targets of add()
  std::optional<TargetQueueReader> queue_;
  std::optional<KnownPortReader> known_;
  std::size_t bad_lines_ = 0;  ///< number of bad lines of known_
  bool any_port_ = false;      ///< a line of known_ has given a port
  // Items that were read ahead.
  std::map<std::uint32_t, Item> ahead_;  ///< by number
  std::deque<std::uint32_t> answered_;   ///< those whose addresses are known, in the order in which they became known
  std::uint32_t next_ = 0;               ///< number of the next item
  std::unordered_map<std::string, std::uint32_t> hosts_;  ///< items of --targets-from, by address and name
  std::size_t lookups_ = 0;                               ///< number of pending look-ups
  std::optional<Walk> walk_;
};

}  // namespace sluice::engine

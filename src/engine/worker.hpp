#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "engine/shard.hpp"
#include "engine/target_feed.hpp"
#include "lua/plain.hpp"

namespace sluice::engine {

/// A further thread of a run with a shard of its own, which deals with the hosts that it is given to their end. start()
/// and assign() are for one thread, all else for any.
class Worker {
 public:
  /// What all workers of a run begin with. It outlives them and does not change while they work.
  struct Equipment {
    const RunParts& run;
    Budgets budgets;
    Value::Table arguments;      ///< of the scripts
    lua::Plain::Table registry;  ///< what is in nmap.registry
    std::function<void()> news;  ///< called on its thread: hosts are done, it has answered, or it is over
  };

  explicit Worker(const Equipment& equipment) : equipment_(equipment) {}
  /// Stops it and waits for its end.
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Starts the thread, if it has not been. Throws std::system_error when the system gives none, or no event loop.
  void start();
  /// One more host. Once it has begun.
  void assign(Target target);
  /// Hosts that it was given and has not done.
  [[nodiscard]] std::size_t load() const noexcept { return load_; }
  /// Could it not begin after all? It is over then.
  [[nodiscard]] bool unable() const noexcept { return unable_; }
  /// Of one that could not: appends the hosts that it was given. Returns why, when called for the first time.
  std::string reclaim_unstarted_hosts(std::vector<Target>& hosts);
  /// It is over soon, however many hosts it has; what is known of them is told.
  void stop();
  /// Asks a worker that has no hosts left to end. If scripts run after the hosts, it does a whole garbage collection
  /// before it leaves its registry.
  void finish();
  void join() {
    if (thread_.joinable()) thread_.join();
  }
  /// Has it begun?
  [[nodiscard]] bool started() const;
  /// Does nothing any more, or has not begun.
  [[nodiscard]] bool finished() const;
  /// Is this its shard?
  [[nodiscard]] bool has(const Shard& shard) const;

  /// Asks it how it stands.
  void request_stats();
  /// What it answered; nothing while it has not.
  [[nodiscard]] std::optional<ShardStats> stats() const;
  /// The hosts that it has done. Once it is over, or stands still.
  [[nodiscard]] HostWindow::Counts counts() const;

  /// Of one that is over: what its scripts left in their registry, and the places of what is no data there, with a word
  /// about each.
  [[nodiscard]] lua::Plain::Table take_registry() { return std::move(registry_); }
  [[nodiscard]] const std::set<std::string>& left_out() const noexcept { return left_out_; }

 private:
  class Reachable;
  void wake();
  void work(std::unique_ptr<Shard> shard);
  void run_shard(Shard& shard);
  void process_hosts(Shard& shard);
  /// Returns true if it ends because no hosts are left.
  [[nodiscard]] bool in_order() const;
  Result<void> open(Shard& shard) const;
  /// The same, where the system may fail.
  Result<void> try_to_open(Shard& shard) const;
  void note_unable(std::string why);
  /// Takes what others have told it; false if it is to end.
  bool take_orders(Shard& shard);
  void stats(const Shard& shard);
  /// Tells of the hosts that are done.
  void note_done(const Shard& shard);

  const Equipment& equipment_;
  std::thread thread_;

  mutable std::mutex mutex_;  // of the following
  Shard* shard_ = nullptr;    ///< while it can be woken
  const Shard* own_ = nullptr;
  std::vector<Target> dealt_;
  std::string why_unable_;
  std::size_t given_ = 0;  ///< hosts
  bool started_ = false, stopped_ = false, finished_ = false, asked_ = false, over_ = false;
  ShardStats standing_;

  std::atomic<bool> has_orders_ = false, unable_ = false;
  std::atomic<std::size_t> load_ = 0;
  std::size_t done_ = 0;  ///< hosts
  lua::Plain::Table registry_;
  std::set<std::string> left_out_;
};

}  // namespace sluice::engine

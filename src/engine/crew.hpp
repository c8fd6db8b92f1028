#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/worker.hpp"

namespace sluice::engine {

/// The workers of a run beside its first thread (--workers), which deals them hosts and calls all of this but where it
/// says otherwise.
class Crew {
 public:
  /// `most` may be 0: then nobody is there to take anything.
  Crew(Worker::Equipment equipment, std::size_t most);

  /// Are there none, whatever comes?
  [[nodiscard]] bool empty() const noexcept { return workers_.empty(); }
  /// What they begin with. Before the first host.
  void configure(Value::Table arguments, lua::Plain::Table registry);
  /// The worker that has the fewest hosts; null if none has room for another.
  [[nodiscard]] Worker* least_loaded() const;
  /// It begins, if it has not. An error when the system does not give what it needs: from then on nobody begins.
  Result<void> start(Worker& worker);
  /// Has a worker that could not begin hosts to be taken back?
  [[nodiscard]] bool has_unstarted_hosts() const;
  /// Appends the hosts of workers that could not begin, and returns why these could not, each once.
  std::vector<std::string> reclaim_unstarted_hosts(std::vector<Target>& hosts);
  /// Has nobody a host?
  [[nodiscard]] bool idle() const;

  /// All are over soon. Any thread.
  void stop();
  /// Asks workers without hosts to end, and to leave their registries.
  void finish();
  /// Waits for their end.
  void join();
  /// Stops them and waits for their end.
  void end();
  /// Are all over, but for those of these shards? Any thread.
  [[nodiscard]] bool finished(const std::vector<Shard*>& but) const;
  /// Has any begun?
  [[nodiscard]] bool worked() const;
  /// Takes into a registry what their scripts have left in theirs. Returns the places of what is no data there. Once
  /// they are over.
  std::set<std::string> merge_registries(lua::Plain::Table& into);

  /// Asks all how they stand.
  void request_stats();
  /// All of it together; nothing while one has not answered.
  [[nodiscard]] std::optional<ShardStats> stats() const;
  /// Of hosts that are done. Once all are over, or stand still.
  [[nodiscard]] HostWindow::Counts counts() const;

 private:
  Worker::Equipment equipment_;
  std::vector<std::unique_ptr<Worker>> workers_;  ///< of one that was given nothing there is no thread
  bool closed_ = false;                           ///< nobody begins any more
};

}  // namespace sluice::engine

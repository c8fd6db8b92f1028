#include "engine/crew.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

namespace sluice::engine {

Crew::Crew(Worker::Equipment equipment, std::size_t most) : equipment_(std::move(equipment)) {
  workers_.reserve(most);
  while (workers_.size() < most) workers_.push_back(std::make_unique<Worker>(equipment_));
}

void Crew::configure(Value::Table arguments, lua::Plain::Table registry) {
  equipment_.arguments = std::move(arguments);
  equipment_.registry = std::move(registry);
}

Worker* Crew::least_loaded() const {
  Worker* found = nullptr;
  for (const auto& worker : workers_)
    if (!worker->unable() && (!closed_ || worker->started()) && (!found || worker->load() < found->load()))
      found = worker.get();
  const std::size_t most = equipment_.budgets.hosts + equipment_.budgets.arrivals;
  return found && found->load() < most ? found : nullptr;
}

Result<void> Crew::start(Worker& worker) try {
  worker.start();
  return {};
} catch (const std::system_error& failure) {
  closed_ = true;
  return Error{failure.what()};
}

bool Crew::has_unstarted_hosts() const {
  return std::any_of(workers_.begin(), workers_.end(),
                     [](const auto& worker) { return worker->unable() && worker->load() > 0; });
}

std::vector<std::string> Crew::reclaim_unstarted_hosts(std::vector<Target>& hosts) {
  std::vector<std::string> reasons;
  for (const auto& worker : workers_) {
    if (!worker->unable()) continue;
    closed_ = true;
    if (std::string why = worker->reclaim_unstarted_hosts(hosts); !why.empty()) reasons.push_back(std::move(why));
  }
  return reasons;
}

bool Crew::idle() const {
  return std::all_of(workers_.begin(), workers_.end(), [](const auto& worker) { return worker->load() == 0; });
}

void Crew::stop() {
  for (const auto& worker : workers_) worker->stop();
}

void Crew::finish() {
  for (const auto& worker : workers_) worker->finish();
}

void Crew::end() {
  stop();
  join();
}

void Crew::join() {
  for (const auto& worker : workers_) worker->join();
}

bool Crew::worked() const {
  return std::any_of(workers_.begin(), workers_.end(),
                     [](const auto& worker) { return worker->started() && !worker->unable(); });
}

bool Crew::finished(const std::vector<Shard*>& but) const {
  return std::all_of(workers_.begin(), workers_.end(), [&but](const auto& worker) {
    return worker->finished() ||
           std::any_of(but.begin(), but.end(), [&worker](const Shard* shard) { return worker->has(*shard); });
  });
}

std::set<std::string> Crew::merge_registries(lua::Plain::Table& into) {
  std::set<std::string> left_out;
  for (const auto& worker : workers_) {
    lua::merge(into, worker->take_registry(), equipment_.registry);
    left_out.insert(worker->left_out().begin(), worker->left_out().end());
  }
  return left_out;
}

void Crew::request_stats() {
  for (const auto& worker : workers_) worker->request_stats();
}

std::optional<ShardStats> Crew::stats() const {
  ShardStats all;
  for (const auto& worker : workers_) {
    const auto answer = worker->stats();
    if (!answer) return std::nullopt;
    all += *answer;
  }
  return all;
}

HostWindow::Counts Crew::counts() const {
  HostWindow::Counts all;
  for (const auto& worker : workers_) all += worker->counts();
  return all;
}

}  // namespace sluice::engine

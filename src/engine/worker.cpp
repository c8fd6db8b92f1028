#include "engine/worker.hpp"

#include <algorithm>
#include <iterator>
#include <new>
#include <system_error>
#include <utility>

namespace sluice::engine {

/// While it lives, others find the shard.
class Worker::Reachable {
 public:
  Reachable(Worker& worker, Shard& shard) : worker_(worker), shard_(shard) { set(&shard); }
  ~Reachable() { set(nullptr); }
  Reachable(const Reachable&) = delete;
  Reachable& operator=(const Reachable&) = delete;

 private:
  void set(Shard* shard) noexcept {
    const std::lock_guard lock(worker_.mutex_);
    worker_.shard_ = shard;
    worker_.standing_ = {};
    worker_.standing_.done = shard_.window->done();
  }
  Worker& worker_;
  Shard& shard_;
};

Worker::~Worker() {
  stop();
  join();
}

void Worker::start() {
  const std::lock_guard lock(mutex_);
  if (started_) return;
  auto shard = std::make_unique<Shard>(equipment_.run, equipment_.budgets);
  const Shard* own = shard.get();
  thread_ = std::thread([this, shard = std::move(shard)]() mutable { work(std::move(shard)); });
  own_ = own;
  started_ = true;
}

void Worker::assign(Target target) {
  const std::lock_guard lock(mutex_);
  dealt_.push_back(std::move(target));
  ++given_;
  ++load_;
  wake();
}

void Worker::stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  if (shard_) shard_->scheduler.halt();
  if (shard_ && shard_->runtime) shard_->runtime->watchdog.shorten_limit();
  wake();
}

void Worker::finish() {
  const std::lock_guard lock(mutex_);
  finished_ = true;
  wake();
}

void Worker::request_stats() {
  const std::lock_guard lock(mutex_);
  asked_ = started_ && !over_;
  wake();
}

void Worker::wake() {
  has_orders_ = true;
  if (shard_) shard_->loop.wake();
}

bool Worker::started() const {
  const std::lock_guard lock(mutex_);
  return started_;
}

bool Worker::finished() const {
  const std::lock_guard lock(mutex_);
  return over_ || !started_;
}

bool Worker::has(const Shard& shard) const {
  const std::lock_guard lock(mutex_);
  return own_ == &shard;
}

std::optional<ShardStats> Worker::stats() const {
  const std::lock_guard lock(mutex_);
  if (asked_) return std::nullopt;
  return standing_;
}

HostWindow::Counts Worker::counts() const {
  const std::lock_guard lock(mutex_);
  return shard_ ? shard_->window->done() : standing_.done;
}

void Worker::work(std::unique_ptr<Shard> shard) {
  try {
    if (Result<void> opened = try_to_open(*shard))
      run_shard(*shard);
    else
      note_unable(opened.error().message);
  } catch (const std::bad_alloc&) {
    equipment_.run.control.fail("out of memory");
  } catch (const std::system_error& failure) {
    equipment_.run.control.fail(failure.what());
  }
  shard.reset();
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
    asked_ = false;
  }
  equipment_.news();
}

void Worker::note_unable(std::string why) {
  const std::lock_guard lock(mutex_);
  why_unable_ = std::move(why);
  unable_ = true;
}

std::string Worker::reclaim_unstarted_hosts(std::vector<Target>& hosts) {
  const std::lock_guard lock(mutex_);
  load_ -= dealt_.size();
  std::move(dealt_.begin(), dealt_.end(), std::back_inserter(hosts));
  dealt_.clear();
  return std::exchange(why_unable_, "");
}

Result<void> Worker::try_to_open(Shard& shard) const try { return open(shard); } catch (const std::bad_alloc&) {
  return Error{"out of memory"};
} catch (const std::system_error& failure) {
  return Error{failure.what()};
}

Result<void> Worker::open(Shard& shard) const {
  if (equipment_.run.options.scripts) {
    if (Result<void> opened = shard.open_runtime(equipment_.arguments); !opened) return opened;
    if (auto loaded = shard.load_scripts(true); !loaded) return loaded.error();
    if (!shard.runtime->add_to_registry(equipment_.registry)) return Error{"out of memory"};
  }
  shard.open_window();
  return {};
}

void Worker::run_shard(Shard& shard) {
  const Reachable reachable(*this, shard);
  try {
    process_hosts(shard);
  } catch (const std::bad_alloc&) {
    equipment_.run.control.fail("out of memory");
  }
  shard.break_off(equipment_.run.control.stop_reason());
  note_done(shard);
  if (!shard.runtime || !shard.scripts.has(nse::ScriptRule::Post)) return;
  if (in_order()) shard.runtime->collect();  // finalizers may change the registry
  registry_ = shard.take_registry(left_out_);
}

bool Worker::in_order() const {
  const std::lock_guard lock(mutex_);
  return finished_ && !stopped_;
}

void Worker::process_hosts(Shard& shard) {
  const auto ready = [&] { return has_orders_ || shard.ready(); };
  while (take_orders(shard)) {
    shard.turn();
    note_done(shard);
    shard.poll();
    if (!ready()) shard.idle(ready);
  }
}

bool Worker::take_orders(Shard& shard) {
  if (!has_orders_.exchange(false)) return true;
  std::vector<Target> dealt;
  bool ends = false;
  {
    const std::lock_guard lock(mutex_);
    ends = stopped_ || finished_;
    dealt.swap(dealt_);
  }
  for (Target& target : dealt) shard.window->add(std::move(target));  // in any case: some are known to be up
  stats(shard);
  return !ends;
}

void Worker::stats(const Shard& shard) {
  {
    const std::lock_guard lock(mutex_);
    if (!asked_) return;
    standing_ = shard.stats();
    standing_.hosts = given_ - standing_.done.total;  // those that were dealt just now, too
    asked_ = false;
  }
  equipment_.news();
}

void Worker::note_done(const Shard& shard) {
  const std::size_t now = shard.window->done().total;
  if (now == done_) return;
  load_ -= now - std::exchange(done_, now);
  equipment_.news();
}

}  // namespace sluice::engine

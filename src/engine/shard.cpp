#include "engine/shard.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <new>
#include <random>
#include <utility>

#include "net/privilege.hpp"
#include "net/resolv_conf.hpp"

namespace sluice::engine {

namespace {

constexpr std::size_t kReserve = 1u << 20;
/// Of starts in a turn: about as many threads as may live. All of them take their first step before a reply of the
/// network comes in, so that, as under Nmap, none that was started earlier is further ahead than that.
constexpr std::size_t kBatches = 16;
constexpr int kMaxPolls = 16;  ///< before deadlines expire; descriptors that are always ready must not hold them up

}  // namespace

Shard::Shard(const RunParts& run, Budgets budgets)
    : run_(run),
      budgets_(std::move(budgets)),
      scheduler(run.clock),
      slots(budgets_.slots),
      slot_collector(slots, run.clock),
      network(loop, deadlines, run.clock,
              {run.dns_servers, run.options.interface.value_or(""), run.options.ttl,
               [this](const std::string& text) { on_log(event::warning(text)); }}),
      pinger(loop, deadlines,
             {net::is_privileged(run.options.privileged), run.options.interface.value_or(""), run.options.ttl}),
      scan(scan_config(), network, deadlines, run.clock),
      reserve_(std::make_unique_for_overwrite<char[]>(kReserve)) {}

scan::PortScan::Config Shard::scan_config() {
  const Options& options = run_.options;
  scan::PortScan::Config config;
  config.timing = budgets_.timing;
  config.sequential = options.sequential;
  config.seed = std::random_device{}();
  config.source = options.source;
  config.source_port = options.source_port.value_or(0);
  config.payloads = [this](std::uint16_t port) { return run_.plan.payloads.of(port); };
  config.pinger = &pinger;
  config.given_up = [this](int error) { run_.control.probe_given_up(error); };
  if (options.packet_trace)
    config.trace = [this](std::string_view probe, const Endpoint& remote, std::string_view what) {
      const std::chrono::duration<double> since = run_.clock.now() - run_.started;
      const std::string port = remote.port == 0 ? "" : fmt::format(":{}", remote.port);
      run_.events.log(fmt::format("{} ({:.4f}s) {} localhost > {}{} => {}", port.empty() ? "PING" : "CONN",
                                  since.count(), probe, remote.address.text(), port, what));
    };
  return config;
}

std::vector<std::string> Shard::name_servers() const {
  std::vector<Address> servers;
  for (const Endpoint& each : run_.dns_servers) servers.push_back(each.address);
  if (servers.empty()) servers = net::system_name_servers();
  std::vector<std::string> texts;
  for (const Address& each : servers)
    if (std::string text = each.text_with_scope(); std::find(texts.begin(), texts.end(), text) == texts.end())
      texts.push_back(std::move(text));
  std::reverse(texts.begin(), texts.end());
  return texts;
}

Result<void> Shard::open_runtime(Value::Table arguments) {
  const Options& options = run_.options;
  nse::RuntimeOptions wanted;
  wanted.verbosity = options.verbosity;
  wanted.debugging = options.debugging;
  wanted.timing = options.timing;
  wanted.privileged = net::is_privileged(options.privileged);
  wanted.script_trace = options.script_trace || options.packet_trace;
  wanted.family = options.family;
  wanted.receive_limit = options.receive_limit;
  wanted.script_memory = budgets_.script_memory;
  wanted.script_timeout = script_timeout(options);
  wanted.cpu.budget = options.script_burst;
  if (options.script_slice.count() > 0) wanted.cpu.preempt_after = wanted.cpu.slice = options.script_slice;
  wanted.unsafe_lua = options.unsafe_lua;
  wanted.source = options.source;
  wanted.interface = options.interface.value_or("");
  wanted.ttl = options.ttl.value_or(wanted.ttl);
  wanted.data_length = options.data_length.value_or(0);
  wanted.dns_servers = name_servers();
  wanted.arguments = std::move(arguments);
  wanted.version_intensity = options.version_intensity;
  if (const auto& versions = run_.plan.versions)
    wanted.is_excluded = [&versions](std::uint16_t port, Protocol protocol) {
      return versions->is_excluded(port, protocol);
    };
  wanted.find_file = [this](const std::string& name) { return run_.files.find_file(name); };
  auto made = nse::Runtime::create({run_.clock, scheduler, slots, deadlines, network}, std::move(wanted), *this);
  if (!made) return made.error();
  runtime = std::move(*made);
  starts.emplace(*runtime, budgets_.threads);
  return {};
}

Result<Shard::Loaded> Shard::load_scripts(bool quietly) {
  quiet_ = quietly;
  Result<ScriptChoice> choice = choose_scripts(script_request(run_.options), run_.files, *runtime);
  quiet_ = false;
  if (!choice) return choice.error();
  Result<ScriptSet> set = in_run_levels(std::move(choice->scripts));
  if (!set) return set.error();
  scripts = std::move(*set);
  return Loaded{std::move(choice->warnings), choice->left_out};
}

void Shard::open_detector() {
  if (!run_.plan.versions) return;
  const service::ProbeFile& probes = run_.plan.versions->probes;
  matcher.emplace(probes, [this](const std::string& line) { run_.events.warn(line); });
  service::Detector::Parts parts{network, slots, deadlines, run_.clock, scan.max_rate()};
  if (run_.options.version_trace) parts.trace = [this](const std::string& line) { run_.events.log(line); };
  detector.emplace(probes, *matcher, detector_options(run_.options, budgets_.slots.total), std::move(parts));
}

void Shard::open_window() {
  open_detector();
  window.emplace(
      HostTools{run_.options, run_.plan, run_.events, network, deadlines, scan, detector ? &*detector : nullptr,
                runtime.get(), starts ? &*starts : nullptr, scripts, run_.tasks, run_.vendors},
      budgets_);
}

void Shard::turn() {
  if (runtime) {
    runtime->options.verbosity = run_.events.verbosity();
    runtime->options.debugging = run_.events.debugging();
  }
  if (short_of_memory())
    runtime->memory.relieve();
  else
    run_scripts();
  if (scan.ready()) scan.run_turn();
  if (detector && detector->ready()) detector->run_turn();
  if (window->ready()) window->run_turn();
}

void Shard::run_scripts() {
  run_threads();
  for (std::size_t batch = 0; batch < kBatches && starts && starts->ready() && !short_of_memory(); ++batch) {
    starts->run_turn();
    run_threads();
  }
  if (scheduler.run_slice()) runtime->reap();
}

void Shard::run_threads() {
  if (!scheduler.ready()) return;
  scheduler.run_turn();
  runtime->reap();
}

bool Shard::ready() const {
  return scheduler.ready() || scan.ready() || window->ready() || (starts && starts->ready()) || short_of_memory() ||
         (detector && detector->ready());
}

void Shard::poll() {
  // What was due before the loop was polled has had its answer by then, or has none in time.
  const TimePoint now = run_.clock.now();
  bool drained = loop.poll();
  const auto next = deadlines.next();
  if (next && *next <= now)
    for (int polls = 1; !drained && polls < kMaxPolls; ++polls) drained = loop.poll();
  deadlines.expire(now);
}

void Shard::wait(TimePoint until) {
  loop.wait(until);
  if (const auto next = deadlines.next(); next && *next <= run_.clock.now()) poll();
}

void Shard::idle(const std::function<bool()>& ready) {
  // Target input, limits and progress do not count: what waits for none but itself is at a dead end.
  const bool nothing_else = scan.hosts() == 0 && window->lookups() == 0 && (!detector || detector->hosts() == 0);
  if (nothing_else && runtime && runtime->threads() > 0 && runtime->waiting_for_network() == 0)
    return resolve_deadlock(ready);
  TimePoint until = deadlines.next().value_or(kNever);
  if (runtime) until = std::min(until, slot_collector.work([this] { return runtime->collect_step(); }));
  if (!ready()) wait(until);
}

void Shard::resolve_deadlock(const std::function<bool()>& ready) {
  runtime->collect();
  if (ready()) return;  // a socket that was dropped has given its slot back
  runtime->end_deadlocked();
  runtime->reap();
}

lua::Plain::Table Shard::take_registry(std::set<std::string>& left_out) {
  auto taken = runtime->registry(
      [&](const std::string& where, std::string_view what) { left_out.insert(fmt::format("{} ({})", where, what)); });
  if (!taken) throw std::bad_alloc();
  return std::move(*taken);
}

void Shard::break_off(const std::string& why) {
  reserve_.reset();
  window->break_off(why);
  if (!runtime) return;
  runtime->stop();
  runtime->reap();
}

ShardStats& ShardStats::operator+=(const ShardStats& other) {
  done += other.done;
  hosts += other.hosts;
  open.up += other.open.up;
  open.progress += other.open.progress;
  threads += other.threads;
  waiting_for_slot += other.waiting_for_slot;
  waiting_for_network += other.waiting_for_network;
  live_threads.insert(live_threads.end(), other.live_threads.begin(), other.live_threads.end());
  if (other.oldest.waited > oldest.waited || oldest.text.empty()) oldest = other.oldest;
  return *this;
}

ShardStats Shard::stats() const {
  ShardStats now;
  now.done = window->done();
  now.hosts = window->size();
  now.open = window->open_hosts();
  now.waiting_for_slot = slots.waiting();
  if (!runtime) return now;
  now.threads = runtime->threads();
  now.waiting_for_network = runtime->waiting_for_network();
  now.oldest = runtime->oldest();
  if (run_.events.debug(2)) now.live_threads = runtime->describe_threads();
  return now;
}

}  // namespace sluice::engine

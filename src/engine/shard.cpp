// SPDX-License-Identifier: Apache-2.0
#include "engine/shard.hpp"

#include <fmt/format.h>

#include <new>
#include <system_error>
#include <utility>

#include "engine/runtime_options.hpp"
#include "nse/runtime/cpu_limit.hpp"

// Creation, opening and closing of a shard.

namespace sluice::engine {

namespace {

constexpr std::size_t kReserve = 1u << 20;

}  // namespace

bool wants_scripts(const Options& options) {
  return options.scripts || options.versions || options.update_script_db || !options.script_help.empty();
}

Shard::Shard(const RunParts& run, Budgets budgets, Position position)
    : run_(run),
      budgets_(std::move(budgets)),
      position_(position),
      vacancies_(static_cast<std::ptrdiff_t>(budgets_.arrivals)),
      reserve_(std::make_unique_for_overwrite<char[]>(kReserve)),
      scheduler_(run.platform.clock()),
      slots_(budgets_.slots),
      slot_reclaimer_(slots_, run.platform.clock()) {
  if (!wants_scripts(run_.options)) return;
  std::function<void()> stuck;
  if (run_.platform.ends_process_when_stuck()) stuck = [this] { on_stuck(); };
  watchdog_.emplace(cpu_limits(run_.options), nse::on_cpu_limit, run_.platform.make_cpu_timer(), std::move(stuck));
}

Shard::~Shard() { published_ports_ = nullptr; }

void Shard::start() {
  if (ports_) return;
  const Options& options = run_.options;
  const std::string device = options.interface.value_or("");
  ports_ =
      std::make_unique<Ports>(run_.platform,
                              net::NetworkOptions{run_.dns_servers, device, options.ttl,
                                                  [this](const std::string& text) { on_log(event::warning(text)); }},
                              net::PingerOptions{run_.platform.privileged(options.privileged), device, options.ttl});
  published_ports_ = ports_.get();
  net::Network& network = *ports_->network;
  scan_.emplace(scan_config(),
                scan::PortScan::Parts{network, network, network, ports_->deadlines, run_.platform.clock()});
  set_state(State::Started);
}

scan::PortScan::Config Shard::scan_config() {
  const Options& options = run_.options;
  scan::PortScan::Config config;
  config.timing = budgets_.timing;
  config.tells_ports = options.tells_ports;
  config.sequential = options.sequential;
  config.seed = static_cast<std::uint32_t>(run_.platform.random_seed());
  config.source = options.source;
  config.source_port = options.source_port.value_or(0);
  config.payloads = [this](std::uint16_t port) { return run_.plan.payloads.of(port); };
  config.pinger = ports_->pinger.get();
  config.given_up = [this](int error) { run_.control.probe_given_up(error); };
  if (options.packet_trace)
    config.trace = [this](std::string_view probe, const Endpoint& remote, std::string_view what) {
      const std::chrono::duration<double> since = run_.platform.clock().now() - run_.started;
      const std::string port = remote.port == 0 ? "" : fmt::format(":{}", remote.port);
      run_.events.log(fmt::format("{} ({:.4f}s) {} localhost > {}{} => {}", port.empty() ? "PING" : "CONN",
                                  since.count(), probe, remote.address.text(), port, what));
    };
  return config;
}

Result<void> Shard::open_runtime() {
  nse::RuntimeOptions wanted = runtime_options({run_.options, run_.platform, run_.files, run_.plan, run_.dns_servers});
  wanted.script_memory = budgets_.script_memory;
  wanted.arguments = run_.arguments;
  wanted.first_thread_number = position_.number + 1;
  wanted.thread_number_step = position_.count;
  net::Network& network = *ports_->network;
  nse::Runtime::Parts parts{.clock = run_.platform.clock(),
                            .scheduler = scheduler_,
                            .slots = slots_,
                            .deadlines = ports_->deadlines,
                            .sockets = network,
                            .raw_sockets = network,
                            .resolver = network,
                            .processes = network,
                            .routing = network,
                            .watchdog = *watchdog_,
                            .random_seed = [this] { return run_.platform.random_seed(); }};
  auto made = nse::Runtime::create(std::move(parts), std::move(wanted), *this);
  if (!made) return made.error();
  runtime_ = std::move(*made);
  starts_.emplace(*runtime_, budgets_.threads);
  return {};
}

Result<Shard::Loaded> Shard::load_scripts(bool quietly) {
  quiet_ = quietly;
  Result<ScriptChoice> choice = choose_scripts(script_request(run_.options), run_.files, *runtime_);
  quiet_ = false;
  if (!choice) return choice.error();
  Result<ScriptSet> set = in_run_levels(std::move(choice->scripts));
  if (!set) return set.error();
  scripts_ = std::move(*set);
  return Loaded{std::move(choice->warnings), choice->left_out};
}

void Shard::open_detector() {
  if (!run_.plan.versions) return;
  const service::ProbeFile& probes = run_.plan.versions->probes;
  matcher_.emplace(probes, [this](const std::string& line) { run_.events.warn(line); });
  service::Detector::Parts parts{*ports_->network, slots_, ports_->deadlines, run_.platform.clock(), scan_->max_rate()};
  if (run_.options.version_trace) parts.trace = [this](const std::string& line) { run_.events.log(line); };
  detector_.emplace(probes, *matcher_, detector_options(run_.options, budgets_.slots.total), std::move(parts));
}

void Shard::open_window() {
  open_detector();
  window_.emplace(HostTools{run_.options, run_.plan, run_.events, *ports_->network, *ports_->network, ports_->deadlines,
                            *scan_, detector_ ? &*detector_ : nullptr, runtime_.get(), starts_ ? &*starts_ : nullptr,
                            scripts_, run_.tasks, run_.vendors},
                  budgets_);
  set_state(State::Working);
}

Result<void> Shard::open() {
  if (run_.options.scripts || run_.options.versions) {
    if (Result<void> opened = open_runtime(); !opened) return opened;
    if (auto loaded = load_scripts(true); !loaded) return loaded.error();
    if (!runtime_->add_to_registry(run_.registry)) return Error{"out of memory", ErrorCode::ResourceShortage};
  }
  open_window();
  return {};
}

Result<void> Shard::open_or_explain() noexcept try { return open(); } catch (const std::bad_alloc&) {
  return Error{"out of memory", ErrorCode::ResourceShortage};
} catch (const std::system_error& failure) {
  return Error{failure.what(), ErrorCode::ResourceShortage};
}

lua::Plain::Table Shard::copy_registry(std::set<std::string>& left_out) {
  auto taken = runtime_->registry(
      [&](const std::string& where, std::string_view what) { left_out.insert(fmt::format("{} ({})", where, what)); });
  if (!taken) throw std::bad_alloc();
  return std::move(*taken);
}

void Shard::break_off(const std::string& why) {
  reserve_.reset();
  window_->break_off(why);
  if (!runtime_) return;
  runtime_->stop();
  runtime_->reap();
}

void Shard::close() {
  take_orders();
  break_off(run_.control.stop_reason());
  publish();
  set_state(State::Closed);
}

void Shard::end(bool in_order) {
  break_off(run_.control.stop_reason());
  publish();
  if (runtime_ && scripts_.has(nse::ScriptRule::Post)) {
    if (in_order) runtime_->collect();  // finalizers may change the script registry
    registry_ = copy_registry(left_out_);
  }
  // Destroying the Lua state runs finalizers of scripts. This must happen on this thread, which the watchdog watches.
  window_.reset();
  starts_.reset();
  scripts_ = {};
  runtime_.reset();
}

void Shard::start_phase(nse::ScriptRule rule) {
  phase_.emplace(ScriptRun::Parts{*runtime_, scripts_, run_.events, run_.options.earlier.get()}, rule);
  phase_->next_level();
  starts_->add(*phase_);
}

bool Shard::start_phase_level() {
  runtime_->kill(nullptr, event::Outcome::Killed);
  if (!phase_->next_level()) return false;
  starts_->add(*phase_);
  return true;
}

bool Shard::phase_level_finished() const { return !phase_ || (phase_->alive() == 0 && !phase_->can_start()); }

void Shard::collect_if_requested() {
  if (runtime_ && runtime_->collector.requested()) runtime_->collect();
}

std::vector<ScriptResult> Shard::end_phase() {
  phase_->stop_starting();
  runtime_->kill(nullptr, event::Outcome::Killed);
  phase_.reset();
  sort_by_id(phase_results_);
  return std::exchange(phase_results_, {});
}

}  // namespace sluice::engine

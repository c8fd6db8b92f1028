// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <system_error>
#include <utility>

#include "engine/check_options.hpp"
#include "engine/explained_hosts.hpp"
#include "engine/explainer.hpp"
#include "engine/local_places.hpp"
#include "engine/runtime_options.hpp"
#include "net/dns_servers.hpp"
#include "nse/runtime/cpu_limit.hpp"
#include "script/rule.hpp"

// Creation of an Explainer: checks of the options, hosts and scripts.

namespace sluice::engine {

namespace {

/// Refuses options that name targets in another way, and options that have another purpose.
Result<void> check_purpose(const Options& options) {
  const std::pair<bool, const char*> refused[] = {
      {!options.targets.empty(), "targets"},
      {options.input_list.has_value(), "-iL"},
      {options.targets_from.has_value(), "--targets-from"},
      {options.target_queue != nullptr, "a queue of targets"},
      {!options.exclude.empty(), "--exclude"},
      {options.exclude_file.has_value(), "--excludefile"},
      {options.shard.count > 1, "--shard"},
      {options.list_only, "-sL"},
      {!options.port_scan && !options.list_only, "-sn"},
      {!options.script_help.empty(), "--script-help"},
      {options.update_script_db, "--script-updatedb"},
      {options.earlier != nullptr, "--resume"},
  };
  for (const auto& [given, name] : refused)
    if (given)
      return Error{fmt::format("{}: rules are explained for hosts and ports that are named; leave it out", name)};
  return {};
}

Options options_of(const ExplainRequest& request) {
  Options options = request.options;
  options.discovery = false;
  options.reverse_dns = Options::ReverseDns::Never;
  options.tells_ports = false;
  if (options.scripts || options.versions) return options;
  options.scripts = true;
  options.script_rules = {"default"};
  return options;
}

}  // namespace

Explainer::Explainer(const ExplainRequest& request, PlatformPort& platform, Answer answer, Log log)
    : request_(request),
      platform_(platform),
      answer_(std::move(answer)),
      log_(std::move(log)),
      options_(options_of(request)),
      events_(
          *this, platform.clock(), [] {}, options_.verbosity, options_.debugging),
      scheduler_(platform.clock()),
      network_(platform, options_.interface.value_or(""), [this](std::string what) { on_request(std::move(what)); }) {
  events_.begin(event::RunStarted{}, nullptr);
}

Explainer::~Explainer() {
  if (runtime_) runtime_->stop();
}

Result<void> Explainer::open() {
  if (Result<void> valid = check_purpose(options_); !valid) return valid;
  if (Result<void> valid = check_options(options_); !valid) return valid;
  if (Result<void> opened = open_plan(); !opened) return opened;
  if (Result<void> opened = open_runtime(); !opened) return opened;
  return load_scripts();
}

Result<void> Explainer::open_plan() {
  if (Result<void> valid = model::check_datadir(options_.datadir); !valid) return valid;
  files_.emplace(data_files_of(options_, platform_));
  Result<ScanPlan> plan = plan_scan(options_, *files_, {});
  if (!plan) return plan.error();
  plan_.emplace(std::move(*plan));
  for (const std::string& warning : plan_->warnings) events_.warn(warning);
  Result<std::vector<Endpoint>> servers = net::parse_dns_servers(options_.dns_servers);
  if (!servers) return servers.error().in("--dns-servers");
  dns_servers_ = std::move(*servers);
  Result<std::vector<HostReport>> hosts = explained_hosts(request_, *plan_);
  if (!hosts) return hosts.error();
  hosts_ = std::move(*hosts);
  return {};
}

Result<void> Explainer::open_runtime() {
  if (!files_->find_file("nselib/stdnse.lua")) return missing_data("nselib/stdnse.lua");
  const SystemLimits limits = platform_.limits();
  const Budgets budgets = budgets_for(options_, limits.descriptors, 0, limits.memory);
  Result<Value::Table> arguments = read_script_arguments(options_, *files_);
  if (!arguments) return arguments.error();
  nse::RuntimeOptions wanted = runtime_options({options_, platform_, *files_, *plan_, dns_servers_});
  wanted.script_memory = budgets.script_memory;
  wanted.arguments = std::move(*arguments);
  wanted.rules_only = true;
  std::function<void()> stuck;
  if (platform_.ends_process_when_stuck())
    stuck = [this] {
      if (log_) log_({event::LogTo::Error, "sluice: " + runtime_->culprit() + " cannot be stopped", 0});
      platform_.end_process();
    };
  watchdog_.emplace(cpu_limits(options_), nse::on_cpu_limit, platform_.make_cpu_timer(), std::move(stuck));
  try {
    loop_ = platform_.make_event_loop();
  } catch (const std::system_error& failure) {
    return Error{std::string("cannot create an event loop: ") + failure.what(), ErrorCode::ResourceShortage};
  }
  slots_.emplace(budgets.slots);
  nse::Runtime::Parts parts{.clock = platform_.clock(),
                            .scheduler = scheduler_,
                            .slots = *slots_,
                            .deadlines = deadlines_,
                            .sockets = network_,
                            .raw_sockets = network_,
                            .resolver = network_,
                            .processes = network_,
                            .routing = network_,
                            .watchdog = *watchdog_,
                            .random_seed = [this] { return platform_.random_seed(); }};
  auto made = nse::Runtime::create(std::move(parts), std::move(wanted), *this);
  if (!made) return made.error();
  runtime_ = std::move(*made);
  starts_.emplace(*runtime_, budgets.threads);
  return {};
}

Result<void> Explainer::load_scripts() {
  Result<ScriptChoice> choice = choose_scripts(script_request(options_), *files_, *runtime_);
  if (!choice) return choice.error();
  warn_of(*choice);
  std::vector<std::unique_ptr<ReadyScript>> scripts = std::move(choice->scripts);
  for (const auto& ready : scripts) facts_[ready->script.id].script = &ready->script;
  if (!request_.only.empty()) {
    const auto wanted = add_further(scripts);
    if (!wanted) return wanted.error();
    for (auto& [id, facts] : facts_) facts.wanted = wanted->contains(id);
  }
  Result<ScriptSet> set = in_run_levels(std::move(scripts));
  if (!set) return set.error();
  scripts_ = std::move(*set);
  note_levels();
  return {};
}

Result<std::set<std::string>> Explainer::add_further(std::vector<std::unique_ptr<ReadyScript>>& scripts) {
  Result<ScriptChoice> further = choose_scripts({script::parse_rules(request_.only), false}, *files_, *runtime_);
  if (!further) return further.error().in("--only");
  warn_of(*further);
  std::set<std::string> ids;
  for (auto& ready : further->scripts) {
    ids.insert(ready->script.id);
    const auto [place, fresh] = facts_.try_emplace(ready->script.id);
    if (!fresh) continue;
    place->second.script = &ready->script;
    place->second.chosen = false;
    scripts.push_back(std::move(ready));
  }
  return ids;
}

void Explainer::warn_of(const ScriptChoice& choice) {
  for (const std::string& warning : choice.warnings) events_.warn(warning);
  for (const std::string& script : choice.unloaded) events_.warn("NSE: " + script);
}

void Explainer::note_levels() {
  for (std::size_t level = 0; level < scripts_.levels(); ++level)
    for (const auto rule : {nse::ScriptRule::Pre, nse::ScriptRule::Host, nse::ScriptRule::Port, nse::ScriptRule::Post})
      for (const ReadyScript* ready : scripts_.at(level, rule)) facts_.at(ready->script.id).run_level = level + 1;
  for (auto& [id, facts] : facts_)
    std::ranges::copy_if(facts.script->dependencies, std::back_inserter(facts.after), [this](const std::string& name) {
      const auto found = facts_.find(name);
      return found != facts_.end() && found->second.chosen;
    });
}

std::string Explainer::selection_text() const {
  std::string text;
  if (options_.scripts) text = fmt::format("--script {}", fmt::join(options_.script_rules, ","));
  if (options_.versions) text += text.empty() ? "-sV" : " -sV";
  return text;
}

}  // namespace sluice::engine

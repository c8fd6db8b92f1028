// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <tuple>
#include <utility>

#include "base/text.hpp"
#include "compare/run_content.hpp"
#include "output/escape.hpp"
#include "output/phrases.hpp"

namespace sluice {

namespace {

using namespace compare;

/// Returns the text as all report formats have it: XML contains no other bytes.
std::string portable(std::string_view text) { return output::protect(text, output::Keep::AsciiReturns); }

std::size_t index_of(Protocol protocol) { return static_cast<std::size_t>(protocol); }

/// Adds the ports of "80,7001-7002" to a set.
void add_ranges(std::string_view text, std::bitset<65536>& ports) {
  while (!text.empty()) {
    std::string_view range = take_until(text, ',');
    const auto first = parse_number<std::uint16_t>(take_until(range, '-'));
    if (!first) continue;
    const auto last = parse_number<std::uint16_t>(range);
    for (std::uint32_t port = *first; port <= last.value_or(*first); ++port) ports.set(port);
  }
}

/// Receives the events of a run.
class Collector {
 public:
  explicit Collector(RunSummary::Content& content) : content_(content) {}

  void operator()(const event::RunStarted& run) {
    content_.arguments = run.arguments;
    for (const auto& scan : run.scans) {
      auto& ports = content_.asked_ports[index_of(scan.protocol)];
      add_ranges(scan.ports, ports);
      content_.asked_port_counts[index_of(scan.protocol)] = ports.count();
    }
  }
  void operator()(const event::TargetSkipped& target) { content_.skipped.insert(target.specification); }
  void operator()(const event::HostStarted& host) {
    content_.has_starts = true;
    HostReport& report = content_.pending[{host.address, host.target_name}];
    report.address = host.address;
    report.target_name = host.target_name;
  }
  void operator()(const event::PortDiscovered& port) {
    if (HostReport* host = find(port.address)) port_of(*host, port.number, port.protocol);
  }
  void operator()(const event::ServiceDetected& detected) {
    content_.versions = true;
    HostReport* host = find(detected.address);
    if (!host) return;
    PortReport& port = port_of(*host, detected.number, detected.protocol);
    if (!port.detail) port.detail = std::make_unique<PortDetail>();
    port.detail->service = detected.service;
  }
  void operator()(const event::ScriptStarted& script) { content_.asked_scripts.insert(script.id); }
  void operator()(const event::ScriptFinished& script) {
    content_.asked_scripts.insert(script.id);
    if (!script.result) return;
    if (!script.place.address) {
      content_.phases[script.place.phase == "prerule" ? 0 : 1][script.id].insert(portable(script.result->output));
      return;
    }
    HostReport* host = find(*script.place.address);
    if (!host) return;
    host->up = true;
    if (script.place.port) port_of(*host, *script.place.port, script.place.protocol);
    add_result(*host, script.place, *script.result);
  }
  void operator()(const event::HostWaits& host) { finish(*host.report); }
  void operator()(const event::HostFinished& host) {
    if (!host.waited) finish(*host.report);
  }
  void operator()(const event::RunFinished& run) {
    content_.ended = true;
    content_.stopped = !run.error.empty() || !run.not_sent.empty();
    content_.hosts_down = run.hosts_down;
  }
  template <class Other>
  void operator()(const Other&) {}

 private:
  void finish(const HostReport& host) {
    if (!content_.pending.empty()) content_.pending.erase({host.address, host.target_name});
    content_.add_host(host);
  }
  HostReport* find(const Address& address) {
    const auto found = content_.pending.lower_bound({address, ""});
    return found != content_.pending.end() && found->first.first == address ? &found->second : nullptr;
  }
  static PortReport& port_of(HostReport& host, std::uint16_t number, Protocol protocol) {
    host.up = true;
    for (PortReport& port : host.ports)
      if (port.number == number && port.protocol == protocol) return port;
    PortReport& port = host.ports.emplace_back();
    port.number = number;
    port.protocol = protocol;
    port.state = PortState::Open;
    return port;
  }

  RunSummary::Content& content_;
};

}  // namespace

RunSummary::RunSummary() : content_(std::make_unique<Content>()) {}
RunSummary::~RunSummary() = default;

void RunSummary::on_event(const Event& event) { std::visit(Collector(*content_), event.what); }

const std::vector<std::string>& RunSummary::arguments() const { return content_->arguments; }

void RunSummary::set_options(const Options& options) {
  Content& content = *content_;
  content.has_options = true;
  content.versions = content.versions || options.versions;
  content.open_only = options.open_only;
  content.no_reverse_names = options.reverse_dns == Options::ReverseDns::Never;
  if (options.scripts)
    content.script_rules = options.script_rules.empty() ? std::vector<std::string>{"default"} : options.script_rules;
  content.targets_known = !options.input_list && !options.targets_from && !options.exclude_file &&
                          options.shard.count == 1 && !options.targets.empty();
  for (const std::string& target : options.targets)
    if (auto spec = model::TargetSpec::parse(target)) content.targets.push_back(*std::move(spec));
  for (const std::string& target : options.exclude) {
    const auto spec = model::TargetSpec::parse(target);
    if (spec && spec->pattern) content.excluded.add(*spec->pattern);
  }
}

void RunSummary::Content::add_host(const HostReport& host) {
  const std::string_view status = status_text(host);
  if (status != "up" && !host.listed_only && host.ports.empty() && host.scripts.empty()) {
    // A host that is down is as one that is not reported. One that could not be asked is unknown.
    if (status == "down") silent.push_back({without_scope(host.address), texts.add(host.target_name)});
    return;
  }
  // Only masscan gives no reason for the status of a host.
  if (host.reason == Reason::None && !host.listed_only && !host.ports.empty() && !has_starts) answers_only = true;
  HostRow& row = hosts.emplace_back();
  row.address = without_scope(host.address);
  row.target_name = texts.add(host.target_name);
  row.reverse_name = texts.add(host.reverse_name);
  row.mac = texts.add(host.mac);
  row.listed_only = host.listed_only;
  row.complete = host.incomplete.empty() && !host.timed_out;
  row.ports_asked = host.ports_scanned || !host.ports.empty();
  row.first_script = static_cast<std::uint32_t>(scripts.size());
  const auto add_scripts = [&](const std::vector<ScriptResult>& results, PortKey key) {
    for (const ScriptResult& result : results) {
      asked_scripts.insert(result.id);
      scripts.push_back({key, texts.add(result.id), texts.add(portable(result.output))});
    }
  };
  for (const PortReport& port : host.ports)
    if (port.detail) add_scripts(port.detail->scripts, port_key(port.protocol, port.number));
  add_scripts(host.scripts, ScriptRow::kHost);
  row.scripts = static_cast<std::uint32_t>(scripts.size()) - row.first_script;
  std::sort(scripts.begin() + row.first_script, scripts.end(), [&](const ScriptRow& one, const ScriptRow& other) {
    return std::tuple(one.port, texts.at(one.id), texts.at(one.output)) <
           std::tuple(other.port, texts.at(other.id), texts.at(other.output));
  });
  add_ports(host, row);
}

void RunSummary::Content::add_ports(const HostReport& host, HostRow& row) {
  constexpr std::size_t kStates = static_cast<std::size_t>(PortState::Unknown) + 1;
  std::array<std::array<std::size_t, kStates>, 3> counts{};
  std::array<std::size_t, 3> asked{};
  const auto is_plain = [](const PortReport& port) {
    return port.state != PortState::Open && (!port.detail || (!port.detail->service && port.detail->scripts.empty()));
  };
  for (const PortReport& port : host.ports) {
    if (asked_port(port_key(port.protocol, port.number))) ++asked[index_of(port.protocol)];
    if (is_plain(port)) ++counts[index_of(port.protocol)][static_cast<std::size_t>(port.state)];
  }
  for (std::size_t protocol = 0; protocol < counts.size(); ++protocol) {
    const auto most = std::ranges::max_element(counts[protocol]);
    if (*most > 0 && asked[protocol] > 0 && asked[protocol] == asked_port_counts[protocol])
      row.rest[protocol] = static_cast<PortState>(most - counts[protocol].begin());
  }
  row.first_port = static_cast<std::uint32_t>(ports.size());
  for (const PortReport& port : host.ports) {
    const PortKey key = port_key(port.protocol, port.number);
    if (is_plain(port) && row.rest[index_of(port.protocol)] == port.state && asked_port(key)) continue;
    const std::string service = pack_service(port);
    versions = versions || (port.detail && port.detail->service && !port.detail->service->fingerprint.empty());
    ports.push_back({key, port.state, texts.add(service), texts.add(port.table_service)});
  }
  row.ports = static_cast<std::uint32_t>(ports.size()) - row.first_port;
  std::sort(ports.begin() + row.first_port, ports.end(), [](const PortRow& one, const PortRow& other) {
    return std::tuple(one.key, one.state) < std::tuple(other.key, other.state);
  });
}

void RunSummary::Content::complete() {
  if (std::exchange(completed_, true)) return;
  for (auto& [key, host] : pending) {
    if (!ended && host.up) {
      host.incomplete = "the run did not end";
      add_host(host);
    } else if (ended && !stopped) {
      silent.push_back({without_scope(host.address), texts.add(host.target_name)});
    }
  }
  if (!ended) stopped = true;
  pending.clear();
  std::ranges::sort(silent, {}, &SilentHost::address);
  texts.seal();
}

bool RunSummary::Content::in_targets(const Address& address, const std::vector<std::string>& names) const {
  if (excluded.contains(address)) return false;
  return std::ranges::any_of(targets, [&](const model::TargetSpec& target) {
    return target.pattern ? target.pattern->contains(address) : std::ranges::count(names, target.name) > 0;
  });
}

bool RunSummary::Content::asked_host(const std::vector<Address>& addresses,
                                     const std::vector<std::string>& names) const {
  if (std::ranges::any_of(names, [&](const std::string& name) { return skipped.contains(name); })) return false;
  for (const Address& address : addresses)
    if (std::ranges::binary_search(silent, address, {}, &SilentHost::address)) return true;
  if (has_starts || stopped)
    return std::ranges::any_of(
        silent, [&](const SilentHost& host) { return std::ranges::count(names, texts.at(host.target_name)) > 0; });
  if (targets_known)
    return std::ranges::any_of(addresses, [&](const Address& address) { return in_targets(address, names); });
  // The report does not say which hosts the run asked. If none was down, it reports all of them.
  return arguments.empty() || answers_only || hosts_down > 0;
}

}  // namespace sluice

namespace sluice::compare {

std::string pack_service(const PortReport& port) {
  if (!port.detail || !port.detail->service) return {};
  const Service& service = *port.detail->service;
  if (!service.probed && !service.tls && !output::has_details(service)) return {};
  std::string cpe;
  for (const std::string& name : service.cpe) cpe.append(cpe.empty() ? "" : " ").append(name);
  const std::string_view values[] = {output::service_name(port),
                                     service.product,
                                     service.version,
                                     service.extrainfo,
                                     service.hostname,
                                     service.ostype,
                                     service.devicetype,
                                     service.fingerprint,
                                     service.tls ? "true" : "",
                                     cpe};
  static_assert(std::size(values) == kServiceFields.size());
  std::string packed;
  for (const std::string_view value : values) packed.append(portable(value)) += '\0';
  return packed;
}

std::array<std::string_view, kServiceFields.size()> unpack_service(std::string_view packed) {
  std::array<std::string_view, kServiceFields.size()> values;
  for (std::string_view& value : values) value = take_until(packed, '\0');
  return values;
}

Address without_scope(const Address& address) { return address.scope() == 0 ? address : Address::v6(address.raw()); }

}  // namespace sluice::compare

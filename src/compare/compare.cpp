// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <tuple>

#include "compare/host_cursor.hpp"
#include "compare/volatile_text.hpp"
#include "model/port_spec.hpp"

namespace sluice::compare {

namespace {

using Content = RunSummary::Content;
using Class = Change::Class;
using Op = Change::Op;
using Subject = Change::Subject;

constexpr std::array kProtocols{Protocol::Tcp, Protocol::Udp, Protocol::Sctp};

/// What a run has of a port. `row` is null if the state is that of the rest, or if there is none.
struct PortPart {
  const PortRow* row = nullptr;
  std::optional<PortState> state;
  bool asked = false;
};

/// One of both runs, and its present host.
struct Side {
  const Content& content;
  HostCursor cursor;
  bool more = false;

  Side(const Content& of, bool by_name) : content(of), cursor(of, by_name), more(cursor.next()) {}
  [[nodiscard]] const HostParts& host() const { return cursor.host(); }
  [[nodiscard]] std::string_view text(Text number) const { return content.texts.at(number); }

  [[nodiscard]] PortPart port(PortKey key, const PortRow* row) const {
    PortPart part{row, {}, false};
    const bool in_scan = content.asked_port(key);
    if (row)
      part.state = row->state;
    else if (in_scan)
      part.state = host().rest[static_cast<std::size_t>(protocol_of(key))];
    part.asked = part.state ? *part.state != PortState::Unknown
                            : in_scan && host().complete && host().ports_asked && !host().listed_only;
    return part;
  }
  [[nodiscard]] bool asked_script(std::string_view id, const Content& other) const {
    return content.asked_scripts.contains(id) ||
           (!content.script_rules.empty() && content.script_rules == other.script_rules);
  }
};

/// Results of scripts, sorted by id. Several results of a script are one text.
using Results = std::vector<std::pair<std::string_view, std::string>>;

void append_result(Results& results, std::string_view id, std::string_view output) {
  if (!results.empty() && results.back().first == id)
    results.back().second.append("\n").append(output);
  else
    results.emplace_back(id, output);
}

/// The results of one host that belong to one port (or to the host).
Results results_of(const Side& side, PortKey port) {
  Results results;
  const auto& scripts = side.host().scripts;
  auto script = std::ranges::lower_bound(scripts, port, {}, &ScriptRow::port);
  for (; script != scripts.end() && script->port == port; ++script) {
    append_result(results, side.text(script->id), side.text(script->output));
  }
  return results;
}

/// The results of the prerules (0) or postrules (1).
Results results_of(const Content& content, std::size_t phase) {
  Results results;
  for (const auto& [id, outputs] : content.phases[phase])
    for (const std::string& output : outputs) append_result(results, id, output);
  return results;
}

class Comparison {
 public:
  Comparison(const Content& old_run, const Content& new_run, const CompareOptions& options,
             const std::function<void(const Change&)>& each)
      : options_(options), each_(each), old_(old_run, options.by_name), new_(new_run, options.by_name) {
    for (std::size_t protocol = 0; protocol < kProtocols.size(); ++protocol) {
      const auto ports = old_run.asked_ports[protocol] | new_run.asked_ports[protocol];
      if (ports.none()) continue;
      for (std::size_t port = 0; port < ports.size(); ++port)
        if (ports[port]) scanned_[protocol].push_back(static_cast<std::uint16_t>(port));
    }
  }

  void run() {
    compare_phase(0, "prerule");
    while (old_.more || new_.more) {
      const int order = !old_.more ? 1 : !new_.more ? -1 : order_of_hosts();
      const Side& shown = order <= 0 ? old_ : new_;
      change_ = {};
      change_.host = shown.host().key;
      change_.host_name = shown.host().names.empty() ? std::string_view() : shown.host().names.front();
      if (order == 0)
        compare_hosts();
      else
        compare_host_of_one(shown, order < 0 ? new_.content : old_.content, order < 0);
      if (order <= 0) old_.more = old_.cursor.next();
      if (order >= 0) new_.more = new_.cursor.next();
    }
    change_ = {};
    compare_phase(1, "postrule");
  }

 private:
  /// Returns -1, 0 or 1: the host of the old run comes first, both are the same, that of the new run comes first.
  [[nodiscard]] int order_of_hosts() const {
    if (options_.by_name) return sign_of(old_.host().key, new_.host().key);
    return sign_of(old_.host().addresses[0], new_.host().addresses[0]);
  }
  template <class Key>
  static int sign_of(const Key& one, const Key& other) {
    return one < other ? -1 : other < one ? 1 : 0;
  }

  /// Gives a change of the present host and port to the receiver, if the options include its class.
  void emit(Class kind, Op op, Subject subject, Change::Value old_value, Change::Value new_value) {
    change_.kind = kind;
    change_.op = op;
    change_.subject = subject;
    change_.old_value = std::move(old_value);
    change_.new_value = std::move(new_value);
    each_(change_);
    change_.why.clear();
  }
  [[nodiscard]] bool shows(Class kind) const {
    return kind == Class::Different || (kind == Class::Noise ? options_.why : options_.all);
  }
  /// Returns the class of a difference, by whether each run asked.
  static Class class_of(bool old_asked, bool new_asked) {
    return old_asked == new_asked ? Class::Different : old_asked ? Class::OldAskedOnly : Class::NewAskedOnly;
  }

  void compare_host_of_one(const Side& side, const Content& other, bool is_old) {
    const HostParts& host = side.host();
    bool asked = other.asked_host(host.addresses, host.names);
    // A run with --open leaves out hosts without an open port.
    if (other.open_only && std::ranges::none_of(host.ports, [](const PortRow& port) {
          return port.state == PortState::Open || port.state == PortState::OpenFiltered;
        }))
      asked = false;
    const Class kind = asked ? Class::Different : is_old ? Class::OldAskedOnly : Class::NewAskedOnly;
    if (!shows(kind)) return;
    if (is_old)
      emit(kind, Op::Remove, Subject::Host, value_of_host(side), {});
    else
      emit(kind, Op::Add, Subject::Host, {}, value_of_host(side));
  }

  void compare_hosts() {
    const HostParts &old_host = old_.host(), &new_host = new_.host();
    if (old_host.listed_only != new_host.listed_only) {
      const Class kind = class_of(!old_host.listed_only, !new_host.listed_only);
      if (shows(kind)) emit(kind, Op::Replace, Subject::Status, status_of(old_host), status_of(new_host));
    }
    if (options_.by_name && old_host.addresses != new_host.addresses)
      emit(Class::Different, Op::Replace, Subject::Addresses, addresses_of(old_host), addresses_of(new_host));
    if (old_host.names != new_host.names) {
      const Class kind = class_of(!old_.content.no_reverse_names, !new_.content.no_reverse_names);
      if (shows(kind)) emit(kind, Op::Replace, Subject::Names, old_host.names, new_host.names);
    }
    if (old_host.mac != new_host.mac) {
      const Class kind = class_of(!old_host.mac.empty(), !new_host.mac.empty());
      if (shows(kind))
        emit(kind, Op::Replace, Subject::Mac, std::string_view(old_host.mac), std::string_view(new_host.mac));
    }
    compare_ports();
    change_.port.reset();
    compare_scripts(results_of(old_, ScriptRow::kHost), results_of(new_, ScriptRow::kHost));
  }

  /// True if also the ports that no host lists have to be compared one by one.
  [[nodiscard]] bool compares_rest(std::size_t protocol) const {
    const auto &old_rest = old_.host().rest[protocol], &new_rest = new_.host().rest[protocol];
    if (!old_rest && !new_rest) return false;
    if (options_.all || options_.why || options_.strict) return true;
    return old_rest && new_rest && *old_rest != *new_rest;
  }

  void compare_ports() {
    const auto &old_ports = old_.host().ports, &new_ports = new_.host().ports;
    auto old_port = old_ports.begin(), new_port = new_ports.begin();
    for (std::size_t protocol = 0; protocol < kProtocols.size(); ++protocol) {
      const bool rest = compares_rest(protocol);
      auto scanned = scanned_[protocol].begin();
      const auto end = rest ? scanned_[protocol].end() : scanned;
      const PortKey last = port_key(kProtocols[protocol], 65535);
      while (true) {
        constexpr PortKey kNone = ScriptRow::kHost;
        const PortKey old_key = old_port != old_ports.end() ? old_port->key : kNone;
        const PortKey new_key = new_port != new_ports.end() ? new_port->key : kNone;
        const PortKey rest_key = scanned != end ? port_key(kProtocols[protocol], *scanned) : kNone;
        const PortKey key = std::min({old_key, new_key, rest_key});
        if (key > last) break;
        compare_port(key, key == old_key ? &*old_port : nullptr, key == new_key ? &*new_port : nullptr);
        if (key == old_key) ++old_port;
        if (key == new_key) ++new_port;
        if (key == rest_key) ++scanned;
      }
    }
  }

  void compare_port(PortKey key, const PortRow* old_row, const PortRow* new_row) {
    const PortPart old_part = old_.port(key, old_row), new_part = new_.port(key, new_row);
    change_.port.emplace(protocol_of(key), number_of(key));
    if (!old_part.state && !new_part.state) return;
    if (!old_part.state || !new_part.state) {
      const PortPart& known = old_part.state ? old_part : new_part;
      Class kind = class_of(old_part.asked, new_part.asked);
      if (!old_part.asked && !new_part.asked) kind = old_part.state ? Class::OldAskedOnly : Class::NewAskedOnly;
      if (kind == Class::Different && *known.state != PortState::Open && !options_.strict) {
        kind = Class::Noise;
        change_.why.assign(1, "no-state");
      }
      values_.clear();
      if (!shows(kind))
        change_.why.clear();
      else if (old_part.state)
        emit(kind, Op::Remove, Subject::Port, value_of_port(old_, key, old_part), {});
      else
        emit(kind, Op::Add, Subject::Port, {}, value_of_port(new_, key, new_part));
      return;
    }
    if (*old_part.state != *new_part.state) {
      const Class kind = class_of(old_part.asked, new_part.asked);
      if (shows(kind)) emit(kind, Op::Replace, Subject::PortState, to_text(*old_part.state), to_text(*new_part.state));
    }
    compare_services(old_row, new_row);
    // A port without a row has no result.
    if (old_row || new_row) compare_scripts(results_of(old_, key), results_of(new_, key));
  }

  void compare_services(const PortRow* old_row, const PortRow* new_row) {
    const std::string_view old_packed = old_row ? old_.text(old_row->service) : std::string_view();
    const std::string_view new_packed = new_row ? new_.text(new_row->service) : std::string_view();
    if (old_packed == new_packed) return;
    bool old_asked = old_.content.versions, new_asked = new_.content.versions;
    if (old_asked && new_asked) {  // the detection of an unfinished host may not have come to the port
      old_asked = old_.host().complete || !old_packed.empty();
      new_asked = new_.host().complete || !new_packed.empty();
    }
    const Class kind = class_of(old_asked, new_asked);
    if (!shows(kind)) return;
    const auto old_values = unpack_service(old_packed), new_values = unpack_service(new_packed);
    for (std::size_t field = 0; field < kServiceFields.size(); ++field) {
      if (old_values[field] == new_values[field]) continue;
      change_.item = kServiceFields[field];
      emit_texts(kind, Subject::ServiceField, old_values[field], new_values[field]);
    }
    change_.item = {};
  }

  /// Emits a change of a text; "" is none.
  void emit_texts(Class kind, Subject subject, std::string_view old_text, std::string_view new_text) {
    if (old_text.empty())
      emit(kind, Op::Add, subject, {}, new_text);
    else if (new_text.empty())
      emit(kind, Op::Remove, subject, old_text, {});
    else
      emit(kind, Op::Replace, subject, old_text, new_text);
  }

  void compare_scripts(const Results& old_results, const Results& new_results) {
    auto old_result = old_results.begin(), new_result = new_results.begin();
    while (old_result != old_results.end() || new_result != new_results.end()) {
      const bool in_old = old_result != old_results.end() &&
                          (new_result == new_results.end() || old_result->first <= new_result->first);
      const bool in_new = new_result != new_results.end() &&
                          (old_result == old_results.end() || new_result->first <= old_result->first);
      change_.item = in_old ? old_result->first : new_result->first;
      const bool with_host = change_.phase.empty();
      const bool old_asked = in_old || (old_.asked_script(change_.item, new_.content) &&
                                        (with_host ? old_.host().complete : !old_.content.stopped));
      const bool new_asked = in_new || (new_.asked_script(change_.item, old_.content) &&
                                        (with_host ? new_.host().complete : !new_.content.stopped));
      const Class kind = class_of(old_asked, new_asked);
      if (in_old && in_new)
        compare_texts(old_result->second, new_result->second);
      else if (shows(kind) && in_old)
        emit(kind, Op::Remove, Subject::Script, std::string_view(old_result->second), {});
      else if (shows(kind))
        emit(kind, Op::Add, Subject::Script, {}, std::string_view(new_result->second));
      if (in_old) ++old_result;
      if (in_new) ++new_result;
    }
    change_.item = {};
  }

  void compare_texts(const std::string& old_text, const std::string& new_text) {
    if (old_text == new_text) return;
    Class kind = Class::Different;
    if (!options_.strict) {
      VolatileKinds kinds = 0;
      if (without_volatile(old_text, kinds) == without_volatile(new_text, kinds)) {
        kind = Class::Noise;
        if (options_.why) change_.why = names_of(kinds);
      }
    }
    if (shows(kind)) emit(kind, Op::Replace, Subject::Script, std::string_view(old_text), std::string_view(new_text));
  }

  void compare_phase(std::size_t phase, std::string_view name) {
    change_.phase = name;
    compare_scripts(results_of(old_.content, phase), results_of(new_.content, phase));
    change_.phase = {};
  }

  static std::string_view status_of(const HostParts& host) { return host.listed_only ? "unknown" : "up"; }
  static std::vector<std::string> addresses_of(const HostParts& host) {
    std::vector<std::string> texts;
    for (const Address& address : host.addresses) texts.push_back(address.text());
    return texts;
  }

  /// Returns fields whose texts are in values_.
  std::vector<Change::Field> fields_of(Results results) {
    std::vector<Change::Field> fields;
    values_.push_back(std::move(results));
    for (const auto& [id, output] : values_.back()) fields.push_back({id, output});
    return fields;
  }
  Change::Port value_of_port(const Side& side, PortKey key, const PortPart& part) {
    Change::Port port;
    port.number = number_of(key);
    port.protocol = protocol_of(key);
    port.state = *part.state;
    if (!part.row) return port;
    port.table_service = side.text(part.row->table_service);
    if (part.row->service != 0) {
      const auto values = unpack_service(side.text(part.row->service));
      for (std::size_t field = 0; field < values.size(); ++field)
        if (!values[field].empty()) port.service.push_back({kServiceFields[field], values[field]});
    }
    port.scripts = fields_of(results_of(side, key));
    return port;
  }
  Change::Host value_of_host(const Side& side) {
    const HostParts& parts = side.host();
    values_.clear();
    Change::Host host;
    host.status = status_of(parts);
    host.names = parts.names;
    host.addresses = addresses_of(parts);
    host.mac = parts.mac;
    host.scripts = fields_of(results_of(side, ScriptRow::kHost));
    for (const PortRow& row : parts.ports) host.ports.push_back(value_of_port(side, row.key, side.port(row.key, &row)));
    for (std::size_t protocol = 0; protocol < kProtocols.size(); ++protocol)
      if (parts.rest[protocol]) add_rest(side, kProtocols[protocol], *parts.rest[protocol], host);
    return host;
  }
  void add_rest(const Side& side, Protocol protocol, PortState state, Change::Host& host) const {
    auto listed = side.host().ports.begin();
    std::vector<std::uint16_t> rest;
    for (const std::uint16_t number : scanned_[static_cast<std::size_t>(protocol)]) {
      const PortKey key = port_key(protocol, number);
      while (listed != side.host().ports.end() && listed->key < key) ++listed;
      const bool is_listed = listed != side.host().ports.end() && listed->key == key;
      if (side.content.asked_port(key) && !is_listed) rest.push_back(number);
    }
    if (!rest.empty()) host.not_shown.push_back({protocol, state, rest.size(), model::ranges_text(rest)});
  }

  const CompareOptions& options_;
  const std::function<void(const Change&)>& each_;
  Side old_, new_;
  std::array<std::vector<std::uint16_t>, 3> scanned_;  ///< ports that at least one run scanned, by protocol
  Change change_;
  std::vector<Results> values_;  ///< the texts of a value
};

}  // namespace

}  // namespace sluice::compare

namespace sluice {

void compare_runs(RunSummary& old_run, RunSummary& new_run, const CompareOptions& options,
                  const std::function<void(const Change&)>& each) {
  old_run.content().complete();
  new_run.content().complete();
  compare::Comparison(old_run.content(), new_run.content(), options, each).run();
}

}  // namespace sluice

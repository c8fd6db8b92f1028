// SPDX-License-Identifier: Apache-2.0
#include <simdjson.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <sluice/event_reader.hpp>
#include <utility>

#include "output/escape.hpp"
#include "output/event_fields.hpp"
#include "output/parse_text.hpp"
#include "output/port_states.hpp"

namespace sluice {
namespace output {
namespace {

using simdjson::dom::array;
using simdjson::dom::element;
using simdjson::dom::object;

/// The visitor that reads an object. Remembers the first key that is missing or has a wrong value. Not thread-safe.
class Extractor {
 public:
  explicit Extractor(object json) noexcept : json_(json) {}

  /// Returns what is wrong; "" if nothing is.
  [[nodiscard]] const std::string& error() const noexcept { return error_; }

  template <class T>
  void required(std::string_view key, T&& value, std::string_view) {
    element found;
    if (!find(key, found)) return note(key, "is missing");
    take(key, found, value);
  }
  template <class T>
  void optional(std::string_view key, T&& value, std::string_view) {
    if (element found; find(key, found)) take(key, found, value);
  }
  template <class T>
  void computed(std::string_view, const T&, std::string_view) {}
  template <class T, class Keys>
  void group(std::string_view key, std::optional<T>& value, Keys keys) {
    if (element found; find(key, found)) keys(value.emplace());
  }

  void service(PortReport& port) {
    element found;
    object service;
    if (find("scripts", found)) {
      port.detail = std::make_unique<PortDetail>();
      take("scripts", found, port.detail->scripts);
    }
    if (!find("service", found)) return;
    if (found.get(service) != simdjson::SUCCESS) return note("service", "is wrong");
    element full;
    if (service.at_key("tls").get(full) != simdjson::SUCCESS) {
      std::string_view name;
      if (service.at_key("name").get(name) == simdjson::SUCCESS) port.table_service = name;
      return;
    }
    if (!port.detail) port.detail = std::make_unique<PortDetail>();
    take("service", found, port.detail->service.emplace());
  }

  void ports(HostReport& host) {
    host.up = word("status") == "up";
    host.listed_only = word("status") == "unknown" && host.reason != Reason::NotSent;
    element found;
    if (!find("ports", found)) return;
    host.ports_scanned = true;
    optional("ports_scanned", host.ports_scanned, "");
    take("ports", found, host.ports);
    std::vector<PortStates> not_shown;  // journals alone have names
    optional("not_shown", not_shown, "");
    if (not_shown.empty()) return;
    for (PortStates& ports : not_shown)
      if (!add_ports(host.ports, ports)) return note("not_shown", "is wrong");
    std::ranges::sort(host.ports, {}, [](const PortReport& port) { return std::pair(port.protocol, port.number); });
  }

 private:
  bool find(std::string_view key, element& found) const { return json_.at_key(key).get(found) == simdjson::SUCCESS; }
  [[nodiscard]] std::string_view word(std::string_view key) const {
    std::string_view text;
    return json_.at_key(key).get(text) == simdjson::SUCCESS ? text : "";
  }
  void note(std::string_view key, const char* what) {
    if (error_.empty()) error_ = "key \"" + std::string(key) + "\" " + what;
  }
  template <class T>
  void take(std::string_view key, element from, T&& value) {
    if (!read(from, value)) note(key, "is wrong");
    if constexpr (requires { read_bytes(key, value); }) read_bytes(key, value);
  }

  static bool add_ports(std::vector<PortReport>& list, PortStates& ports) {
    auto name = ports.names.begin();
    return for_each_number(ports.ports, [&](std::uint16_t number) {
      PortReport& port = list.emplace_back();
      port.number = number;
      port.protocol = ports.protocol;
      port.state = ports.state;
      port.reason = ports.reason;
      if (name != ports.names.end()) port.table_service = std::move(*name++);
    });
  }

  bool read(element from, std::string& text) {
    std::string_view found;
    if (from.get(found) != simdjson::SUCCESS) return false;
    text = found;
    return true;
  }
  bool read(element from, bool& value) { return from.get(value) == simdjson::SUCCESS; }
  template <std::integral Number>
  bool read(element from, Number& number) {
    std::int64_t found = 0;
    if (from.get(found) != simdjson::SUCCESS || !std::in_range<Number>(found)) return false;
    number = static_cast<Number>(found);
    return true;
  }
  bool read(element from, double& number) { return from.get(number) == simdjson::SUCCESS; }
  template <class Rep, class Period>
  bool read(element from, std::chrono::duration<Rep, Period>& duration) {
    double seconds = 0;
    constexpr double kLongest = 1e9;
    if (!read(from, seconds) || std::abs(seconds) > kLongest) return false;
    duration = std::chrono::round<std::chrono::duration<Rep, Period>>(std::chrono::duration<double>(seconds));
    return true;
  }
  /// Reads a text by a function that returns nothing for a wrong one.
  template <class T, class Parse>
  bool read_by(Parse parse, element from, T& value) {
    std::string_view text;
    if (from.get(text) != simdjson::SUCCESS) return false;
    auto found = parse(text);
    if (!found) return false;
    value = *std::move(found);
    return true;
  }
  bool read(element from, WallTime& time) { return read_by(parse_utc, from, time); }
  bool read(element from, Address& address) { return read_by(parse_address, from, address); }
  bool read(element from, std::optional<Address>& address) { return read(from, address.emplace()); }
  bool read(element from, Protocol& protocol) { return read_by(parse_protocol, from, protocol); }
  bool read(element from, PortState& state) { return read_by(parse_port_state, from, state); }
  bool read(element from, Reason& reason) { return read_by(parse_reason, from, reason); }
  bool read(element from, const Mac<std::string>& mac) { return read_by(parse_mac, from, mac.bytes); }
  bool read(element from, std::optional<Value>& value) { return read(from, value.emplace()); }
  bool read(element from, std::optional<RoundTrip>& times) { return read(from, times.emplace()); }
  template <class T, std::size_t N>
  bool read(element from, const Choice<T, N>& choice) {
    const auto value_of = [&](std::string_view text) -> std::optional<T> {
      const auto found = std::ranges::find(choice.names, text);
      if (found == choice.names.end()) return std::nullopt;
      return static_cast<T>(found - choice.names.begin());
    };
    return read_by(value_of, from, choice.value);
  }
  template <class T>
  bool read(element from, std::vector<T>& items) {
    array found;
    if (from.get(found) != simdjson::SUCCESS) return false;
    items.reserve(found.size());
    return std::ranges::all_of(found, [&](element each) { return read(each, items.emplace_back()); });
  }
  template <class Object>
  requires requires(Extractor& with, Object& read) { fields(with, read); }
  bool read(element from, Object& read) {
    object found;
    if (from.get(found) != simdjson::SUCCESS) return false;
    Extractor with(found);
    fields(with, read);
    return with.error().empty();
  }

  bool read(element from, ScriptResult& result) {
    object found;
    if (from.get(found) != simdjson::SUCCESS) return false;
    Extractor with(found);
    with.required("script", result.id, "");
    with.required("output", result.output, "");
    with.optional("data", result.structured, "");
    return with.error().empty();
  }
  bool read(element from, Value& value) {
    switch (from.type()) {
      case simdjson::dom::element_type::BOOL:
        return read(from, value.data.emplace<bool>());
      case simdjson::dom::element_type::INT64:
        return read(from, value.data.emplace<std::int64_t>());
      case simdjson::dom::element_type::DOUBLE:
        return read(from, value.data.emplace<double>());
      case simdjson::dom::element_type::STRING:
        return read(from, value.data.emplace<std::string>());
      case simdjson::dom::element_type::ARRAY:
        return read(from, value.data.emplace<Value::Table>().items);
      case simdjson::dom::element_type::OBJECT:
        return read_table(from, value);
      default:
        return false;
    }
  }
  bool read_table(element from, Value& value) {
    object members;
    if (from.get(members) != simdjson::SUCCESS) return false;
    if (element bytes; members.at_key("$base64").get(bytes) == simdjson::SUCCESS)
      return read_by(from_base64, bytes, value.data.emplace<std::string>());
    auto& table = value.data.emplace<Value::Table>();
    for (const auto& [key, member] : members) {
      bool right = true;
      if (key == "$items")
        right = read(member, table.items);
      else if (key == "$fields")
        right = read_pairs(member, table.fields);
      else
        right = read(member, table.fields.emplace_back(Value::Field{field_name(key), {}}).value);
      if (!right) return false;
    }
    return true;
  }
  static std::string field_name(std::string_view key) {
    return std::string(key.starts_with("$$") ? key.substr(1) : key);
  }
  bool read_pairs(element from, std::vector<Value::Field>& table) {
    array pairs;
    if (from.get(pairs) != simdjson::SUCCESS) return false;
    for (const element each : pairs) {
      array pair;
      Value key;
      if (each.get(pair) != simdjson::SUCCESS || pair.size() != 2 || !read(pair.at(0).value_unsafe(), key))
        return false;
      auto* const name = std::get_if<std::string>(&key.data);
      if (!name || !read(pair.at(1).value_unsafe(), table.emplace_back(Value::Field{std::move(*name), {}}).value))
        return false;
    }
    return true;
  }

  /// Replaces texts by their exact bytes if those follow.
  void read_bytes(std::string_view key, std::string& text) {
    element found;
    if (text.find("\\x") == std::string::npos || !find(bytes_key(key), found)) return;
    if (!read_by(from_base64, found, text)) note(bytes_key(key), "is wrong");
  }
  void read_bytes(std::string_view key, std::vector<std::string>& texts) {
    element found;
    if (!find(bytes_key(key), found)) return;
    std::vector<std::string> encoded;
    bool right = read(found, encoded) && encoded.size() == texts.size();
    for (std::size_t index = 0; right && index < texts.size(); ++index) {
      auto bytes = from_base64(encoded[index]);
      right = bytes.has_value();
      if (right) texts[index] = *std::move(bytes);
    }
    if (!right) note(bytes_key(key), "is wrong");
  }
  static std::string bytes_key(std::string_view key) { return std::string(key) + "_base64"; }

  object json_;
  std::string error_;
};

}  // namespace
}  // namespace output

class [[gnu::visibility("hidden")]] EventReader::Parts {
 public:
  explicit Parts(Observer & to) : to_(to) {}

  Result<void> read(std::string_view line) {
    using namespace output;
    object json;
    std::string_view name;
    if (parser_.parse(line.data(), line.size()).get(json) != simdjson::SUCCESS) return Error{"no JSON object"};
    if (json.at_key("event").get(name) != simdjson::SUCCESS) return Error{"key \"event\" is missing"};
    Extractor with(json);
    const auto read_kind = [&]<class What>(What*) {
      if (kTitle<What>.name != name) return;
      What what{};
      WallTime time;
      with.required("time", time, "");
      fields(with, what);
      if constexpr (std::is_same_v<What, HostReport>) {
        with.optional("waits", waits_ = 0, "");
        with.optional("own_results", own_results_ = false, "");
        with.optional("scripts", what.scripts, "");
      }
      if (with.error().empty()) emit(std::move(what), time);
    };
    for_each_kind(read_kind);
    read_kind(static_cast<HostReported*>(nullptr));
    read_kind(static_cast<event::ScriptCrashed*>(nullptr));
    read_kind(static_cast<event::TargetResolved*>(nullptr));
    read_kind(static_cast<event::TargetsRead*>(nullptr));
    read_kind(static_cast<event::TargetsAdded*>(nullptr));
    if (name == kPortsScanned) read_state<event::PortsScanned>(with);
    if (name == kHostScanned) read_state<event::HostScanned>(with);
    if (!with.error().empty()) return Error{std::string(name) + ": " + with.error()};
    return {};
  }

 private:
  struct ResultOf {
    ScriptPlace place;
    ScriptResult result;
  };
  using HostKey = std::pair<Address, std::string>;

  /// Reads what is known of an unfinished host.
  template <class What>
  void read_state(output::Extractor & with) {
    auto host = std::make_shared<HostReport>();
    WallTime time;
    with.required("time", time, "");
    output::fields(with, *host);
    What what{std::move(host)};
    if constexpr (std::is_same_v<What, event::PortsScanned>) with.optional("all", what.all, "");
    if (with.error().empty()) to_.on_event({time, std::move(what)});
  }

  template <class What>
  void emit(What what, WallTime time) {
    to_.on_event({time, std::move(what)});
  }
  void emit(event::ScriptFinished script, WallTime time) {
    if (script.result) script.result->id = script.id;
    if (script.result && !script.unreported) {
      if (script.place.address)
        results_[{*script.place.address, script.place.target_name}].push_back({script.place, *script.result});
      else
        phase_results_.push_back(*script.result);
    }
    to_.on_event({time, std::move(script)});
  }
  void emit(HostReport host, WallTime time) {
    if (auto found = results_.extract(HostKey(host.address, host.target_name)); found && !own_results_)
      for (auto& [place, result] : found.mapped()) add_result(host, place, std::move(result));
    auto report = std::make_shared<const HostReport>(std::move(host));
    if (waits_ == 0) return to_.on_event({time, event::HostFinished{std::move(report)}});
    waiting_.emplace(waits_, report);
    to_.on_event({time, event::HostWaits{std::move(report)}});
  }
  void emit(const output::HostReported& host, WallTime time) {
    if (auto found = waiting_.extract(host.number))
      to_.on_event({time, event::HostFinished{std::move(found.mapped()), true}});
  }
  void emit(event::PhaseFinished phase, WallTime time) {
    phase.scripts = std::exchange(phase_results_, {});
    std::ranges::stable_sort(phase.scripts, {}, &ScriptResult::id);
    to_.on_event({time, std::move(phase)});
  }

  Observer& to_;
  simdjson::dom::parser parser_;
  std::map<HostKey, std::vector<ResultOf>> results_;                    ///< of hosts that have not finished
  std::map<std::uint64_t, std::shared_ptr<const HostReport>> waiting_;  ///< hosts that are not reported yet
  // Of the host that is being read.
  std::uint64_t waits_ = 0;                  ///< its number in waiting_; 0 if it does not wait
  bool own_results_ = false;                 ///< its line has its results
  std::vector<ScriptResult> phase_results_;  ///< of the phase without hosts that has not finished
};

EventReader::EventReader(Observer& observer) : parts_(std::make_unique<Parts>(observer)) {}
EventReader::~EventReader() = default;
Result<void> EventReader::read(std::string_view line) { return parts_->read(line); }

}  // namespace sluice

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <concepts>
#include <optional>
#include <sluice/writer.hpp>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "output/escape.hpp"
#include "output/event_fields.hpp"
#include "output/ignored_ports.hpp"
#include "output/json_text.hpp"
#include "output/json_value.hpp"
#include "output/phrases.hpp"
#include "output/port_states.hpp"

namespace sluice::output {

/// The visitor (event_fields.hpp) that appends an object. Not thread-safe.
class JsonAppender {
 public:
  /// What hosts and ports have.
  enum class HostForm : std::uint8_t {
    Plain,
    WithResults,  ///< the results of their scripts
    States        ///< port_states() instead of ignored_ports()
  };
  JsonAppender(std::string& out, const WriterOptions& options, HostForm form = HostForm::Plain) noexcept
      : json_(out), options_(options), form_(form) {}

  template <class T>
  void required(std::string_view key, const T& value, std::string_view) {
    json_.key(key);
    append(value);
    if constexpr (requires { append_bytes(key, value); }) append_bytes(key, value);
  }
  template <class T>
  void optional(std::string_view key, const T& value, std::string_view description) {
    if (!is_empty(value)) required(key, value, description);
  }
  template <class T>
  void computed(std::string_view key, const T& value, std::string_view description) {
    required(key, value, description);
  }
  template <class T, class Keys>
  void group(std::string_view, const std::optional<T>& value, Keys keys) {
    if (value) keys(*value);
  }

  void service(const PortReport& port) {
    const std::string_view name = service_name(port);
    if (port.detail && port.detail->service) {
      json_.key("service");
      if (name == port.detail->service->name) return append(*port.detail->service);
      Service named = *port.detail->service;
      named.name = name;
      append(named);
    } else if (!name.empty()) {
      json_.key("service");
      json_.begin('{');
      required("name", name, "");
      json_.end('}');
    }
  }

  void ports(const HostReport& host) {
    if (!host.ports_scanned && host.ports.empty()) return;
    if (form_ == HostForm::States) {
      append_ports(host, is_single);
      required("not_shown", port_states(host, options_), "");
    } else {
      const std::vector<IgnoredPorts> ignored = ignored_ports(host, options_);
      append_ports(host, [&](const PortReport& port) { return !is_ignored(ignored, port.state); });
      json_.key("not_shown");
      json_.begin('[');
      for (const IgnoredPorts& state : ignored)
        for (const IgnoredPorts::Part& part : state.parts)
          append(PortsNotShown{state.state, part.protocol, part.reason, part.count, part.ports});
      json_.end(']');
    }
    if (!host.ports_scanned) required("ports_scanned", false, "");
  }

  /// Appends the key `scripts`, if there are results.
  void scripts(const std::vector<ScriptResult>& results) { optional("scripts", results, ""); }

  /// Appends a value.
  template <class T>
  void value(const T& value) {
    append(value);
  }

 private:
  template <class Chosen>
  void append_ports(const HostReport& host, Chosen is_chosen) {
    json_.key("ports");
    json_.begin('[');
    for (const PortReport& port : host.ports)
      if (is_chosen(port)) append(port);
    json_.end(']');
  }
  void append(std::string_view text) { json_.text(text); }
  void append(const std::string& text) { json_.text(text); }
  void append(bool value) { json_.boolean(value); }
  void append(std::integral auto value) { json_.number(value); }
  void append(double value) { json_.number(value); }
  void append(WallTime time) { json_.word(utc_text(time)); }
  void append(const Address& address) { json_.text(address.text_with_scope()); }
  void append(const std::optional<Address>& address) { append(*address); }
  void append(Protocol protocol) { json_.word(to_text(protocol)); }
  void append(PortState state) { json_.word(to_text(state)); }
  void append(Reason reason) { json_.word(to_text(reason)); }
  void append(const Mac<const std::string>& mac) { json_.word(mac_text(mac.bytes)); }
  void append(const std::optional<Value>& value) { append_value(json_, *value); }
  template <class Rep, class Period>
  void append(std::chrono::duration<Rep, Period> duration) {
    json_.number(std::chrono::duration<double>(duration).count());
  }
  template <class T, std::size_t N>
  void append(const Choice<T, N>& choice) {
    json_.word(choice.names[static_cast<std::size_t>(choice.value)]);
  }
  template <class T>
  void append(const std::vector<T>& items) {
    json_.begin('[');
    for (const T& item : items) append(item);
    json_.end(']');
  }
  void append(const ScriptResult& result) {
    json_.begin('{');
    required("script", result.id, "");
    required("output", result.output, "");
    optional("data", result.structured, "");
    json_.end('}');
  }
  template <class Object>
  requires requires(JsonAppender& with, const Object& object) { fields(with, object); }
  void append(const Object& object) {
    json_.begin('{');
    fields(*this, object);
    if constexpr (std::is_same_v<Object, HostReport>)
      if (form_ == HostForm::WithResults) scripts(object.scripts);
    if constexpr (std::is_same_v<Object, PortReport>)
      if (form_ == HostForm::WithResults && object.detail) scripts(object.detail->scripts);
    json_.end('}');
  }
  void append(const std::optional<RoundTrip>& times) { append(*times); }

  /// Appends the exact bytes of texts that are not UTF-8.
  void append_bytes(std::string_view key, const std::string& text) {
    if (is_utf8(text)) return;
    bytes_key(key);
    json_.word(base64(text));
  }
  void append_bytes(std::string_view key, const std::vector<std::string>& texts) {
    if (std::ranges::all_of(texts, [](const std::string& text) { return is_utf8(text); })) return;
    bytes_key(key);
    json_.begin('[');
    for (const std::string& text : texts) json_.word(base64(text));
    json_.end(']');
  }
  void bytes_key(std::string_view key) { json_.key(std::string(key) + "_base64"); }

  static bool is_empty(const std::string& text) { return text.empty(); }
  static bool is_empty(WallTime time) { return time == WallTime{}; }
  static bool is_empty(const Mac<const std::string>& mac) { return mac.bytes.empty(); }
  static bool is_empty(std::integral auto number) { return number == 0; }
  template <class T>
  static bool is_empty(const std::vector<T>& items) {
    return items.empty();
  }
  template <class T>
  static bool is_empty(const std::optional<T>& value) {
    return !value;
  }
  template <class T, std::size_t N>
  static bool is_empty(const Choice<T, N>& choice) {
    return choice.value == std::remove_const_t<T>{};
  }

  JsonText json_;
  const WriterOptions& options_;
  const HostForm form_;
};

}  // namespace sluice::output

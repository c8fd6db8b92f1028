// SPDX-License-Identifier: Apache-2.0
#include "output/json_schema.hpp"

#include <chrono>
#include <concepts>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "output/event_fields.hpp"

namespace sluice::output {
namespace {

using Json = nlohmann::ordered_json;

/// Returns the names of an enumeration whose values are 0 to `last`.
template <class Enum>
Json names(Enum last) {
  Json names = Json::array();
  for (std::size_t value = 0; value <= static_cast<std::size_t>(last); ++value)
    names.push_back(to_text(static_cast<Enum>(value)));
  return {{"enum", std::move(names)}};
}

Json string() { return {{"type", "string"}}; }
Json base64_schema() { return {{"type", "string"}, {"contentEncoding", "base64"}}; }
Json array_of(Json items) { return {{"type", "array"}, {"items", std::move(items)}}; }

/// The visitor that describes an object. Not thread-safe.
class Describer {
 public:
  template <class T>
  void required(std::string_view key, const T& value, std::string_view description) {
    optional(key, value, description);
    required_.push_back(key);
  }
  template <class T>
  void optional(std::string_view key, const T& value, std::string_view description) {
    add(key, schema(value), description);
    const std::string meaning = "exact bytes of \"" + std::string(key) + "\" if they are not UTF-8";
    if constexpr (std::same_as<T, std::string>) add(std::string(key) + "_base64", base64_schema(), meaning);
    if constexpr (std::same_as<T, std::vector<std::string>>)
      add(std::string(key) + "_base64", array_of(base64_schema()), meaning);
  }
  template <class T>
  void computed(std::string_view key, const T& value, std::string_view description) {
    required(key, value, description);
  }
  template <class T, class Keys>
  void group(std::string_view, const std::optional<T>&, Keys keys) {
    const Json before = required_;
    T value{};
    keys(value);
    required_ = before;
  }
  void service(const PortReport&) {
    Json known = schema(Service{});
    known.erase("required");  // of a service from the table of port numbers only the name is known
    add("scripts", array_of(result_schema()), "results of port rules, with \"own_results\" of the host");
    add("service", std::move(known), "the service; only its name, if that comes from the port number");
  }
  void ports(const HostReport& host) {
    optional("ports", host.ports, "the ports; present if ports were scanned or given");
    optional("not_shown", std::vector<PortsNotShown>(), "the ports that the other reports sum up");
    optional("ports_scanned", false, "false if the ports were given (--targets-from) and not scanned");
    optional("own_results", false, "true if the line has the results of its scripts");
    add("scripts", array_of(result_schema()), "results of host rules, with \"own_results\"");
  }

  [[nodiscard]] Json object() const {
    Json object = {{"type", "object"}, {"properties", properties_}};
    if (!required_.empty()) object["required"] = required_;
    return object;
  }

 private:
  /// Schema of ScriptResult.
  static Json result_schema() {
    Describer with;
    const ScriptResult result{};
    with.required("script", result.id, "id of the script");
    with.required("output", result.output, "text of the result");
    with.optional("data", result.structured, "the structured value");
    return with.object();
  }

  void add(std::string_view key, Json schema, std::string_view description) {
    schema["description"] = description;
    properties_[std::string(key)] = std::move(schema);
  }

  static Json schema(std::string_view) { return string(); }
  static Json schema(const std::string&) { return string(); }
  static Json schema(bool) { return {{"type", "boolean"}}; }
  static Json schema(std::integral auto) { return {{"type", "integer"}}; }
  static Json schema(double) { return {{"type", "number"}}; }
  static Json schema(WallTime) { return {{"type", "string"}, {"format", "date-time"}}; }
  static Json schema(const Address&) { return string(); }
  static Json schema(const std::optional<Address>&) { return string(); }
  static Json schema(Protocol) { return names(Protocol::Sctp); }
  static Json schema(PortState) { return names(PortState::Unknown); }
  static Json schema(Reason) { return names(Reason::NotSent); }
  template <class String>
  static Json schema(const Mac<String>&) {
    return {{"type", "string"}, {"pattern", "^([0-9A-F]{2}:){5}[0-9A-F]{2}$"}};
  }
  static Json schema(const std::optional<Value>&) { return {{"$ref", "#/$defs/value"}}; }
  static Json schema(const std::optional<RoundTrip>&) { return schema(RoundTrip{}); }
  template <class Rep, class Period>
  static Json schema(std::chrono::duration<Rep, Period>) {
    return {{"type", "number"}};
  }
  template <class T, std::size_t N>
  static Json schema(const Choice<T, N>& choice) {
    Json names = Json::array();
    for (const std::string_view name : choice.names)
      if (!name.empty()) names.push_back(name);
    return {{"enum", std::move(names)}};
  }
  template <class T>
  static Json schema(const std::vector<T>&) {
    return array_of(schema(T{}));
  }
  template <class Object>
  requires requires(Describer& with, Object& object) { fields(with, object); }
  static Json schema(const Object&) {
    Describer with;
    Object object{};
    fields(with, object);
    return with.object();
  }

  Json properties_ = Json::object(), required_ = Json::array();
};

/// Schema of a structured value (docs/ndjson.md, "Structured values").
Json value_schema() {
  const Json value = {{"$ref", "#/$defs/value"}};
  const Json name = {{"anyOf", {string(), {{"$ref", "#/$defs/bytes"}}}}};
  const Json pair = {{"type", "array"}, {"prefixItems", {name, value}}, {"minItems", 2}, {"items", false}};
  const Json table = {{"type", "object"},
                      {"properties", {{"$items", array_of(value)}, {"$fields", array_of(pair)}}},
                      {"additionalProperties", value}};
  return {
      {"description", "a structured value of a script"},
      {"anyOf",
       {{{"type", {"boolean", "integer", "number", "string"}}}, array_of(value), {{"$ref", "#/$defs/bytes"}}, table}}};
}

Json bytes_schema() {
  return {{"description", "a string that is not UTF-8"},
          {"type", "object"},
          {"properties", {{"$base64", base64_schema()}}},
          {"required", {"$base64"}},
          {"additionalProperties", false}};
}

}  // namespace

std::string json_schema() {
  Json kinds = Json::array();
  for_each_kind([&]<class What>(What*) {
    const What what{};
    Describer with;
    fields(with, what);
    Json object = with.object();
    Json properties = {{"event", {{"const", kTitle<What>.name}}},
                       {"time", {{"type", "string"}, {"format", "date-time"}, {"description", "time of the event"}}}};
    properties["seq"] = {{"type", "integer"},
                         {"description", "number of the event in the run; of lines of a pipe only"}};
    properties["attempt"] = {{"type", "integer"}, {"description", "number of the attempt; of lines of a pipe only"}};
    properties.update(object["properties"]);
    object["properties"] = std::move(properties);
    object["required"].insert(object["required"].begin(), {"event", "time"});
    Json described = {{"title", kTitle<What>.name}, {"description", kTitle<What>.meaning}};
    described.update(object);
    kinds.push_back(std::move(described));
  });
  const Json schema = {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                       {"title", "A line of the NDJSON report of sluice"},
                       {"oneOf", std::move(kinds)},
                       {"$defs", {{"value", value_schema()}, {"bytes", bytes_schema()}}}};
  return schema.dump(2) + '\n';
}

}  // namespace sluice::output

// SPDX-License-Identifier: Apache-2.0
#include "engine/runtime_options.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "base/text.hpp"
#include "base/text_file.hpp"
#include "engine/budgets.hpp"
#include "script/args.hpp"

namespace sluice::engine {

namespace {

/// Returns the result of nmap.get_dns_servers (docs/nse-compat.md, "Calls of the `nmap` library").
std::vector<std::string> name_servers(const RuntimeSources& from) {
  std::vector<Address> servers;
  for (const Endpoint& each : from.dns_servers) servers.push_back(each.address);
  if (servers.empty()) servers = from.platform.name_servers();
  std::vector<std::string> texts;
  for (const Address& each : servers)
    if (std::string text = each.text_with_scope(); std::find(texts.begin(), texts.end(), text) == texts.end())
      texts.push_back(std::move(text));
  std::reverse(texts.begin(), texts.end());
  return texts;
}

}  // namespace

Result<Value::Table> read_script_arguments(const Options& options, const model::DataFiles& files) {
  std::optional<std::string> file;
  if (options.script_args_file) {
    // Nmap searches the data files only (docs/differences.md, "Choice of scripts and arguments"); they come first.
    const std::string path = files.find_file(*options.script_args_file).value_or(*options.script_args_file);
    Result<std::string> text = read_text_file(path);
    if (!text) return text.error().in("--script-args-file");
    file = std::move(*text);
    if (const auto alone = script::parse_script_args(script::script_args_text(file, std::nullopt)); !alone)
      return alone.error().in(in_quotes(path)).in("--script-args-file");
  }
  auto arguments = script::parse_script_args(script::script_args_text(file, options.script_args));
  if (!arguments) return arguments.error().in("--script-args");
  return arguments;
}

nse::CpuLimits cpu_limits(const Options& options) {
  nse::CpuLimits limits;
  limits.budget = options.script_burst;
  if (options.script_slice.count() > 0) limits.preempt_after = limits.slice = options.script_slice;
  return limits;
}

nse::RuntimeOptions runtime_options(const RuntimeSources& from) {
  const Options& options = from.options;
  nse::RuntimeOptions wanted;
  wanted.verbosity = options.verbosity;
  wanted.debugging = options.debugging;
  wanted.timing = options.timing;
  wanted.privileged = from.platform.privileged(options.privileged);
  wanted.script_trace = options.script_trace || options.packet_trace;
  wanted.family = options.family;
  wanted.receive_limit = options.receive_limit;
  wanted.script_timeout = script_timeout(options);
  wanted.unsafe_lua = options.unsafe_lua;
  wanted.source = options.source;
  wanted.interface = options.interface.value_or("");
  wanted.ttl = options.ttl.value_or(wanted.ttl);
  wanted.data_length = options.data_length.value_or(0);
  wanted.dns_servers = name_servers(from);
  wanted.version_intensity = options.version_intensity;
  if (const auto& versions = from.plan.versions)
    wanted.is_excluded = [&versions](std::uint16_t port, Protocol protocol) {
      return versions->is_excluded(port, protocol);
    };
  wanted.find_file = [&files = from.files](const std::string& name) { return files.find_file(name); };
  return wanted;
}

}  // namespace sluice::engine

// SPDX-License-Identifier: Apache-2.0
#include "engine/rule_answer.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <sluice/quote.hpp>
#include <utility>

namespace sluice::engine {

namespace {

using nse::RuleObservation;
using Verdict = RuleAnswer::Verdict;

constexpr std::size_t kMaxListed = 6;      ///< ports or services in a text
constexpr std::size_t kMaxReads = 6;       ///< fields in a text
constexpr std::size_t kLongestValue = 60;  ///< bytes of a value in a text

std::string items_text(const std::vector<std::string>& items, std::string_view kind) {
  if (items.size() <= kMaxListed) return fmt::format("{} {}", kind, fmt::join(items, ","));
  return fmt::format("{} {},... ({} of them)", kind, fmt::join(items.begin(), items.begin() + kMaxListed, ","),
                     items.size());
}

/// "port 80,443 or service http,https (tcp,udp)"
std::string wish_text(const PortWish& wish) {
  std::string text;
  if (!wish.ports.empty()) text = items_text(wish.ports, "port");
  if (!wish.services.empty()) text += (text.empty() ? "" : " or ") + items_text(wish.services, "service");
  if (!wish.protocols.empty() && wish.protocols != std::vector<std::string>{"tcp"})
    text += fmt::format(" ({})", fmt::join(wish.protocols, ","));
  return text;
}

std::string_view service_name(const PortReport& port) {
  return port.detail && port.detail->service ? std::string_view(port.detail->service->name)
                                             : std::string_view(port.table_service);
}

/// "wants port 80 or service http; has 22/tcp ssh"
std::string wishes_text(const std::vector<PortWish>& wishes, const PortReport& port) {
  std::vector<std::string> texts;
  std::ranges::transform(wishes, std::back_inserter(texts), wish_text);
  std::string has = fmt::format("{}/{}", port.number, to_text(port.protocol));
  if (!service_name(port).empty()) has += fmt::format(" {}", service_name(port));
  if (port.state != PortState::Open) has += fmt::format(", {}", to_text(port.state));
  return fmt::format("wants {}; has {}", fmt::join(texts, "; also "), has);
}

bool is_printable(std::string_view text) {
  return std::ranges::none_of(text, [](unsigned char c) { return c < 0x20 || c >= 0x7f; });
}

/// "port.version.product (vsftpd)"
std::string rule_read_text(const RuleRead& read) {
  if (!read.value) return read.field + " (not set)";
  if (!is_printable(*read.value)) return fmt::format("{} ({} bytes)", read.field, read.value->size());
  return fmt::format("{} ({})", read.field, read.value->empty() ? "empty" : shortened(*read.value, kLongestValue));
}

std::string reads_text(const std::vector<RuleRead>& reads) {
  std::string text = "reads ";
  for (std::size_t index = 0; index < reads.size() && index < kMaxReads; ++index)
    text += (index > 0 ? ", " : "") + rule_read_text(reads[index]);
  return reads.size() > kMaxReads ? text + ", ..." : text;
}

/// Adds that the rule has read the states of ports of which none is open.
void add_asked_ports(const RuleObservation& seen, std::vector<std::string>& causes) {
  const auto is_open = [](const RuleObservation::AskedPort& port) { return port.state.starts_with("open"); };
  if (seen.asked_ports.empty() || std::ranges::all_of(seen.asked_ports, is_open)) return;
  std::vector<std::string> texts;
  for (const auto& port : seen.asked_ports)
    if (!is_open(port)) texts.push_back(fmt::format("{}/{}", port.number, port.protocol));
  causes.push_back(fmt::format("reads the state of {}, which {} not open here", fmt::join(texts, ", "),
                               texts.size() == 1 ? "is" : "are"));
}

/// Returns why a rule has returned false.
std::string why_not(const RuleObservation& seen, const PortReport* port) {
  if (port && seen.has_unmet_wish()) {
    std::vector<PortWish> unmet = seen.wishes;
    std::erase_if(unmet, [](const PortWish& wish) { return wish.met; });
    return wishes_text(unmet, *port);
  }
  std::vector<std::string> causes;
  add_asked_ports(seen, causes);
  if (seen.unprivileged)
    causes.emplace_back("needs raw packets, for which this user lacks the right (root or CAP_NET_RAW)");
  if (!seen.missing_arguments.empty())
    causes.push_back(fmt::format("reads the script argument{} {}, which {} not given",
                                 seen.missing_arguments.size() == 1 ? "" : "s", fmt::join(seen.missing_arguments, ", "),
                                 seen.missing_arguments.size() == 1 ? "is" : "are"));
  if (seen.excluded) causes.emplace_back("version detection leaves out the port (--allports includes it)");
  if (seen.intensity && seen.rarity && *seen.intensity < *seen.rarity)
    causes.push_back(fmt::format("wants --version-intensity {}; it is {}", *seen.rarity, *seen.intensity));
  if (!seen.reads.empty()) causes.push_back(reads_text(seen.reads));
  const std::string returned = "its rule returned false";
  return causes.empty() ? returned : fmt::format("{}: {}", returned, fmt::join(causes, "; "));
}

std::string why_it_runs(const RuleObservation& seen, const PortReport* port) {
  if (seen.forced) return "forced (+): its rule is not called";
  if (!port || seen.wishes.empty()) return "its rule returned true";
  std::vector<PortWish> met = seen.wishes;
  if (seen.has_unmet_wish()) std::erase_if(met, [](const PortWish& wish) { return !wish.met; });
  return met.empty() ? "its rule returned true" : wishes_text(met, *port);
}

/// Returns the error of a script in one line.
std::string failure_text(const event::ScriptFinished& finished) {
  if (finished.outcome == event::Outcome::TimedOut) return "its rule takes too long (--script-timeout)";
  const std::string line = finished.message.substr(0, finished.message.find('\n'));
  const bool over_limit = finished.cause == event::KillCause::CpuBudget || finished.cause == event::KillCause::Memory;
  if (finished.outcome == event::Outcome::Killed) return (over_limit ? "is killed, because it " : "is killed: ") + line;
  return "the script or its rule fails" + (line.empty() ? "" : ": " + shortened(line));
}

}  // namespace

RuleAnswer rule_answer(const RuleObservation& seen, const event::ScriptFinished& finished, const PortReport* port) {
  RuleAnswer answer;
  answer.script = finished.id;
  answer.place = finished.place;
  if (port) answer.service = service_name(*port);
  answer.forced = seen.forced;
  answer.wants = seen.wishes;
  answer.asks = seen.requests;
  if (!seen.requests.empty()) {
    answer.verdict = Verdict::AsksNetwork;
    answer.why = fmt::format("would ask the network: {}", fmt::join(seen.requests, ", "));
  } else if (seen.verdict) {
    answer.verdict = *seen.verdict ? Verdict::Runs : Verdict::DoesNotRun;
    answer.why = *seen.verdict ? why_it_runs(seen, port) : why_not(seen, port);
    if (*seen.verdict) return answer;
    answer.missing_arguments = seen.missing_arguments;
    answer.reads = seen.reads;
  } else if (finished.outcome == event::Outcome::Silent) {
    answer.why = "a library that the script requires is missing";
  } else {
    answer.verdict = Verdict::Fails;
    answer.why = failure_text(finished);
  }
  return answer;
}

RuleAnswer answer_without_port(const HostReport& host, std::string script) {
  RuleAnswer answer;
  answer.script = std::move(script);
  answer.place.phase = "portrule";
  answer.place.address = host.address;
  answer.place.target_name = host.target_name;
  answer.why = "no open port is given (HOST:PORT, -p or --from)";
  return answer;
}

void mark_not_chosen(RuleAnswer& answer, const std::string& selection, const std::vector<std::string>& categories) {
  answer.chosen = false;
  std::string rule = answer.why;
  if (answer.verdict == Verdict::Runs) rule = "its rule would let it run";
  answer.why = fmt::format("{} does not choose it (categories: {}); {}", selection, fmt::join(categories, ", "), rule);
  if (answer.verdict == Verdict::Runs) answer.verdict = Verdict::DoesNotRun;
}

}  // namespace sluice::engine

namespace sluice {

std::string_view to_text(RuleAnswer::Verdict verdict) {
  switch (verdict) {
    case RuleAnswer::Verdict::Runs:
      return "yes";
    case RuleAnswer::Verdict::AsksNetwork:
      return "network";
    case RuleAnswer::Verdict::Fails:
      return "error";
    case RuleAnswer::Verdict::DoesNotRun:
      break;
  }
  return "no";
}

}  // namespace sluice

// SPDX-License-Identifier: Apache-2.0
#include "nse/runtime/nmap_db.hpp"

#include <charconv>

#include "base/text.hpp"
#include "base/text_file.hpp"

namespace sluice::nse {
namespace {

constexpr std::string_view kBlanks = " \t\r";

std::string_view trim(std::string_view text) noexcept {
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::string_view first_word(std::string_view text) noexcept { return text.substr(0, text.find_first_of(kBlanks)); }

}  // namespace

void NmapDb::read(const char* name, const Line& line) {
  const std::optional<std::string> path = files_.find ? files_.find(name) : std::nullopt;
  if (!path) return;
  const Result<std::string> text = read_text_file(*path);
  if (!text) return;
  for (std::string_view rest = *text; !rest.empty();) {
    const std::string_view entry = trim(take_until(rest, '\n'));
    if (entry.empty() || entry.front() == '#') continue;
    const std::string_view first = first_word(entry);
    line(first, trim(entry.substr(first.size())));
  }
}

void NmapDb::load_vendors() {
  vendors_loaded_ = true;
  const std::optional<std::string> path = files_.find ? files_.find("nmap-mac-prefixes") : std::nullopt;
  if (!path) return;
  if (const Result<std::string> text = read_text_file(*path)) vendors_ = model::MacVendors::parse(*text);
}

void NmapDb::load_services() {
  services_loaded_ = true;
  read("nmap-services", [this](std::string_view name, std::string_view rest) {
    if (name != "unknown") services_.emplace(first_word(rest), name);
  });
}

void NmapDb::load_protocols() {
  protocols_loaded_ = true;
  read("nmap-protocols", [this](std::string_view name, std::string_view rest) {
    const std::string_view digits = first_word(rest);
    int number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error != std::errc() || end != digits.data() + digits.size()) return;
    protocol_names_.emplace(number, name);
    protocol_numbers_.emplace(name, number);
  });
}

std::string_view NmapDb::vendor(std::string_view hex) {
  if (!vendors_loaded_) load_vendors();
  return vendors_.of_digits(hex);
}

std::string_view NmapDb::service(int port, std::string_view protocol) {
  if (!services_loaded_) load_services();
  const auto found = services_.find(std::to_string(port).append("/").append(protocol));
  return found == services_.end() ? std::string_view() : found->second;
}

std::string_view NmapDb::protocol(int number) {
  if (!protocols_loaded_) load_protocols();
  const auto found = protocol_names_.find(number);
  return found == protocol_names_.end() ? std::string_view() : found->second;
}

std::optional<int> NmapDb::protocol(std::string_view name) {
  if (!protocols_loaded_) load_protocols();
  const auto found = protocol_numbers_.find(name);
  return found == protocol_numbers_.end() ? std::nullopt : std::optional<int>(found->second);
}

}  // namespace sluice::nse

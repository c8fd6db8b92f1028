// SPDX-License-Identifier: Apache-2.0
#include "engine/known_port_reader.hpp"

#include <system_error>

#include "base/text.hpp"
#include "model/target_spec.hpp"

namespace sluice::engine {

namespace {

// Bytes of a line. RustScan writes all ports of a host into one line; all 65535 ports need 382 104 bytes.
constexpr std::size_t kLongestLine = 1 << 20;
// Listed errors. A damaged report may have an error in each line.
constexpr std::size_t kMaxXmlErrors = 20;

}  // namespace

bool KnownPortReader::has_input() const {
  return xml_ ? xml_->ready() || xml_->ended() || !buffer_.empty() : held_ || searched_ < buffer_.size();
}

bool KnownPortReader::ready() const { return has_input() || (whole_ ? !ended() : input_->ready()); }

bool KnownPortReader::ended() const {
  if (!whole_ || parser_.open() || unlisted_ > 0 || (input_->error() != 0 && !failure_told_)) return false;
  return xml_ ? !has_input() : at_ >= buffer_.size() && !overlong_ && !held_;
}

std::optional<KnownPortReader::Line> KnownPortReader::next() {
  if (auto line = next_at_hand()) return line;
  if (!whole_) {
    read();
    if (auto line = next_at_hand()) return line;
  }
  if (whole_)
    if (const auto cut = parser_.end()) return Line{"", wrong(cut->message)};
  if (whole_ && unlisted_ > 0) {
    const std::size_t count = std::exchange(unlisted_, 0);
    return Line{"",
                wrong(std::to_string(count) + " more " + (count == 1 ? "error" : "errors") + " in XML are not listed")};
  }
  if (!whole_ || input_->error() == 0 || std::exchange(failure_told_, true)) return std::nullopt;
  ++number_;
  return Line{"", wrong("cannot be read: " + std::generic_category().message(input_->error()))};
}

void KnownPortReader::read() {
  std::string bytes;
  input_->read_into(bytes);
  whole_ = input_->ended();
  decoder_.feed(bytes, whole_, buffer_);
}

std::optional<KnownPortReader::Line> KnownPortReader::next_at_hand() {
  using Start = model::XmlReportReader::Start;
  for (;;) {
    if (xml_) {
      if (auto host = next_host()) return host;
      if (!xml_ || !xml_->ended()) return std::nullopt;
      number_ = xml_->lines_before_rest();
      buffer_ = xml_->take_rest();
      at_ = searched_ = 0;
      xml_.reset();
    }
    const Start start = begin_report();
    if (start == Start::Yes) continue;
    if (start == Start::Maybe && !whole_) {
      searched_ = buffer_.size();
      return std::nullopt;
    }
    return next_line();
  }
}

model::XmlReportReader::Start KnownPortReader::begin_report() {
  using Reader = model::XmlReportReader;
  if (overlong_) return Reader::Start::No;
  std::string_view line = std::string_view(buffer_).substr(at_);
  while (!line.empty() && is_space(line.front()) && line.front() != '\n') line.remove_prefix(1);
  const Reader::Start start = Reader::starts(line);
  if (start != Reader::Start::Yes) return start;
  buffer_.erase(0, buffer_.size() - line.size());
  at_ = searched_ = 0;
  xml_.emplace(number_, decoder_.wide());
  return start;
}

std::optional<KnownPortReader::Line> KnownPortReader::next_line() {
  auto text = held_ ? std::exchange(held_, std::nullopt) : take_line();
  if (!text) return std::nullopt;
  if (parser_.is_cut_off_by(*text)) {
    held_ = std::move(text);
    return Line{"", wrong(parser_.end()->message)};
  }
  ++number_;
  if (std::exchange(overlong_, false)) return Line{"", wrong("is longer than 1 MiB")};
  auto ports = parser_.parse(*text);
  if (ports) return Line{std::move(*text), std::move(ports)};
  Error error = wrong(ports.error().message);
  return Line{std::move(*text), std::move(error)};
}

std::optional<KnownPortReader::Line> KnownPortReader::next_host() {
  if (!xml_->ready() && !xml_->ended()) xml_->feed(std::exchange(buffer_, {}), whole_ && input_->error() == 0);
  while (auto host = xml_->next()) {
    number_ = host->line;
    if (host->open) return Line{"", std::move(host->open)};
    if (++xml_errors_ <= kMaxXmlErrors) return Line{"", wrong(host->open.error().message)};
    ++unlisted_;
  }
  return std::nullopt;
}

std::optional<std::string> KnownPortReader::take_line() {
  const std::size_t end = buffer_.find('\n', searched_);
  if (end != std::string::npos) {
    std::string line(trim(std::string_view(buffer_).substr(at_, end - at_)));
    at_ = searched_ = end + 1;
    return line;
  }
  buffer_.erase(0, std::exchange(at_, 0));
  if (buffer_.size() > kLongestLine) {
    overlong_ = true;
    buffer_.clear();
  }
  searched_ = buffer_.size();
  if (!whole_ || (buffer_.empty() && !overlong_)) return std::nullopt;
  searched_ = 0;
  return std::string(trim(std::exchange(buffer_, {})));
}

Error KnownPortReader::wrong(const std::string& what) const {
  return Error{model::place_in_file(path_, number_) + ": " + what};
}

}  // namespace sluice::engine

#include "engine/known_port_reader.hpp"

#include <system_error>

#include "base/text.hpp"
#include "model/target_spec.hpp"

namespace sluice::engine {

namespace {

// RustScan writes all ports of a host into one line: 65535 of them have 382 104 characters.
constexpr std::size_t kLongest = 1 << 20;

}  // namespace

bool KnownPortReader::ready() const {
  if (xml_ ? xml_->ready() : searched_ < buffer_.size()) return true;
  return input_->ended() ? !ended() : input_->ready();
}

bool KnownPortReader::ended() const {
  if (!input_->ended() || (input_->error() != 0 && !failure_told_)) return false;
  return xml_ ? whole_ && !xml_->ready() : at_ >= buffer_.size() && !overlong_;
}

std::optional<KnownPortReader::Line> KnownPortReader::next() {
  const bool failed = input_->error() != 0;
  if (auto line = is_report() ? next_host() : next_line()) return line;
  if (!failed || std::exchange(failure_told_, true)) return std::nullopt;
  ++number_;
  return Line{"", wrong("cannot be read: " + std::generic_category().message(input_->error()))};
}

bool KnownPortReader::is_report() {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF", kMarksOfTwoBytes[] = {"\xFF\xFE", "\xFE\xFF"};
  if (xml_ || overlong_ || searched_ > at_) return xml_.has_value();
  if (at_ == buffer_.size()) input_->take(buffer_);
  std::string_view line = std::string_view(buffer_).substr(at_);
  if (number_ == 0 && line.starts_with(kByteOrderMark)) {
    buffer_.erase(0, kByteOrderMark.size());
    line = buffer_;
  }
  if (trim(line).starts_with('<') || line.starts_with(kMarksOfTwoBytes[0]) || line.starts_with(kMarksOfTwoBytes[1])) {
    xml_.emplace(number_);
    buffer_.erase(0, at_);
  }
  return xml_.has_value();
}

std::optional<KnownPortReader::Line> KnownPortReader::next_line() {
  auto text = take_line();
  if (!text) return std::nullopt;
  ++number_;
  if (std::exchange(overlong_, false)) return Line{"", wrong("is longer than 1 MiB")};
  auto ports = model::parse_known_ports(*text);
  if (ports) return Line{std::move(*text), std::move(ports)};
  Error error = wrong(ports.error().message);
  return Line{std::move(*text), std::move(error)};
}

std::optional<KnownPortReader::Line> KnownPortReader::next_host() {
  if (!xml_->ready() && !whole_) {
    if (buffer_.empty()) input_->take(buffer_);
    whole_ = input_->ended();
    xml_->feed(std::exchange(buffer_, {}), whole_ && input_->error() == 0);
  }
  auto host = xml_->next();
  if (!host) return std::nullopt;
  number_ = host->line;
  if (host->open) return Line{"", std::move(host->open)};
  return Line{"", wrong(host->open.error().message)};
}

std::optional<std::string> KnownPortReader::take_line() {
  for (bool may_read = true;; may_read = false) {
    const std::size_t end = buffer_.find('\n', searched_);
    if (end != std::string::npos) {
      std::string line(trim(std::string_view(buffer_).substr(at_, end - at_)));
      at_ = searched_ = end + 1;
      return line;
    }
    buffer_.erase(0, std::exchange(at_, 0));
    if (buffer_.size() > kLongest) {
      overlong_ = true;
      buffer_.clear();
    }
    searched_ = buffer_.size();
    if (input_->ended()) {
      if (buffer_.empty() && !overlong_) return std::nullopt;
      searched_ = 0;
      return std::string(trim(std::exchange(buffer_, {})));
    }
    if (!may_read) return std::nullopt;
    input_->take(buffer_);
  }
}

Error KnownPortReader::wrong(const std::string& what) const {
  return Error{model::place_in_file(path_, number_) + ": " + what};
}

}  // namespace sluice::engine

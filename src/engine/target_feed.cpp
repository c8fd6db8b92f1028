// SPDX-License-Identifier: Apache-2.0
#include "engine/target_feed.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/text.hpp"
#include "base/text_file.hpp"
#include "engine/exclusions.hpp"
#include "engine/recorded_input.hpp"
#include "model/target_part.hpp"

namespace sluice::engine {

namespace {

using model::AddressPattern;
using model::KnownPort;
using model::TargetSpec;

constexpr std::size_t kLookups = 64;      ///< limit of pending look-ups
constexpr std::size_t kAhead = 1024;      ///< items that are read ahead; lines of --targets-from join one of them
constexpr std::size_t kShuffled = 16384;  ///< --randomize-hosts: number of targets from which one is drawn
constexpr int kSteps = 4096;  ///< limit of lines that are read per call, and of addresses that are left out per turn

constexpr const char* kFamilyNames[] = {"IPv4", "IPv6"};
const char* family_name(Family family) { return kFamilyNames[static_cast<std::size_t>(family)]; }

/// Sorts by protocol and number. Of several entries for one port, keeps the first one with the most information about
/// the service.
void tidy(std::vector<KnownPort>& ports) {
  const auto key = [](const KnownPort& port) {
    return std::tuple(port.protocol, port.port, !port.detected, !port.tls, port.service.empty());
  };
  std::stable_sort(ports.begin(), ports.end(), [&](const KnownPort& a, const KnownPort& b) { return key(a) < key(b); });
  const auto same = [](const KnownPort& a, const KnownPort& b) { return a.protocol == b.protocol && a.port == b.port; };
  ports.erase(std::unique(ports.begin(), ports.end(), same), ports.end());
}

/// A regular file of more bytes is read again when a run goes on.
constexpr std::uintmax_t kKept = 16u << 20;

bool can_be_read_again(const std::string& path) {
  std::error_code failure;
  return path != "-" && std::filesystem::is_regular_file(path, failure);
}

}  // namespace

TargetFeed::TargetFeed(const Options& options, Parts parts)
    : parts_(std::move(parts)),
      family_(options.family),
      resolve_all_(options.resolve_all),
      unique_(options.unique_targets),
      shuffle_(options.shuffle_targets),
      part_(options.shard),
      earlier_(options.earlier),
      earlier_hosts_(earlier_.get()),
      steps_(kSteps),
      random_(static_cast<std::minstd_rand::result_type>(parts_.seed)) {}

Result<std::unique_ptr<TargetFeed>> TargetFeed::open(const Options& options, Parts parts) {
  std::unique_ptr<TargetFeed> feed(new TargetFeed(options, std::move(parts)));
  if (auto opened = feed->open(options); !opened) return opened.error();
  return feed;
}

Result<void> TargetFeed::open(const Options& options) {
  for (const std::string& text : options.targets) {
    auto spec = TargetSpec::parse(text, family_);
    if (!spec) return spec.error();
    specs_.push_back(std::move(*spec));
  }
  if (options.input_list) {
    if (auto opened = open_list(*options.input_list); !opened) return opened.error().in("-iL");
  }
  if (options.targets_from) {
    if (auto opened = open_known_ports(*options.targets_from); !opened) return opened.error().in("--targets-from");
  }
  auto exclusions = read_exclusions(options, parts_.resolver, parts_.wait);
  if (!exclusions) return exclusions.error();
  excluded_ = std::move(*exclusions);
  if (options.target_queue) {
    auto reader = TargetQueueReader::attach(*options.target_queue, parts_.wake);
    if (reader) queue_.emplace(*std::move(reader));
    if (!queue_) return Error{"target_queue: another engine has used this queue; make a queue for each engine"};
  }
  return {};
}

bool TargetFeed::keeps(const std::string& path) const {
  std::error_code failure;
  return parts_.recorded && (!can_be_read_again(path) || std::filesystem::file_size(path, failure) <= kKept);
}

Result<void> TargetFeed::open_list(const std::string& path) {
  const bool known = earlier_ && earlier_->input;
  Result<std::string> bytes = known ? *earlier_->input : read_bytes(path);
  if (!bytes) return bytes.error();
  auto list = TargetList::open(*bytes, path, family_);
  if (!list) return list.error();
  list_ = std::move(*list);
  if (!known && keeps(path)) parts_.recorded(*bytes);
  return {};
}

Result<void> TargetFeed::open_known_ports(const std::string& path) {
  const bool known = earlier_ && earlier_->input;
  if (can_be_read_again(path) && (known || keeps(path))) {
    Result<std::string> bytes = known ? *earlier_->input : read_bytes(path);
    if (!bytes) return bytes.error();
    if (!known) parts_.recorded(*bytes);
    known_.emplace(std::make_unique<RecordedInput>(*std::move(bytes), nullptr, nullptr), path);
    return {};
  }
  auto input = parts_.open_input(path);
  if (!input && !known) return input.error();
  if (parts_.recorded && !can_be_read_again(path))
    known_.emplace(std::make_unique<RecordedInput>(known ? *earlier_->input : "", input ? std::move(*input) : nullptr,
                                                   parts_.recorded),
                   path);
  else
    known_.emplace(std::move(*input), path);
  return {};
}

std::optional<Target> TargetFeed::next() {
  auto target = shuffle_ ? draw() : next_in_order();
  if (!target) steps_ = kSteps;
  return target;
}

double TargetFeed::estimate(double size, Taken taken) const {
  switch (taken) {
    case Taken::OfPart:
      return size / part_.count;
    case Taken::All:
      return size;
    case Taken::None:
      break;
  }
  return 0;
}

std::optional<double> TargetFeed::remaining() const {
  if ((known_ && !known_->ended()) || (queue_ && !queue_->ended())) return std::nullopt;
  double targets = list_ ? estimate(list_->remaining(), Taken::OfPart) : 0;
  for (const TargetSpec& spec : specs_) targets += estimate(spec.size(), Taken::OfPart);
  for (const TargetSpec& spec : added_) targets += spec.size();
  for (const auto& [number, item] : ahead_) targets += estimate(item.spec.size(), item.taken);
  if (walk_)
    targets += estimate(std::max(walk_->item.spec.size() - static_cast<double>(walk_->done), 0.0), walk_->item.taken);
  return targets + static_cast<double>(drawn_from_.size());
}

TargetPlace TargetFeed::floor() const {
  const std::uint32_t first = ahead_.empty() ? next_ : ahead_.begin()->first;
  if (walk_ && walk_->number < first) return {walk_->number, walk_->done + 1};
  return {first, 0};
}

void TargetFeed::add(const std::vector<std::string>& specifications) {
  for (const std::string& text : specifications)
    if (auto spec = TargetSpec::parse(text, family_)) added_.push_back(std::move(*spec));
}

std::optional<Target> TargetFeed::next_in_order() {
  look_ahead();
  while (steps_ > 0) {
    if (!walk_ && !begin_walk()) return std::nullopt;
    if (const auto address = walk_->patterns.front().next()) {
      ++walk_->done;
      if (is_taken(*address)) {
        Target taken = target(*address);
        taken.earlier = earlier_hosts_.take(taken.address, taken.name);
        if (!taken.earlier.finished) return taken;
      }
      --steps_;
    } else {
      // Noted only here, because a pattern has each address once.
      if (unique_) note(walk_->patterns.front());
      walk_->patterns.pop_front();
      if (walk_->patterns.empty()) walk_.reset();
    }
  }
  return std::nullopt;
}

bool TargetFeed::is_taken(const Address& address) {
  if (part_.count > 1 && walk_->item.taken == Taken::OfPart && !model::is_in_part(model::part_hash(address), part_)) {
    other_parts_ = true;
    return false;
  }
  return !excluded_.contains(address) && !has_been(address);
}

bool TargetFeed::has_been(const Address& address) const {
  return unique_ && (seen_hosts_.contains(address) || seen_networks_.contains(address));
}

void TargetFeed::note(const AddressPattern& pattern) {
  if (pattern.size() == 1)
    seen_hosts_.insert(pattern.first());
  else
    seen_networks_.add(pattern);
}

std::optional<Target> TargetFeed::draw() {
  while (drawn_from_.size() < kShuffled && source_ready()) {
    auto target = next_in_order();
    if (!target) break;
    drawn_from_.push_back(std::move(*target));
  }
  if (drawn_from_.empty() || steps_ == 0) return std::nullopt;
  std::uniform_int_distribution<std::size_t> places(0, drawn_from_.size() - 1);
  std::swap(drawn_from_[places(random_)], drawn_from_.back());
  Target target = std::move(drawn_from_.back());
  drawn_from_.pop_back();
  return target;
}

bool TargetFeed::source_ended() const {
  return !walk_ && ahead_.empty() && specs_.empty() && added_.empty() && (!list_ || list_->ended()) &&
         (!queue_ || queue_->ended()) && (!known_ || known_->ended());
}

bool TargetFeed::source_ready() const {
  if (walk_ || has_answer()) return true;
  return has_room() && ((list_ && !list_->ended()) || !specs_.empty() || !added_.empty() || queue_ready() ||
                        (known_ && known_->ready()));
}

bool TargetFeed::queue_ready() const { return queue_ && ahead_.size() < kLookups && queue_->ready(); }

bool TargetFeed::has_room() const { return ahead_.size() < kAhead && lookups_ < kLookups; }

void TargetFeed::look_ahead() {
  for (int step = 0; step < kSteps && has_room(); ++step) {
    if (auto item = next_item()) {
      push(std::move(*item));
    } else if (auto line = known_ ? known_->next() : std::nullopt) {
      if (line->ports) {
        any_port_ = any_port_ || !line->ports->empty();
        for (KnownPort& port : *line->ports) take_in(std::move(port));
      } else {
        ++bad_lines_;
        skip(std::move(line->text), line->ports.error().message);
      }
    } else {
      return;
    }
  }
}

std::optional<TargetFeed::Item> TargetFeed::next_item() {
  const auto item_of = [](TargetSpec spec, Taken taken = Taken::OfPart) {
    Item item;
    item.name = spec.name;
    item.spec = std::move(spec);
    item.taken = taken;
    return item;
  };
  const auto take_first = [](std::deque<TargetSpec>& specs) {
    TargetSpec spec = std::move(specs.front());
    specs.pop_front();
    return spec;
  };
  if (list_)
    if (auto spec = list_->next()) return item_of(*std::move(spec));
  if (!specs_.empty()) return item_of(take_first(specs_));
  if (!added_.empty()) return item_of(take_first(added_), Taken::All);
  while (queue_ready()) {
    std::string text = *queue_->pop();
    auto spec = TargetSpec::parse(text, family_);
    if (spec) return item_of(*std::move(spec));
    skip(std::move(text), spec.error().message + '.');
  }
  return std::nullopt;
}

void TargetFeed::take_in(KnownPort port) {
  std::string key = (port.address ? port.address->text_with_scope() : "") + ' ' + port.hostname;
  if (const auto found = hosts_.find(key); found != hosts_.end())
    return ahead_.at(found->second).ports.push_back(std::move(port));
  Item item;
  item.name = port.hostname;
  item.spec.text = port.address ? port.address->text_with_scope() : port.hostname;
  if (port.address)
    item.spec.pattern = *AddressPattern::network(*port.address, port.address->is_v4() ? 32 : 128);
  else
    item.spec.name = port.hostname;
  item.ports.push_back(std::move(port));
  item.key = key;
  hosts_.emplace(std::move(key), next_);
  push(std::move(item));
}

void TargetFeed::push(Item item) {
  const std::uint32_t number = next_++;
  if (!item.spec.pattern && item.taken == Taken::OfPart)
    item.taken = model::is_in_part(model::part_hash(item.spec.name), part_) ? Taken::All : Taken::None;
  Item& pushed = ahead_.emplace(number, std::move(item)).first->second;
  if (pushed.spec.pattern || pushed.taken == Taken::None) return answered_.push_back(number);
  if (const std::vector<Address>* known = known_addresses(pushed.spec.name)) {
    pushed.reply.addresses = *known;
    return answered_.push_back(number);
  }
  ++lookups_;
  // In both families, because the host report lists the other addresses of a name.
  parts_.resolver.resolve(pushed.spec.name, std::nullopt, {this, {{}, number}});
}

void TargetFeed::complete(core::Ticket ticket, core::Reply reply) {
  Item& item = ahead_.at(ticket.operation);
  item.reply = std::move(reply);
  if (parts_.resolved && item.reply.status == core::Status::Ok) parts_.resolved(item.spec.name, item.reply.addresses);
  answered_.push_back(ticket.operation);
  --lookups_;
}

bool TargetFeed::begin_walk() {
  while (has_answer()) {
    Walk walk{answered_.front(), std::move(ahead_.extract(answered_.front()).mapped()), {}, 0, {}, {}};
    answered_.pop_front();
    hosts_.erase(walk.item.key);
    if (walk.item.taken == Taken::None) {
      other_parts_ = true;
      continue;
    }
    tidy(walk.item.ports);
    if (auto done = expand(walk); !done) {
      skip(walk.item.spec.text, done.error().message);
      continue;
    }
    walk_ = std::move(walk);
    return true;
  }
  return false;
}

const std::vector<Address>* TargetFeed::known_addresses(const std::string& name) const {
  if (!earlier_) return nullptr;
  const auto found = earlier_->names.find(name);
  return found == earlier_->names.end() ? nullptr : &found->second;
}

void TargetFeed::skip(std::string specification, std::string reason) {
  if (earlier_ && earlier_->skipped.contains(specification)) return;
  parts_.skipped(std::move(specification), std::move(reason));
}

Result<void> TargetFeed::expand(Walk& walk) const {
  const auto& [spec, name, ports, key, reply, taken] = walk.item;
  if (spec.pattern) {
    walk.patterns.push_back(*spec.pattern);
    return {};
  }
  if (reply.status != core::Status::Ok || reply.addresses.empty())
    return Error{"Failed to resolve \"" + shortened(spec.text) + "\"."};
  Family family = family_;
  const auto fits = [&](const Address& address) { return address.family() == family; };
  if (std::none_of(reply.addresses.begin(), reply.addresses.end(), fits)) {
    family = reply.addresses.front().family();
    // With --targets-from, a name may resolve to either family.
    if (ports.empty())
      return Error{"Failed to resolve \"" + shortened(spec.text) + "\" to an " + family_name(family_) +
                   " address; it has " + family_name(family) + " addresses; " +
                   (family == Family::Inet6 ? "add -6." : "leave -6 out.")};
  }
  for (const Address& address : reply.addresses)
    (fits(address) && (walk.named.empty() || resolve_all_) ? walk.named : walk.others).push_back(address);
  for (const Address& address : walk.named) {
    auto pattern = model::expand(spec, address);
    if (!pattern) return Error{pattern.error().message + '.'};
    walk.patterns.push_back(*pattern);
  }
  return {};
}

Target TargetFeed::target(const Address& address) const {
  Target target{address, {}, {}, walk_->item.ports, {walk_->number, walk_->done}};
  // Of the network "name/24", only the host at the address of the name has that name.
  const bool named = std::find(walk_->named.begin(), walk_->named.end(), address) != walk_->named.end();
  if (named) target.others = walk_->others;
  if (named || walk_->item.spec.pattern) target.name = walk_->item.name;
  return target;
}

}  // namespace sluice::engine

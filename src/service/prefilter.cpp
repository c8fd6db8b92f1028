// SPDX-License-Identifier: Apache-2.0
#include "service/prefilter.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

#include "service/literals.hpp"

namespace sluice::service {

namespace {

constexpr unsigned kMinBits = 8, kMaxBits = 16;

}  // namespace

std::size_t Prefilter::bucket(const char* gram) const noexcept {
  std::uint32_t bytes = 0;
  std::memcpy(&bytes, gram, kGram);
  return (bytes * 0x9E3779B1U) >> shift_;
}

Prefilter::Prefilter(std::span<const MatchLine> lines) {
  unsigned bits = kMinBits;
  while (bits < kMaxBits && (std::size_t{1} << bits) < lines.size() * 16) ++bits;
  shift_ = 32 - bits;
  const std::size_t buckets = std::size_t{1} << bits;

  std::vector<std::vector<std::string>> literals;
  literals.reserve(lines.size());
  std::vector<std::uint32_t> uses(buckets);  // per bucket: number of grams in all literals
  for (const MatchLine& line : lines) {
    literals.push_back(required_literals(line.pattern, line.ignore_case));
    for (const std::string& text : literals.back())
      for (std::size_t at = 0; at + kGram <= text.size(); ++at) ++uses[bucket(text.data() + at)];
  }

  initial_.resize((lines.size() + 63) / 64);
  std::vector<std::pair<std::size_t, Entry>> placed;
  placed.reserve(lines.size());
  for (std::size_t line = 0; line < lines.size(); ++line) {
    const std::string* best = nullptr;
    std::size_t best_at = 0;
    std::uint32_t fewest = std::numeric_limits<std::uint32_t>::max();
    for (const std::string& text : literals[line])
      if (text.size() <= std::numeric_limits<std::uint16_t>::max())
        for (std::size_t at = 0; at + kGram <= text.size(); ++at)
          if (const auto count = uses[bucket(text.data() + at)]; count < fewest) {
            best = &text;
            best_at = at;
            fewest = count;
          }
    if (!best) {
      initial_[line / 64] |= std::uint64_t{1} << (line % 64);
      ++always_;
      continue;
    }
    placed.push_back({bucket(best->data() + best_at),
                      {static_cast<std::uint32_t>(literals_.size()), static_cast<std::uint16_t>(best->size()),
                       static_cast<std::uint16_t>(best_at), static_cast<std::uint32_t>(line)}});
    literals_ += *best;
    longest_ = std::max(longest_, best->size());
  }

  starts_.resize(buckets + 1);
  for (const auto& [where, entry] : placed) ++starts_[where + 1];
  for (std::size_t b = 0; b < buckets; ++b) starts_[b + 1] += starts_[b];
  entries_.resize(placed.size());
  std::vector<std::uint32_t> next(starts_.begin(), starts_.end() - 1);
  for (const auto& [where, entry] : placed) entries_[next[where]++] = entry;
}

void Prefilter::update(Hits& hits, std::string_view response) const {
  if (hits.words_.empty()) hits.words_ = initial_;
  // Bytes are searched again if a literal may extend from them into the new bytes.
  const std::size_t first = hits.scanned_ - std::min(hits.scanned_, longest_);
  hits.scanned_ = response.size();
  for (std::size_t at = first; at + kGram <= response.size(); ++at) {
    const std::size_t where = bucket(response.data() + at);
    for (std::uint32_t i = starts_[where]; i < starts_[where + 1]; ++i) {
      const Entry& entry = entries_[i];
      if (entry.before > at || at - entry.before + entry.size > response.size()) continue;
      if (std::memcmp(response.data() + at - entry.before, literals_.data() + entry.literal, entry.size) == 0)
        hits.words_[entry.line / 64] |= std::uint64_t{1} << (entry.line % 64);
    }
  }
}

}  // namespace sluice::service

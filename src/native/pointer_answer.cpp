// SPDX-License-Identifier: Apache-2.0
#include "native/pointer_answer.hpp"

#include <vector>

#include "base/text.hpp"

namespace sluice::net {

namespace {

constexpr unsigned kCname = 5, kPtr = 12;
constexpr std::size_t kHeader = 12, kLongestName = 255;
constexpr int kMaxCnames = 16;

/// Reads a message. A read beyond its end returns 0 and sets `ok` to false for good.
struct Reader {
  std::string_view message;
  std::size_t at = 0;
  bool ok = true;

  unsigned byte(std::size_t place) {
    ok = ok && place < message.size();
    return ok ? static_cast<unsigned char>(message[place]) : 0;
  }
  unsigned number() {
    const unsigned high = byte(at), low = byte(at + 1);
    at += 2;
    return high << 8 | low;
  }
  void skip(std::size_t size) {
    at += size;
    ok = ok && at <= message.size();
  }
  /// Reads a name. Returns its labels, each after a byte with its length.
  std::string name() {
    std::string labels;
    std::size_t place = at;
    bool followed = false;
    for (;;) {
      const unsigned length = byte(place);
      if (!ok || labels.size() > kLongestName) return fail();
      if ((length & 0xC0) == 0xC0) {  // compression: the rest is at an earlier offset
        const std::size_t target = (length & 0x3F) << 8 | byte(place + 1);
        if (!ok || target >= place) return fail();
        if (!followed) at = place + 2;
        followed = true;
        place = target;
        continue;
      }
      if ((length & 0xC0) != 0 || place + 1 + length > message.size()) return fail();
      if (length == 0) break;
      labels.append(message.substr(place, 1 + length));
      place += 1 + length;
    }
    if (!followed) at = place + 1;
    return labels;
  }
  std::string fail() {
    ok = false;
    return {};
  }
};

struct Record {
  unsigned type;
  std::string owner, target;  ///< the owner in lower case
};

std::string shown(std::string_view labels) {
  constexpr std::string_view kKept = "+-.:=_~";
  std::string name;
  while (!labels.empty()) {
    const std::size_t length = static_cast<unsigned char>(labels.front());
    if (!name.empty()) name += '.';
    for (const char c : labels.substr(1, length))
      name += is_letter(c) || is_digit(c) || kKept.find(c) != std::string_view::npos ? c : '*';
    labels.remove_prefix(1 + length);
  }
  return name;
}

}  // namespace

std::optional<std::string> first_pointer(std::string_view message) {
  Reader reader{message, 4};
  const unsigned questions = reader.number(), answers = reader.number();
  reader.at = kHeader;
  std::string wanted;
  for (unsigned each = 0; each < questions && reader.ok; ++each) {
    wanted = to_lower(reader.name());
    reader.skip(4);
  }
  std::vector<Record> records;
  for (unsigned each = 0; each < answers && reader.ok; ++each) {
    Record record{0, to_lower(reader.name()), {}};
    record.type = reader.number();
    reader.skip(6);
    const unsigned size = reader.number();
    const std::size_t end = reader.at + size;
    if (record.type == kCname || record.type == kPtr) {
      record.target = reader.name();
      if (reader.ok) records.push_back(std::move(record));
    }
    reader.at = end;
  }
  for (int step = 0; step < kMaxCnames; ++step) {
    const Record* alias = nullptr;
    for (const Record& record : records) {
      if (record.owner != wanted) continue;
      if (record.type == kPtr && !record.target.empty()) return shown(record.target);
      if (record.type == kCname && !alias) alias = &record;
    }
    if (!alias) break;
    wanted = to_lower(alias->target);
  }
  return std::nullopt;
}

}  // namespace sluice::net

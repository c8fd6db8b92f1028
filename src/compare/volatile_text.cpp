// SPDX-License-Identifier: Apache-2.0
#include "compare/volatile_text.hpp"

#include <algorithm>
#include <array>
#include <sluice/compare.hpp>

#include "base/text.hpp"

namespace sluice {

namespace {

enum Kind : std::uint8_t { kDate, kEpoch, kDuration, kSession, kCounter };

constexpr std::array<VolatileText, 5> kKinds{{
    {"date", "dates and times of day, except in lines with \"valid\" or \"expire\"", "Tue, 24 Nov 2026 04:00:00 GMT"},
    {"epoch", "seconds or milliseconds since 1970, from 2017 to 2033", "1795492800"},
    {"duration", "numbers with a unit of time: uptimes, clock skews, delays", "3 days, 2.5s"},
    {"session", "values of nonces, session ids, tokens, challenges, salts", "nonce=\"Zm9vYmFy\""},
    {"counter", "numbers of connections, threads, requests, processes", "Thread ID: 44"},
}};

constexpr std::string_view kSessionKeys[] = {
    "nonce", "cnonce", "opaque", "session",   "session id", "sessionid",  "sessid",   "phpsessid", "jsessionid",  "sid",
    "token", "csrf",   "xsrf",   "csrftoken", "challenge",  "request-id", "trace-id", "salt",      "aspsessionid"};
constexpr std::string_view kCounterKeys[] = {"connections", "connection id", "threads", "thread id", "queries",
                                             "questions",   "requests",      "uptime",  "pid",       "process id",
                                             "processid",   "hits",          "misses",  "sequence",  "counter",
                                             "used",        "commands",      "clients", "packets"};

constexpr std::string_view kMonths = "janfebmaraprmayjunjulaugsepoctnovdec", kDays = "montuewedthufrisatsun";

constexpr bool is_word(char c) { return is_letter(c) || is_digit(c); }

/// A text that is read from its beginning.
class Cursor {
 public:
  Cursor(std::string_view text, std::size_t at) : text_(text), at_(at) {}

  [[nodiscard]] std::size_t at() const { return at_; }
  [[nodiscard]] char next() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  [[nodiscard]] std::string_view rest() const { return text_.substr(at_); }
  void skip(std::size_t count) { at_ += count; }
  template <class Predicate>
  std::size_t skip_while(Predicate predicate) {
    const std::size_t start = at_;
    while (at_ < text_.size() && predicate(text_[at_])) ++at_;
    return at_ - start;
  }

 private:
  std::string_view text_;
  std::size_t at_;
};

/// Returns the length of the text at the cursor that has the form: '#' is a digit, '~' one or two digits, '_' a digit
/// or a space, '@' the short name of a month, '%' that of a day; any other character stands for itself. 0: none.
std::size_t length_of(std::string_view form, Cursor cursor) {
  const std::size_t start = cursor.at();
  const auto short_name = [&](std::string_view names) {
    const std::string name = to_lower(cursor.rest().substr(0, 3));
    const std::size_t found = names.find(name);
    cursor.skip(3);
    return name.size() == 3 && found != std::string_view::npos && found % 3 == 0;
  };
  for (const char c : form) {
    if (c == '@' || c == '%') {
      if (!short_name(c == '@' ? kMonths : kDays)) return 0;
      continue;
    }
    const char next = cursor.next();
    if (c == '#' || c == '~' ? !is_digit(next) : c == '_' ? !is_digit(next) && next != ' ' : next != c) return 0;
    cursor.skip(1);
    if (c == '~' && is_digit(cursor.next())) cursor.skip(1);
  }
  return cursor.at() - start;
}

/// Returns the length of a date or a time of day.
std::size_t date_at(Cursor cursor) {
  constexpr std::string_view kForms[] = {"####-##-##T##:##:##",   "####-##-## ##:##:##",  "####-##-##",
                                         "%, ## @ #### ##:##:##", "% @ _# ##:##:## ####", "##/@/####:##:##:##",
                                         "## @ #### ##:##:##",    "@ _# #### ##:##:##",   "~:##:##"};
  const std::size_t start = cursor.at();
  for (const std::string_view form : kForms) {
    const std::size_t length = length_of(form, cursor);
    if (length == 0) continue;
    cursor.skip(length);
    if (cursor.next() == '.') {
      cursor.skip(1);
      cursor.skip_while(is_digit);
    }
    for (const std::string_view zone : {"Z", " GMT", " UTC", "+00:00", " +0000"})
      if (cursor.rest().starts_with(zone)) {
        cursor.skip(zone.size());
        break;
      }
    return is_word(cursor.next()) || cursor.next() == ':' ? 0 : cursor.at() - start;
  }
  return 0;
}

/// Returns the length of numbers with short units of time, as in "3d04h" and "2.5s"; 0 if there are none.
std::size_t short_duration_at(Cursor cursor) {
  constexpr std::string_view kUnits[] = {"ms", "us", "s", "m", "h", "d"};
  const std::size_t start = cursor.at();
  while (is_digit(cursor.next())) {
    cursor.skip_while(is_digit);
    if (cursor.next() == '.') {
      cursor.skip(1);
      if (cursor.skip_while(is_digit) == 0) return 0;
    }
    const auto unit = std::ranges::find_if(kUnits, [&](auto each) { return cursor.rest().starts_with(each); });
    if (unit == std::end(kUnits)) return 0;
    cursor.skip(unit->size());
  }
  return is_word(cursor.next()) || cursor.next() == ':' ? 0 : cursor.at() - start;
}

/// Returns the length of a number with a long unit of time, as in "3 days" and "2.5 sec"; 0 if there is none.
std::size_t long_duration_at(Cursor cursor) {
  constexpr std::string_view kUnits[] = {"milliseconds", "microseconds", "seconds", "second", "secs",  "sec",
                                         "minutes",      "minute",       "mins",    "min",    "hours", "hour",
                                         "days",         "day",          "weeks",   "week"};
  const std::size_t start = cursor.at();
  cursor.skip_while([](char c) { return is_digit(c) || c == '.'; });
  if (cursor.next() == ' ') cursor.skip(1);
  for (const std::string_view unit : kUnits) {
    if (!cursor.rest().starts_with(unit)) continue;
    cursor.skip(unit.size());
    return is_word(cursor.next()) ? 0 : cursor.at() - start;
  }
  return 0;
}

/// Returns the length of seconds or milliseconds since 1970; 0 if there are none.
std::size_t epoch_at(Cursor cursor) {
  const std::string_view digits = cursor.rest();
  const std::size_t length = cursor.skip_while(is_digit);
  if ((length != 10 && length != 13) || is_word(cursor.next())) return 0;
  return digits[0] == '1' && digits[1] >= '5' ? length : 0;
}

/// Returns the end of the key at the cursor and of the separator behind it; 0 if there is none of these keys.
std::size_t end_of_key(std::span<const std::string_view> keys, const Cursor& cursor) {
  for (const std::string_view key : keys) {
    if (!equal_ignoring_case(cursor.rest().substr(0, key.size()), key)) continue;
    Cursor behind = cursor;
    behind.skip(key.size());
    if (behind.next() == '_' || behind.next() == '-')
      behind.skip_while([](char c) { return is_word(c) || c == '_' || c == '-'; });
    if (is_word(behind.next())) continue;
    behind.skip_while([](char c) { return c == ' ' || c == '"' || c == '\''; });
    if (behind.next() != ':' && behind.next() != '=') continue;
    behind.skip(1);
    behind.skip_while([](char c) { return c == ' ' || c == '"' || c == '\''; });
    return behind.at();
  }
  return 0;
}

/// True if a text looks like a random value, and not like a word.
bool is_random(std::string_view text) {
  return text.size() >= 16 || (text.size() >= 4 && std::ranges::any_of(text, is_digit));
}

}  // namespace

std::span<const VolatileText> volatile_texts() { return kKinds; }

namespace compare {

std::string without_volatile(std::string_view text, VolatileKinds& kinds) {
  std::string kept;
  kept.reserve(text.size());
  bool dates = true;  // in this line
  const auto note_line = [&](std::size_t start) {
    const std::string line = to_lower(text.substr(start, text.find('\n', start) - start));
    dates = line.find("valid") == std::string::npos && line.find("expire") == std::string::npos;
  };
  const auto replace = [&](Kind kind) {
    kinds |= static_cast<VolatileKinds>(1U << kind);
    if (kind == kDuration && kept.ends_with(" -")) kept.pop_back();
    kept.append("<").append(kKinds[kind].name).append(">");
  };
  note_line(0);
  for (std::size_t at = 0; at < text.size();) {
    const char previous = at == 0 ? '\n' : text[at - 1], c = text[at];
    const Cursor cursor(text, at);
    if (c == '\n') note_line(at + 1);
    if (!is_word(previous) && previous != ':' && (is_digit(c) || is_letter(c))) {
      if (const std::size_t length = dates ? date_at(cursor) : 0; length > 0) {
        replace(kDate);
        at += length;
        continue;
      }
    }
    if (is_letter(c) && !is_word(previous)) {
      if (const std::size_t end = end_of_key(kSessionKeys, cursor); end > 0) {
        Cursor value(text, end);
        value.skip_while([](char v) { return !is_space(v) && v != '"' && v != '\'' && v != ';' && v != ','; });
        if (is_random(text.substr(end, value.at() - end))) {
          kept.append(text.substr(at, end - at));
          replace(kSession);
          at = value.at();
          continue;
        }
      }
      if (const std::size_t end = end_of_key(kCounterKeys, cursor); end > 0) {
        Cursor value(text, end);
        if (value.skip_while(is_digit) > 0) {
          kept.append(text.substr(at, end - at));
          replace(kCounter);
          at = value.at();
          continue;
        }
      }
    }
    if (is_digit(c) && !is_word(previous) && previous != '.') {
      Kind kind = kEpoch;
      std::size_t length = epoch_at(cursor);
      if (length == 0 && previous != ':') {
        kind = kDuration;
        length = std::max(short_duration_at(cursor), long_duration_at(cursor));
      }
      if (length > 0) {
        replace(kind);
        at += length;
        continue;
      }
    }
    kept += c;
    ++at;
  }
  return kept;
}

std::vector<std::string_view> names_of(VolatileKinds kinds) {
  std::vector<std::string_view> names;
  for (std::size_t kind = 0; kind < kKinds.size(); ++kind)
    if ((kinds >> kind) & 1U) names.push_back(kKinds[kind].name);
  return names;
}

}  // namespace compare

}  // namespace sluice

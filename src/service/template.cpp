// SPDX-License-Identifier: Apache-2.0
#include "service/template.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include "base/text.hpp"

namespace sluice::service {

namespace {

constexpr bool is_printable(char c) { return c >= ' ' && c <= '~'; }

struct KindTraits {
  const char* name;
  std::size_t room;  ///< bytes, with the closing NUL of Nmap
};

KindTraits traits(Field::Kind kind) {
  switch (kind) {
    case Field::Kind::Product:
      return {"product", 80};
    case Field::Kind::Version:
      return {"version", 80};
    case Field::Kind::Info:
      return {"info", 256};
    case Field::Kind::Hostname:
      return {"hostname", 80};
    case Field::Kind::OsType:
      return {"ostype", 32};
    case Field::Kind::DeviceType:
      return {"devicetype", 32};
    case Field::Kind::Cpe:
      break;
  }
  return {"cpe", 80};
}

/// Returns the bytes of a group that are used: those before the first NUL.
std::string_view up_to_nul(std::string_view bytes) { return bytes.substr(0, bytes.find('\0')); }

/// Returns the bytes of a group for a cpe: in lower case, `_` for white space, %XX for special characters.
std::string as_cpe(std::string_view bytes) {
  constexpr std::string_view kEscaped = "!\"#$%&'()*+,/:;<=>?@[]";
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string text;
  for (const char c : up_to_nul(bytes)) {
    if (is_space(c)) {
      text += '_';
    } else if (!is_printable(c)) {
      text += '.';
    } else if (kEscaped.find(c) != std::string_view::npos) {
      const auto code = static_cast<unsigned char>(c);
      text += {'%', kHex[code >> 4], kHex[code & 15]};
    } else {
      text += to_lower(c);
    }
  }
  return text;
}

std::string printable_only(std::string_view bytes) {
  std::string text;
  for (const char c : bytes)
    if (is_printable(c)) text += c;
  return text;
}

/// The arguments of a reference: a number, then strings in quotation marks.
struct Call {
  std::size_t group = 0;
  std::vector<std::string> strings;
};

std::string_view skip_space(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  return text;
}

/// Removes a string, whose opening quotation mark was read, from `rest`.
std::optional<std::string> take_string(std::string_view& rest) {
  std::size_t end = 0;
  while (end < rest.size() && rest[end] != '"') end += rest[end] == '\\' ? 2 : 1;
  if (end >= rest.size()) return std::nullopt;
  auto text = unescape(rest.substr(0, end));
  rest.remove_prefix(end + 1);
  return text;
}

/// Removes the arguments after the opening parenthesis from `rest`; returns nothing if they are malformed.
std::optional<Call> take_arguments(std::string_view& rest) {
  Call call;
  rest = skip_space(rest);
  std::size_t digits = 0;
  while (digits < rest.size() && is_digit(rest[digits])) ++digits;
  const auto group = parse_number<std::size_t>(rest.substr(0, digits));
  if (!group) return std::nullopt;
  call.group = *group;
  for (rest = skip_space(rest.substr(digits)); !rest.empty() && rest.front() == ','; rest = skip_space(rest)) {
    rest = skip_space(rest.substr(1));
    if (rest.empty() || rest.front() != '"') return std::nullopt;
    rest.remove_prefix(1);
    auto text = take_string(rest);
    if (!text) return std::nullopt;
    call.strings.push_back(std::move(*text));
  }
  if (rest.empty() || rest.front() != ')') return std::nullopt;
  rest.remove_prefix(1);
  return call;
}

std::string replace_all(std::string_view text, std::string_view from, std::string_view to) {
  std::string result;
  for (std::size_t at = 0;;) {
    const std::size_t found = from.empty() ? std::string_view::npos : text.find(from, at);
    result += text.substr(at, found - at);
    if (found == std::string_view::npos) return result;
    result += to;
    at = found + from.size();
  }
}

std::optional<std::string> as_integer(std::string_view bytes, std::string_view order) {
  if (bytes.size() > 8 || (order != ">" && order != "<")) return std::nullopt;
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    number = number << 8 | static_cast<unsigned char>(bytes[order == ">" ? i : bytes.size() - 1 - i]);
  return std::to_string(number);
}

/// Removes a reference, whose `$` was read, from `rest`. Returns the bytes that replace it.
Result<std::string> take_reference(std::string_view& rest, const Captures& captures) {
  const auto group_of = [&](std::size_t number) -> Result<std::string_view> {
    if (number == 0 || number >= captures.size())
      return Error{"$" + std::to_string(number) + " is not a group of the pattern"};
    if (!captures[number]) return Error{"group " + std::to_string(number) + " took no part in the match"};
    return *captures[number];
  };
  if (!rest.empty() && is_digit(rest.front())) {
    const auto group = group_of(static_cast<std::size_t>(rest.front() - '0'));
    rest.remove_prefix(1);
    if (!group) return group.error();
    return std::string(*group);
  }
  std::string_view name;
  for (const std::string_view known : {"P(", "SUBST(", "I("})
    if (rest.starts_with(known)) name = known;
  if (name.empty()) return Error{"'$' is not followed by a group number, P(, SUBST( or I("};
  rest.remove_prefix(name.size());
  const auto call = take_arguments(rest);
  const std::size_t strings = name == "P(" ? 0 : name == "I(" ? 1 : 2;
  if (!call || call->strings.size() != strings) return Error{"malformed arguments of $" + std::string(name) + ")"};
  const auto group = group_of(call->group);
  if (!group) return group.error();
  if (name == "P(") return printable_only(*group);
  if (name == "SUBST(") return replace_all(*group, call->strings[0], call->strings[1]);
  auto number = as_integer(*group, call->strings[0]);
  if (!number) return Error{"$I() needs at most 8 bytes and \">\" or \"<\""};
  return std::move(*number);
}

}  // namespace

Result<std::string> fill(const Field& field, const Captures& captures) {
  const bool cpe = field.kind == Field::Kind::Cpe;
  const std::size_t room = traits(field.kind).room;
  std::string text = cpe ? "cpe:/" : "";
  std::string_view rest = field.text;
  while (!rest.empty()) {
    const std::size_t literal = std::min(rest.find('$'), rest.size());
    text += rest.substr(0, literal);
    rest.remove_prefix(literal);
    // As in Nmap (docs/nse-compat.md), literal text must leave one byte, a reference two.
    if (text.size() + 1 > room) return Error{"longer than " + std::to_string(room - 1) + " bytes"};
    if (rest.empty()) break;
    rest.remove_prefix(1);
    const auto bytes = take_reference(rest, captures);
    if (!bytes) return bytes.error();
    if (cpe)
      text += as_cpe(*bytes);
    else
      text += up_to_nul(*bytes);
    if (text.size() + 2 > room) return Error{"longer than " + std::to_string(room - 2) + " bytes"};
  }
  while (!text.empty() && (is_space(text.back()) || text.back() == ',')) text.pop_back();
  for (char& c : text)
    if (!is_printable(c)) c = '.';
  return text;
}

Fields fill_all(std::string_view fields, const Captures& captures, std::vector<std::string>& warnings) {
  Fields filled;
  constexpr std::string_view kParts = "aho";
  std::array<std::string, kParts.size()> cpe;
  for (;;) {
    const auto field = take_field(fields);
    if (!field || !*field) break;
    std::string ignored;
    std::string* target = &ignored;
    switch ((*field)->kind) {
      case Field::Kind::Product:
        target = &filled.product;
        break;
      case Field::Kind::Version:
        target = &filled.version;
        break;
      case Field::Kind::Info:
        target = &filled.info;
        break;
      case Field::Kind::Hostname:
        target = &filled.hostname;
        break;
      case Field::Kind::OsType:
        target = &filled.os_type;
        break;
      case Field::Kind::DeviceType:
        target = &filled.device_type;
        break;
      case Field::Kind::Cpe: {
        const std::string_view text = (*field)->text;
        const std::size_t part = text.empty() ? std::string_view::npos : kParts.find(text.front());
        if (part != std::string_view::npos) {
          target = &cpe[part];
        } else {
          warnings.push_back("a cpe is ignored: its part is not a, h or o");
          continue;
        }
      }
    }
    auto text = fill(**field, captures);
    target->clear();  // a later field of a kind replaces an earlier one
    if (text)
      *target = std::move(*text);
    else
      warnings.push_back(std::string("the ") + traits((*field)->kind).name + " is dropped: " + text.error().message);
  }
  for (std::string& text : cpe)
    if (!text.empty()) filled.cpe.push_back(std::move(text));
  return filled;
}

Fields overlaid(const Fields& lower, const Fields& upper) {
  Fields both = upper;
  const auto fill_gap = [&](std::string Fields::*field) {
    if ((both.*field).empty()) both.*field = lower.*field;
  };
  for (const auto field :
       {&Fields::product, &Fields::version, &Fields::info, &Fields::hostname, &Fields::os_type, &Fields::device_type})
    fill_gap(field);
  constexpr std::size_t kPart = std::string_view("cpe:/").size();
  for (const std::string& cpe : lower.cpe)
    if (std::ranges::none_of(upper.cpe, [&](const std::string& each) { return each[kPart] == cpe[kPart]; }))
      both.cpe.push_back(cpe);
  const auto place = [](const std::string& cpe) { return std::string_view("aho").find(cpe[kPart]); };
  std::ranges::sort(both.cpe, {}, place);
  return both;
}

}  // namespace sluice::service

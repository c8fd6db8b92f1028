// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <sluice/quote.hpp>
#include <sluice/typography.hpp>

namespace sluice {

namespace {

/// A range of characters with the same name and the same ASCII replacement `meant`.
struct Kind {
  std::uint32_t first, last;
  std::string_view name, meant;
};

constexpr Kind kKinds[] = {
    {0x00a0, 0x00a0, "no-break space", " "},
    {0x00ab, 0x00ab, "quotation mark", "\""},
    {0x00ad, 0x00ad, "soft hyphen", "-"},
    {0x00bb, 0x00bb, "quotation mark", "\""},
    {0x02d7, 0x02d7, "minus sign", "-"},
    {0x058a, 0x058a, "hyphen", "-"},
    {0x2000, 0x200a, "space", " "},
    {0x200b, 0x200b, "zero-width space", ""},
    {0x200e, 0x200f, "direction mark", ""},
    {0x2010, 0x2010, "hyphen", "-"},
    {0x2011, 0x2011, "no-break hyphen", "-"},
    {0x2012, 0x2012, "figure dash", "-"},
    {0x2013, 0x2013, "en dash", "-"},
    {0x2014, 0x2014, "em dash", "-"},
    {0x2015, 0x2015, "horizontal bar", "-"},
    {0x2018, 0x201b, "single quotation mark", "'"},
    {0x201c, 0x201f, "quotation mark", "\""},
    {0x2028, 0x2029, "line separator", " "},
    {0x202a, 0x202e, "direction mark", ""},
    {0x202f, 0x202f, "no-break space", " "},
    {0x2032, 0x2032, "prime", "'"},
    {0x2033, 0x2033, "double prime", "\""},
    {0x2039, 0x203a, "single quotation mark", "'"},
    {0x2043, 0x2043, "hyphen bullet", "-"},
    {0x205f, 0x205f, "space", " "},
    {0x2060, 0x2060, "word joiner", ""},
    {0x2066, 0x2069, "direction mark", ""},
    {0x207b, 0x207b, "superscript minus", "-"},
    {0x2212, 0x2212, "minus sign", "-"},
    {0x2796, 0x2796, "minus sign", "-"},
    {0x2e3a, 0x2e3b, "long dash", "-"},
    {0x3000, 0x3000, "space", " "},
    {0xfe31, 0xfe32, "vertical dash", "-"},
    {0xfe58, 0xfe58, "small em dash", "-"},
    {0xfe63, 0xfe63, "small hyphen", "-"},
    {0xfeff, 0xfeff, "byte order mark", ""},
    {0xff02, 0xff02, "fullwidth quotation mark", "\""},
    {0xff07, 0xff07, "fullwidth apostrophe", "'"},
    {0xff0d, 0xff0d, "fullwidth hyphen", "-"},
};

const Kind* find_kind(std::uint32_t character) {
  const auto* const found = std::find_if(std::begin(kKinds), std::end(kKinds), [&](const Kind& kind) {
    return kind.first <= character && character <= kind.last;
  });
  return found == std::end(kKinds) ? nullptr : found;
}

/// Converts a byte of code page 1252 to its character if that can be in kKinds; otherwise returns 0.
std::uint32_t from_code_page(unsigned char byte) {
  constexpr std::array<std::pair<unsigned char, std::uint32_t>, 10> kHigh = {{{0x82, 0x201a},
                                                                              {0x84, 0x201e},
                                                                              {0x8b, 0x2039},
                                                                              {0x91, 0x2018},
                                                                              {0x92, 0x2019},
                                                                              {0x93, 0x201c},
                                                                              {0x94, 0x201d},
                                                                              {0x96, 0x2013},
                                                                              {0x97, 0x2014},
                                                                              {0x9b, 0x203a}}};
  for (const auto& [high, character] : kHigh)
    if (high == byte) return character;
  return byte == 0xa0 || byte == 0xab || byte == 0xad || byte == 0xbb ? byte : 0;
}

struct Decoded {
  std::uint32_t character = 0;
  std::size_t size = 1;
};

/// Decodes the first character of `text`: as UTF-8 if it is valid, otherwise as code page 1252.
Decoded decode(std::string_view text) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t size = lead >= 0xf0 && lead < 0xf5   ? 4
                           : lead >= 0xe0 && lead < 0xf0 ? 3
                           : lead >= 0xc2 && lead < 0xe0 ? 2
                                                         : 0;
  if (size == 0 || size > text.size()) return {from_code_page(lead), 1};
  std::uint32_t character = lead & (0x7fu >> size);
  for (std::size_t at = 1; at < size; ++at) {
    if ((byte(at) & 0xc0) != 0x80) return {from_code_page(lead), 1};
    character = character << 6 | (byte(at) & 0x3fu);
  }
  return {character, size};
}

}  // namespace

std::optional<TypographicCharacter> find_typographic(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const Decoded decoded = decode(text.substr(at));
    if (decoded.character >= 0x80)
      if (const Kind* kind = find_kind(decoded.character)) {
        std::array<char, 16> number{};
        std::snprintf(number.data(), number.size(), " (U+%04X)", static_cast<unsigned>(decoded.character));
        constexpr std::string_view kVowels = "aeiou";
        const std::string article = kVowels.find(kind->name.front()) == std::string_view::npos ? "a " : "an ";
        return TypographicCharacter{at, decoded.size, article + std::string(kind->name) + number.data(), kind->meant};
      }
    at += decoded.size;
  }
  return std::nullopt;
}

std::string without_typography(std::string_view text) {
  std::string plain;
  while (const auto found = find_typographic(text)) {
    plain += text.substr(0, found->begin);
    plain += found->meant;
    text.remove_prefix(found->begin + found->size);
  }
  return plain += text;
}

std::optional<std::string> complaint_about_typography(std::string_view text) {
  const auto found = find_typographic(text);
  if (!found) return std::nullopt;
  std::string complaint = "has " + found->name;
  if (found->meant == "-") complaint += " in place of -";
  return complaint + "; did you mean " + shortened(without_typography(text)) + "?";
}

}  // namespace sluice

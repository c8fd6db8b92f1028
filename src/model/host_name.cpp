// SPDX-License-Identifier: Apache-2.0
#include "model/host_name.hpp"

#include <idn2.h>

#include <algorithm>
#include <memory>

#include "base/text.hpp"

namespace sluice::model {

Result<std::string> ascii_name(std::string_view name) {
  const bool ascii = std::all_of(name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  if (ascii) return std::string(name);
  char* converted = nullptr;
  const std::string terminated(name);
  const bool whole = terminated.find('\0') == std::string::npos;
  const int status = whole ? idn2_to_ascii_8z(terminated.c_str(), &converted, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL)
                           : static_cast<int>(IDN2_DISALLOWED);
  const std::unique_ptr<char, decltype(&idn2_free)> owner(converted, idn2_free);
  if (status != IDN2_OK) return Error{in_quotes(name) + " is not an international host name: " + idn2_strerror(status)};
  return std::string(converted);
}

}  // namespace sluice::model

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <sluice/result.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "service/field.hpp"
#include "service/pattern.hpp"

namespace sluice::service {

/// The filled-in fields of a match line. Fields that the line does not have are "".
struct Fields {
  std::string product, version, info, hostname, os_type, device_type;
  std::vector<std::string> cpe;  ///< "cpe:/a:...", at most one of each part, in the order a, h, o

  bool operator==(const Fields&) const = default;
};

/// Returns `upper` with its empty fields replaced by those of `lower`.
Fields overlaid(const Fields& lower, const Fields& upper);

/// Fills in a template. Literal text is kept. The references are `$1` to `$9`, `$P(n)`, `$SUBST(n,"from","to")`,
/// `$I(n,"<")` and `$I(n,">")` (docs/nse-compat.md, "Templates of match lines").
/// Errors: the cause; the field must then be left out.
Result<std::string> fill(const Field& field, const Captures& captures);

/// Fills in all fields of a match line. A field that cannot be filled in is left out, with its cause in `warnings`.
/// REQUIRES: `fields` was parsed with its ProbeFile.
Fields fill_all(std::string_view fields, const Captures& captures, std::vector<std::string>& warnings);

}  // namespace sluice::service

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sluice/result.hpp>
#include <string>
#include <string_view>

namespace sluice::model {

/// Returns the form of a host name that DNS and servers receive. An ASCII name is returned unchanged. Other names are
/// converted to punycode (RFC 5891, UTS 46): "b\u00fccher.example" gives "xn--bcher-kva.example".
/// Errors: the name is not UTF-8, or IDNA does not allow it. Thread-safe.
Result<std::string> ascii_name(std::string_view name);

}  // namespace sluice::model

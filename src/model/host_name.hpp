#pragma once

#include <sluice/result.hpp>
#include <string>
#include <string_view>

namespace sluice::model {

/// Returns a host name as it is asked of DNS and sent to servers: itself if it is ASCII, otherwise its labels in
/// punycode (RFC 5891, UTS 46: "b\u00fccher.example" is "xn--bcher-kva.example"). Thread-safe. Errors: quotes the name,
/// if it is not UTF-8 or IDNA does not allow it.
Result<std::string> ascii_name(std::string_view name);

}  // namespace sluice::model

#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sluice::cli {

/// Warns of a library in LD_PRELOAD that leads connections through a proxy: what goes around it. Nothing if the value
/// names none.
std::optional<std::string> proxy_warning(std::string_view ld_preload);

}  // namespace sluice::cli

#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sluice::cli {

/// Returns a warning, without a full stop, if `ld_preload` names a library that directs connections through a proxy
/// (docs/options.md, "Under proxychains"). The warning lists the traffic that bypasses the proxy. Otherwise returns
/// nothing. `ld_preload`: value of the environment variable LD_PRELOAD.
std::optional<std::string> proxy_warning(std::string_view ld_preload);

}  // namespace sluice::cli

// SPDX-License-Identifier: Apache-2.0
#include <new>
#include <sluice/explain.hpp>
#include <system_error>

#include "engine/explainer.hpp"

namespace sluice {

Result<void> explain_scripts(const ExplainRequest& request, const std::function<void(const RuleAnswer&)>& answer,
                             const std::function<void(const event::Log&)>& log,
                             std::shared_ptr<Platform> platform) try {
  if (!platform) platform = Platform::native({});
  // Platform::native() creates a PlatformPort, and tests derive from PlatformPort.
  const auto port = std::static_pointer_cast<engine::PlatformPort>(platform);
  engine::Explainer explainer(request, *port, answer, log);
  if (Result<void> opened = explainer.open(); !opened) return opened;
  explainer.run();
  return {};
} catch (const std::bad_alloc&) {
  return Error{"out of memory", ErrorCode::ResourceShortage};
} catch (const std::system_error& failure) {
  return Error{failure.what(), ErrorCode::ResourceShortage};
}

}  // namespace sluice

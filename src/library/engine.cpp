// SPDX-License-Identifier: Apache-2.0
#include <sluice/engine.hpp>

#include "engine/effective_options.hpp"
#include "engine/run.hpp"
#include "library/native_platform.hpp"

// The composition root: the only file that connects an engine with the platform of this machine.

namespace sluice {

std::unique_ptr<Platform> Platform::native(const Policy& policy) {
  return std::make_unique<library::NativePlatform>(policy);
}

Result<std::unique_ptr<Engine>> Engine::create(Options options, Observer& observer,
                                               std::shared_ptr<Platform> platform) {
  if (!platform) platform = Platform::native({});
  // Platform::native() creates a PlatformPort, and tests derive from PlatformPort.
  return engine::create_run(std::move(options), observer, std::static_pointer_cast<engine::PlatformPort>(platform));
}

Result<Options> effective_options(Options options, std::shared_ptr<Platform> platform) {
  if (!platform) platform = Platform::native({});
  return engine::effective_options(std::move(options), static_cast<engine::PlatformPort&>(*platform));
}

}  // namespace sluice

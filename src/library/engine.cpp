#include <sluice/engine.hpp>

#include "engine/run.hpp"
#include "library/native_platform.hpp"

// The composition root: here an engine gets its platform.

namespace sluice {

std::unique_ptr<Platform> Platform::native(const Policy& policy) {
  return std::make_unique<library::NativePlatform>(policy);
}

Result<std::unique_ptr<Engine>> Engine::create(Options options, Observer& observer,
                                               std::shared_ptr<Platform> platform) {
  if (!platform) platform = Platform::native({});
  // Only PlatformPort can derive from Platform: a class outside of the library has nothing to override.
  return engine::create_run(std::move(options), observer, std::static_pointer_cast<engine::PlatformPort>(platform));
}

}  // namespace sluice

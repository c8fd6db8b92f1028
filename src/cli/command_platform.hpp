// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <sluice/platform.hpp>

namespace sluice::cli {

/// Returns a platform for an engine of the command. The process belongs to the command, so the engine may change it.
std::shared_ptr<Platform> command_platform();

}  // namespace sluice::cli

// SPDX-License-Identifier: Apache-2.0
#include "cli/command_platform.hpp"

namespace sluice::cli {

std::shared_ptr<Platform> command_platform() {
  return Platform::native({.read_environment = true,
                           .raise_descriptor_limit = true,
                           .use_cpu_signal = true,
                           .end_process_when_stuck = true});
}

}  // namespace sluice::cli

// SPDX-License-Identifier: Apache-2.0
#include "cli/run.hpp"

int main(int count, char** arguments) {
  using sluice::Platform;
  const auto make_engine = [](sluice::Options options, sluice::Observer& observer) {
    // The process belongs to the command, so the engine may change it.
    std::shared_ptr<Platform> platform = Platform::native({.read_environment = true,
                                                           .raise_descriptor_limit = true,
                                                           .use_cpu_signal = true,
                                                           .end_process_when_stuck = true});
    return sluice::Engine::create(std::move(options), observer, std::move(platform));
  };
  return sluice::cli::run(std::vector<std::string>(arguments, arguments + count), make_engine,
                          sluice::cli::settings_sources());
}

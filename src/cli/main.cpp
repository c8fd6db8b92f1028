// SPDX-License-Identifier: Apache-2.0
#include "cli/command_platform.hpp"
#include "cli/run.hpp"

int main(int count, char** arguments) {
  const auto make_engine = [](sluice::Options options, sluice::Observer& observer) {
    return sluice::Engine::create(std::move(options), observer, sluice::cli::command_platform());
  };
  return sluice::cli::run(std::vector<std::string>(arguments, arguments + count), make_engine,
                          sluice::cli::settings_sources());
}

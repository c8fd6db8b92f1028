#include "cli/run.hpp"

int main(int count, char** arguments) {
  return sluice::cli::run(std::vector<std::string>(arguments, arguments + count), sluice::Engine::create);
}

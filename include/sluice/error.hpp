#pragma once

#include <string>

namespace sluice {

/// Why something could not be done: one line that names the culprit and, where that helps, what to do about it.
/// No "Error:" in front and no full stop or newline at the end; the code that prints it adds those.
struct Error {
  std::string message;
};

}  // namespace sluice

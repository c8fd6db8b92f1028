// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sluice/result.hpp>
#include <string>

namespace sluice {

/// Checks that only the user of the process can have written a file whose contents the process obeys. Errors: the file
/// belongs to another user, others can write it, or it is missing; the message names the file. Thread-safe.
Result<void> check_trusted(const std::string& path);

}  // namespace sluice

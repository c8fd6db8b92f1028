// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <sluice/result.hpp>
#include <string>

namespace sluice {

/// Checks that only the user of the process can have written a file whose contents the process obeys. Errors: the file
/// belongs to another user, others can write it, or it is missing; the message names the file. Thread-safe.
Result<void> check_trusted(const std::string& path);

/// Reads a file whose contents the process obeys. Returns nothing if there is no such file, or if the user may not
/// search its directory. Blocks. Errors: the file belongs to another user than root and that of the process, others can
/// write it, or it cannot be read; the message names the file. A device, such as /dev/null, may be writable for others.
/// Thread-safe.
Result<std::optional<std::string>> read_trusted(const std::string& path);

}  // namespace sluice

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <sluice/result.hpp>
#include <string>
#include <string_view>

namespace sluice {

/// Checks that a path is no symbolic link that another user has made. `refusal`: as for check_trusted(). Errors: the
/// message names the path. Thread-safe.
Result<void> check_link(const std::string& path, std::string_view refusal);

/// Checks that only the user of the process can have written a file whose contents the process obeys, and that no other
/// user can replace it. Returns its real path, which has no symbolic link; read only this path. `refusal`: the end of
/// the sentence in messages, such as "so its run is not resumed". Errors: as for check_link(), check_own_file()
/// and check_directories(), or the file is missing; the message names the file or the directory. Thread-safe.
Result<std::string> check_trusted(const std::string& path, std::string_view refusal);

/// Checks that a file, if it exists, belongs to the user of the process, cannot be written by others, and is no
/// symbolic link. `refusal`: as for check_trusted(). `remedy`: for a file of another user. Errors: the message names
/// the file. Thread-safe.
Result<void> check_own_file(const std::string& path, std::string_view refusal,
                            std::string_view remedy = "copy the file if you trust it");

/// Checks that other users cannot replace a file: each directory above it belongs to the user of the process, to root
/// or, for root under sudo, to the user who has called sudo, and others cannot write to it, unless it is sticky. A
/// group that has the name of the user, and no other member, counts as the user. `real`: a path without symbolic links.
/// `refusal`: as for check_trusted(). Errors: the message names the directory. Thread-safe.
Result<void> check_directories(const std::string& real, std::string_view refusal);

/// True if other users can create files in the directory of a file. `real`: as for check_directories(). Thread-safe.
bool can_others_add(const std::string& real);

/// Reads a file whose contents the process obeys. Returns nothing if there is no such file, or if the user may not
/// search its directory. Blocks. Errors: the file belongs to another user than root and that of the process, others can
/// write it, or it cannot be read; the message names the file. A device, such as /dev/null, may be writable for others.
/// Thread-safe.
Result<std::optional<std::string>> read_trusted(const std::string& path);

}  // namespace sluice

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sluice/export.hpp>
#include <string>

namespace sluice {

/// Returns the interfaces and the routes of this machine as text, in two tables, as `--iflist` prints them. Reads the
/// tables of the kernel at each call. A table that cannot be read appears as empty. Thread-safe.
SLUICE_EXPORT std::string interface_tables();

}  // namespace sluice

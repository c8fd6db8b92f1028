#pragma once

#include <sluice/export.hpp>
#include <string>

namespace sluice {

/// The interfaces and the routes of this machine as two tables, as --iflist shows them. Reads the kernel's tables; a
/// table that cannot be read is shown as empty. Thread-safe.
SLUICE_EXPORT std::string interface_tables();

}  // namespace sluice

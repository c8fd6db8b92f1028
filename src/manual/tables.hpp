// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sluice/result.hpp>
#include <string>
#include <string_view>

namespace sluice::manual {

/// Returns a page of docs/ with its generated tables. A table stands between the lines `<!-- table: NAME -->` and
/// `<!-- end of table -->`. NAME is `own options`, `refused options`, `commands`, `signals`, `keys`, `exit codes`,
/// `environment`, `options of COMMAND`, or the title of a section of options, which gives those of Nmap.
/// Errors: a name is unknown, or a table has no end.
Result<std::string> with_tables(std::string_view page);

}  // namespace sluice::manual

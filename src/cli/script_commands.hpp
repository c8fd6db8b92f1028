// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sluice/command_line.hpp>

namespace sluice::cli {

// The commands about scripts. None of them sends anything. Each returns the exit code of the command.

/// `scripts RULE...`: lists, searches and shows scripts (docs/scripts.md). Returns 1 if --search finds nothing.
int scripts(const CommandLine& command);
/// `check FILE|DIRECTORY...`: finds mistakes in scripts (docs/write-scripts.md). Returns 0 if there is none, 1 if there
/// are some, 2 if a file cannot be read.
int check(const CommandLine& command);
/// `explain HOST[:PORT]...`: says which scripts would run there, and why (docs/explain.md). Only their rules are
/// executed.
int explain(const CommandLine& command);

}  // namespace sluice::cli

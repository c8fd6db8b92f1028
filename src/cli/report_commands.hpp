// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sluice/command_line.hpp>

namespace sluice::cli {

// The commands that read reports (docs/journal.md). Each returns the exit code of the command.

/// `convert IN -oX OUT` or `convert IN --to FORMAT OUT`: writes the reports of a stored run.
int convert(const CommandLine& command);
/// `merge IN... -oX OUT` or `merge IN... --to FORMAT OUT`: writes the reports of several stored runs as those of one
/// run.
int merge(const CommandLine& command);
/// `show IN`: writes the text report of a stored run to standard output, and further reports like `convert`.
int show(const CommandLine& command);
/// `history`, `history FILE`: lists the runs of the history or of a journal. `--prune` removes journals of the history,
/// `--pack OUT` copies FILE.
int history(const CommandLine& command);
/// `diff A B`: compares two stored runs (docs/compare-scans.md). Returns 0 if they do not differ, 1 if they do, 2 after
/// an error.
int diff(const CommandLine& command);

}  // namespace sluice::cli

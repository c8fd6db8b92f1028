// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <sluice/export.hpp>
#include <sluice/observer.hpp>
#include <string>
#include <vector>

namespace sluice {

/// What the events of the inputs do not say about the merged run.
struct MergeOptions {
  std::vector<std::string> arguments;  ///< event::RunStarted::arguments of the merged run
  bool ordered = false;                ///< host reports have the order of the targets (-sn, -sL)
  std::vector<std::string> targets;    ///< the targets in their order, if they are known
};

/// Merges stored runs, such as the parts of a run with --shard, into the events of one run (docs/journal.md, "Merge
/// runs"). The inputs are read twice, so that the memory does not depend on their ports: it is that of the names of all
/// hosts, of the hosts that several inputs have, and with MergeOptions::ordered of all hosts. Not thread-safe.
class SLUICE_EXPORT RunMerge {
 public:
  /// `names`: the names of the inputs, for errors of the merged run. `observer`: receives the merged events; must
  /// outlive the object. Its exceptions pass through start(), merge() and finish().
  RunMerge(std::vector<std::string> names, Observer& observer);
  ~RunMerge();
  RunMerge(const RunMerge&) = delete;
  RunMerge& operator=(const RunMerge&) = delete;

  /// First pass: notes an event of the input with this index. Each input ends with event::RunFinished.
  void survey(std::size_t input, const Event& event);
  /// Ends the first pass, and emits the start of the merged run.
  void start(const MergeOptions& options);
  /// Second pass: takes the same events again, input by input, and emits what the merged run has of them.
  /// REQUIRES: start() was called.
  void merge(std::size_t input, const Event& event);
  /// Ends the second pass, and emits the end of the merged run. REQUIRES: start() was called.
  void finish();

  /// Returns the names of the hosts that several inputs have, sorted by address. REQUIRES: start() was called.
  [[nodiscard]] std::vector<std::string> shared_hosts() const;

 private:
  class Parts;
  const std::unique_ptr<Parts> parts_;
};

}  // namespace sluice

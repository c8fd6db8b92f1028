// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <sluice/options.hpp>
#include <sluice/result.hpp>

#include "model/target_spec.hpp"
#include "net/resolver.hpp"

namespace sluice::engine {

/// Reads the targets of --exclude and --excludefile, and resolves their names. Returns the addresses of both families,
/// and all addresses of a name. Calls `wait`, which waits for an event of the network, until all names have been
/// resolved.
/// Errors: the file cannot be read, a target has a wrong syntax, or a name does not resolve, because its host could be
/// scanned. The message names the target, and the file and the line if there is one.
Result<model::ExclusionSet> read_exclusions(const Options& options, net::Resolver& resolver,
                                            const std::function<void()>& wait);

}  // namespace sluice::engine

#pragma once

#include <functional>
#include <sluice/options.hpp>
#include <sluice/result.hpp>

#include "model/target_spec.hpp"
#include "net/resolver.hpp"

namespace sluice::engine {

/// What --exclude and --excludefile say, of either family. Names are resolved, to all their addresses, and waited for
/// by `wait`, which sleeps until something has happened to the network. A name that does not resolve is an error, since
/// its host might be touched; errors name the specification, and its file and line.
Result<model::ExclusionSet> read_exclusions(const Options& options, net::Resolver& resolver,
                                            const std::function<void()>& wait);

}  // namespace sluice::engine

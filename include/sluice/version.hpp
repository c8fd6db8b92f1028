#pragma once

#include <string>
#include <vector>

namespace sluice {

inline constexpr const char* kVersion = "0.1.0";
/// The version of Nmap whose options, scripts and reports sluice supports.
inline constexpr const char* kNmapVersion = "7.93";

/// The libraries in use, each as "name-version". Thread-safe.
std::vector<std::string> library_versions();

}  // namespace sluice

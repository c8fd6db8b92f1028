// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Marks the classes and functions of the public headers. libsluice.so exports these symbols and no others.
#define SLUICE_EXPORT __attribute__((visibility("default")))

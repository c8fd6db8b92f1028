#pragma once

/// Marks the classes and functions of the public headers. libsluice.so exports them and nothing else.
#define SLUICE_EXPORT __attribute__((visibility("default")))

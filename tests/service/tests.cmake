# SPDX-License-Identifier: Apache-2.0
# The corpora of the fuzzers are replayed through the same entry functions.
target_include_directories(service_test PRIVATE ${PROJECT_SOURCE_DIR})

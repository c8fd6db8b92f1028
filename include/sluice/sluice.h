// SPDX-License-Identifier: Apache-2.0
#ifndef SLUICE_SLUICE_H
#define SLUICE_SLUICE_H

#include <stddef.h>

/// The C API of sluice, for C11 and every language that can call C functions.
///
/// This is the only interface that minor versions keep: a function, a flag or a code never changes its meaning and is
/// never removed; new ones raise SLUICE_API_VERSION. The C++ headers may change with each minor version.
///
/// Rules for all functions:
/// - Only the types of this header cross the interface. No function throws. A lack of memory inside the engine can end
/// the
///   process.
/// - Text is UTF-8 and ends with a NUL. The engine or the library owns every string that a function returns.
/// - One thread creates, runs and destroys an engine. Functions that are marked as thread-safe are the exception.
/// - A function that gets a null pointer, where it is not allowed, changes nothing. It returns SLUICE_ERROR_MISUSE,
///   SLUICE_FAILED, -1 or "", as its type allows.
///
/// A program creates an engine, runs it once, and destroys it. docs/embedding.md has examples.

#ifdef __cplusplus
extern "C" {
#endif

/// Marks the functions that libsluice.so exports.
#define SLUICE_API __attribute__((visibility("default")))

/// The version of this interface: the number of its extensions, the first version included.
#define SLUICE_API_VERSION 1

/// One run of scripts against hosts. Created by sluice_create_from_...(), freed by sluice_destroy().
typedef struct sluice_engine sluice_engine;

/// The outcome of a function. The values are stable.
typedef enum sluice_error {
  SLUICE_OK = 0,
  /// An option, a target, or a line of a file that an option names is wrong. The caller can correct it.
  SLUICE_ERROR_INVALID_OPTION = 1,
  /// A file or a data file is missing or cannot be read.
  SLUICE_ERROR_UNREADABLE_FILE = 2,
  /// The system refuses a resource: descriptors, memory, threads.
  SLUICE_ERROR_RESOURCE_SHORTAGE = 3,
  /// An option of Nmap that sluice does not have. The message has the alternative.
  SLUICE_ERROR_UNSUPPORTED = 4,
  /// A null pointer, a negative count or an unknown flag was given: a defect of the caller.
  SLUICE_ERROR_MISUSE = 100,
  /// The queue of targets is full. Try again after the next call of sluice_step().
  SLUICE_ERROR_QUEUE_FULL = 101,
  /// The queue of targets is closed, or the engine was created without SLUICE_FEED_TARGETS.
  SLUICE_ERROR_QUEUE_CLOSED = 102,
  /// A defect of sluice.
  SLUICE_ERROR_INTERNAL = 103
} sluice_error;

/// How a run ended. The values are stable.
typedef enum sluice_end {
  /// The run goes on. Only sluice_step() returns it.
  SLUICE_RUNNING = 0,
  /// The run has come to its end.
  SLUICE_FINISHED = 1,
  /// sluice_stop(), the callback or --max-time stopped the run.
  SLUICE_STOPPED = 2,
  /// The engine could not continue. sluice_error_message() has the reason.
  SLUICE_FAILED = 3,
  /// The run has come to its end, but no line of --targets-from could be used.
  SLUICE_UNUSABLE = 4
} sluice_end;

/// Flags of sluice_create_from_...(): what the engine may do to the process. Without a flag it alters nothing.
enum {
  /// Reads the environment variables NMAPDIR, NMAP_PRIVILEGED, NMAP_UNPRIVILEGED, XDG_CACHE_HOME and LD_PRELOAD.
  SLUICE_READ_ENVIRONMENT = 1u << 0,
  /// Raises the soft limit of open descriptors to the hard one.
  SLUICE_RAISE_DESCRIPTOR_LIMIT = 1u << 1,
  /// Installs a handler for SIGVTALRM, by which the engine limits the CPU time of scripts. Without the flag it counts
  /// Lua instructions instead. Scripts that compute then need about twice the CPU time.
  SLUICE_USE_CPU_SIGNAL = 1u << 2,
  /// The program adds targets by sluice_add_target() while the run goes on, until sluice_close_targets().
  SLUICE_FEED_TARGETS = 1u << 3
};

/// Receives the events of a run, in their order.
/// `user`: the pointer that was given with the callback.
/// `line`: one JSON object, the bytes of a line that -oJ writes (docs/ndjson.md), without the newline. `length` bytes,
/// then a NUL. Valid until the callback returns.
/// Returns 0, or another value to stop the run. Further events follow after that; the last one is always run_finished.
/// The calls come from the thread that runs the engine, or from its worker threads (--workers), one at a time.
/// The callback may call sluice_stop(), sluice_report_stats(), sluice_set_levels(), sluice_add_target() and
/// sluice_close_targets(), and no other function on this engine. It must not leave by longjmp.
typedef int (*sluice_event_callback)(void* user, const char* line, size_t length);

/// Returns the version of sluice, such as "0.2.0". Thread-safe.
SLUICE_API const char* sluice_version(void);

/// Returns the SLUICE_API_VERSION of the library, which may be higher than that of the header. Thread-safe.
SLUICE_API int sluice_api_version(void);

/// Creates an engine from the arguments of a command line (docs/options.md).
/// `argc`, `argv`: the arguments without the name of the program: argc - 1 and argv + 1 of main(). They are copied.
/// `flags`: a combination of the flags above, or 0.
/// `callback`, `user`: see sluice_event_callback.
/// `engine`: receives the engine, or NULL if the function fails.
/// Nothing is sent to a target before the run; names of --exclude are resolved. Options that are for a terminal or that
/// write report files are refused.
/// Returns SLUICE_OK, or an error; sluice_last_error() has its message. Thread-safe.
SLUICE_API sluice_error sluice_create_from_arguments(int argc, const char* const* argv, unsigned flags,
                                                     sluice_event_callback callback, void* user,
                                                     sluice_engine** engine);

/// Creates an engine from a JSON document of `length` bytes. The document is an object. Its keys are the names of
/// options as on the command line, without dashes: "p", "script-args", "sV", "T". A value is true (the option has no
/// value), false (the option is not given), a string or a number (its value), or an array of these (the option is
/// given once for each). The key "targets" has an array of strings.
/// Otherwise like sluice_create_from_arguments().
SLUICE_API sluice_error sluice_create_from_json(const char* document, size_t length, unsigned flags,
                                                sluice_event_callback callback, void* user, sluice_engine** engine);

/// Returns the message of the last error of a function in this thread, on one line without a full stop. "" if there was
/// none. Valid until the next function fails in this thread.
SLUICE_API const char* sluice_last_error(void);

/// Returns a warning about the options, on one line without a full stop: what they ask for and the run leaves out.
/// `index` counts from 0. Returns NULL if there are not so many. Valid until sluice_destroy().
SLUICE_API const char* sluice_warning(const sluice_engine* engine, size_t index);

/// Runs the engine to its end, or continues a run that sluice_step() has begun. Blocks. Returns how it ended.
SLUICE_API sluice_end sluice_run(sluice_engine* engine);

// A run in the event loop of the caller: call sluice_step() until it does not return SLUICE_RUNNING. Between two calls,
// wait until sluice_poll_fd() is readable, at most for sluice_poll_timeout().

/// Runs one turn. Does not wait for events. A script that computes prolongs the turn until it is preempted, by default
/// after 1 s (--script-slice). Returns SLUICE_RUNNING while the run goes on.
SLUICE_API sluice_end sluice_step(sluice_engine* engine);

/// Returns a descriptor that becomes readable when sluice_step() has work. It belongs to the engine and stays the same.
/// The program may only wait for it (poll, epoll); it must not read or close it.
SLUICE_API int sluice_poll_fd(const sluice_engine* engine);

/// Returns the timeout for poll() in milliseconds: 0 if there is work now, -1 if only the descriptor can bring work.
/// Call it before each wait: it also resolves deadlocks of script threads, and may call the callback.
SLUICE_API int sluice_poll_timeout(sluice_engine* engine);

/// Returns why the run did not come to its end, on one line without a full stop; "" if it did or goes on. Valid until
/// the next call of sluice_run(), sluice_step() or sluice_destroy().
SLUICE_API const char* sluice_error_message(const sluice_engine* engine);

/// Asks the run to end in order: script threads are killed and the events completed. Returns at once.
/// Thread-safe; async-signal-safe.
SLUICE_API void sluice_stop(sluice_engine* engine);

/// Asks for an event "stats". Thread-safe; async-signal-safe.
SLUICE_API void sluice_report_stats(sluice_engine* engine);

/// Asks for other levels of -v and -d, from 0 to 10. Thread-safe; async-signal-safe.
SLUICE_API void sluice_set_levels(sluice_engine* engine, int verbosity, int debugging);

/// Adds a target while the run goes on: an address, a network or a name. REQUIRES: SLUICE_FEED_TARGETS.
/// Returns SLUICE_OK; SLUICE_ERROR_QUEUE_FULL, SLUICE_ERROR_QUEUE_CLOSED or SLUICE_ERROR_MISUSE if it was not added.
/// A target that cannot be read becomes an event "target_skipped". Does not block. Thread-safe.
SLUICE_API sluice_error sluice_add_target(sluice_engine* engine, const char* target);

/// Ends the targets: the run ends when all its hosts are done. Does nothing without SLUICE_FEED_TARGETS. Thread-safe.
SLUICE_API void sluice_close_targets(sluice_engine* engine);

/// Frees an engine and what it owns. An unfinished run ends; the callback is not called again. NULL is allowed.
/// REQUIRES: no other thread uses the engine, and its callback does not run.
SLUICE_API void sluice_destroy(sluice_engine* engine);

#ifdef __cplusplus
}
#endif

#endif

#pragma once

#include <lua.hpp>

namespace sluice::nse {

class ScriptThread;

/// The files and directories that scripts have open and that only Lua's collector closes: those of `io.open`,
/// `io.lines`, `io.tmpfile` and `lfs.dir`. Threads may share one (by `nmap.registry`), so the end of the thread that
/// opened it does not close it. If a thread ends and leaves one open, a collection is due.

/// Notes that the running thread has opened the value at `index`; ignores values that are neither a file nor a
/// directory, and files that no thread has opened. May raise (memory).
void note_open_file(lua_State* state, int index);

/// Returns true if a file or directory that `thread` opened is still open, and drops the notes on them. Needs no
/// protection.
bool leaves_open_files(lua_State* state, const ScriptThread& thread) noexcept;

}  // namespace sluice::nse

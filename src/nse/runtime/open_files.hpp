// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lua.hpp>

namespace sluice::nse {

class ScriptThread;

// Notes on the files and directories that scripts open with `io.open`, `io.lines`, `io.tmpfile` and `lfs.dir`. The end
// of a script thread does not close them, because script threads may share a file (in `nmap.registry`). If a thread
// ends and leaves one open, the engine requests a collection cycle, which closes the files that no thread uses.

/// Notes that the running script thread has opened the file or directory at `index`. No effect if the value is neither,
/// or if no script thread runs. May raise (memory).
void note_open_file(lua_State* state, int index);

/// Returns true if a file or directory that `thread` opened may still be open. Drops the notes of that thread. Never
/// raises.
bool leaves_open_files(lua_State* state, const ScriptThread& thread) noexcept;

}  // namespace sluice::nse

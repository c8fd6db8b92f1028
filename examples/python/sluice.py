# SPDX-License-Identifier: Apache-2.0
"""sluice for Python, through its C API. The events of a run are dictionaries (docs/ndjson.md):

    with sluice.Engine({'p': '22,80', 'targets': ['127.0.0.1']}) as engine:
        for event in engine:
            print(event)

The library is $SLUICE_LIBRARY, or the libsluice.so that the system finds."""
import collections
import ctypes
import ctypes.util
import json
import os
import select
import weakref

_library = ctypes.CDLL(os.environ.get('SLUICE_LIBRARY') or ctypes.util.find_library('sluice') or 'libsluice.so')
_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)
_Handle = ctypes.c_void_p


def _function(name, result, *parameters):
    function = getattr(_library, name)
    function.restype, function.argtypes = result, parameters
    return function


_create = _function('sluice_create_from_json', ctypes.c_int, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint, _Callback,
                    ctypes.c_void_p, ctypes.POINTER(_Handle))
_last_error = _function('sluice_last_error', ctypes.c_char_p)
_warning = _function('sluice_warning', ctypes.c_char_p, _Handle, ctypes.c_size_t)
_step = _function('sluice_step', ctypes.c_int, _Handle)
_poll_fd = _function('sluice_poll_fd', ctypes.c_int, _Handle)
_poll_timeout = _function('sluice_poll_timeout', ctypes.c_int, _Handle)
_error_message = _function('sluice_error_message', ctypes.c_char_p, _Handle)
_stop = _function('sluice_stop', None, _Handle)
_destroy = _function('sluice_destroy', None, _Handle)
_version = _function('sluice_version', ctypes.c_char_p)

READ_ENVIRONMENT, RAISE_DESCRIPTOR_LIMIT, USE_CPU_SIGNAL = 1, 2, 4
RUNNING, FINISHED, STOPPED, FAILED, UNUSABLE = range(5)


class Error(Exception):
    """An engine could not be created. `code` is a value of sluice_error."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


class _Inbox:
    """Keeps what the library reports. The library calls it, so it must not refer to the engine."""

    def __init__(self):
        self.lines, self.interrupt = collections.deque(), None

    def __call__(self, _user, line, length):
        try:
            self.lines.append(ctypes.string_at(line, length))
            return 0
        except BaseException as interrupt:  # a KeyboardInterrupt cannot pass through the library
            self.interrupt = interrupt
            return 1


def _finish(handle, _callback):
    _destroy(handle)


class Engine:
    """One run. Iterating over it runs it and yields its events as they come. Use it in one thread only. The run is
    stopped without further events when the engine is closed, collected, or the interpreter ends."""

    def __init__(self, options, flags=0):
        """`options`: a dictionary with the names of options as keys, such as {'p': '80', 'sV': True}."""
        self._inbox = _Inbox()
        callback = _Callback(self._inbox)
        self._handle = _Handle()
        self.end = RUNNING
        document = json.dumps(options).encode()
        error = _create(document, len(document), flags, callback, None, ctypes.byref(self._handle))
        if error:
            raise Error(error, _last_error().decode())
        self._closing = weakref.finalize(self, _finish, self._handle, callback)  # keeps the callback as long

    def __iter__(self):
        poll = select.poll()
        poll.register(_poll_fd(self._handle), select.POLLIN)
        while self.end == RUNNING:
            self.end = _step(self._handle)
            timeout = _poll_timeout(self._handle) if self.end == RUNNING else 0
            if self._inbox.interrupt:
                raise self._inbox.interrupt
            if not self._inbox.lines and self.end == RUNNING:
                poll.poll(timeout)
            while self._inbox.lines:
                yield json.loads(self._inbox.lines.popleft())

    def stop(self):
        """Asks the run to end. Further events follow; the last one is run_finished."""
        _stop(self._handle)

    def warnings(self):
        """What the options ask for and the run leaves out."""
        texts, index = [], 0
        while (text := _warning(self._handle, index)) is not None:
            texts.append(text.decode())
            index += 1
        return texts

    def error(self):
        """Why the run did not come to its end; '' if it did."""
        return _error_message(self._handle).decode()

    def close(self):
        """Frees the engine. Call no other function afterwards."""
        self._closing()
        self._handle = _Handle()

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        self.close()


def version():
    return _version().decode()

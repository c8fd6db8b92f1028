// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <sluice/result.hpp>
#include <stdexcept>
#include <string>
#include <string_view>

namespace sluice::journal {

/// An SQLite error. `code`: the primary result code, such as SQLITE_FULL.
class SqliteError : public std::runtime_error {
 public:
  SqliteError(int code, const std::string& message) : std::runtime_error(message), code_(code & 0xFF) {}
  [[nodiscard]] int code() const noexcept { return code_; }

 private:
  int code_;
};

/// Throws the error that a call on a connection has returned.
[[noreturn]] void raise(sqlite3* database, int code);

/// A connection to an SQLite database. Not thread-safe.
class Database {
 public:
  /// Opens a database. `flags`: of sqlite3_open_v2. `vfs`: name of the VFS; null means the default one. Throws
  /// SqliteError.
  Database(const std::string& path, int flags, const char* vfs = nullptr);
  /// Creates an object without a connection.
  Database() = default;

  /// Executes statements without results. Throws SqliteError.
  void execute(const std::string& sql);
  /// Returns the first column of the first row; 0 if there is none. Throws SqliteError.
  std::int64_t number(const std::string& sql);
  [[nodiscard]] sqlite3* handle() const noexcept { return handle_.get(); }

 private:
  struct Close {
    void operator()(sqlite3* database) const noexcept { sqlite3_close_v2(database); }
  };
  std::unique_ptr<sqlite3, Close> handle_;
};

/// A prepared statement. Its parameters are numbered from 1, its columns from 0. Not thread-safe.
class Statement {
 public:
  /// Throws SqliteError. The connection must outlive the statement; the Database may be moved.
  Statement(const Database& database, std::string_view sql);

  /// Bind a parameter. A text must stay unchanged until the statement is reset.
  Statement& bind(int parameter, std::int64_t number);
  Statement& bind(int parameter, std::string_view text);
  /// Sets all parameters to NULL.
  void clear() noexcept { sqlite3_clear_bindings(handle_.get()); }
  /// Executes the statement up to the next row. Returns false at the end; the statement is then reset. Throws
  /// SqliteError.
  bool step();
  /// Executes the statement to its end. Throws SqliteError.
  void run() {
    while (step()) {
    }
  }
  void reset() noexcept { sqlite3_reset(handle_.get()); }

  [[nodiscard]] std::int64_t number(int column) const noexcept { return sqlite3_column_int64(handle_.get(), column); }
  [[nodiscard]] bool is_null(int column) const noexcept {
    return sqlite3_column_type(handle_.get(), column) == SQLITE_NULL;
  }
  /// Returns a text that is valid until the next step.
  [[nodiscard]] std::string_view text(int column) const noexcept;

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }
  };
  sqlite3* database_;
  std::unique_ptr<sqlite3_stmt, Finalize> handle_;
};

}  // namespace sluice::journal

// SPDX-License-Identifier: Apache-2.0
#include "journal/sqlite.hpp"

namespace sluice::journal {

Database::Database(const std::string& path, int flags, const char* vfs) {
  sqlite3* opened = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &opened, flags | SQLITE_OPEN_NOMUTEX, vfs);
  handle_.reset(opened);
  if (!opened) throw SqliteError(code, sqlite3_errstr(code));
  if (code != SQLITE_OK) raise(opened, code);
  sqlite3_extended_result_codes(opened, 1);
}

void raise(sqlite3* database, int code) { throw SqliteError(code, sqlite3_errmsg(database)); }

void Database::execute(const std::string& sql) {
  if (const int code = sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr); code != SQLITE_OK)
    raise(handle_.get(), code);
}

std::int64_t Database::number(const std::string& sql) {
  Statement statement(*this, sql);
  return statement.step() ? statement.number(0) : 0;
}

Statement::Statement(const Database& database, std::string_view sql) : database_(database.handle()) {
  sqlite3_stmt* prepared = nullptr;
  const int code = sqlite3_prepare_v3(database_, sql.data(), static_cast<int>(sql.size()), 0, &prepared, nullptr);
  handle_.reset(prepared);
  if (code != SQLITE_OK) raise(database_, code);
}

Statement& Statement::bind(int parameter, std::int64_t number) {
  if (const int code = sqlite3_bind_int64(handle_.get(), parameter, number); code != SQLITE_OK) raise(database_, code);
  return *this;
}

Statement& Statement::bind(int parameter, std::string_view text) {
  const int code = sqlite3_bind_text64(handle_.get(), parameter, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8);
  if (code != SQLITE_OK) raise(database_, code);
  return *this;
}

bool Statement::step() {
  const int code = sqlite3_step(handle_.get());
  if (code == SQLITE_ROW) return true;
  reset();
  if (code != SQLITE_DONE) raise(database_, code);
  return false;
}

std::string_view Statement::text(int column) const noexcept {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(handle_.get(), column));
  return {text ? text : "", static_cast<std::size_t>(sqlite3_column_bytes(handle_.get(), column))};
}

}  // namespace sluice::journal

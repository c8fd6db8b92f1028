// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sluice/quote.hpp>
#include <sluice/report_database.hpp>
#include <system_error>
#include <utility>

#include "base/side_files.hpp"
#include "journal/insertion.hpp"
#include "journal/report_schema.hpp"
#include "journal/schema.hpp"
#include "journal/sqlite.hpp"
#include "output/escape.hpp"
#include "output/ignored_ports.hpp"
#include "output/json_value.hpp"
#include "output/phrases.hpp"

namespace sluice {

namespace {

using journal::Database;
using journal::Insertion;
using journal::SqliteError;

/// True if the file has the mark of a journal in the header of its database.
bool is_journal(const std::string& path) {
  constexpr std::streamoff kMark = 68;  // PRAGMA application_id, big-endian
  std::ifstream file(path, std::ios::binary);
  unsigned char mark[4] = {};
  file.seekg(kMark);
  if (!file.read(reinterpret_cast<char*>(mark), sizeof mark)) return false;
  std::int64_t id = 0;
  for (const unsigned char byte : mark) id = id << 8 | byte;
  return id == journal::kApplicationId;
}

Error unwritable(const std::string& path, const std::string& why) {
  return {shortened(path) + ": " + why, ErrorCode::UnreadableFile};
}

std::int64_t microseconds(WallTime time) {
  return std::chrono::duration_cast<Microseconds>(time.time_since_epoch()).count();
}

/// Returns the step of a path to a field. Full stops separate steps.
std::string step_of(const std::string& key) {
  std::string step;
  for (const char c : key) {
    if (c == '.' || c == '\\') step += '\\';
    step += c;
  }
  return step;
}

/// Returns a text for SQL: bytes that are not UTF-8, and NUL, at which functions of SQL end a text, become \xHH.
std::string sql_text(std::string_view bytes) {
  std::string text = output::to_utf8(bytes);
  for (std::size_t at = text.find('\0'); at != std::string::npos; at = text.find('\0', at))
    text.replace(at, 1, "\\x00");
  return text;
}

}  // namespace

/// The open database.
class [[gnu::visibility("hidden")]] ReportDatabase::Tables {
 public:
  Tables(std::string path, const WriterOptions& options)
      : path_(std::move(path)),
        made_(path_ + "-new"),
        database_(made_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE),
        insert_(create(database_)),
        options_(options) {}
  ~Tables() {
    if (!closed_) std::remove(made_.c_str());
  }

  void on_event(const Event& event) {
    if (finished_ || !error_.empty()) return;
    try {
      std::visit([&](const auto& what) { add(what, event.time); }, event.what);
    } catch (const SqliteError& failure) {
      error_ = failure.what();
    }
  }

  Result<void> close() {
    if (error_.empty()) error_ = commit();
    insert_.reset();
    database_ = Database();
    if (!error_.empty()) return unwritable(path_, error_);
    std::error_code failure;
    std::filesystem::rename(made_, path_, failure);
    if (failure) return unwritable(path_, failure.message());
    closed_ = true;
    return {};
  }

 private:
  struct Insertions {
    explicit Insertions(const Database& database)
        : run(database, "run", 8),
          host(database, "host", 11),
          port(database, "port", 5),
          service(database, "service", 15),
          result(database, "result", 8),
          leaf(database, "result_kv", 7) {}
    Insertion run, host, port, service, result, leaf;
  };

  /// Creates the tables and begins the transaction. Nothing reads the file before its end, so it needs no rollback.
  static std::unique_ptr<Insertions> create(Database & database) {
    database.execute("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE; BEGIN");
    database.execute(journal::kReportTables);
    return std::make_unique<Insertions>(database);
  }

  std::string commit() {
    try {
      if (!finished_) add_run();
      insert_.reset();
      database_.execute(journal::kReportIndexes);
      database_.execute("COMMIT");
      return "";
    } catch (const SqliteError& failure) {
      return failure.what();
    }
  }

  void add(const event::RunStarted& run, WallTime time) {
    arguments_ = sql_text(output::command_text(run.arguments));
    start_ = microseconds(time);
    options_.verbosity = run.verbosity;
    options_.debugging = run.debugging;
  }
  void add(const event::HostFinished& finished, WallTime) {
    const HostReport& host = *finished.report;
    if (!output::is_reported(host, options_)) return;
    ++host_;
    insert_->host(host_, host.address.text_with_scope(), sql_text(host.target_name), sql_text(host.reverse_name),
                  status_text(host), to_text(host.reason), host.mac.empty() ? "" : mac_text(host.mac),
                  sql_text(host.mac_vendor), sql_text(host.incomplete), microseconds(host.start),
                  microseconds(host.end));
    const auto ignored = output::ignored_ports(host, options_);
    for (const PortReport& port : host.ports)
      if (!output::is_ignored(ignored, port.state)) add_port(port);
    const Place place{"hostrule", host_, "", std::nullopt};
    for (const ScriptResult& result : host.scripts) add_result(place, result);
  }
  void add(const event::PhaseFinished& phase, WallTime) {
    const Place place{phase.before ? "prerule" : "postrule", std::nullopt, "", std::nullopt};
    for (const ScriptResult& result : phase.scripts) add_result(place, result);
  }
  void add(const event::RunFinished& run, WallTime time) {
    end_ = microseconds(time);
    counts_ = run;
    add_run();
    finished_ = true;
  }
  template <class What>
  void add(const What&, WallTime) {}

  void add_run() {
    insert_->run(std::int64_t{1}, Insertion::kept(arguments_), start_, end_, number(counts_.hosts_up),
                 number(counts_.hosts_down), number(counts_.hosts_total), sql_text(counts_.error));
  }

  void add_port(const PortReport& port) {
    const std::string_view protocol = to_text(port.protocol);
    const std::int64_t number = port.number;
    insert_->port(host_, protocol, number, to_text(port.state), to_text(port.reason));
    static const Service kUnknown;
    const bool known = port.detail && port.detail->service;
    const Service& service = known ? *port.detail->service : kUnknown;
    const std::string_view name = output::service_name(port);
    if (known || !name.empty()) {
      std::string cpe;
      for (const std::string& each : service.cpe) cpe += (cpe.empty() ? "" : " ") + each;
      const auto text = [](std::string_view bytes) { return sql_text(bytes); };
      insert_->service(host_, protocol, number, text(name), text(service.product), text(service.version),
                       text(service.extrainfo), text(service.hostname), text(service.ostype), text(service.devicetype),
                       std::int64_t{service.tls}, std::int64_t{service.probed}, std::int64_t{service.confidence},
                       text(cpe), text(service.fingerprint));
    }
    if (!port.detail) return;
    const Place place{"portrule", host_, protocol, number};
    for (const ScriptResult& result : port.detail->scripts) add_result(place, result);
  }

  /// What a result belongs to. `protocol` is "" and the numbers are absent where there are none.
  struct Place {
    std::string_view phase;
    std::optional<std::int64_t> host;
    std::string_view protocol;
    std::optional<std::int64_t> port;
  };

  void add_result(const Place& place, const ScriptResult& result) {
    ++result_;
    std::string data;
    output::JsonText json(data);
    if (result.structured) output::append_value(json, *result.structured);
    const std::string text = sql_text(result.output), script = sql_text(result.id);
    insert_->result(result_, place.phase, place.host, place.protocol, place.port, script, Insertion::kept(text), data);
    if (result.structured)
      add_leaves(place, script, "", *result.structured);
    else
      add_leaf(place, script, "", Insertion::kept(text));
  }

  /// Adds the leaves of a value. Depth: that of the value, which the reader and the engine limit.
  void add_leaves(const Place& place, const std::string& script, const std::string& path, const Value& value) {
    const std::string start = path.empty() ? "" : path + '.';
    if (const auto* table = std::get_if<Value::Table>(&value.data)) {
      for (std::size_t index = 0; index < table->items.size(); ++index)
        add_leaves(place, script, start + std::to_string(index + 1), table->items[index]);
      for (const Value::Field& field : table->fields)
        add_leaves(place, script, start + step_of(sql_text(field.key)), field.value);
    } else if (const auto* integer = std::get_if<std::int64_t>(&value.data)) {
      add_leaf(place, script, path, *integer);
    } else {
      add_leaf(place, script, path, Insertion::kept(sql_text(to_text(value))));
    }
  }
  template <class Leaf>
  void add_leaf(const Place& place, const std::string& script, const std::string& path, const Leaf& value) {
    insert_->leaf(result_, place.host, place.protocol, place.port, script, Insertion::kept(path), value);
  }

  static std::int64_t number(std::size_t count) { return static_cast<std::int64_t>(count); }

  const std::string path_, made_;
  Database database_;
  std::unique_ptr<Insertions> insert_;
  WriterOptions options_;
  std::string arguments_, error_;
  std::optional<std::int64_t> start_, end_;
  event::RunFinished counts_;
  std::int64_t host_ = 0, result_ = 0;  ///< the last ids
  bool finished_ = false, closed_ = false;
};

Result<std::unique_ptr<ReportDatabase>> ReportDatabase::open(const std::string& path, const WriterOptions& options) {
  std::error_code failure;
  const std::filesystem::path target = std::filesystem::weakly_canonical(path, failure);
  const std::string real = failure ? path : target.string();
  if (const std::string database = database_beside(real); !database.empty())
    return unwritable(path, "belongs to the database " + shortened(database) + "; name another file");
  if (std::filesystem::exists(real, failure)) {
    if (!std::filesystem::is_regular_file(real, failure))
      return unwritable(path, "is no regular file; a database needs one");
    if (is_journal(real)) return unwritable(path, "is a journal; write the database to another file");
    if (::access(real.c_str(), W_OK) != 0) return unwritable(path, std::generic_category().message(errno));
  }
  if (std::filesystem::exists(real + "-new", failure))
    return unwritable(path + "-new", "exists, and the database is made in a file with this name; remove it");
  try {
    return std::unique_ptr<ReportDatabase>(new ReportDatabase(std::make_unique<Tables>(real, options)));
  } catch (const SqliteError& error) {
    return unwritable(path, error.what());
  }
}

ReportDatabase::ReportDatabase(std::unique_ptr<Tables> tables) : tables_(std::move(tables)) {}
ReportDatabase::~ReportDatabase() = default;
void ReportDatabase::on_event(const Event& event) { tables_->on_event(event); }
Result<void> ReportDatabase::close() { return tables_->close(); }

}  // namespace sluice

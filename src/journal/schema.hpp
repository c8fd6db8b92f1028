// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace sluice::journal {

/// PRAGMA application_id of a journal: "slce".
inline constexpr std::int64_t kApplicationId = 0x736C6365;
/// PRAGMA user_version: version of the tables.
inline constexpr std::int64_t kSchemaVersion = 1;

/// The id of an event is the number of its run, shifted by these bits, plus its number in the run, from 1.
inline constexpr int kSequenceBits = 40;
inline constexpr std::int64_t kSequenceMask = (std::int64_t{1} << kSequenceBits) - 1;

/// The tables and views (docs/journal.md). `event.line` is a line of NDJSON.
inline constexpr const char* kSchema = R"(
CREATE TABLE run (
  id INTEGER PRIMARY KEY,
  uuid TEXT UNIQUE NOT NULL,
  started_us INTEGER NOT NULL,
  ended_us INTEGER,
  version TEXT NOT NULL,
  arguments TEXT NOT NULL,
  directory TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('running', 'ended', 'stopped')),
  last_event INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE event (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  line TEXT NOT NULL
) STRICT;
CREATE VIEW host AS
  SELECT id, id >> 40 AS run, line ->> 'address' AS address, line ->> 'name' AS name,
    line ->> 'reverse_name' AS reverse_name, line ->> 'status' AS status, line ->> 'reason' AS reason,
    line ->> 'mac' AS mac, line ->> 'complete' AS complete, line ->> 'start' AS start, line ->> 'end' AS "end"
  FROM event WHERE kind = 'host' AND line ->> 'interrupted' IS NULL;
CREATE VIEW port AS
  SELECT event.id AS host, event.id >> 40 AS run, event.line ->> 'address' AS address, event.line ->> 'name' AS name,
    port.value ->> 'port' AS port, port.value ->> 'protocol' AS protocol, port.value ->> 'state' AS state,
    port.value ->> 'reason' AS reason, port.value ->> '$.service.name' AS service,
    port.value ->> '$.service.product' AS product, port.value ->> '$.service.version' AS version
  FROM event, json_each(event.line, '$.ports') AS port WHERE event.kind = 'host';
CREATE VIEW open_port AS SELECT * FROM port WHERE state = 'open';
CREATE VIEW result AS
  SELECT id, id >> 40 AS run, line ->> 'script' AS script, line ->> 'phase' AS phase, line ->> 'address' AS address,
    line ->> 'name' AS name, line ->> 'port' AS port, line ->> 'protocol' AS protocol, line ->> 'outcome' AS outcome,
    line ->> 'output' AS output, line -> 'data' AS data, line ->> 'error' AS error
  FROM event WHERE kind = 'script';
)";

}  // namespace sluice::journal

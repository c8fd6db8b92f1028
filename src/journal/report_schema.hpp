// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace sluice::journal {

/// The tables of a ReportDatabase (docs/journal.md, "Tables for queries"). Times are microseconds since 1970.
inline constexpr const char* kReportTables = R"(
CREATE TABLE run (
  id INTEGER PRIMARY KEY,
  arguments TEXT NOT NULL,
  started_us INTEGER,
  ended_us INTEGER,
  hosts_up INTEGER,
  hosts_down INTEGER,
  hosts_total INTEGER,
  error TEXT
) STRICT;
CREATE TABLE host (
  id INTEGER PRIMARY KEY,
  address TEXT NOT NULL,
  name TEXT,
  reverse_name TEXT,
  status TEXT NOT NULL,
  reason TEXT,
  mac TEXT,
  mac_vendor TEXT,
  incomplete TEXT,
  started_us INTEGER,
  ended_us INTEGER
) STRICT;
CREATE TABLE port (
  host INTEGER NOT NULL REFERENCES host,
  protocol TEXT NOT NULL,
  port INTEGER NOT NULL,
  state TEXT NOT NULL,
  reason TEXT,
  PRIMARY KEY (host, protocol, port)
) WITHOUT ROWID, STRICT;
CREATE TABLE service (
  host INTEGER NOT NULL REFERENCES host,
  protocol TEXT NOT NULL,
  port INTEGER NOT NULL,
  name TEXT,
  product TEXT,
  version TEXT,
  extrainfo TEXT,
  hostname TEXT,
  ostype TEXT,
  devicetype TEXT,
  tls INTEGER NOT NULL,
  probed INTEGER NOT NULL,
  confidence INTEGER NOT NULL,
  cpe TEXT,
  fingerprint TEXT,
  PRIMARY KEY (host, protocol, port)
) WITHOUT ROWID, STRICT;
CREATE TABLE result (
  id INTEGER PRIMARY KEY,
  phase TEXT NOT NULL,
  host INTEGER REFERENCES host,
  protocol TEXT,
  port INTEGER,
  script TEXT NOT NULL,
  output TEXT NOT NULL,
  data TEXT
) STRICT;
CREATE TABLE result_kv (
  result INTEGER NOT NULL REFERENCES result,
  host INTEGER REFERENCES host,
  protocol TEXT,
  port INTEGER,
  script TEXT NOT NULL,
  path TEXT NOT NULL,
  value ANY NOT NULL
) STRICT;
)";

/// The indexes, which are made when the tables are full.
inline constexpr const char* kReportIndexes = R"(
CREATE INDEX host_address ON host (address);
CREATE INDEX port_number ON port (port, state);
CREATE INDEX service_name ON service (name);
CREATE INDEX service_product ON service (product, version);
CREATE INDEX result_script ON result (script);
CREATE INDEX result_host ON result (host);
CREATE INDEX result_kv_path ON result_kv (script, path, value);
CREATE INDEX result_kv_host ON result_kv (host);
)";

}  // namespace sluice::journal

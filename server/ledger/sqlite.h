// The little of libsqlite3 that the ledger needs; sqlite.cc is the one file that includes it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

struct sqlite3;
struct sqlite3_stmt;

namespace webex_gateway {

// A connection. For one thread at a time. Errors are UNAVAILABLE, with SQLite's words and number, which hold nothing of
// the data; FAILED_PRECONDITION where another process has the file.
class SqliteDatabase {
 public:
  // Opens the file, or makes it, for its owner alone (0600). No other connection can open it meanwhile.
  static absl::StatusOr<std::unique_ptr<SqliteDatabase>> Open(const std::string& path);
  ~SqliteDatabase();
  SqliteDatabase(const SqliteDatabase&) = delete;
  SqliteDatabase& operator=(const SqliteDatabase&) = delete;

  // Runs statements that give no rows of interest.
  absl::Status Run(const std::string& sql);
  // Rows that the last INSERT, UPDATE or DELETE touched.
  int64_t changes() const;
  // Rows that all of them have touched so far.
  int64_t total_changes() const;

 private:
  friend class SqliteStatement;
  explicit SqliteDatabase(sqlite3* connection) : connection_(connection) {}
  sqlite3* const connection_;
};

// A prepared statement. The database must outlive it.
class SqliteStatement {
 public:
  static absl::StatusOr<SqliteStatement> Prepare(SqliteDatabase& database, absl::string_view sql);
  SqliteStatement(SqliteStatement&&) noexcept;
  ~SqliteStatement();

 private:
  friend class SqliteRun;
  explicit SqliteStatement(sqlite3_stmt* statement) : statement_(statement) {}
  sqlite3_stmt* statement_;
};

// One run of a statement, which must outlive it and has no other run meanwhile. Parameters are bound in their order;
// what is bound must stay until the run is over.
class SqliteRun {
 public:
  explicit SqliteRun(SqliteStatement& statement) : statement_(statement.statement_) {}
  ~SqliteRun();
  SqliteRun(const SqliteRun&) = delete;
  SqliteRun& operator=(const SqliteRun&) = delete;

  SqliteRun& Int(int64_t value);
  SqliteRun& Text(absl::string_view value);
  SqliteRun& Blob(absl::string_view value);
  SqliteRun& Null();

  // Goes on to the next row. False: there is none.
  absl::StatusOr<bool> Next();
  // For a statement without rows.
  absl::Status Finish() { return Next().status(); }

  // Of the present row, from 0 on. Text and blobs are copied.
  int64_t IntAt(int column) const;
  std::string StringAt(int column) const;
  bool IsNull(int column) const;

 private:
  sqlite3_stmt* const statement_;
  int bound_ = 0;
};

}  // namespace webex_gateway

// The little of libsqlite3 that the ledger needs; connection.cc is the one file that includes it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/base/volume.h"

struct sqlite3;
struct sqlite3_stmt;

namespace webex_gateway {

inline constexpr size_t kSqliteHeaderBytes = 100;

// A connection. For one thread at a time. Errors are UNAVAILABLE, with SQLite's words and number, which hold nothing of
// the data; FAILED_PRECONDITION where another process has the file.
class SqliteDatabase {
 public:
  // Opens the file, or makes it, for its owner alone (0600), and changes nothing. Nobody else can open it with this
  // meanwhile; but SQLite's shell can read it. A link is followed to a file that is there, else refused.
  static absl::StatusOr<std::unique_ptr<SqliteDatabase>> Open(const std::string& path);
  // What the file begins with, at most kSqliteHeaderBytes, empty where it would be made; or why Open would fail, as far
  // as that shows without making anything.
  static absl::StatusOr<std::string> Check(const std::string& path);
  ~SqliteDatabase();
  SqliteDatabase(const SqliteDatabase&) = delete;
  SqliteDatabase& operator=(const SqliteDatabase&) = delete;

  // Changes go to a log first (WAL) from now on.
  absl::Status UseLog();
  // Which files are its own, for CheckFiles; and how long they have become since.
  void RememberFiles();
  void NoteGrowth();
  // UNAVAILABLE where one of them is not in its place (moved, deleted, replaced): what is written to it would be lost.
  // Also where one is shorter than it was: SQLite itself cuts none here, but for the log down to its limit.
  absl::Status CheckFiles() const;

  // Runs statements that give no rows of interest.
  absl::Status Run(const std::string& sql);
  // Of the volume that the file is on; nothing where the system does not say.
  std::optional<VolumeUse> Volume() const { return VolumeOf(lock_); }

  // Rows that the last INSERT, UPDATE or DELETE touched.
  int64_t changes() const;
  // Rows that all of them have touched so far.
  int64_t total_changes() const;

 private:
  friend class SqliteStatement;
  struct File {
    uint64_t inode = 0;  // 0: there is none
    int64_t size = 0;    // at least
  };
  SqliteDatabase(std::string path, int lock, sqlite3* connection)
      : path_(std::move(path)), lock_(lock), connection_(connection) {}
  File Look(const std::string& suffix) const;

  const std::string path_;
  const int lock_;  // a descriptor of the file, locked as a whole; SQLite's own locks are of another kind
  sqlite3* const connection_;
  std::map<std::string, File> files_;  // by suffix
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

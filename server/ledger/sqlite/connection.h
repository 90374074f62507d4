// The part of libsqlite3 that the ledger needs; only connection.cc includes it.
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

// A connection. For one thread at a time. Errors are UNAVAILABLE, with SQLite's message and number, which contain no
// data; FAILED_PRECONDITION if another process uses the file.
class SqliteDatabase {
 public:
  // Opens the file, or creates it, only for its owner (0600), and changes nothing. Nobody else can open it with this
  // class meanwhile; but SQLite's shell can read it. A link to an existing file is followed, any other is refused.
  static absl::StatusOr<std::unique_ptr<SqliteDatabase>> Open(const std::string& path);
  // The beginning of the file, at most kSqliteHeaderBytes, empty if it would be created; or why Open would fail, as far
  // as that shows without creating anything.
  static absl::StatusOr<std::string> Check(const std::string& path);
  ~SqliteDatabase();
  SqliteDatabase(const SqliteDatabase&) = delete;
  SqliteDatabase& operator=(const SqliteDatabase&) = delete;

  // From now on changes are written to a log first (WAL).
  absl::Status UseLog();
  // Records its files for CheckFiles, and their present sizes.
  void RememberFiles();
  void NoteGrowth();
  // UNAVAILABLE if one of them is not in its place (moved, deleted, replaced): data written to it would be lost. Also
  // if one is shorter than before: SQLite itself truncates none here, except the log down to its limit.
  absl::Status CheckFiles() const;

  // Runs statements whose rows do not matter.
  absl::Status Run(const std::string& sql);
  // For the volume of the file; nothing if it is not known.
  std::optional<VolumeUse> Volume() const { return VolumeOf(lock_); }

  // Rows changed by the last INSERT, UPDATE or DELETE.
  int64_t changes() const;
  // Rows changed by all of them so far.
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
  const int lock_;  // a descriptor of the file, with a lock on the whole file; SQLite's own locks are of another kind
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

// One run of a statement, which must outlive it and have no other run meanwhile. Parameters are bound in order; bound
// values must stay valid until the run is over.
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

  // Moves to the next row. False: there is none.
  absl::StatusOr<bool> Next();
  // For a statement without rows.
  absl::Status Finish() { return Next().status(); }

  // Values of the current row, from column 0 on. Text and blobs are copied.
  int64_t IntAt(int column) const;
  std::string StringAt(int column) const;
  bool IsNull(int column) const;

 private:
  sqlite3_stmt* const statement_;
  int bound_ = 0;
};

}  // namespace webex_gateway

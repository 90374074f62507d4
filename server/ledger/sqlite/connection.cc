#include "server/ledger/sqlite/connection.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"

namespace webex_gateway {
namespace {

// SQLite's memory for a connection's short-lived objects ("lookaside"): large enough for a row, which its default is
// not.
constexpr int kLookasideBytes = 4800;
constexpr int kLookasideSlots = 100;

constexpr char kInUse[] = "it is in use by another process";

// Someone may briefly write to the file with SQLite's shell.
constexpr int kBusyMilliseconds = 1000;

absl::Status ErrorOf(sqlite3* connection) {
  const int code = sqlite3_extended_errcode(connection);
  if ((code & 0xff) == SQLITE_BUSY) return absl::FailedPreconditionError(kInUse);
  return absl::UnavailableError(absl::StrCat(sqlite3_errmsg(connection), " (SQLite ", code, ")"));
}

// SQLite creates and deletes files next to it.
absl::Status CheckFolder(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path();
  if (faccessat(AT_FDCWD, folder.c_str(), W_OK | X_OK, AT_EACCESS) == 0) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat("its folder, ", folder, ", cannot be written: ", std::strerror(errno)));
}

// By default SQLite counts each allocation, under a lock, for statistics that nothing here reads.
void SetUpLibrary() { [[maybe_unused]] static const int result = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); }

constexpr char kDangling[] = "it is a symbolic link to a missing file";

// Does not create the target of a dangling link: whoever placed the link would choose where orders are recorded.
int OpenOrMake(const std::string& path) {
  constexpr int kFlags = O_RDWR | O_CLOEXEC;
  const int there = open(path.c_str(), kFlags);
  if (there >= 0 || errno != ENOENT) return there;
  const int made = open(path.c_str(), kFlags | O_CREAT | O_EXCL, 0600);
  if (made >= 0 || errno != EEXIST) return made;
  const int others = open(path.c_str(), kFlags);  // created by another process meanwhile
  if (others < 0 && errno == ENOENT) errno = EEXIST;
  return others;
}

// SQLite would create the file with the mode that the umask allows; its other files get this file's mode. SQLite's
// locks would admit a second gateway between two transactions of the first.
absl::StatusOr<int> MakeAndLock(const std::string& path) {
  const int file = OpenOrMake(path);
  if (file < 0) return absl::UnavailableError(errno == EEXIST ? kDangling : std::strerror(errno));
  if (flock(file, LOCK_EX | LOCK_NB) == 0) return file;
  const int error = errno;
  close(file);
  if (error == EWOULDBLOCK) return absl::FailedPreconditionError(kInUse);
  return absl::UnavailableError(absl::StrCat("it cannot be locked: ", std::strerror(error)));
}

// SQLite may truncate the log to this size after it has grown beyond it.
constexpr int64_t kLogLimit = 67'108'864;

// SQLite distinguishes a null pointer, which is NULL, from an empty text.
const char* DataOf(absl::string_view value) { return value.data() == nullptr ? "" : value.data(); }

}  // namespace

absl::StatusOr<std::unique_ptr<SqliteDatabase>> SqliteDatabase::Open(const std::string& path) {
  // For SQLite some names, such as ":memory:", are not files; none of those begins with a slash.
  const std::string absolute = std::filesystem::absolute(path);
  if (const absl::Status writable = CheckFolder(absolute); !writable.ok()) return writable;
  const absl::StatusOr<int> lock = MakeAndLock(absolute);
  if (!lock.ok()) return lock.status();
  SetUpLibrary();
  sqlite3* connection = nullptr;
  const int opened =
      sqlite3_open_v2(absolute.c_str(), &connection, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  std::unique_ptr<SqliteDatabase> database(new SqliteDatabase(absolute, *lock, connection));
  if (opened != SQLITE_OK) return ErrorOf(connection);
  sqlite3_extended_result_codes(connection, 1);
  sqlite3_busy_timeout(connection, kBusyMilliseconds);
  sqlite3_db_config(connection, SQLITE_DBCONFIG_LOOKASIDE, nullptr, kLookasideBytes, kLookasideSlots);
  return database;
}

absl::StatusOr<std::string> SqliteDatabase::Check(const std::string& path) {
  const std::string absolute = std::filesystem::absolute(path);
  if (const absl::Status writable = CheckFolder(absolute); !writable.ok()) return writable;
  const int file = open(absolute.c_str(), O_RDWR | O_CLOEXEC);
  if (file < 0) {
    const int error = errno;
    struct stat link{};
    if (error != ENOENT) return absl::UnavailableError(std::strerror(error));
    if (lstat(absolute.c_str(), &link) == 0) return absl::UnavailableError(kDangling);
    return "";  // it would be created
  }
  const absl::Cleanup closed = [file] { close(file); };
  if (flock(file, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK) return absl::FailedPreconditionError(kInUse);
  std::string header(kSqliteHeaderBytes, '\0');
  header.resize(std::max<ssize_t>(pread(file, header.data(), header.size(), 0), 0));
  return header;
}

SqliteDatabase::~SqliteDatabase() {
  sqlite3_close(connection_);
  close(lock_);
}

absl::Status SqliteDatabase::UseLog() {
  absl::StatusOr<SqliteStatement> set = SqliteStatement::Prepare(*this, "PRAGMA journal_mode = WAL");
  if (!set.ok()) return set.status();
  SqliteRun run(*set);
  if (const absl::StatusOr<bool> row = run.Next(); !row.ok()) return row.status();
  if (run.StringAt(0) != "wal") return absl::UnavailableError("SQLite cannot keep a log (WAL) next to it");
  return Run(absl::StrCat("PRAGMA journal_size_limit = ", kLogLimit));
}

SqliteDatabase::File SqliteDatabase::Look(const std::string& suffix) const {
  struct stat found{};
  if (stat((path_ + suffix).c_str(), &found) != 0) return {};
  return {found.st_ino, suffix == "-wal" ? std::min<int64_t>(found.st_size, kLogLimit) : found.st_size};
}

void SqliteDatabase::RememberFiles() {
  for (const char* suffix : {"", "-wal", "-shm"}) files_[suffix] = Look(suffix);
}

void SqliteDatabase::NoteGrowth() {
  for (auto& [suffix, known] : files_) {
    const File found = Look(suffix);
    if (found.inode == known.inode) known.size = std::max(known.size, found.size);
  }
}

absl::Status SqliteDatabase::CheckFiles() const {
  for (const auto& [suffix, known] : files_) {
    const File found = Look(suffix);
    if (found.inode != known.inode) {
      return absl::UnavailableError(absl::StrCat(path_, suffix, " is missing or was replaced"));
    }
    if (found.size < known.size) {
      return absl::UnavailableError(absl::StrCat(path_, suffix, " has lost ", known.size - found.size,
                                                 " bytes, not by the gateway: restart with an intact copy"));
    }
  }
  return absl::OkStatus();
}

absl::Status SqliteDatabase::Run(const std::string& sql) {
  const int result = sqlite3_exec(connection_, sql.c_str(), nullptr, nullptr, nullptr);
  return result == SQLITE_OK ? absl::OkStatus() : ErrorOf(connection_);
}

int64_t SqliteDatabase::changes() const { return sqlite3_changes(connection_); }

int64_t SqliteDatabase::total_changes() const { return sqlite3_total_changes64(connection_); }

absl::StatusOr<SqliteStatement> SqliteStatement::Prepare(SqliteDatabase& database, absl::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int result = sqlite3_prepare_v3(database.connection_, sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (result != SQLITE_OK) return ErrorOf(database.connection_);
  return SqliteStatement(statement);
}

SqliteStatement::SqliteStatement(SqliteStatement&& other) noexcept
    : statement_(std::exchange(other.statement_, nullptr)) {}

SqliteStatement::~SqliteStatement() { sqlite3_finalize(statement_); }

SqliteRun::~SqliteRun() {
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

SqliteRun& SqliteRun::Int(int64_t value) {
  sqlite3_bind_int64(statement_, ++bound_, value);
  return *this;
}

SqliteRun& SqliteRun::Text(absl::string_view value) {
  sqlite3_bind_text64(statement_, ++bound_, DataOf(value), value.size(), SQLITE_STATIC, SQLITE_UTF8);
  return *this;
}

SqliteRun& SqliteRun::Blob(absl::string_view value) {
  sqlite3_bind_blob64(statement_, ++bound_, DataOf(value), value.size(), SQLITE_STATIC);
  return *this;
}

SqliteRun& SqliteRun::Null() {
  sqlite3_bind_null(statement_, ++bound_);
  return *this;
}

absl::StatusOr<bool> SqliteRun::Next() {
  const int result = sqlite3_step(statement_);
  if (result == SQLITE_ROW) return true;
  if (result == SQLITE_DONE) return false;
  return ErrorOf(sqlite3_db_handle(statement_));
}

int64_t SqliteRun::IntAt(int column) const { return sqlite3_column_int64(statement_, column); }

std::string SqliteRun::StringAt(int column) const {
  const auto* data = static_cast<const char*>(sqlite3_column_blob(statement_, column));
  const auto size = static_cast<size_t>(sqlite3_column_bytes(statement_, column));
  return data == nullptr ? std::string() : std::string(data, size);
}

bool SqliteRun::IsNull(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }

}  // namespace webex_gateway

// The little of libpq that the ledger needs; connection.cc, url.cc and values.cc alone include it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

struct pg_conn;
struct pg_result;

namespace webex_gateway {

// OK where `url` is one of libpq's (postgresql://user@host:port/database?sslmode=verify-full, say), with values that it
// knows, that holds no password, and of which no host beyond this machine could have the password by saying that it has
// no TLS: libpq's own variables and services count as for a connection. Nothing is connected to. The error quotes no
// more of it than such a value.
absl::Status CheckPostgresqlUrl(const std::string& url);

// A parameter in PostgreSQL's text form; nothing: NULL. Bytes that are no UTF-8, and NULs, which PostgreSQL cannot
// hold, arrive as question marks.
using PgValue = std::optional<std::string>;

// The text form of an array of these.
std::string PgArray(const std::vector<PgValue>& elements);

// What a statement gave. Rows and columns count from 0.
class PgRows {
 public:
  explicit PgRows(pg_result* result) : result_(result) {}
  int size() const;
  bool IsNull(int row, int column) const;
  absl::string_view Text(int row, int column) const;  // of this object; empty where it is NULL
  int64_t Int(int row, int column) const;             // 0 where it is NULL
  bool Bool(int row, int column) const { return Text(row, column) == "t"; }

 private:
  struct Clear {
    void operator()(pg_result* result) const;
  };
  std::unique_ptr<pg_result, Clear> result_;
};

struct PgSetting {
  std::string name;
  std::string value;
};

struct PgTarget {
  std::string url;                                        // has passed CheckPostgresqlUrl
  std::function<absl::StatusOr<std::string>()> password;  // asked for each connection; null: libpq's own sources
  absl::Duration limit = absl::Seconds(5);                // of the server's silence
  int stop = -1;                    // a file descriptor: once it can be read, a statement under way is given up
  std::vector<PgSetting> settings;  // of the server, for each statement; those that it does not know are left out
};

// A connection. For one thread at a time, which it blocks: a statement for no longer than the server is silent for the
// limit, Open for no longer than the name lookup takes, and the limit (at least 2 s) for each address. Messages of
// errors hold no password and no value of a parameter.
//
// The server's session behind it is its own, or one of a pooler (PgBouncer in transaction mode, say), which gives each
// transaction another. On a session of its own the settings come with the first packet, and statements are prepared. On
// borrowed ones each transaction brings its settings along, in one round trip, and nothing is left behind. A pooler
// shows by refusing the settings, or by passing over them; and one that passes them on, by a prepared statement that is
// not there.
class PgConnection {
 public:
  // Errors: PERMISSION_DENIED, this user and password, or this database, are not those of a server that is there;
  // UNAVAILABLE, it may pass.
  static absl::StatusOr<std::unique_ptr<PgConnection>> Open(const PgTarget& target);
  ~PgConnection();
  PgConnection(const PgConnection&) = delete;
  PgConnection& operator=(const PgConnection&) = delete;

  // Runs one statement, a transaction of its own. Errors:
  //   ABORTED              a conflict with another transaction: no effect, to be repeated
  //   ALREADY_EXISTS       a unique constraint (or a table that is there already) speaks against it: no effect
  //   NOT_FOUND            the server has no such table, setting or function: no effect
  //   DEADLINE_EXCEEDED    the server gave up at its own statement_timeout: no effect
  //   PERMISSION_DENIED    this user may not: no effect, and the connection is of no more use
  //   any other            it may have taken effect, and the connection is of no more use
  // (A server that warns has not done all that it should, such as sending a commit on to its standbys.)
  absl::StatusOr<PgRows> Run(const std::string& sql, const std::vector<PgValue>& values = {});
  // The same without preparing it: for what comes once, and for texts whose best plan depends on the parameters.
  absl::StatusOr<PgRows> RunOnce(const std::string& sql, const std::vector<PgValue>& values = {});
  // The same without the settings, and in the transaction that a BEGIN run so has begun.
  absl::StatusOr<PgRows> RunAsIs(const std::string& sql, const std::vector<PgValue>& values = {});

  // How long the server may be silent from now on; returns how long it might be so far.
  absl::Duration SetLimit(absl::Duration limit) { return std::exchange(limit_, limit); }

  // False once a statement or the server has ended it.
  bool IsUsable();
  // Whether the server's session is its own, as far as it has shown.
  bool has_session() const { return has_session_; }

  // Whether the database has timelines, as PostgreSQL itself has; until it is said otherwise.
  bool has_timelines() const { return has_timelines_; }
  void set_has_timelines(bool has) { has_timelines_ = has; }

  // What the server said of itself when the connection began, such as server_encoding; empty where it did not.
  absl::string_view ServerSays(const char* parameter) const;

 private:
  struct Finish {
    void operator()(pg_conn* connection) const;
  };
  PgConnection(pg_conn* connection, const PgTarget& target);
  static absl::StatusOr<std::unique_ptr<PgConnection>> Connect(const PgTarget& target, const std::string& password,
                                                               const std::string& options);
  absl::Status BeginSession();
  absl::Status BorrowSessions();
  absl::StatusOr<PgRows> RunPrepared(const std::string& sql, const std::vector<PgValue>& values);
  absl::StatusOr<PgRows> RunBorrowed(const std::string& sql, const std::vector<PgValue>& values);
  bool Send(const std::string& sql, const std::vector<PgValue>& values);
  absl::StatusOr<PgRows> ResultOf(int statement);
  absl::Status AwaitNext();
  absl::Status WaitFor(short events) const;
  absl::Status Failure(const pg_result& result);
  absl::Status Lost(absl::string_view what);
  absl::Status Lost();  // with libpq's words

  const std::unique_ptr<pg_conn, Finish> connection_;
  absl::Duration limit_;
  const int stop_;
  const std::vector<PgSetting> settings_;
  bool usable_ = true;
  bool warned_ = false;  // by the server, during the statement of now
  bool has_session_ = true;
  bool has_timelines_ = true;
  std::map<std::string, std::string> prepared_;  // text to name
  std::string set_all_ = "SELECT 1";             // on borrowed sessions the first query of each transaction
};

}  // namespace webex_gateway

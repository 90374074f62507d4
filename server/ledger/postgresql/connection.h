// The part of libpq that the ledger needs; only connection.cc, url.cc and values.cc include it.
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

// OK if `url` is a valid libpq URL (for example postgresql://user@host:port/database?sslmode=verify-full), with values
// that libpq knows, without a password, and with which no host beyond this machine could get the password by claiming
// to have no TLS: libpq's own variables and services count as for a connection. No connection is made. The error quotes
// at most such a value.
absl::Status CheckPostgresqlUrl(const std::string& url);

// A parameter in PostgreSQL's text form; nothing: NULL. Bytes that are not valid UTF-8, and NULs, which PostgreSQL
// cannot store, become question marks.
using PgValue = std::optional<std::string>;

// The text form of an array of these.
std::string PgArray(const std::vector<PgValue>& elements);

// The result of a statement. Rows and columns count from 0.
class PgRows {
 public:
  explicit PgRows(pg_result* result) : result_(result) {}
  int size() const;
  bool IsNull(int row, int column) const;
  absl::string_view Text(int row, int column) const;  // owned by this object; empty if NULL
  int64_t Int(int row, int column) const;             // 0 if NULL
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
  std::function<absl::StatusOr<std::string>()> password;  // called for each connection; null: libpq's own sources
  absl::Duration limit = absl::Seconds(5);                // for the server's silence
  int stop = -1;                    // a file descriptor: once it is readable, a statement under way is given up
  std::vector<PgSetting> settings;  // of the server, for each statement; unknown ones are omitted
};

// A connection. For one thread at a time, which it blocks: a statement until the server has been silent for the limit,
// Open for the name lookup plus the limit (at least 2 s) for each address. Error messages contain no password and no
// parameter value.
//
// The server's session behind it is its own, or borrowed from a pooler (for example PgBouncer in transaction mode),
// which assigns a different one to each transaction. On its own session the settings are sent with the first packet,
// and statements are prepared. On borrowed ones each transaction sends its settings along, in one round trip, and
// leaves nothing behind. A pooler is recognised because it refuses or ignores the settings; one that forwards them,
// because a prepared statement is missing.
class PgConnection {
 public:
  // Errors: PERMISSION_DENIED, the server refuses this user, password or database; UNAVAILABLE, the fault may be
  // temporary.
  static absl::StatusOr<std::unique_ptr<PgConnection>> Open(const PgTarget& target);
  ~PgConnection();
  PgConnection(const PgConnection&) = delete;
  PgConnection& operator=(const PgConnection&) = delete;

  // Runs one statement, in its own transaction. Errors:
  //   ABORTED              a conflict with another transaction: no effect, should be repeated
  //   ALREADY_EXISTS       a unique constraint (or an existing table) prevents it: no effect
  //   NOT_FOUND            the server has no such table, setting or function: no effect
  //   DEADLINE_EXCEEDED    the server gave up at its own statement_timeout: no effect
  //   PERMISSION_DENIED    this user may not do it: no effect, and the connection is no longer usable
  //   any other            it may have taken effect, and the connection is no longer usable
  // (A server that warns has not done everything it should, such as forwarding a commit to its standbys.)
  absl::StatusOr<PgRows> Run(const std::string& sql, const std::vector<PgValue>& values = {});
  // The same without preparing it: for statements that run once, and those whose best plan depends on the parameters.
  absl::StatusOr<PgRows> RunOnce(const std::string& sql, const std::vector<PgValue>& values = {});
  // The same without the settings, and in the transaction begun by a BEGIN that was run this way.
  absl::StatusOr<PgRows> RunAsIs(const std::string& sql, const std::vector<PgValue>& values = {});

  // Sets how long the server may be silent from now on; returns the previous limit.
  absl::Duration SetLimit(absl::Duration limit) { return std::exchange(limit_, limit); }

  // False once a statement or the server has ended the connection.
  bool IsUsable();
  // Whether the server's session is its own, as far as is known.
  bool has_session() const { return has_session_; }

  // Whether the database has timelines, as PostgreSQL itself does; true until set otherwise.
  bool has_timelines() const { return has_timelines_; }
  void set_has_timelines(bool has) { has_timelines_ = has; }

  // A parameter that the server reported when the connection began, such as server_encoding; empty if it did not.
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
  absl::Status Lost();  // with libpq's message

  const std::unique_ptr<pg_conn, Finish> connection_;
  absl::Duration limit_;
  const int stop_;
  const std::vector<PgSetting> settings_;
  bool usable_ = true;
  bool warned_ = false;  // by the server, during the current statement
  bool has_session_ = true;
  bool has_timelines_ = true;
  std::map<std::string, std::string> prepared_;  // text to name
  std::string set_all_ = "SELECT 1";             // the first query of each transaction on borrowed sessions
};

}  // namespace webex_gateway

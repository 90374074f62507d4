#include "server/ledger/postgresql.h"

#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "google/protobuf/stubs/common.h"

namespace webex_gateway {
namespace {

// libpq's words, on one line.
std::string Words(const char* message) {
  return absl::StrReplaceAll(absl::StripAsciiWhitespace(message), {{"\n\t", "; "}, {"\n", "; "}, {"\t", " "}});
}

bool IsPassword(const PQconninfoOption& option) {
  const absl::string_view keyword = option.keyword;
  return (keyword == "password" || keyword == "sslpassword") && option.val != nullptr;
}

absl::StatusCode CodeOf(absl::string_view sqlstate) {
  if (sqlstate == "40001" || sqlstate == "40P01") return absl::StatusCode::kAborted;
  if (sqlstate == "23505" || sqlstate == "42P07" || sqlstate == "42710") return absl::StatusCode::kAlreadyExists;
  if (sqlstate == "42P01" || sqlstate == "42704") return absl::StatusCode::kNotFound;
  if (sqlstate == "0A000" || sqlstate == "22023") return absl::StatusCode::kNotFound;
  if (sqlstate == "57014") return absl::StatusCode::kDeadlineExceeded;
  return absl::StatusCode::kUnavailable;
}

std::string Storable(const std::string& text) {
  std::string storable(text.size(), '?');
  const char* const valid = google::protobuf::internal::UTF8CoerceToStructurallyValid(text, storable.data(), '?');
  storable.assign(valid, text.size());
  std::replace(storable.begin(), storable.end(), '\0', '?');
  return storable;
}

// Values as libpq wants them.
class Parameters {
 public:
  explicit Parameters(const std::vector<PgValue>& values) {
    for (const PgValue& value : values) values_.push_back(value ? PgValue(Storable(*value)) : std::nullopt);
    for (const PgValue& value : values_) texts_.push_back(value ? value->c_str() : nullptr);
  }
  int size() const { return static_cast<int>(texts_.size()); }
  const char* const* texts() const { return texts_.data(); }

 private:
  std::vector<PgValue> values_;
  std::vector<const char*> texts_;
};

// The server's notices would go to stderr.
void Ignore(void* /*nothing*/, const PGresult* /*notice*/) {}

}  // namespace

absl::Status CheckPostgresqlUrl(const std::string& url) {
  if (!absl::StartsWith(url, "postgresql://")) {
    return absl::InvalidArgumentError("it does not begin with postgresql://");
  }
  char* fault = nullptr;  // quotes the URL, so it is of no use here
  const std::unique_ptr<PQconninfoOption, void (*)(PQconninfoOption*)> options(PQconninfoParse(url.c_str(), &fault),
                                                                               &PQconninfoFree);
  PQfreemem(fault);
  if (options == nullptr) {
    return absl::InvalidArgumentError(
        "libpq cannot read it; it wants postgresql://USER@HOST:PORT/DATABASE?NAME=VALUE&..., its own names only");
  }
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    if (IsPassword(*option)) {
      return absl::InvalidArgumentError("it holds a password, which others can read there; a file should hold it");
    }
  }
  return absl::OkStatus();
}

std::string PgArray(const std::vector<PgValue>& elements) {
  std::string array = "{";
  for (const PgValue& element : elements) {
    if (array.size() > 1) array += ',';
    if (!element) {
      array += "NULL";
      continue;
    }
    array += '"';
    for (const char c : *element) {
      if (c == '"' || c == '\\') array += '\\';
      array += c;
    }
    array += '"';
  }
  array += '}';
  return array;
}

void PgRows::Clear::operator()(pg_result* result) const { PQclear(result); }
int PgRows::size() const { return PQntuples(result_.get()); }
bool PgRows::IsNull(int row, int column) const { return PQgetisnull(result_.get(), row, column) != 0; }

absl::string_view PgRows::Text(int row, int column) const {
  return {PQgetvalue(result_.get(), row, column), static_cast<size_t>(PQgetlength(result_.get(), row, column))};
}

int64_t PgRows::Int(int row, int column) const {
  int64_t value = 0;
  return absl::SimpleAtoi(Text(row, column), &value) ? value : 0;
}

void PgConnection::Finish::operator()(pg_conn* connection) const { PQfinish(connection); }

PgConnection::PgConnection(pg_conn* connection, const PgTarget& target)
    : connection_(connection), limit_(target.limit), stop_(target.stop) {}

PgConnection::~PgConnection() = default;

absl::StatusOr<std::unique_ptr<PgConnection>> PgConnection::Open(const PgTarget& target) {
  std::string password;
  if (target.password) {
    absl::StatusOr<std::string> read = target.password();
    if (!read.ok()) return absl::UnavailableError(absl::StrCat("no password: ", read.status().message()));
    password = std::string(absl::StripSuffix(absl::StripSuffix(*read, "\n"), "\r"));
  }
  const std::string connect_timeout = absl::StrCat(absl::ToInt64Seconds(absl::Ceil(target.limit, absl::Seconds(1))));
  // What comes later overrides what the URL says; an empty password counts as none, so that libpq looks for one itself.
  const std::array<const char*, 6> keywords = {
      "dbname", "password", "client_encoding", "connect_timeout", "fallback_application_name", nullptr};
  const std::array<const char*, 6> values = {target.url.c_str(),      password.c_str(), "UTF8",
                                             connect_timeout.c_str(), "webex-gateway",  nullptr};
  std::unique_ptr<PgConnection> opened(
      new PgConnection(PQconnectdbParams(keywords.data(), values.data(), /*expand_dbname=*/1), target));
  if (PQstatus(opened->connection_.get()) != CONNECTION_OK) return opened->Lost();
  PQsetNoticeReceiver(opened->connection_.get(), &Ignore, nullptr);
  PQsetnonblocking(opened->connection_.get(), 1);
  return opened;
}

absl::Status PgConnection::WaitFor(short events) const {
  std::array<pollfd, 2> watched = {pollfd{PQsocket(connection_.get()), events, 0}, pollfd{stop_, POLLIN, 0}};
  int ready = 0;
  do {
    ready = poll(watched.data(), watched.size(), static_cast<int>(absl::ToInt64Milliseconds(limit_)));
  } while (ready < 0 && errno == EINTR);
  if (ready == 0)
    return absl::UnavailableError(absl::StrCat("the server was silent for ", absl::FormatDuration(limit_)));
  if (watched[1].revents != 0) return absl::CancelledError("the ledger is being closed");
  return absl::OkStatus();
}

absl::StatusOr<PgRows> PgConnection::Run(const std::string& sql, const std::vector<PgValue>& values) {
  auto known = prepared_.find(sql);
  if (known == prepared_.end()) {
    const std::string name = absl::StrCat("s", prepared_.size());
    if (PQsendPrepare(connection_.get(), name.c_str(), sql.c_str(), 0, nullptr) == 0) return Lost();
    if (const absl::StatusOr<PgRows> prepared = Result(); !prepared.ok()) return prepared.status();
    known = prepared_.emplace(sql, name).first;
  }
  const Parameters parameters(values);
  const int sent = PQsendQueryPrepared(connection_.get(), known->second.c_str(), parameters.size(), parameters.texts(),
                                       nullptr, nullptr, 0);
  return sent == 0 ? Lost() : Result();
}

absl::StatusOr<PgRows> PgConnection::RunOnce(const std::string& sql, const std::vector<PgValue>& values) {
  const Parameters parameters(values);
  const int sent = PQsendQueryParams(connection_.get(), sql.c_str(), parameters.size(), nullptr, parameters.texts(),
                                     nullptr, nullptr, 0);
  return sent == 0 ? Lost() : Result();
}

absl::StatusOr<PgRows> PgConnection::Result() {
  absl::StatusOr<PgRows> answer = absl::UnavailableError("the server gave no answer");
  bool failed = false;
  // To the end: the transaction is committed, or refused after all, only after its rows have come.
  while (true) {
    if (const absl::Status arrived = AwaitNext(); !arrived.ok()) return arrived;
    PGresult* const next = PQgetResult(connection_.get());
    if (next == nullptr) return answer;
    PgRows rows(next);
    const bool good = PQresultStatus(next) == PGRES_TUPLES_OK || PQresultStatus(next) == PGRES_COMMAND_OK;
    if (!failed) answer = good ? absl::StatusOr<PgRows>(std::move(rows)) : Failure(*next);
    failed = failed || !good;
  }
}

absl::Status PgConnection::AwaitNext() {
  while (true) {
    const int unsent = PQflush(connection_.get());
    if (unsent < 0) return Lost();
    if (unsent == 0 && PQisBusy(connection_.get()) == 0) return absl::OkStatus();
    const absl::Status waited = WaitFor(static_cast<short>(unsent > 0 ? POLLIN | POLLOUT : POLLIN));
    if (!waited.ok()) return Lost(waited.message());
    if (PQconsumeInput(connection_.get()) == 0) return Lost();
  }
}

absl::Status PgConnection::Failure(const pg_result& result) {
  const char* const sqlstate = PQresultErrorField(&result, PG_DIAG_SQLSTATE);
  if (sqlstate == nullptr) return Lost();
  std::string what = absl::StrCat("SQLSTATE ", sqlstate);
  // Data exceptions and integrity violations quote the data.
  if (!absl::StartsWith(sqlstate, "22") && !absl::StartsWith(sqlstate, "23")) {
    absl::StrAppend(&what, ", ", Words(PQresultErrorField(&result, PG_DIAG_MESSAGE_PRIMARY)));
  }
  const absl::StatusCode code = CodeOf(sqlstate);
  if (code == absl::StatusCode::kUnavailable) return Lost(what);
  return {code, what};
}

absl::Status PgConnection::Lost() { return Lost(Words(PQerrorMessage(connection_.get()))); }

absl::Status PgConnection::Lost(absl::string_view what) {
  usable_ = false;
  return absl::UnavailableError(what);
}

bool PgConnection::IsUsable() {
  pollfd socket = {PQsocket(connection_.get()), POLLIN, 0};
  // What it said last comes before the end itself.
  while (usable_ && poll(&socket, 1, 0) > 0) usable_ = PQconsumeInput(connection_.get()) != 0;
  return usable_ && PQstatus(connection_.get()) == CONNECTION_OK;
}

absl::string_view PgConnection::ServerSays(const char* parameter) const {
  const char* const value = PQparameterStatus(connection_.get(), parameter);
  return value == nullptr ? absl::string_view() : value;
}

}  // namespace webex_gateway

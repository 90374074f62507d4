#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "absl/random/random.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "google/protobuf/stubs/common.h"
#include "server/base/uuid.h"
#include "server/ledger/postgresql/connection.h"

namespace webex_gateway {
namespace {

// A setting that no server has: it exists only in a session that began with our settings.
constexpr char kMark[] = "webex_gateway.session";

constexpr char kNoSuchStatement[] = "26000";
constexpr char kMayNot[] = "42501";
constexpr char kSilent[] = "timeout expired";  // libpq's message

// libpq's message, on one line.
std::string Words(const char* message) {
  return absl::StrReplaceAll(absl::StripAsciiWhitespace(message), {{"\n\t", "; "}, {"\n", "; "}, {"\t", " "}});
}

absl::StatusCode CodeOf(absl::string_view sqlstate) {
  if (sqlstate == "40001" || sqlstate == "40P01" || sqlstate == kNoSuchStatement) return absl::StatusCode::kAborted;
  if (sqlstate == "23505" || sqlstate == "42P07" || sqlstate == "42710") return absl::StatusCode::kAlreadyExists;
  if (sqlstate == "42P01" || sqlstate == "42704" || sqlstate == "42883") return absl::StatusCode::kNotFound;
  if (sqlstate == "0A000" || sqlstate == "22023") return absl::StatusCode::kNotFound;
  if (sqlstate == "57014") return absl::StatusCode::kDeadlineExceeded;
  if (sqlstate == kMayNot) return absl::StatusCode::kPermissionDenied;
  return absl::StatusCode::kUnavailable;
}

std::string Storable(const std::string& text) {
  std::string storable(text.size(), '?');
  const char* const valid = google::protobuf::internal::UTF8CoerceToStructurallyValid(text, storable.data(), '?');
  storable.assign(valid, text.size());
  std::replace(storable.begin(), storable.end(), '\0', '?');
  return storable;
}

// Values in libpq's form.
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

// The server's notices would go to stderr. (libpq delivers them while it reads the server's messages.)
void OnNotice(void* warned, const PGresult* notice) {
  const char* const severity = PQresultErrorField(notice, PG_DIAG_SEVERITY_NONLOCALIZED);
  if (severity != nullptr && absl::string_view(severity) == "WARNING") *static_cast<bool*>(warned) = true;
}

using Options = std::unique_ptr<PQconninfoOption, void (*)(PQconninfoOption*)>;

// The server options that the operator sets, in the URL or by libpq's own means (PGOPTIONS).
std::string OptionsOf(const std::string& url) {
  std::string options;
  for (const Options& some :
       {Options(PQconndefaults(), &PQconninfoFree), Options(PQconninfoParse(url.c_str(), nullptr), &PQconninfoFree)}) {
    for (const PQconninfoOption* option = some.get(); option != nullptr && option->keyword != nullptr; ++option) {
      if (absl::string_view(option->keyword) == "options" && option->val != nullptr) options = option->val;
    }
  }
  return options;
}

std::string WithSettings(std::string options, const std::vector<PgSetting>& settings) {
  for (const PgSetting& setting : settings) {
    absl::StrAppend(&options, " -c ", setting.name, "=", absl::StrReplaceAll(setting.value, {{" ", "\\ "}}));
  }
  absl::StrAppend(&options, " -c ", kMark, "=own");
  return options;
}

// PgBouncer, or a server that does not know one of them, in any language.
bool RefusesSettings(const absl::Status& connected, const std::vector<PgSetting>& settings) {
  const absl::string_view words = connected.message();
  return absl::StrContains(words, "startup parameter") ||
         std::any_of(settings.begin(), settings.end(),
                     [&](const PgSetting& setting) { return absl::StrContains(words, setting.name); });
}

// A wrong password or user, or one not in pg_hba.conf; no such database; one that is closed to this user. Any other
// code of a server that accepts no login (it is starting, is full, has not taken over yet) is temporary.
bool RefusesLogin(absl::string_view sqlstate) {
  return absl::StartsWith(sqlstate, "28") || sqlstate == "3D000" || sqlstate == kMayNot;
}

// After a failed attempt to connect: whether every server (the URL may name several) refuses this login. libpq returns
// the server's code, which does not depend on a language, only if that was requested before: so this tries once more.
bool EachRefusesLogin(pg_conn* connection) {
  if (PQconnectionNeedsPassword(connection) != 0) return true;
  PQsetErrorVerbosity(connection, PQERRORS_SQLSTATE);
  PQreset(connection);
  if (PQstatus(connection) == CONNECTION_OK) return false;
  const std::vector<absl::string_view> lines = absl::StrSplit(PQerrorMessage(connection), '\n', absl::SkipEmpty());
  return !lines.empty() && std::all_of(lines.begin(), lines.end(), [](absl::string_view line) {
    return RefusesLogin(line.substr(line.rfind(' ') + 1));
  });
}

}  // namespace

void PgConnection::Finish::operator()(pg_conn* connection) const { PQfinish(connection); }

PgConnection::PgConnection(pg_conn* connection, const PgTarget& target)
    : connection_(connection), limit_(target.limit), stop_(target.stop), settings_(target.settings) {}

PgConnection::~PgConnection() = default;

absl::StatusOr<std::unique_ptr<PgConnection>> PgConnection::Open(const PgTarget& target) {
  std::string password;
  if (target.password) {
    absl::StatusOr<std::string> read = target.password();
    if (!read.ok()) return absl::UnavailableError(absl::StrCat("no password: ", read.status().message()));
    password = std::string(absl::StripSuffix(absl::StripSuffix(*read, "\n"), "\r"));
  }
  const std::string options = OptionsOf(target.url);
  auto opened = Connect(target, password, WithSettings(options, target.settings));
  if (!opened.ok() && RefusesSettings(opened.status(), target.settings)) opened = Connect(target, password, options);
  if (!opened.ok()) return opened;
  if (const absl::Status begun = (*opened)->BeginSession(); !begun.ok()) return begun;
  return opened;
}

absl::StatusOr<std::unique_ptr<PgConnection>> PgConnection::Connect(const PgTarget& target, const std::string& password,
                                                                    const std::string& options) {
  const std::string connect_timeout = absl::StrCat(absl::ToInt64Seconds(absl::Ceil(target.limit, absl::Seconds(1))));
  // Later values override the URL; empty ones count as not given, so that libpq looks for a password itself.
  const std::array<const char*, 7> keywords = {
      "dbname", "password", "options", "client_encoding", "connect_timeout", "fallback_application_name", nullptr};
  const std::array<const char*, 7> values = {target.url.c_str(),      password.c_str(), options.c_str(), "UTF8",
                                             connect_timeout.c_str(), "webex-gateway",  nullptr};
  std::unique_ptr<PgConnection> opened(
      new PgConnection(PQconnectdbParams(keywords.data(), values.data(), /*expand_dbname=*/1), target));
  pg_conn* const connection = opened->connection_.get();
  if (PQstatus(connection) != CONNECTION_OK) {
    const absl::Status failed = opened->Lost();
    // A silent server is not waited for twice.
    const bool is_final = RefusesSettings(failed, target.settings) || absl::StrContains(failed.message(), kSilent);
    if (is_final || !EachRefusesLogin(connection)) return failed;
    return absl::PermissionDeniedError(failed.message());
  }
  PQsetNoticeReceiver(connection, &OnNotice, &opened->warned_);
  PQsetnonblocking(connection, 1);
  PQenterPipelineMode(connection);
  return opened;
}

absl::Status PgConnection::BeginSession() {
  if (settings_.empty()) return absl::OkStatus();
  const absl::Status marked = RunAsIs(absl::StrCat("SHOW ", kMark)).status();
  if (marked.ok()) return marked;
  return usable_ ? BorrowSessions() : marked;
}

absl::Status PgConnection::BorrowSessions() {
  has_session_ = false;
  std::vector<std::string> sets;
  for (const PgSetting& setting : settings_) {
    std::string set = absl::StrCat("set_config('", setting.name, "', '", setting.value, "', true)");
    const absl::Status known = RunAsIs(absl::StrCat("SELECT ", set)).status();
    if (!usable_) return known;
    if (known.ok()) sets.push_back(std::move(set));
  }
  if (!sets.empty()) set_all_ = absl::StrCat("SELECT ", absl::StrJoin(sets, ", "));
  return absl::OkStatus();
}

absl::StatusOr<PgRows> PgConnection::Run(const std::string& sql, const std::vector<PgValue>& values) {
  if (!has_session_) return RunBorrowed(sql, values);
  absl::StatusOr<PgRows> rows = RunPrepared(sql, values);
  if (has_session_) return rows;
  // Its prepared statement did not exist, so nothing has been done.
  if (const absl::Status borrowed = BorrowSessions(); !borrowed.ok()) return borrowed;
  return RunBorrowed(sql, values);
}

absl::StatusOr<PgRows> PgConnection::RunOnce(const std::string& sql, const std::vector<PgValue>& values) {
  return has_session_ ? RunAsIs(sql, values) : RunBorrowed(sql, values);
}

absl::StatusOr<PgRows> PgConnection::RunAsIs(const std::string& sql, const std::vector<PgValue>& values) {
  return Send(sql, values) ? ResultOf(0) : Lost();
}

// The names are unique, so an existing statement was prepared by this connection.
absl::StatusOr<PgRows> PgConnection::RunPrepared(const std::string& sql, const std::vector<PgValue>& values) {
  auto known = prepared_.find(sql);
  if (known == prepared_.end()) {
    absl::BitGen random;
    const std::string name = NewUuid(random);
    if (PQsendPrepare(connection_.get(), name.c_str(), sql.c_str(), 0, nullptr) == 0) return Lost();
    if (const absl::StatusOr<PgRows> prepared = ResultOf(0); !prepared.ok()) return prepared.status();
    known = prepared_.emplace(sql, name).first;
  }
  const Parameters parameters(values);
  const int sent = PQsendQueryPrepared(connection_.get(), known->second.c_str(), parameters.size(), parameters.texts(),
                                       nullptr, nullptr, 0);
  return sent == 0 ? Lost() : ResultOf(0);
}

absl::StatusOr<PgRows> PgConnection::RunBorrowed(const std::string& sql, const std::vector<PgValue>& values) {
  static const std::string* const kBegin = new std::string("BEGIN ISOLATION LEVEL READ COMMITTED");
  static const std::string* const kCommit = new std::string("COMMIT");
  if (!Send(*kBegin, {}) || !Send(set_all_, {}) || !Send(sql, values) || !Send(*kCommit, {})) return Lost();
  absl::StatusOr<PgRows> rows = ResultOf(2);
  // The failure has aborted the transaction, but not ended it.
  if (usable_ && PQtransactionStatus(connection_.get()) != PQTRANS_IDLE) RunAsIs("ROLLBACK").IgnoreError();
  return rows;
}

bool PgConnection::Send(const std::string& sql, const std::vector<PgValue>& values) {
  const Parameters parameters(values);
  return PQsendQueryParams(connection_.get(), sql.c_str(), parameters.size(), nullptr, parameters.texts(), nullptr,
                           nullptr, 0) != 0;
}

// The result of the statement with this number, of those that were sent; or the error of any of them. It waits for the
// end of all: a transaction is committed, or refused, only after its rows have arrived.
absl::StatusOr<PgRows> PgConnection::ResultOf(int statement) {
  if (PQpipelineSync(connection_.get()) == 0) return Lost();
  warned_ = false;
  bool failed = false;
  absl::StatusOr<PgRows> answer = absl::UnavailableError("the server gave no answer");
  for (int ended = 0; usable_;) {
    if (const absl::Status arrived = AwaitNext(); !arrived.ok()) return arrived;
    PGresult* const next = PQgetResult(connection_.get());
    if (next == nullptr && PQstatus(connection_.get()) != CONNECTION_OK) return Lost();
    if (next == nullptr) {
      ++ended;
      continue;
    }
    PgRows rows(next);
    const ExecStatusType status = PQresultStatus(next);
    if (status == PGRES_PIPELINE_SYNC) break;
    if (failed) continue;  // the server skipped the others
    failed = status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK;
    if (failed) answer = Failure(*next);
    if (!failed && ended == statement) answer = std::move(rows);
  }
  if (answer.ok() && warned_) return Lost("the server has warned that something may be undone");
  return answer;
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

absl::Status PgConnection::Failure(const pg_result& result) {
  const char* const sqlstate = PQresultErrorField(&result, PG_DIAG_SQLSTATE);
  if (sqlstate == nullptr) return Lost();
  std::string what = absl::StrCat("SQLSTATE ", sqlstate);
  // Texts of data exceptions and integrity violations quote the data.
  if (!absl::StartsWith(sqlstate, "22") && !absl::StartsWith(sqlstate, "23")) {
    absl::StrAppend(&what, ", ", Words(PQresultErrorField(&result, PG_DIAG_MESSAGE_PRIMARY)));
  }
  if (absl::string_view(sqlstate) == kNoSuchStatement) has_session_ = false;
  const absl::StatusCode code = CodeOf(sqlstate);
  if (code == absl::StatusCode::kUnavailable || code == absl::StatusCode::kPermissionDenied) usable_ = false;
  return {code, what};
}

absl::Status PgConnection::Lost() { return Lost(Words(PQerrorMessage(connection_.get()))); }

absl::Status PgConnection::Lost(absl::string_view what) {
  usable_ = false;
  return absl::UnavailableError(what);
}

bool PgConnection::IsUsable() {
  pollfd socket = {PQsocket(connection_.get()), POLLIN, 0};
  // Its last message comes before the end itself.
  while (usable_ && poll(&socket, 1, 0) > 0) usable_ = PQconsumeInput(connection_.get()) != 0;
  return usable_ && PQstatus(connection_.get()) == CONNECTION_OK;
}

absl::string_view PgConnection::ServerSays(const char* parameter) const {
  const char* const value = PQparameterStatus(connection_.get(), parameter);
  return value == nullptr ? absl::string_view() : value;
}

}  // namespace webex_gateway

#include "server/ledger/postgresql.h"

#include <libpq-fe.h>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"

namespace webex_gateway {
namespace {

bool IsPassword(const PQconninfoOption& option) {
  const absl::string_view keyword = option.keyword;
  return (keyword == "password" || keyword == "sslpassword") && option.val != nullptr;
}

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

}  // namespace webex_gateway

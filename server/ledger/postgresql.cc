#include "server/ledger/postgresql.h"

#include <libpq-fe.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace webex_gateway {
namespace {

bool IsPassword(const PQconninfoOption& option) {
  const absl::string_view keyword = option.keyword;
  return (keyword == "password" || keyword == "sslpassword") && option.val != nullptr;
}

using Options = std::unique_ptr<PQconninfoOption, void (*)(PQconninfoOption*)>;

bool IsAddress(const PQconninfoOption& option) {
  const absl::string_view keyword = option.keyword;
  return keyword == "host" || keyword == "hostaddr" || keyword == "port";
}

// What libpq refuses before it connects to anything, an sslmode that it does not know for one; empty: nothing. It says
// so only when it is to connect: here to a place where no server can be.
std::string RefusalOf(const PQconninfoOption* options) {
  std::vector<const char*> keywords = {"host", "port", "password"};
  std::vector<const char*> values = {"/dev/null", "1", "none"};
  for (; options->keyword != nullptr; ++options) {
    if (options->val == nullptr || IsAddress(*options)) continue;
    keywords.push_back(options->keyword);
    values.push_back(options->val);
  }
  keywords.push_back(nullptr);
  values.push_back(nullptr);
  const std::unique_ptr<PGconn, void (*)(PGconn*)> nowhere(PQconnectStartParams(keywords.data(), values.data(), 0),
                                                           &PQfinish);
  const absl::string_view words = absl::StripAsciiWhitespace(PQerrorMessage(nowhere.get()));
  return absl::StartsWith(words, "invalid ") ? std::string(words) : "";
}

// Of each host one, or one for all.
bool ArePorts(absl::string_view ports) {
  const std::vector<absl::string_view> all = absl::StrSplit(ports, ',');
  return std::all_of(all.begin(), all.end(), [](absl::string_view port) {
    uint32_t number = 0;
    return port.empty() || (absl::SimpleAtoi(port, &number) && number >= 1 && number <= 65535);
  });
}

}  // namespace

absl::Status CheckPostgresqlUrl(const std::string& url) {
  if (!absl::StartsWith(url, "postgresql://")) {
    return absl::InvalidArgumentError("it does not begin with postgresql://");
  }
  char* fault = nullptr;  // quotes the URL, so it is of no use here
  const Options options(PQconninfoParse(url.c_str(), &fault), &PQconninfoFree);
  PQfreemem(fault);
  if (options == nullptr) {
    return absl::InvalidArgumentError(
        "libpq cannot read it; it wants postgresql://USER@HOST:PORT/DATABASE?NAME=VALUE&..., its own names only");
  }
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    if (IsPassword(*option)) {
      return absl::InvalidArgumentError("it holds a password, which others can read there; a file should hold it");
    }
    if (option->keyword == absl::string_view("port") && option->val != nullptr && !ArePorts(option->val)) {
      return absl::InvalidArgumentError("a port is a number from 1 to 65535");
    }
  }
  const std::string refusal = RefusalOf(options.get());
  return refusal.empty() ? absl::OkStatus() : absl::InvalidArgumentError(absl::StrCat("libpq refuses it: ", refusal));
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

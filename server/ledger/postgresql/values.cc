#include "server/ledger/postgresql/connection.h"

#include <libpq-fe.h>

#include "absl/strings/numbers.h"

namespace webex_gateway {

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

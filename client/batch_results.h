// The file with the result of every order of a batch: CSV, a row for each order.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/batch_file.h"
#include "client/batch_result.h"

namespace webex_gateway::client {

// The first line.
std::string ResultsHeader();

// The row of one order. No spreadsheet takes a cell for a formula, and it contains no terminal escape sequences.
std::string ResultsRow(const BatchOrder& order, const BatchResult& result);

// Sorts rows by number, from 0 on, and writes each as soon as all rows before it are written.
class RowsInOrder {
 public:
  explicit RowsInOrder(std::function<absl::Status(absl::string_view)> write) : write_(std::move(write)) {}

  // What `write` returned; the first error stays.
  absl::Status Add(size_t number, std::string row);

 private:
  const std::function<absl::Status(absl::string_view)> write_;
  std::map<size_t, std::string> waiting_;
  size_t next_ = 0;
  absl::Status status_;
};

// A new results file.
class ResultsFile {
 public:
  // An earlier results file at `path` is moved to the first free name of path.1, path.2, ..., which `moved_to` returns.
  // FAILED_PRECONDITION if the file there is not a results file, or another webexctl is writing to it; UNKNOWN if it
  // cannot be created.
  static absl::StatusOr<std::unique_ptr<ResultsFile>> Create(const std::string& path);
  ~ResultsFile();
  ResultsFile(const ResultsFile&) = delete;
  ResultsFile& operator=(const ResultsFile&) = delete;

  const std::string& moved_to() const { return moved_to_; }

  // Appends whole lines: if only a part can be written, that part is removed again.
  absl::Status Append(absl::string_view lines);

 private:
  ResultsFile(int fd, std::string path, std::string moved_to);

  const int fd_;
  const std::string path_;
  const std::string moved_to_;
  size_t size_ = 0;
};

}  // namespace webex_gateway::client

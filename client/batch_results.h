// The file that says of every order of a batch what became of it: CSV, a row for each order.
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

// The row of one order. No spreadsheet takes a cell of it for a formula, and no terminal obeys it.
std::string ResultsRow(const BatchOrder& order, const BatchResult& result);

// Brings rows into the order of their numbers, from 0 on, and writes each as soon as those before it are there.
class RowsInOrder {
 public:
  explicit RowsInOrder(std::function<absl::Status(absl::string_view)> write) : write_(std::move(write)) {}

  // What `write` returned, whose first error stays.
  absl::Status Add(size_t number, std::string row);

 private:
  const std::function<absl::Status(absl::string_view)> write_;
  std::map<size_t, std::string> waiting_;
  size_t next_ = 0;
  absl::Status status_;
};

// A new file of results.
class ResultsFile {
 public:
  // An earlier file of results at `path` is moved to the first free of path.1, path.2, ..., which `moved_to` then says.
  // FAILED_PRECONDITION where the file there is no file of results, or another webexctl is writing it; UNKNOWN where it
  // cannot be made.
  static absl::StatusOr<std::unique_ptr<ResultsFile>> Create(const std::string& path);
  ~ResultsFile();
  ResultsFile(const ResultsFile&) = delete;
  ResultsFile& operator=(const ResultsFile&) = delete;

  const std::string& moved_to() const { return moved_to_; }

  // Appends whole lines: where the disk takes only a part of them, it is taken back.
  absl::Status Append(absl::string_view lines);

 private:
  ResultsFile(int fd, std::string path, std::string moved_to);

  const int fd_;
  const std::string path_;
  const std::string moved_to_;
  size_t size_ = 0;
};

}  // namespace webex_gateway::client

#include "tests/server/testing/sqlite_faults.h"

#include <sqlite3.h>
#include <unistd.h>

#include <map>
#include <mutex>

namespace webex_gateway {
namespace {

SqliteFaults faults;
sqlite3_vfs* real = nullptr;
// SQLite's own file functions; all kinds of its files share these two.
decltype(sqlite3_io_methods::xWrite) real_write = nullptr;
decltype(sqlite3_io_methods::xSync) real_sync = nullptr;

int Write(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset) {
  if (const int error = faults.write_error; error != 0) return error;
  return real_write(file, data, size, offset);
}

int Sync(sqlite3_file* file, int flags) {
  ++faults.syncs;
  faults.held.wait(true);
  if (const int error = faults.sync_error; error != 0) return error;
  const int micros = faults.sync_micros;
  if (micros < 0) return real_sync(file, flags);
  usleep(static_cast<useconds_t>(micros));
  return SQLITE_OK;
}

const sqlite3_io_methods* Wrapped(const sqlite3_io_methods* methods) {
  static std::mutex mutex;
  static std::map<const sqlite3_io_methods*, sqlite3_io_methods> wrapped;
  const std::lock_guard lock(mutex);
  const auto [at, is_new] = wrapped.try_emplace(methods, *methods);
  if (is_new) {
    real_write = methods->xWrite;
    real_sync = methods->xSync;
    at->second.xWrite = Write;
    at->second.xSync = Sync;
  }
  return &at->second;
}

int Open(sqlite3_vfs* /*vfs*/, sqlite3_filename name, sqlite3_file* file, int flags, int* out_flags) {
  const int result = real->xOpen(real, name, file, flags, out_flags);
  if (file->pMethods != nullptr) file->pMethods = Wrapped(file->pMethods);
  return result;
}

}  // namespace

SqliteFaults& SqliteFaults::Install() {
  static sqlite3_vfs ours;
  if (real == nullptr) {
    real = sqlite3_vfs_find(nullptr);
    ours = *real;
    ours.zName = "faults";
    ours.xOpen = Open;
    sqlite3_vfs_register(&ours, /*makeDflt=*/1);
  }
  return faults;
}

}  // namespace webex_gateway

// Sits between SQLite and the files: counts syncs, and makes calls fail or slow as configured.
#pragma once

#include <atomic>

namespace webex_gateway {

struct SqliteFaults {
  // Applies to every file that SQLite opens from now on. There is one per process.
  static SqliteFaults& Install();

  void Heal() { write_error = sync_error = 0; }
  // A sync that begins from now on does not end before LetGo.
  void HoldSyncs() { held = true; }
  void LetGo() {
    held = false;
    held.notify_all();
  }

  static constexpr int kReadOnly = 8;
  static constexpr int kIoError = 10;
  static constexpr int kDiskFull = 13;

  std::atomic<int> syncs{0};
  std::atomic<bool> held{false};
  std::atomic<int> write_error{0};   // the error of a write; 0: none
  std::atomic<int> sync_error{0};    // likewise
  std::atomic<int> sync_micros{-1};  // a sync takes this long and does nothing else; -1: the system's sync
};

}  // namespace webex_gateway

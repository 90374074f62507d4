// Puts itself between SQLite and the files: counts syncs, and fails or slows what it is told to.
#pragma once

#include <atomic>

namespace webex_gateway {

struct SqliteFaults {
  // For every file that SQLite opens from now on. There is one, for the whole process.
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
  std::atomic<int> write_error{0};   // what a write fails with; 0: it does not
  std::atomic<int> sync_error{0};    // likewise
  std::atomic<int> sync_micros{-1};  // a sync takes so long and does nothing else; -1: it is the system's
};

}  // namespace webex_gateway

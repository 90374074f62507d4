// The gateway's loop, which cpprestsdk runs, and how the library's tasks get there.
#pragma once

#include "server/base/async.h"

namespace webex_gateway {

// The gateway's loop: cpprestsdk's own io_context, run by its one thread from now on (measured: with 40 threads, its
// default, a call costs three times as much). Call it once, before anything else in this folder; the loop lives as long
// as the process.
Loop& StartCpprestLoop();

// The same loop, once it runs.
Loop& CpprestLoop();

// The library runs every step of a request later, as a separate task. While an object of this class exists, each runs
// at once instead, within the call that requests it.
class TasksAtOnce {
 public:
  TasksAtOnce();
  ~TasksAtOnce();
  TasksAtOnce(const TasksAtOnce&) = delete;
  TasksAtOnce& operator=(const TasksAtOnce&) = delete;
};

}  // namespace webex_gateway

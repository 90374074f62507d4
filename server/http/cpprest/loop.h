// The loop that cpprestsdk runs, which is the gateway's, and how the library's tasks get there.
#pragma once

#include "server/base/async.h"

namespace webex_gateway {

// The gateway's loop: cpprestsdk's own io_context, run by one thread of its own from now on (measured: 40 threads, its
// default, make a call three times as dear). Call it once, before anything else of this folder; the loop lives as long
// as the process.
Loop& StartCpprestLoop();

// The same, once it runs.
Loop& CpprestLoop();

// The library runs every step of a request as a task of its own, later. While one of these lives, each runs at once
// instead, within the call that asks for it.
class TasksAtOnce {
 public:
  TasksAtOnce();
  ~TasksAtOnce();
  TasksAtOnce(const TasksAtOnce&) = delete;
  TasksAtOnce& operator=(const TasksAtOnce&) = delete;
};

}  // namespace webex_gateway

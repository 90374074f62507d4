// Third-party servers as children of a test. If the test runs as root they run as an ordinary user, since they refuse
// to run as root.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "tests/server/testing/read_all.h"

namespace webex_gateway {

// Ends the test program: without its servers it can test nothing.
[[noreturn]] void GiveUp(const std::string& what);

// A new temporary folder that belongs to that user.
std::filesystem::path NewFolderOfDaemons(const std::string& name);

// Starts a program that ends when this process ends. Its output goes to `log`.
pid_t Launch(const std::vector<std::string>& command, const std::filesystem::path& log);
void RunToItsEnd(const std::vector<std::string>& command, const std::filesystem::path& log);

// Waits until the condition is true, which depends on another process. Gives up after a minute.
void WaitFor(const std::string& what, const std::function<bool()>& so);

// A free port of loopback. Another process may take it at once.
int FreePort();

}  // namespace webex_gateway

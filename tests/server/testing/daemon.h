// Other people's servers as children of a test. They run as an ordinary user where the test runs as root, which they
// refuse to.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace webex_gateway {

// Ends the test program: without its servers it can show nothing.
[[noreturn]] void GiveUp(const std::string& what);

// A new temporary folder of that user's.
std::filesystem::path NewFolderOfDaemons(const std::string& name);

// Starts a program that is ended when this process ends. What it prints goes to `log`.
pid_t Launch(const std::vector<std::string>& command, const std::filesystem::path& log);
void RunToItsEnd(const std::vector<std::string>& command, const std::filesystem::path& log);

std::string ReadAll(const std::filesystem::path& path);

// Until it is so: what another process does in its own time. Gives up after a minute.
void WaitFor(const std::string& what, const std::function<bool()>& so);

// Of loopback. Another may take it at once.
int FreePort();

}  // namespace webex_gateway

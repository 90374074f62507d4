#include "server/http/cpprest/loop.h"

#include <openssl/ssl.h>
#include <pplx/pplxtasks.h>
#include <pplx/threadpool.h>

#include <boost/asio/post.hpp>
#include <cstdlib>
#include <memory>

#include "server/base/on_loop.h"
#include "server/http/cpprest/send_guard.h"
#include "server/http/trust.h"

namespace webex_gateway {
namespace {

thread_local bool at_once = false;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"  // the library's interface has none; it is held as what it is
class Tasks final : public pplx::scheduler_interface {
 public:
  explicit Tasks(Loop& loop) : loop_(loop) {}

  void schedule(pplx::TaskProc_t task, void* argument) override {
    if (at_once) return task(argument);
    boost::asio::post(loop_, [task, argument] { task(argument); });
  }

 private:
  Loop& loop_;
};
#pragma GCC diagnostic pop

}  // namespace

Loop& StartCpprestLoop() {
  // The loop's thread is joined after OpenSSL's cleanup would have run, and could then no longer free its part.
  OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, nullptr);
  crossplat::threadpool::initialize_with_threads(1);
  Loop& loop = CpprestLoop();
  pplx::set_ambient_scheduler(std::make_shared<Tasks>(loop));
  OnLoopAndWait(loop, PrepareSendGuard);
  // For each connection the library reads the system's certificates again, 20 ms on the loop, before ours replace them.
  // So the variables that name them are emptied from now on.
  PlacesToTrust("");
  setenv("SSL_CERT_FILE", "", /*overwrite=*/1);
  setenv("SSL_CERT_DIR", "", /*overwrite=*/1);
  return loop;
}

Loop& CpprestLoop() { return crossplat::threadpool::shared_instance().service(); }

TasksAtOnce::TasksAtOnce() { at_once = true; }
TasksAtOnce::~TasksAtOnce() { at_once = false; }

}  // namespace webex_gateway

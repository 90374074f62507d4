#include "tests/sandbox/server.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/sandbox/session.h"
#include "tests/sandbox/worker.h"

namespace webex_gateway::sandbox {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using Workers = std::vector<std::unique_ptr<Worker>>;

absl::Status Failed(absl::string_view what, const boost::system::error_code& error) {
  return absl::UnavailableError(absl::StrCat(what, ": ", error.message()));
}

std::string UrlOf(bool tls, const tcp::endpoint& endpoint) {
  const std::string address = endpoint.address().to_string();
  const bool is_v6 = endpoint.address().is_v6();
  return absl::StrCat(tls ? "https" : "http", "://", is_v6 ? "[" : "", address, is_v6 ? "]:" : ":", endpoint.port());
}

absl::Status Listen(const ServerOptions& options, tcp::acceptor& acceptor) {
  boost::system::error_code error;
  const asio::ip::address address = asio::ip::make_address(options.address, error);
  const std::string what = absl::StrCat("cannot listen on ", options.address, ":", options.port);
  if (error) return Failed(what, error);
  const tcp::endpoint endpoint(address, static_cast<uint16_t>(options.port));
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  return error ? Failed(what, error) : absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<asio::ssl::context>> LoadTls(const ServerOptions& options) {
  if (options.tls_cert_file.empty()) return nullptr;
  auto tls = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_server);
  boost::system::error_code error;
  tls->use_certificate_chain_file(options.tls_cert_file, error);
  if (error) return Failed(absl::StrCat("cannot use the certificate ", options.tls_cert_file), error);
  tls->use_private_key_file(options.tls_key_file, asio::ssl::context::pem, error);
  if (error) return Failed(absl::StrCat("cannot use the key ", options.tls_key_file), error);
  return tls;
}

// Distributes connections to the workers in turn.
asio::awaitable<void> Accept(tcp::acceptor acceptor, const Workers& workers, asio::ssl::context* tls) {
  asio::steady_timer pause(acceptor.get_executor());
  for (size_t turn = 0;; ++turn) {
    Worker& worker = *workers[turn % workers.size()];
    tcp::socket socket(worker.io);
    boost::system::error_code error;
    co_await acceptor.async_accept(socket, asio::redirect_error(asio::use_awaitable, error));
    if (error) {
      // Most likely out of file descriptors: some connection must end first.
      pause.expires_after(std::chrono::milliseconds(20));
      co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
      continue;
    }
    socket.set_option(tcp::no_delay(true), error);
    Stats::Count(worker.world.stats.connections);
    asio::co_spawn(worker.io, Serve(worker, std::move(socket), tls), asio::detached);
  }
}

class AsioServer final : public Server {
 public:
  AsioServer(const ServerOptions& options, World& world, std::unique_ptr<asio::ssl::context> tls)
      : tls_(std::move(tls)) {
    for (int i = 0; i < options.threads; ++i) {
      workers_.push_back(std::make_unique<Worker>(world, options.idle_timeout));
    }
  }

  ~AsioServer() override {
    for (const auto& worker : workers_) worker->io.stop();
    for (std::thread& thread : threads_) thread.join();
    // The first worker accepts, and may hold a socket that belongs to another's loop.
    for (auto& worker : workers_) worker.reset();
  }

  absl::Status Run(const ServerOptions& options) {
    tcp::acceptor acceptor(workers_.front()->io);
    if (absl::Status status = Listen(options, acceptor); !status.ok()) return status;
    endpoint_ = acceptor.local_endpoint();
    asio::co_spawn(workers_.front()->io, Accept(std::move(acceptor), workers_, tls_.get()), asio::detached);
    for (const auto& worker : workers_) {
      asio::co_spawn(worker->io, Sweep(*worker), asio::detached);
      threads_.emplace_back([&io = worker->io] { io.run(); });
    }
    return absl::OkStatus();
  }

  int port() const override { return endpoint_.port(); }
  std::string url() const override { return UrlOf(tls_ != nullptr, endpoint_); }

 private:
  std::unique_ptr<asio::ssl::context> tls_;
  Workers workers_;
  std::vector<std::thread> threads_;
  tcp::endpoint endpoint_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const ServerOptions& options, World& world) {
  absl::StatusOr<std::unique_ptr<asio::ssl::context>> tls = LoadTls(options);
  if (!tls.ok()) return tls.status();
  auto server = std::make_unique<AsioServer>(options, world, *std::move(tls));
  if (absl::Status status = server->Run(options); !status.ok()) return status;
  return server;
}

}  // namespace webex_gateway::sandbox

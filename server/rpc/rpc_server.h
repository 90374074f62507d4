// Adapts gRPC's completion-queue API: every RPC is a coroutine on the loop that reads and writes messages. One thread
// polls gRPC (cheaper than the callback API's pollers, and it never sleeps); all logic runs on the loop.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "grpcpp/generic/async_generic_service.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "grpcpp/support/byte_buffer.h"
#include "server/base/async.h"
#include "server/base/clock.h"
#include "server/base/seldom.h"
#include "server/rpc/acceptor.h"
#include "server/rpc/answer_hold.h"
#include "server/rpc/caller_list.h"
#include "server/rpc/flood_guard.h"
#include "server/rpc/go_away.h"
#include "server/rpc/hand_over.h"
#include "server/rpc/handshake_watch.h"
#include "server/rpc/limits.h"
#include "server/rpc/places.h"
#include "server/rpc/server_certificate.h"

namespace webex_gateway {

// One RPC under way, for its handler; only for the loop's thread. Messages are in wire form; messages.h converts them
// to their types.
class RpcCall {
 public:
  virtual ~RpcCall() = default;

  // The caller's next message; nothing if there are no more.
  virtual Async<std::optional<grpc::ByteBuffer>> Read() = 0;
  // Sends a message. False: the caller has disconnected, and no further one will arrive.
  virtual Async<bool> Write(grpc::ByteBuffer message) = 0;
  // The message of a unary answer, sent together with the status if that is OK.
  virtual void Answer(grpc::ByteBuffer message) = 0;
  virtual void AddTrailer(const std::string& key, const std::string& value) = 0;

  // Requested when the caller cancels, disconnects or reaches its deadline, and when the server stops waiting.
  virtual std::stop_token gone() const = 0;
  // The caller's deadline; Clock::Time::max() if it set none.
  virtual Clock::Time deadline() const = 0;
  // The values of this metadata key (in lower case), in order of arrival.
  virtual std::vector<std::string> Metadata(const std::string& name) const = 0;
  // The caller's identity, as the connection proves it (see caller.h); empty if it does not.
  virtual std::string caller() const = 0;
  // Whether it is a unix socket, where all callers have the same name.
  virtual bool on_unix_socket() const = 0;
  // The account for limits that callers share (see caller.h).
  virtual std::string account() const = 0;
};

// Handles one RPC to its end. The caller gets the status; its google.rpc payloads become details.
using RpcHandler = std::function<Async<absl::Status>(RpcCall& call)>;

enum class RpcType { kUnary, kServerStream, kBidiStream };

// Observes every RPC that reaches the server. `method` is one named by OnMethod, or "" for any without a handler, so
// that callers cannot invent names.
class ServerObserver {
 public:
  virtual ~ServerObserver() = default;
  // Called before any RPC, for each method.
  virtual void OnMethod(const std::string& method, RpcType type) = 0;
  // Called once each for an RPC: when its first message has arrived or its caller has finished without one, and when
  // its handler has ended; both at once if it is refused at its headers, then on the server's own thread, otherwise on
  // the loop. `code` is the handler's, whether or not its caller was still connected.
  virtual void OnStarted(const std::string& method) = 0;
  virtual void OnHandled(const std::string& method, absl::StatusCode code, absl::Duration elapsed) = 0;
};

// Whether an RPC may be handled at all; called on the server's own thread when its headers have arrived. The caller
// gets the error, and nothing else that it sends is processed.
using CallerCheck = std::function<absl::Status(const Peer& peer, const std::string& method)>;

class RpcServer {
 public:
  // `observer`, if there is one, must outlive the server.
  RpcServer(Loop& loop, Clock& clock, ServerObserver* observer = nullptr, Limits limits = {});
  ~RpcServer();  // shuts down at once

  // Before Start. `method` as in the request path: "/package.Service/Method". An RPC without a handler is answered with
  // UNIMPLEMENTED.
  void Handle(const std::string& method, RpcHandler handler, RpcType type = RpcType::kUnary);
  // Before Start. Applies to every RPC of any method.
  void CheckCallers(CallerCheck check) { check_caller_ = std::move(check); }
  // Before Start. Reports connections that are ended because they flood the server.
  void TellFloods(FloodGuard::Tell tell) { tell_floods_ = std::move(tell); }
  // Before Start. Reports that an RPC, or a connection, was refused because there was no room; each kind at most once a
  // minute, on the server's threads.
  void TellFull(std::function<void(const std::string& what)> tell) { tell_full_ = std::move(tell); }
  // Before Start. Reports failed TLS handshakes.
  void TellHandshakes(HandshakeWatch::Tell tell) { tell_handshakes_ = std::move(tell); }

  // Listens on every address ("host:port", port 0 for any free one; "unix:/path"), and accepts calls from then on. With
  // a certificate the former use TLS; the latter never do. An error names the unavailable address, even if it is only
  // in use by another process.
  absl::Status Start(const std::vector<std::string>& addresses,
                     std::shared_ptr<ServerCertificate> certificate = nullptr);
  // The ports of the host:port addresses, in their order.
  const std::vector<int>& ports() const { return ports_; }
  // How many connections were ended because of floods. Any thread.
  int64_t floods_ended() const { return flood_guard_.ended(); }
  // Places of RPCs under way, how many there are, and how many RPCs found none (places.h). Any thread.
  struct Use {
    int calls = 0;
    int max_calls = 0;
    int watches = 0;
    int max_watches = 0;
    int64_t refused_calls = 0;
    int64_t refused_watches = 0;
  };
  Use use() const;
  // How many connections were closed because too many were open, and none could be ended. Any thread.
  int64_t connections_refused() const { return connections_refused_; }
  // How many TLS handshakes failed. Any thread.
  int64_t handshakes_failed() const { return handshakes_.failed(); }
  // All of these counts. Any thread.
  struct Counts {
    Use use;
    int64_t floods_ended = 0;
    int64_t connections_refused = 0;
    int64_t handshakes_failed = 0;
  };
  Counts counts() const { return {use(), floods_ended(), connections_refused(), handshakes_failed()}; }

  // On the loop. Holds answers back from now on until SendCallersAway, so that callers become quiet. Calls `lull` when
  // they are. (See answer_hold.h.)
  void HoldAnswers(std::function<void()> lull) { hold_.Begin(std::move(lull)); }
  // Accepts no new calls, tells callers so, and releases the answers held back. Not for the loop's thread, which must
  // run.
  void SendCallersAway();

  // Sends callers away if that was not done, and lets calls under way finish within `grace`. After that their callers
  // count as gone, so that each handler can still report the result of its call; after `last_answers` more, gRPC ends
  // the remaining calls. Returns when all handlers have ended. Blocks: not for the loop's thread, which must run.
  void Shutdown(absl::Duration grace, absl::Duration last_answers = absl::Seconds(1));

 private:
  class Call;
  struct Method {
    RpcHandler handler;
    RpcType type;
  };
  using Methods = std::map<std::string, Method>;
  using Connections = std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor>;

  absl::Status Listen(const std::vector<std::string>& addresses, std::vector<Acceptor::Port>& ports);
  // Hands a connection to gRPC.
  void Take(int descriptor, Connections& connections);
  void TakeTls(int descriptor);
  // Whether there is room for another RPC; otherwise the error for its caller.
  absl::Status Admit(const Places::Holder& holder);
  void Leave(const Places::Holder& holder);
  void OnConnectionRefused();
  void AcceptNext();
  void EndOverdue();
  void GiveUpAll();
  void Poll();

  Loop& loop_;
  Clock& clock_;
  ServerObserver* const observer_;
  const Limits limits_;
  CallerCheck check_caller_ = [](const Peer&, const std::string&) { return absl::OkStatus(); };
  FloodGuard::Tell tell_floods_ = [](int) {};
  std::function<void(const std::string&)> tell_full_ = [](const std::string&) {};
  FloodGuard flood_guard_;
  HandshakeWatch::Tell tell_handshakes_ = [](const std::string&, const std::string&, int64_t) {};
  HandshakeWatch handshakes_;
  Methods methods_;
  grpc::AsyncGenericService service_;
  std::unique_ptr<grpc::ServerCompletionQueue> queue_;
  std::unique_ptr<HandOver> to_poller_;
  std::shared_ptr<grpc::ServerCredentials> tls_;  // must outlive the server
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<GoAway> go_away_;
  Connections plain_connections_;
  Connections tls_connections_;
  std::atomic<int64_t> connections_refused_{0};
  Seldom refusals_told_;  // used by the acceptor's thread
  std::unique_ptr<Acceptor> acceptor_;
  std::vector<int> ports_;
  std::thread poller_;
  // Calls that may still use the queue: those under way, and the one that waits for an RPC. While any is left, the
  // queue must not end; an RPC that arrived as the server ended would abort the process.
  std::atomic<int> calls_{0};
  std::set<Call*> under_way_;  // used by the poller's thread, like the members below
  Places places_;
  Seldom full_told_;
  std::set<Call*> handled_;  // calls in a handler; used by the loop's thread, like the members below
  AnswerHold hold_;
};

}  // namespace webex_gateway

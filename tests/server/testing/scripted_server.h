// An HTTP server that does exactly what a test wants, broken things above all. On loopback, any free port, with threads
// of its own; plain or TLS.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/mutex.h"

typedef struct ssl_ctx_st SSL_CTX;
typedef struct ssl_st SSL;

namespace webex_gateway {

// One connection, for a script.
class ScriptedConnection {
 public:
  ScriptedConnection(int socket, SSL* tls) : socket_(socket), tls_(tls) {}
  ~ScriptedConnection();

  void Write(const std::string& bytes);
  void HalfClose();           // FIN; what the peer sends is still read
  void Reset();               // RST instead of FIN when it closes
  std::string ReadHeaders();  // up to and with the empty line; "" where the peer has closed
  std::string ReadBody(const std::string& headers);
  void AwaitClose();  // until the peer closes

 private:
  friend class ScriptedServer;
  std::string ReadSome();
  const int socket_;
  SSL* const tls_;
  std::string unread_;
};

class ScriptedServer {
 public:
  // What to do with a request that has come whole. It may read on, write, reset; with `false` the connection is closed
  // behind it.
  using Action = std::function<bool(ScriptedConnection& connection, const std::string& headers)>;

  // The usual ones.
  static Action Answer(std::string bytes);          // and keep the connection
  static Action AnswerAndClose(std::string bytes);  // ... and close it
  static Action ResetAfterBody();
  static Action Hang();                            // no answer until the peer closes
  static std::string Ok(const std::string& body);  // a whole answer, 200

  // With TLS, for `tls_host`, the certificate is its own authority: see certificate_file().
  explicit ScriptedServer(bool tls = false, const std::string& tls_host = "127.0.0.1");
  ~ScriptedServer();

  // The next request, on whichever connection, gets `action`. Without one it gets 200 and "{}".
  void Next(Action action);

  int port() const { return port_; }
  const std::string& certificate_file() const { return certificate_file_; }

  int connections() const { return connections_; }
  int requests() const { return requests_; }     // whose headers arrived
  int whole_requests() const { return whole_; }  // whose body arrived too
  // Returns once this many requests have come whole.
  void AwaitWholeRequests(int count);

  // From now on a new connection is closed instead of a TLS handshake.
  void BreakHandshakes() { break_handshakes_ = true; }

 private:
  void Accept();
  void Serve(int socket);
  Action TakeAction();

  SSL_CTX* tls_ = nullptr;
  std::string certificate_file_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> break_handshakes_{false};
  std::atomic<int> connections_{0};
  std::atomic<int> requests_{0};
  absl::Mutex mutex_;
  std::atomic<int> whole_{0};
  std::deque<Action> actions_ ABSL_GUARDED_BY(mutex_);
  std::vector<int> sockets_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::thread> threads_ ABSL_GUARDED_BY(mutex_);
  std::thread acceptor_;
};

}  // namespace webex_gateway

// One connection, from accept to close.
#pragma once

#include <utility>  // Boost 1.74's awaitable.hpp uses std::exchange without it

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

#include "tests/sandbox/worker.h"

namespace webex_gateway::sandbox {

// Requests are accepted up to these sizes; beyond them the answer is 431 or 413.
inline constexpr size_t kMostHeaderBytes = 32 * 1024;
inline constexpr size_t kMostBodyBytes = 1024 * 1024;

// Serves HTTP/1.1 on the socket, which must belong to the worker's loop, until either side ends the connection. With
// `tls` (may be null) it begins with a handshake. Whatever the client sends, only this connection can end.
boost::asio::awaitable<void> Serve(Worker& worker, boost::asio::ip::tcp::socket socket, boost::asio::ssl::context* tls);

}  // namespace webex_gateway::sandbox

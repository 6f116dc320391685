// CURVE (ZeroMQ RFC 26) on a socket: encryption, and each side's proof of its key. Call before bind or connect.
#pragma once

#include <string>
#include <zmq.hpp>

#include "io/key_files.hpp"

namespace rollcall::io {

/// The ZAP domain of a server's sockets (RFC 27).
inline constexpr const char* zap_domain = "rollcall";

inline void serve_with_curve(zmq::socket_t& socket, const std::string& secret_key) {
  socket.set(zmq::sockopt::curve_server, true);
  socket.set(zmq::sockopt::curve_secretkey, secret_key);
  socket.set(zmq::sockopt::zap_domain, zap_domain);
}

/// What a client needs to speak CURVE.
struct ClientKeys {
  std::string server_key;  ///< public
  KeyPair own;
};

inline void connect_with_curve(zmq::socket_t& socket, const ClientKeys& keys) {
  socket.set(zmq::sockopt::curve_serverkey, keys.server_key);
  socket.set(zmq::sockopt::curve_publickey, keys.own.public_key);
  socket.set(zmq::sockopt::curve_secretkey, keys.own.secret_key);
}

}  // namespace rollcall::io

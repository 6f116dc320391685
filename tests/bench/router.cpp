// rollcall-bench-router: a bare ROUTER that sends every message back, in one thread: what libzmq can do when nobody
// asks who is connected.
#include <zmq.hpp>

#include "subject.hpp"

int main(int argc, char** argv) {
  zmq::context_t context(1);
  zmq::socket_t router(context, ZMQ_ROUTER);
  router.set(zmq::sockopt::backlog, bench::pending_connections_max);
  router.bind(bench::endpoint(argc, argv));
  bench::say_listening();
  zmq::message_t part;
  while (true) {
    if (!router.recv(part)) continue;
    router.send(part, part.more() ? zmq::send_flags::sndmore : zmq::send_flags::none);
  }
}

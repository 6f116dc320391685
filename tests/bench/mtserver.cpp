// rollcall-bench-mtserver: the multithreaded server of the ZeroMQ guide (mtserver: ROUTER, zmq_proxy, DEALER, REP
// workers), with the greeting that rollcall sends; its count is of no use, since it can't have one.
#include <string>
#include <thread>
#include <vector>
#include <zmq.hpp>

#include "subject.hpp"

namespace {

constexpr const char* workers_endpoint = "inproc://workers";

void work(zmq::context_t& context) {
  zmq::socket_t socket(context, ZMQ_REP);
  socket.connect(workers_endpoint);
  zmq::message_t request;
  while (true) {
    if (!socket.recv(request)) continue;
    const std::string reply = "Hello, Client! Conexões ativas: " + std::to_string(1);
    socket.send(zmq::buffer(reply), zmq::send_flags::none);
  }
}

}  // namespace

int main(int argc, char** argv) {
  zmq::context_t context(1);
  zmq::socket_t clients(context, ZMQ_ROUTER);
  clients.set(zmq::sockopt::backlog, bench::pending_connections_max);
  clients.bind(bench::endpoint(argc, argv));
  zmq::socket_t workers(context, ZMQ_DEALER);
  workers.bind(workers_endpoint);
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < bench::argument(argc, argv, "--workers", 2); ++i) {
    threads.emplace_back([&context] { work(context); });
  }
  bench::say_listening();
  zmq::proxy(clients, workers);
}

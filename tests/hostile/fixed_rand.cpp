// Preloaded into the server by test_routing_ids.py: libzmq's first routing id is then known. Values as for rand(3).
#include <cstdlib>

int rand() noexcept { return 0x1000; }

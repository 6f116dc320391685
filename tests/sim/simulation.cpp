// Choosing what happens next, and the healing at the end. Feeding and checking are in feeding.cpp.
#include "sim/simulation.hpp"

#include <algorithm>

namespace rollcall::sim {

using namespace std::chrono_literals;

namespace {

std::size_t choose_clients(Random& random) {
  const std::uint64_t size = random.below(2000);
  if (size == 0) return 2000;
  if (size < 12) return static_cast<std::size_t>(random.between(100, 500));
  if (size < 300) return static_cast<std::size_t>(random.between(12, 40));
  return static_cast<std::size_t>(random.between(2, 12));
}

core::Limits choose_limits(Random& random) {
  core::Limits limits;
  if (random.chance(40)) return limits;
  if (random.chance(50)) limits.strangers_max = static_cast<std::size_t>(random.between(1, 12));
  if (random.chance(30)) limits.door_burst = static_cast<std::uint32_t>(random.between(1, 20));
  if (random.chance(30)) limits.door_refill_per_second = static_cast<std::uint32_t>(random.between(1, 200));
  if (random.chance(30)) limits.resume_time_max = 0ms;
  if (random.chance(40)) limits.resume_time_max = std::chrono::milliseconds(random.between(1, 3000));
  if (random.chance(50)) limits.clients_max = static_cast<std::size_t>(random.between(1, 50));
  limits.window = static_cast<std::uint32_t>(random.between(1, 16));
  if (random.chance(70)) limits.message_bytes_max = core::message_bytes_least;
  if (random.chance(40)) limits.client_queue_bytes_max = static_cast<std::size_t>(random.between(1, 4000));
  if (random.chance(40)) limits.total_queue_bytes_max = static_cast<std::size_t>(random.between(1, 12'000));
  // What bounds on bytes do to what is kept is for tests/core: here it is kept by number alone.
  if (limits.client_queue_bytes_max < core::Limits{}.client_queue_bytes_max) limits.resume_time_max = 0ms;
  return limits;
}

// From a generator of its own, so that seeds without any of it are what they would be if there were none.
void add_rarities(Plan& plan, std::uint64_t seed) {
  Random random(~seed);
  if (random.chance(20)) plan.keys = static_cast<std::size_t>(random.between(1, 4));
  Random watchers(~seed * 3);
  if (watchers.chance(30)) plan.watch_percent = watchers.between(1, 20);
  // Nearly every handler hangs, so that more of them do than are replaced; some come back while the seed goes on.
  if (random.below(200) > 0) return;
  plan.workers_max = static_cast<std::size_t>(random.between(16, core::hung_workers_max + 32));
  plan.clients_max = std::max<std::size_t>(plan.clients_max, random.between(12, 40));
  plan.hang_percent = random.between(70, 100);
  plan.limits.handler_time_max = std::chrono::milliseconds(random.between(5, 100));
  plan.limits.clients_max = std::max(plan.limits.clients_max, plan.clients_max);
  plan.steps += 3000;
  plan.long_pauses = false;
}

}  // namespace

Plan make_plan(Random& random, std::uint64_t seed) {
  Plan plan;
  plan.limits = choose_limits(random);
  plan.clients_max = choose_clients(random);
  plan.steps = random.between(200, 4000) + plan.clients_max * 20;
  plan.workers_max = static_cast<std::size_t>(random.between(1, 8));
  plan.fault_percent = random.chance(50) ? 0 : random.between(1, 30);
  plan.death_percent = random.chance(20) ? 0 : random.between(5, 60);
  plan.worker_percent = random.chance(50) ? 0 : random.between(5, 60);
  if (random.chance(30)) plan.hang_percent = random.chance(30) ? random.between(20, 100) : random.between(1, 10);
  if (random.chance(60)) plan.limits.handler_time_max = std::chrono::milliseconds(random.between(10, 2000));
  if (random.chance(10)) plan.limits.handler_time_max = 0ms;
  if (random.chance(20)) plan.drain_at = random.below(plan.steps);
  plan.drain_at_end = random.chance(30);
  plan.long_pauses = random.chance(30);
  plan.churn = random.chance(30);
  plan.quick_workers = random.chance(15);
  add_rarities(plan, seed);
  return plan;
}

Simulation::Simulation(std::uint64_t seed, Trace& trace)
    : random_(seed),
      watchers_random_(~seed * 5),
      plan_(make_plan(random_, seed)),
      trace_(trace),
      model_(plan_.limits),
      world_(random_, model_, plan_.fault_percent, plan_.keys),
      keys_(plan_.keys),
      workers_(random_, model_, plan_.hang_percent, plan_.limits.handler_time_max.count() > 0),
      core_({plan_.limits, liveness, [this] { return token_of(++tokens_); }, true, unix_offset}) {
  now_ = random_.chance(50) ? 0ns : random_.time(0ns, 3600s);
}

Simulation::Totals Simulation::totals() const {
  Totals totals;
  totals.events = events_;
  totals.joins = core_.counters().joins;
  totals.replies = core_.counters().replies;
  totals.ghosts = model_.ghosts();
  totals.resumes = core_.counters().resumes;
  totals.repeated = core_.counters().repeated;
  totals.hung = model_.over_time();
  totals.revoked = model_.revoked_sessions();
  totals.changes = pictures_.changes();
  totals.snapshots = pictures_.snapshots();
  totals.crowded = model_.hung_most() > core::hung_workers_max ? 1 : 0;
  return totals;
}

void Simulation::run() {
  for (std::size_t i = random_.between(1, plan_.workers_max); i > 0; --i) start_worker(plan_.quick_workers);
  for (std::uint64_t step = 0; step < plan_.steps && !model_.drained(); ++step) {
    if (step == plan_.drain_at) feed_drain();
    act();
  }
  if (!model_.draining()) {
    heal();
    if (plan_.drain_at_end) feed_drain();
  }
  if (model_.draining()) drain_to_the_end();
}

void Simulation::act() {
  workers_.run(now_);
  if (plan_.keys > 0 && random_.chance(1)) return change_keys();
  if (plan_.watch_percent > 0 && watchers_random_.chance(plan_.watch_percent) && !world_.living().empty()) {
    world_.watch(watchers_random_.pick(world_.living()), watchers_random_);
  }
  const std::uint64_t choice = random_.below(100);
  if (choice < 30) {
    act_client();
  } else if (choice < 60) {
    if (!world_.sending().empty()) feed_message(random_.pick(world_.sending()));
  } else if (choice < 68) {
    if (world_.monitor_waits()) feed_monitor_event();
  } else if (choice < 78) {
    feed_report();
  } else if (choice < 90) {
    feed_turn_end();
  } else if (choice < 99) {
    pass_time();
  } else if (random_.chance(plan_.worker_percent)) {
    if (workers_.alive() > 0 && random_.chance(60)) workers_.kill_one();
    if (workers_.alive() < plan_.workers_max) start_worker(plan_.quick_workers);
  } else if (random_.chance(30)) {
    const int fd = static_cast<int>(random_.between(3, 12));  // some have connections
    if (random_.chance(60)) return find(fd);
    const auto reason = static_cast<core::Refusal>(random_.below(core::refusal_count));
    model_.refused(reason, fd, now_);
    feed(core::Refused{reason, fd});
  }
}

// What TCP tells of a connection.
void Simulation::find(int fd) {
  if (random_.chance(50)) {
    model_.endless(fd, now_);
    return feed(core::Endless{fd});
  }
  const auto routing_id = random_.chance(80) ? model_.heard_on(fd) : static_cast<std::uint32_t>(random_.below(9));
  model_.clogged(fd, routing_id, now_);
  feed(core::Clogged{fd, routing_id});
}

void Simulation::act_client() {
  const auto& living = world_.living();
  if (living.empty() || (living.size() < plan_.clients_max && random_.chance(20))) {
    const auto habit = static_cast<Habit>(random_.below(6));
    const ConnId conn = world_.connect(habit);
    if (random_.chance(80)) world_.handshake(conn);
    if (random_.chance(60)) world_.act(conn, plan_.limits);
    if (plan_.churn && random_.chance(50)) world_.die(conn, now_);
    return;
  }
  const ConnId conn = random_.pick(living);
  if (random_.chance(20) && random_.chance(plan_.death_percent)) {
    if (random_.chance(40)) world_.act(conn, plan_.limits);
    // Some come back at once, some before anybody knows that their connection is gone.
    const bool back = world_.conn(conn).token && !world_.conn(conn).left && random_.chance(60);
    const bool half_open = back && random_.chance(20);
    if (!half_open) world_.die(conn, now_);
    if (back) world_.reconnect(conn);
    return;
  }
  Conn& client = world_.conn(conn);
  if (random_.chance(plan_.fault_percent / 4)) {
    client.full = !client.full;
    if (client.full) client.left = true;
  }
  world_.handshake(conn);
  world_.act(conn, plan_.limits);
}

// Some keys are back at once, so that clients of revoked sessions are let in and may try to come back to them.
void Simulation::change_keys() {
  const auto key = static_cast<std::size_t>(random_.between(1, plan_.keys));
  if (!keys_.allows(key)) return keys_.put_back(key);
  keys_.take_off(key);
  world_.bar(key);
  feed_revoked(key);
  if (random_.chance(50)) keys_.put_back(key);
}

void Simulation::pass_time() {
  core::Time step = random_.time(0us, 400us);
  const std::uint64_t size = random_.below(100);
  if (size >= 60) step = random_.time(0ms, 10ms);
  if (size >= 90) step = random_.time(0ms, 120ms);
  if (size >= 97) step = random_.time(0ms, 5s);
  if (size >= 99 && plan_.long_pauses) step = random_.time(0s, 24h);
  advance(now_ + step, random_.chance(90));
}

void Simulation::advance(core::Time to, bool punctual) {
  while (!model_.drained()) {
    const auto late = world_.latest_late();
    const auto deadline = punctual ? core_.next_deadline() : std::nullopt;
    if (late && late->first <= to && (!deadline || late->first <= *deadline)) {
      now_ = std::max(now_, late->first);
      feed_message(late->second);
    } else if (deadline && *deadline <= to) {
      now_ = std::max(now_, *deadline);
      feed_turn_end();
    } else {
      break;
    }
  }
  now_ = std::max(now_, to);
}

void Simulation::heal() {
  world_.stop_faults();
  workers_.heal(now_);
  if (workers_.alive() == 0) start_worker(true);
  settle();
  end_lost_ones();
  settle();
  check_healed();
}

// Nothing new happens; what is under way comes to its end, and time goes on only when nothing else is left to do.
void Simulation::settle() {
  for (int rounds = 0;; ++rounds) {
    require(rounds < 1'000'000, "everything comes to its end");
    workers_.run(now_);
    if (world_.monitor_waits()) {
      feed_monitor_event();
    } else if (!world_.sending().empty()) {
      feed_message(random_.pick(world_.sending()));
    } else if (!feed_report()) {
      feed_turn_end();
      if (model_.drained()) return;
      workers_.run(now_);
      auto next = core_.next_deadline();
      const auto worker = workers_.next_time();
      if (worker && (!next || *worker < *next)) next = worker;
      if (!next && workers_.owed() == 0) break;
      if (next) now_ = std::max(now_, *next);
    }
  }
}

// Whose Closed was lost is counted until its descriptor is used again.
void Simulation::end_lost_ones() {
  const auto lost_one = [this] {
    return std::find_if(model_.present().begin(), model_.present().end(),
                        [this](ConnId conn) { return !world_.conn(conn).alive; });
  };
  for (auto lost = lost_one(); lost != model_.present().end(); lost = lost_one()) {
    const ConnId before = *lost;
    const ConnId conn = world_.connect(Habit::polite, world_.conn(before).fd);
    world_.handshake(conn);
    world_.act(conn, plan_.limits);
    settle();
    require(!model_.present(before), "the dead leave the roster when their descriptor is used again");
  }
}

void Simulation::check_healed() {
  require(core_.scheduler().at_rest() && core_.scheduler().bytes() == 0, "a healed core comes to rest");
  pictures_.at_rest();
  world_.check_outcomes();
  for (const ConnId conn : model_.present()) {
    require(world_.conn(conn).alive, "only the living are in the roster");
  }
}

void Simulation::drain_to_the_end() {
  for (int rounds = 0; !model_.drained(); ++rounds) {
    require(rounds < 100'000, "a drain ends when its grace does");
    const std::uint64_t before = events_;
    if (random_.chance(2)) feed_drain();  // a second one changes nothing
    act();
    if (rounds > 500 && events_ == before) pass_time();
    if (rounds > 2000) advance(now_ + 1s, true);
  }
  notices_.all_told();
  require(core_.drained() && !core_.next_deadline(), "nothing follows Drained");
  require(core_.step(core::TurnEnded{}, now_).empty(), "nothing follows Drained");
  require(core_.step(core::Opened{3, address_of(1)}, now_ + 1s).empty(), "nothing follows Drained");
}

}  // namespace rollcall::sim

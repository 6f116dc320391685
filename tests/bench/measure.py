"""One measurement: a server on a free port, the generator beside it, and what the generator found out."""

import contextlib
import json
import os
import socket
import subprocess

from harness import wait_until
from watching import onlookers

RUN_S_SLACK = 120  # above what a run is asked to take: joining, and a crowd that has to go


class Failed(Exception):
    """A measurement that gave no figures; says why."""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until_it_listens(server, port):
    def answers():
        if server.poll() is not None:
            raise Failed(f"{server.args[0]} ended with {server.returncode}")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return True
        except OSError:
            return False

    try:
        wait_until(answers, f"{server.args[0]} listens")
    except AssertionError as error:
        raise Failed(str(error)) from None


def program(directory, name):
    return os.path.join(directory, name)


def watched(subject, directory, port, http_port):
    if not subject.watchers:
        return contextlib.nullcontext()
    return onlookers(program(directory, "rollcall-client"), port, http_port, subject.watchers)


def measure(subject, generator_args, duration_s, directory):
    """The generator's figures, as a dict. Throws Failed."""
    port = free_port()
    command = [program(subject.directory or directory, subject.program), "--port", str(port), *subject.args]
    http_port = free_port() if subject.watchers else None
    if http_port:
        command += ["--http", f"127.0.0.1:{http_port}"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            wait_until_it_listens(server, port)
            with watched(subject, directory, port, http_port):
                done = subprocess.run(
                    [program(directory, "rollcall-bench-load"), "--port", str(port), "--server-pid", str(server.pid),
                     "--protocol", subject.protocol, *generator_args, *subject.load],
                    capture_output=True, text=True, timeout=duration_s + RUN_S_SLACK, check=False)
            if server.poll() is not None:
                raise Failed(f"{subject.program} ended with {server.returncode}")
        except subprocess.TimeoutExpired:
            raise Failed("it took too long") from None
        except (AssertionError, OSError) as error:
            raise Failed(str(error)) from None
        finally:
            server.kill()
    if done.returncode != 0:
        raise Failed(done.stderr.strip() or f"the generator ended with {done.returncode}")
    return json.loads(done.stdout)


def micro(directory, seconds):
    """Nanoseconds a request through codec and core, by name."""
    done = subprocess.run(
        [program(directory, "rollcall-bench-micro"), "--benchmark_format=json", f"--benchmark_min_time={seconds}"],
        capture_output=True, text=True, check=True)
    runs = json.loads(done.stdout)["benchmarks"]
    # Named requests/PROTOCOL/CLIENTS/WINDOW.
    return {"{1}, {2} x {3}".format(*run["name"].split("/")): run["ns_per_request"] for run in runs}


def instructions(directory):
    """Instructions a request of 100,000 through codec and core, counted by callgrind; by name."""
    counted = {}
    for load in ("1x1", "8x64", "1000x2"):
        done = subprocess.run(
            ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", "--toggle-collect=measured_requests*",
             program(directory, "rollcall-bench-instructions"), load],
            capture_output=True, text=True, check=True)
        total = next(line for line in done.stderr.splitlines() if "Collected" in line)
        counted["plain, " + load.replace("x", " x ")] = int(total.rsplit(":", 1)[1]) / int(done.stdout)
    return counted

"""Who looks on while a server is measured: clients that watch it, and what the live page asks for over HTTP."""

import contextlib
import http.client
import json
import subprocess
import threading

from harness import DEADLINE_S, wait_until

# tools/server/page/watch.js
PRESENCE_S = 0.5
HISTORY_EVERY = 4
ROSTER_EVERY = 10


def get(connection, path, key):
    """One value of what is asked for. Throws KeyError where the server answers with an error instead."""
    connection.request("GET", "/api/v1/" + path)
    return json.loads(connection.getresponse().read())[key]


def count_is(connection, count):
    try:
        return get(connection, "status", "count") == count
    except KeyError:
        return False  # there are no figures yet


def ask_as_the_page(connection, end, failures):
    try:
        ask_until(connection, end)
    except (OSError, http.client.HTTPException, LookupError) as failure:
        failures.append(failure)


def ask_until(connection, end):
    look = 0
    version = get(connection, "status", "roster_version")
    while not end.wait(PRESENCE_S):
        get(connection, "status", "count")
        version = get(connection, f"changes?after={version}", "roster_version")
        if look % HISTORY_EVERY == 0:
            get(connection, "history", "count")
        if look % ROSTER_EVERY == 0:
            get(connection, "roster?limit=2000", "clients")
        look += 1


@contextlib.contextmanager
def onlookers(client, port, http_port, watchers):
    """Begins when all of them are there. Throws AssertionError, also where the page got no answer."""
    end = threading.Event()
    failures = []
    with contextlib.ExitStack() as stack:
        for _ in range(watchers):
            watcher = stack.enter_context(subprocess.Popen([client, "--port", str(port), "--watch"],
                                                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
            stack.callback(watcher.kill)
        connection = stack.enter_context(
            contextlib.closing(http.client.HTTPConnection("127.0.0.1", http_port, timeout=DEADLINE_S)))
        wait_until(lambda: count_is(connection, watchers), "the watchers")
        page = threading.Thread(target=ask_as_the_page, args=(connection, end, failures), daemon=True)
        page.start()
        stack.callback(page.join)
        stack.callback(end.set)
        yield
    assert not failures, f"the page: {failures[0]!r}"

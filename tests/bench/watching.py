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


def get(connection, path):
    connection.request("GET", "/api/v1/" + path)
    return json.loads(connection.getresponse().read())


def ask_as_the_page(connection, end):
    look = 0
    while not end.wait(PRESENCE_S):
        version = get(connection, "status")["roster_version"]
        get(connection, f"changes?since={version}")
        if look % HISTORY_EVERY == 0:
            get(connection, "history")
        if look % ROSTER_EVERY == 0:
            get(connection, "roster?limit=2000")
        look += 1


@contextlib.contextmanager
def onlookers(client, port, http_port, watchers):
    """Begins when all of them are there. Throws AssertionError."""
    end = threading.Event()
    with contextlib.ExitStack() as stack:
        for _ in range(watchers):
            watcher = stack.enter_context(subprocess.Popen([client, "--port", str(port), "--watch"],
                                                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
            stack.callback(watcher.kill)
        connection = stack.enter_context(
            contextlib.closing(http.client.HTTPConnection("127.0.0.1", http_port, timeout=DEADLINE_S)))
        wait_until(lambda: get(connection, "status").get("count") == watchers, "the watchers")
        page = threading.Thread(target=ask_as_the_page, args=(connection, end), daemon=True)
        page.start()
        stack.callback(page.join)
        stack.callback(end.set)
        yield

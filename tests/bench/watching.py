"""Who looks on while a server is measured: clients that watch it, and what the live page asks for over HTTP."""

import contextlib
import http.client
import subprocess
import threading

from web import Web

# tools/server/page/watch.js
PRESENCE_S = 0.5
HISTORY_EVERY = 4
ROSTER_EVERY = 10


def ask_as_the_page(web, end, failures):
    try:
        ask_until(web, end)
    except (AssertionError, OSError, http.client.HTTPException) as failure:
        failures.append(failure)


def ask_until(web, end):
    look = 0
    version = web.status()["roster_version"]
    while not end.wait(PRESENCE_S):
        web.status()
        version = web.json(f"/api/v1/changes?after={version}")["roster_version"]
        if look % HISTORY_EVERY == 0:
            web.json("/api/v1/history")
        if look % ROSTER_EVERY == 0:
            web.json("/api/v1/roster?limit=2000")
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
        web = stack.enter_context(Web(port=http_port))
        web.wait_status(count=watchers)
        page = threading.Thread(target=ask_as_the_page, args=(web, end, failures), daemon=True)
        page.start()
        stack.callback(page.join)
        stack.callback(end.set)
        yield
    assert not failures, f"the page: {failures[0]!r}"

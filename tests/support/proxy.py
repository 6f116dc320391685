"""A TCP proxy before a server: it can keep the server's replies back, so that requests are accepted but unanswered."""

import selectors
import socket
import threading


class Proxy:
    """Passes every connection to `port` on to `target_port`; when one side of it ends, so does the other."""

    def __init__(self, target_port):
        self.target_port = target_port
        self._replies_pass = True
        self._ending = False
        self._selector = selectors.DefaultSelector()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._wakeup, waker = socket.socketpair()
        self._waker = waker
        self._selector.register(self._wakeup, selectors.EVENT_READ)
        self.port = self._listener.getsockname()[1]
        self.endpoint = f"tcp://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def keep_replies_back(self):
        """From now on, what the server sends is thrown away."""
        self._replies_pass = False

    def let_replies_pass(self):
        self._replies_pass = True

    def _run(self):
        while not self._ending:
            for key, _ in self._selector.select():
                if key.fileobj is self._listener:
                    self._accept()
                elif key.data is not None and key.fileobj.fileno() >= 0:
                    self._pass_on(key.fileobj, *key.data)

    def _accept(self):
        client, _ = self._listener.accept()
        try:
            server = socket.create_connection(("127.0.0.1", self.target_port))
        except OSError:
            client.close()
            return
        self._selector.register(client, selectors.EVENT_READ, (server, False))
        self._selector.register(server, selectors.EVENT_READ, (client, True))

    def _pass_on(self, source, destination, is_reply):
        try:
            data = source.recv(65536)
            if data and (self._replies_pass or not is_reply):
                destination.sendall(data)
        except OSError:
            data = b""
        if not data:
            for end in (source, destination):
                self._selector.unregister(end)
                end.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._ending = True
        self._waker.send(b"x")
        self._thread.join()
        for key in list(self._selector.get_map().values()):
            key.fileobj.close()
        self._waker.close()
        self._selector.close()

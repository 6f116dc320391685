"""A TCP proxy before a server: it can throw replies away, so that requests are accepted but unanswered, and cut."""

import selectors
import socket
import threading


class Proxy:
    """Passes every connection to `port` on to `target_port`; when one side of it ends, so does the other."""

    def __init__(self, target_port):
        self.target_port = target_port
        self._servers = set()  # the server's ends of the connections
        self._muted = frozenset()
        self._to_server = bytearray()
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

    def mute(self):
        """From now on, what the server sends on the connections of this moment is thrown away."""
        self._muted = frozenset(self._servers)

    def cut(self):
        """Ends the connections of this moment."""
        for server in list(self._servers):
            server.shutdown(socket.SHUT_RDWR)

    def passed_to_server(self, data):
        """Whether these bytes have been passed on."""
        return data in bytes(self._to_server)

    def _run(self):
        while not self._ending:
            for key, _ in self._selector.select():
                if key.fileobj is self._listener:
                    self._accept()
                elif key.data is not None and key.fileobj.fileno() >= 0:
                    self._pass_on(key.fileobj, key.data)

    def _accept(self):
        client, _ = self._listener.accept()
        try:
            server = socket.create_connection(("127.0.0.1", self.target_port))
        except OSError:
            client.close()
            return
        self._servers.add(server)
        self._selector.register(client, selectors.EVENT_READ, server)
        self._selector.register(server, selectors.EVENT_READ, client)

    def _pass_on(self, source, destination):
        try:
            data = source.recv(65536)
            if destination in self._servers:
                self._to_server += data
            if data and source not in self._muted:
                destination.sendall(data)
        except OSError:
            data = b""
        if not data:
            for end in (source, destination):
                self._selector.unregister(end)
                end.close()
            self._servers -= {source, destination}

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

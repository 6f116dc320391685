"""A CURVE client made by hand (ZeroMQ RFC 26), whose keys may be such as no library would make.

Needs libsodium, which libzmq comes with. A point of low order makes the same shared key with every secret, so that its
owner needs no secret at all: `SharedKey` takes that key, whatever libsodium thinks of it.
"""

import ctypes
import os

import raw_zmtp

SODIUM = ctypes.CDLL("libsodium.so.23")
KEY_BYTES = 32
MAC_BYTES = 16
COOKIE_BYTES = 96
VERSION = b"\1\0"

# Every point of low order on Curve25519, and the other ways to write some of them (RFC 7748, section 6.1).
LOW_ORDER = tuple(number.to_bytes(KEY_BYTES, "little") for number in (
    0, 1,
    325606250916557431795983626356110631294008115727848805560023387167927233504,
    39382357235489614581723060781553021112529911719440698176882885853963445705823,
    2**255 - 20, 2**255 - 19, 2**255 - 18))


class KeyPair:
    def __init__(self):
        public, secret = ctypes.create_string_buffer(KEY_BYTES), ctypes.create_string_buffer(KEY_BYTES)
        assert SODIUM.crypto_box_keypair(public, secret) == 0
        self.public, self.secret = public.raw, secret.raw


class LowOrder:
    """Not a pair: there is no secret to such a key, and no need for one."""

    def __init__(self, point):
        self.public, self.secret = point, None


class SharedKey:
    """What two keys encrypt with: NaCl's box, in its two steps."""

    def __init__(self, public, secret):
        key = ctypes.create_string_buffer(KEY_BYTES)
        if secret is None:  # HSalsa20 of the all-zero product
            assert SODIUM.crypto_core_hsalsa20(key, bytes(16), bytes(KEY_BYTES), None) == 0
        else:
            assert SODIUM.crypto_box_beforenm(key, public, secret) == 0
        self._key = key.raw

    def seal(self, text, nonce):
        box = ctypes.create_string_buffer(len(text) + MAC_BYTES)
        assert SODIUM.crypto_secretbox_easy(box, text, ctypes.c_ulonglong(len(text)), nonce, self._key) == 0
        return box.raw

    def open(self, box, nonce):
        text = ctypes.create_string_buffer(len(box) - MAC_BYTES)
        opened = SODIUM.crypto_secretbox_open_easy(text, box, ctypes.c_ulonglong(len(box)), nonce, self._key)
        assert opened == 0, "a box that does not open"
        return text.raw


class CurvePeer(raw_zmtp.RawPeer):
    """Each step of the handshake is a call; `let_in` does them all. The peer is closed like any RawPeer."""

    def __init__(self, port, server_public, permanent, ephemeral=None):
        super().__init__(port)
        self._server = server_public
        self._permanent = permanent
        self._ephemeral = ephemeral or KeyPair()
        self._session = None
        self._counter = 0

    def let_in(self):
        self.say_hello()
        self.initiate(self.read_welcome())
        self.read_ready()

    def say_hello(self):
        self.send(raw_zmtp.greeting(mechanism=b"CURVE"))
        number, nonce = self._nonce(b"CurveZMQHELLO---")
        box = SharedKey(self._server, self._ephemeral.secret).seal(bytes(64), nonce)
        self.send(raw_zmtp.command(b"HELLO", VERSION + bytes(72) + self._ephemeral.public + number + box))
        self.take(raw_zmtp.GREETING_BYTES)

    def read_welcome(self):
        """The server's key for this connection, and its cookie."""
        body = self.read_command(b"WELCOME")
        text = SharedKey(self._server, self._ephemeral.secret).open(body[16:], b"WELCOME-" + body[:16])
        return text[:KEY_BYTES], text[KEY_BYTES:]

    def initiate(self, welcome):
        server_ephemeral, cookie = welcome
        assert len(cookie) == COOKIE_BYTES
        vouch_nonce = os.urandom(16)
        # That the owner of the permanent key made the other one: its box is what a permanent key's secret is for.
        vouch = SharedKey(server_ephemeral, self._permanent.secret).seal(
            self._ephemeral.public + self._server, b"VOUCH---" + vouch_nonce)
        metadata = raw_zmtp.property_bytes(b"Socket-Type", b"DEALER")
        self._session = SharedKey(server_ephemeral, self._ephemeral.secret)
        number, nonce = self._nonce(b"CurveZMQINITIATE")
        box = self._session.seal(self._permanent.public + vouch_nonce + vouch + metadata, nonce)
        self.send(raw_zmtp.command(b"INITIATE", cookie + number + box))

    def read_ready(self):
        body = self.read_command(b"READY")
        self._session.open(body[8:], b"CurveZMQREADY---" + body[:8])

    def send_sealed(self, part):
        number, nonce = self._nonce(b"CurveZMQMESSAGEC")
        self.send(raw_zmtp.frame(b"\7MESSAGE" + number + self._session.seal(b"\0" + part, nonce)))

    def read_sealed(self):
        while True:
            _, body = self.read_frame()
            assert body.startswith(b"\7MESSAGE"), body[:20]
            text = self._session.open(body[16:], b"CurveZMQMESSAGES" + body[8:16])
            if not text[0] & 2:  # a command, such as PING
                return text[1:]

    def _nonce(self, prefix):
        """The next short nonce, and the long one that it stands for."""
        self._counter += 1
        number = self._counter.to_bytes(8, "big")
        return number, prefix + number

"""The messages of the rollcall protocol, written from proto/PROTOCOL.md alone. Needs Python 3.11 only.

The clauses named in the docstrings ("section 4.1") are those of that page.
"""

from dataclasses import dataclass
from enum import IntEnum

VERSION = 1
MAX_NAME_BYTES = 128
MAX_KEY_BYTES = 64
MAX_METADATA_PAIRS = 16
MAX_METADATA_BYTES = 2048
TOKEN_BYTES = 16
FIRST_TEXT_BYTE = 0x20


class Code(IntEnum):
    """Section 7."""
    MALFORMED = 1
    UNKNOWN_VERSION = 2
    UNKNOWN_TYPE = 3
    UNKNOWN_FLAG = 4
    TRAILING_BYTES = 5
    INVALID_TEXT = 6
    INVALID_VALUE = 7
    TOO_LARGE = 8
    TOO_MANY_PARTS = 9
    UNSUPPORTED = 10
    HELLO_REQUIRED = 11
    BAD_REQUEST_ID = 12
    BUSY = 13
    QUEUE_FULL = 14
    SERVER_FULL = 15
    DRAINING = 16
    HANDLER_FAILED = 17
    HANDLER_TIMEOUT = 18
    SESSION_ENDED = 19
    ROUTING_ID_REFUSED = 20
    UNAUTHORIZED = 21
    REPLY_LOST = 22
    WATCHERS_FULL = 23


class ProtocolError(Exception):
    """Bytes or values that the protocol does not allow; `code` is that of section 7."""

    def __init__(self, code, text):
        super().__init__(f"{code} {code_name(code)}: {text}")
        self.code = int(code)
        self.text = text


def code_name(code):
    """Section 7: later versions may add codes, and the client treats them like any other error."""
    return Code(code).name if code in Code._value2member_map_ else "UNASSIGNED"


# --- The messages from client to server (section 4) and plain text (section 6) ---


@dataclass(frozen=True)
class Hello:
    """Section 4.1. Metadata is absent or has pairs: bytes for none of them do not exist."""
    name: str = ""
    token: bytes | None = None
    metadata: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Request:
    """Section 4.2."""
    id: int
    body: bytes = b""


@dataclass(frozen=True)
class Bye:
    """Section 4.3."""


@dataclass(frozen=True)
class RosterQuery:
    """Section 4.4."""
    cursor: int = 0
    limit: int = 0


@dataclass(frozen=True)
class Watch:
    """Section 4.4."""
    version_from: int = 0
    stop: bool = False


@dataclass(frozen=True)
class Plain:
    """Section 6: plain text, in either direction."""
    text: str


# --- The messages from server to client (section 5) ---


@dataclass(frozen=True)
class Welcome:
    token: bytes
    window: int
    max_message: int
    liveness: int
    count: int
    version: int
    resumed: bool = False


@dataclass(frozen=True)
class Reply:
    id: int
    count: int
    version: int
    body: bytes


@dataclass(frozen=True)
class Entry:
    session: int
    since: int
    requests: int
    idle: int
    name: str
    address: str


@dataclass(frozen=True)
class Roster:
    version: int
    count: int
    next: int
    entries: tuple[Entry, ...] = ()
    pushed: bool = False


@dataclass(frozen=True)
class Event:
    kind: int
    reason: int
    session: int
    count: int
    version: int
    name: str
    address: str


@dataclass(frozen=True)
class Error:
    id: int
    code: int
    text: str


@dataclass(frozen=True)
class Closing:
    reason: int
    grace: int
    text: str


@dataclass(frozen=True)
class PlainError:
    """Section 6, `plain-error`."""
    code: int
    code_name: str
    text: str

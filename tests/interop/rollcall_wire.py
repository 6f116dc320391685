"""The bytes of the rollcall protocol, written from proto/PROTOCOL.md alone.

The clauses named in the docstrings ("section 4.1") are those of that page.
"""

import re
import struct

from rollcall_messages import (
    FIRST_TEXT_BYTE, MAX_KEY_BYTES, MAX_METADATA_BYTES, MAX_METADATA_PAIRS, MAX_NAME_BYTES, TOKEN_BYTES, VERSION,
    Bye, Closing, Code, Entry, Error, Event, Hello, Plain, PlainError, ProtocolError, Reply, Request, Roster,
    RosterQuery, Watch, Welcome)

# --- Encoding (sections 3 to 6) ---


def _pack(layout, *numbers):
    try:
        return struct.pack(">" + layout, *numbers)
    except struct.error as problem:
        raise ProtocolError(Code.INVALID_VALUE, str(problem)) from None


def _string(text, max_bytes=0xFFFF):
    try:
        data = text.encode("utf-8")
    except UnicodeEncodeError as problem:
        raise ProtocolError(Code.INVALID_TEXT, str(problem)) from None
    if len(data) > max_bytes:
        raise ProtocolError(Code.TOO_LARGE, f"a string of {len(data)} bytes, over its bound of {max_bytes}")
    return _pack("H", len(data)) + data


def _metadata(pairs):
    data = _pack("B", len(pairs))
    for key, value in pairs:
        data += _string(key, MAX_KEY_BYTES) + _string(value)
    return data


def _token(token):
    # A token of another length would shift every field behind it instead of being an error of its own.
    if len(token) != TOKEN_BYTES:
        raise ProtocolError(Code.INVALID_VALUE, f"a token of {len(token)} bytes")
    return token


def encode_hello(message):
    """`hello` of section 4."""
    flags = (message.token is not None) | bool(message.metadata) << 1
    part = _pack("BBB", VERSION, 0x01, flags) + _string(message.name, MAX_NAME_BYTES)
    part += _token(message.token) if message.token is not None else b""
    part += _metadata(message.metadata) if message.metadata else b""
    return part


def encode_request(message):
    """`request` of section 4."""
    return _pack("BBQ", VERSION, 0x02, message.id) + message.body


def encode_bye(_message=None):
    """`bye` of section 4."""
    return _pack("BB", VERSION, 0x03)


def encode_roster_query(message):
    """`roster-query` of section 4."""
    return _pack("BBQH", VERSION, 0x04, message.cursor, message.limit)


def encode_watch(message):
    """`watch` of section 4."""
    return _pack("BBBQ", VERSION, 0x05, message.stop, message.version_from)


def encode_plain(message):
    """`plain-part` of section 6."""
    try:
        return message.text.encode("utf-8")
    except UnicodeEncodeError as problem:
        raise ProtocolError(Code.INVALID_TEXT, str(problem)) from None


def encode_welcome(message):
    """`welcome` of section 5."""
    return _pack("BBB", VERSION, 0x81, message.resumed) + _token(message.token) + _pack(
        "IIIIQ", message.window, message.max_message, message.liveness, message.count, message.version)


def encode_reply(message):
    """`reply` of section 5."""
    return _pack("BBQIQ", VERSION, 0x82, message.id, message.count, message.version) + message.body


def encode_roster(message):
    """`roster` and `entry` of section 5."""
    part = _pack("BBBQIQH", VERSION, 0x84, message.pushed, message.version, message.count, message.next,
                 len(message.entries))
    for entry in message.entries:
        part += _pack("QQQI", entry.session, entry.since, entry.requests, entry.idle)
        part += _string(entry.name, MAX_NAME_BYTES) + _string(entry.address)
    return part


def encode_event(message):
    """`event` of section 5."""
    numbers = _pack("BBBBQIQ", VERSION, 0x85, message.kind, message.reason, message.session, message.count,
                    message.version)
    return numbers + _string(message.name, MAX_NAME_BYTES) + _string(message.address)


def encode_error(message):
    """`error` of section 5."""
    return _pack("BBQH", VERSION, 0x86, message.id, message.code) + _string(message.text)


def encode_closing(message):
    """`closing` of section 5."""
    return _pack("BBBI", VERSION, 0x87, message.reason, message.grace) + _string(message.text)


def encode_plain_error(message):
    """`plain-error` of section 6."""
    return encode_plain(Plain(f"ERROR {message.code} {message.code_name}: {message.text}"))


# --- Decoding: from left to right, so that the first thing wrong is the one reported (section 7) ---


class _Reader:
    def __init__(self, part):
        self.part = part
        self.at = 0

    def take(self, size_bytes):
        if len(self.part) - self.at < size_bytes:
            raise ProtocolError(Code.MALFORMED, f"{size_bytes} bytes wanted, {len(self.part) - self.at} left")
        self.at += size_bytes
        return self.part[self.at - size_bytes:self.at]

    def number(self, size_bytes):
        return int.from_bytes(self.take(size_bytes), "big")

    def numbers(self, layout):
        layout = ">" + layout
        return struct.unpack(layout, self.take(struct.calcsize(layout)))

    def flags(self, known_bits):
        flags = self.number(1)
        if flags & ~known_bits:
            raise ProtocolError(Code.UNKNOWN_FLAG, f"flags {flags:#04x}")
        return flags

    def choice(self, what, allowed):
        value = self.number(1)
        if value not in allowed:
            raise ProtocolError(Code.INVALID_VALUE, f"{what} {value}")
        return value

    def string(self, max_bytes=0xFFFF, bound_at=None):
        """The bound comes before the bytes: a length that breaks it is read before the text that it promises."""
        size_bytes = self.number(2)
        if size_bytes > max_bytes:
            raise ProtocolError(Code.TOO_LARGE, f"a string of {size_bytes} bytes, over its bound of {max_bytes}")
        if bound_at is not None and self.at + size_bytes > bound_at:
            raise ProtocolError(Code.TOO_LARGE, f"metadata over its bound of {MAX_METADATA_BYTES} bytes")
        return _text(self.take(size_bytes))

    def rest(self):
        return self.take(len(self.part) - self.at)

    def end(self, message):
        if self.at != len(self.part):
            raise ProtocolError(Code.TRAILING_BYTES, f"{len(self.part) - self.at} bytes after the last field")
        return message


def _text(data):
    # Python's strict decoder takes what RFC 3629 takes: no surrogates, no overlong forms, nothing above U+10FFFF.
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as problem:
        raise ProtocolError(Code.INVALID_TEXT, str(problem)) from None


def _read_metadata(reader):
    bound_at = reader.at + MAX_METADATA_BYTES
    pair_count = reader.number(1)
    if pair_count == 0:
        raise ProtocolError(Code.INVALID_VALUE, "metadata of no pairs")
    if pair_count > MAX_METADATA_PAIRS:
        raise ProtocolError(Code.TOO_LARGE, f"{pair_count} pairs of metadata, over the bound of {MAX_METADATA_PAIRS}")
    pairs = []
    for _ in range(pair_count):
        key = reader.string(MAX_KEY_BYTES, bound_at)
        if not key:
            raise ProtocolError(Code.INVALID_VALUE, "an empty metadata key")
        pairs.append((key, reader.string(bound_at=bound_at)))
    return tuple(pairs)


def _read_hello(reader):
    flags = reader.flags(0x03)
    name = reader.string(MAX_NAME_BYTES)
    token = reader.take(TOKEN_BYTES) if flags & 1 else None
    metadata = _read_metadata(reader) if flags & 2 else ()
    return Hello(name, token, metadata)


def _read_watch(reader):
    stop = bool(reader.flags(0x01))
    return Watch(reader.number(8), stop)


def _read_welcome(reader):
    resumed = bool(reader.flags(0x01))
    token = reader.take(TOKEN_BYTES)
    window = reader.number(4)
    if window == 0:
        raise ProtocolError(Code.INVALID_VALUE, "window 0")
    return Welcome(token, window, *reader.numbers("IIIQ"), resumed)


def _read_entry(reader):
    return Entry(*reader.numbers("QQQI"), reader.string(MAX_NAME_BYTES), reader.string())


def _read_roster(reader):
    pushed = bool(reader.flags(0x01))
    version, count, next_cursor, entry_count = reader.numbers("QIQH")
    return Roster(version, count, next_cursor, tuple(_read_entry(reader) for _ in range(entry_count)), pushed)


def _read_event(reader):
    kind = reader.choice("kind", range(1, 4))
    reason = reader.choice("reason", range(1, 6) if kind == 2 else (0,))
    return Event(kind, reason, *reader.numbers("QIQ"), reader.string(MAX_NAME_BYTES), reader.string())


def _read_error(reader):
    # Any code but 0: later versions may add some (section 7).
    request_id, code = reader.numbers("QH")
    if code == 0:
        raise ProtocolError(Code.INVALID_VALUE, "code 0")
    return Error(request_id, code, reader.string())


def _read_closing(reader):
    return Closing(reader.choice("closing reason", range(1, 4)), reader.number(4), reader.string())


_CLIENT_READERS = {
    0x01: _read_hello,
    # Id 0 is no matter of the bytes: the session answers it, with error 12 (section 4.2).
    0x02: lambda reader: Request(reader.number(8), reader.rest()),
    0x03: lambda reader: Bye(),
    0x04: lambda reader: RosterQuery(*reader.numbers("QH")),
    0x05: _read_watch,
}
_SERVER_READERS = {
    0x81: _read_welcome,
    0x82: lambda reader: Reply(*reader.numbers("QIQ"), reader.rest()),
    0x84: _read_roster,
    0x85: _read_event,
    0x86: _read_error,
    0x87: _read_closing,
}


def _decode(part, readers):
    reader = _Reader(part)
    if reader.number(1) != VERSION:
        raise ProtocolError(Code.UNKNOWN_VERSION, f"first byte {part[0]:#04x}")
    message_type = reader.number(1)
    if message_type not in readers:
        raise ProtocolError(Code.UNKNOWN_TYPE, f"type {message_type:#04x}")
    return reader.end(readers[message_type](reader))


def is_plain(part):
    """Section 3: the first byte tells plain text from a protocol message."""
    return part[:1] >= bytes([FIRST_TEXT_BYTE])


def decode_client_message(part):
    """One part from a client to its message (sections 3, 4 and 6)."""
    return Plain(_text(part)) if is_plain(part) else _decode(part, _CLIENT_READERS)


def decode_server_message(part):
    """One part from the server to its message (sections 3, 5 and 6)."""
    if not is_plain(part):
        return _decode(part, _SERVER_READERS)
    text = _text(part)
    error = re.fullmatch(r"ERROR ([0-9]+) ([A-Za-z_]+): (.*)", text, re.DOTALL)
    return PlainError(int(error[1]), error[2], error[3]) if error else Plain(text)


def split_delimiter(parts):
    """The parts of a ZeroMQ message to (the delimiter as a list, the part), section 3."""
    delimiter = parts[:1] if len(parts) > 1 and not parts[0] else []
    if len(parts) != len(delimiter) + 1:
        raise ProtocolError(Code.TOO_MANY_PARTS, f"{len(parts)} parts")
    return delimiter, parts[-1]


# --- Any message ---

_CLIENT_ENCODERS = {Hello: encode_hello, Request: encode_request, Bye: encode_bye, RosterQuery: encode_roster_query,
                    Watch: encode_watch, Plain: encode_plain}
_SERVER_ENCODERS = {Welcome: encode_welcome, Reply: encode_reply, Roster: encode_roster, Event: encode_event,
                    Error: encode_error, Closing: encode_closing, Plain: encode_plain, PlainError: encode_plain_error}


def encode_client_message(message):
    """Any message of section 4; what the decoder would refuse is refused here, with the same code."""
    part = _CLIENT_ENCODERS[type(message)](message)
    decode_client_message(part)
    return part


def encode_server_message(message):
    """Any message of section 5; what the decoder would refuse is refused here, with the same code."""
    part = _SERVER_ENCODERS[type(message)](message)
    decode_server_message(part)
    return part

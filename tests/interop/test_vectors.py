"""The Python encoders and decoders against proto/vectors/; its README.md describes the files."""

import dataclasses
import json
import os
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import rollcall_client as rc  # noqa: E402

DEFAULT_DIRECTORY = Path(__file__).parent.parent.parent / "proto" / "vectors"
DIRECTORY = Path(os.environ.get("ROLLCALL_VECTORS") or DEFAULT_DIRECTORY)
TYPES = {"hello": rc.Hello, "request": rc.Request, "bye": rc.Bye, "roster_query": rc.RosterQuery, "watch": rc.Watch,
         "welcome": rc.Welcome, "reply": rc.Reply, "roster": rc.Roster, "event": rc.Event, "error": rc.Error,
         "closing": rc.Closing, "plain": rc.Plain, "plain_error": rc.PlainError}
DECODERS = {"client": rc.decode_client_message, "server": rc.decode_server_message}
ENCODERS = {"client": rc.encode_client_message, "server": rc.encode_server_message}


def read_vectors():
    """Every vector of every file, so that a file added later is not passed over in silence."""
    return [vector for path in sorted(DIRECTORY.glob("*.json")) for vector in json.loads(path.read_text("utf-8"))]


def message_from_json(fields):
    """The message that the `message` of a vector describes."""
    fields = dict(fields)
    message_type = TYPES[fields.pop("type")]
    if message_type is rc.Error:
        # On the wire an ERROR carries no name; a plain error does.
        assert fields.pop("code_name") == rc.code_name(fields["code"])
    values = {}
    for name, value in fields.items():
        if name.endswith("_hex"):
            name, value = name.removesuffix("_hex"), None if value is None else bytes.fromhex(value)
        elif name == "metadata":
            value = tuple((pair["key"], pair["value"]) for pair in value)
        elif name == "entries":
            value = tuple(rc.Entry(**entry) for entry in value)
        values[name] = value
    # A field that the vector leaves out would be compared with the default only.
    assert values.keys() == {field.name for field in dataclasses.fields(message_type)}, (message_type, values)
    return message_type(**values)


class VectorsTest(unittest.TestCase):
    """Every vector: meaning to bytes, bytes to meaning, bad bytes to their code."""

    @classmethod
    def setUpClass(cls):
        vectors = read_vectors()
        cls.messages = [vector for vector in vectors if "message" in vector]
        cls.errors = [vector for vector in vectors if "code" in vector]
        assert len(cls.messages) + len(cls.errors) == len(vectors), "a vector of an unknown kind"

    def test_there_are_vectors_of_every_message_and_both_directions(self):
        self.assertEqual({vector["message"]["type"] for vector in self.messages}, TYPES.keys())
        self.assertEqual({vector["direction"] for vector in self.errors}, DECODERS.keys())
        self.assertLessEqual({1, 2, 3, 4, 5, 6, 7, 8}, {vector["code"] for vector in self.errors})

    def test_bytes_decode_to_their_message(self):
        for vector in self.messages:
            with self.subTest(vector["name"]):
                message = DECODERS[vector["direction"]](bytes.fromhex(vector["hex"]))
                self.assertEqual(message, message_from_json(vector["message"]))

    def test_messages_encode_to_their_bytes(self):
        for vector in self.messages:
            with self.subTest(vector["name"]):
                part = ENCODERS[vector["direction"]](message_from_json(vector["message"]))
                self.assertEqual(part.hex(), vector["hex"])

    def test_bad_bytes_have_their_code(self):
        for vector in self.errors:
            with self.subTest(vector["name"]):
                with self.assertRaises(rc.ProtocolError) as caught:
                    DECODERS[vector["direction"]](bytes.fromhex(vector["hex"]))
                self.assertEqual(caught.exception.code, vector["code"])
                self.assertEqual(rc.code_name(vector["code"]), vector["code_name"])

    def test_every_cut_of_a_message_has_an_error_or_a_meaning_but_never_another_exception(self):
        for vector in self.messages:
            part = bytes.fromhex(vector["hex"])
            for size_bytes in range(len(part)):
                try:
                    DECODERS[vector["direction"]](part[:size_bytes])
                except rc.ProtocolError as error:
                    self.assertIn(error.code, range(1, 9))


if __name__ == "__main__":
    unittest.main()

"""What a fuzz target begins with: the inputs that are kept in corpus/, the protocol's vectors, the example scripts."""

import json
import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent


def kept(target):
    """Files of corpus/TARGET: as they are, or as hexadecimal digits when their name ends in .hex."""
    for path in sorted((HERE / "corpus" / target).glob("*")):
        if path.suffix == ".hex":
            yield path.stem, bytes.fromhex(path.read_text())
        else:
            yield path.name, path.read_bytes()


def vectors():
    for file in ("messages", "errors"):
        for vector in json.loads((ROOT / "proto" / "vectors" / f"{file}.json").read_text()):
            yield f"{file}-{vector['name']}", bytes.fromhex(vector["hex"])


def scripts():
    for path in sorted((ROOT / "proto" / "scripts").glob("*.jsonl")):
        yield path.name, path.read_bytes()


OTHERS = {"decode": vectors, "script": scripts}


def seeds(target):
    yield from kept(target)
    if target in OTHERS:
        yield from OTHERS[target]()


def write(target, folder):
    """One file a seed; returns how many."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    for name, data in seeds(target):
        (folder / name.replace(os.sep, "-")).write_bytes(data)
        count += 1
    return count


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: seeds.py TARGET FOLDER")
    write(sys.argv[1], sys.argv[2])

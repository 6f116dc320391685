"""Reads what --record wrote, and checks that it can be played: its counts must follow from its own steps."""

import json

VERBS = ("join", "send", "expect", "leave", "crash", "wait")


class Recording:
    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            self.lines = file.read().splitlines()
        self.comments = [line for line in self.lines if line.startswith("#")]
        self.header, *self.steps = [json.loads(line) for line in self.lines if not line.startswith("#")]
        self.labels = {}  # of all clients that ever joined
        self.here = set()
        self.unanswered = {}  # by client: how many were here when each request was sent
        self.settled = True  # no join, leave or crash since the last wait
        self.messages_since_wait = False
        self.replies = 0
        self.time_s = 0.0
        self.check()

    def verbs(self):
        return [next(iter(step)) for step in self.steps]

    def texts(self, client):
        """What this client said."""
        return [step["text"] for step in self.steps if step.get("send") == client]

    def check(self):
        assert self.header["rollcall"] == 1 and self.header["title"], self.header
        for number, step in enumerate(self.steps):
            verb = next(iter(step))
            assert verb in VERBS, step
            assert step.get("at", self.time_s) >= self.time_s, f"times go back: {step}"
            self.time_s = step.get("at", self.time_s)
            try:
                getattr(self, verb)(step)
            except (AssertionError, KeyError, IndexError) as error:
                around = "\n".join(map(json.dumps, self.steps[max(0, number - 20):number + 1]))
                raise AssertionError(f"{error!r} in the last of\n{around}") from error
        assert not self.here, f"{self.here} never leave"

    def join(self, step):
        assert step["join"] not in self.labels or step["join"].startswith("others"), "a name is used twice"
        self.come_or_go()
        self.here.add(step["join"])
        self.labels[step["join"]] = step.get("name", step["join"])
        self.unanswered[step["join"]] = []

    def leave(self, step):
        self.come_or_go()
        self.here.remove(step["leave"])

    def crash(self, step):
        self.come_or_go()
        self.here.remove(step["crash"])

    def come_or_go(self):
        assert not self.messages_since_wait, "a join, leave or crash that does not wait for the messages before it"
        self.settled = False

    def wait(self, step):
        assert step["wait"]["count"] == len(self.here), "a wait that never ends"
        self.settled = True
        self.messages_since_wait = False

    def send(self, step):
        assert step["send"] in self.here, "somebody who is not here"
        assert self.settled, "a message that does not wait for the joins and leaves before it"
        assert ("text" in step) != ("hex" in step)
        self.messages_since_wait = True
        self.unanswered[step["send"]].append(len(self.here))
        if "expect" in step:
            self.expect({"expect": step["send"], **step["expect"]})

    def expect(self, step):
        count = self.unanswered[step["expect"]].pop(0)
        if "error" in step:
            return
        assert step["count"] == count, f"a count that is not the one of its request: {count}"
        self.replies += 1

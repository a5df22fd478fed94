"""Answers every call on loopback after a delay: `python -m tests.benchmarks.slow_server SECONDS [REPLY]`."""

import sys

from tests.models.fake_server import Answer, FakeServer

REPLY = "<think>two and two</think>\n<answer>4</answer>\nThoughts: right\nStatus: success"

if __name__ == "__main__":
    reply = sys.argv[2] if len(sys.argv) > 2 else REPLY
    with FakeServer(Answer(reply, delay=float(sys.argv[1]))) as server:
        print(server.url, flush=True)
        sys.stdin.read()

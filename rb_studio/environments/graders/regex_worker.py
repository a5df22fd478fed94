"""Run as a script: read {"pattern", "text"} from stdin, write {"found"} or {"error"} to stdout."""

import json
import re
import sys


def answer(request: str) -> str:
    """The reply to one request, both as JSON."""
    job = json.loads(request)
    try:
        found = re.search(job["pattern"], job["text"]) is not None
    except (re.error, OverflowError, RecursionError) as fault:
        return json.dumps({"error": str(fault)})
    return json.dumps({"found": found})


if __name__ == "__main__":
    sys.stdout.write(answer(sys.stdin.read()))

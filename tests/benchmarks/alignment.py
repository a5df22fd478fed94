"""Two rollouts of 500 steps each side by side (`python -m tests.benchmarks.alignment`)."""

import random
import sys
import time
from pathlib import Path

from rb_studio.analysis.alignment import align, keys_of
from rb_studio.records.trajectory import Action, ExitReason, Step, Trajectory
from tests.benchmarks.figure import Figure, table

STEPS, SECONDS = 500, 1.0
FILES = 40


def measure(folder: Path) -> list[Figure]:
    """Keys and alignment of two runs that share most of what they do, in another order now and then."""
    pair = [_rollout(seed) for seed in (1, 2)]
    begun = time.perf_counter()
    found = align([keys_of(one) for one in pair])
    seconds = time.perf_counter() - begun
    same = sum(row.same for row in found.rows)
    name = f"two runs of {STEPS} steps aligned, {same} rows the same"
    return [Figure(name, f"at most {SECONDS:.0f} s", f"{seconds:.2f} s", seconds <= SECONDS)]


def _rollout(seed: int) -> Trajectory:
    dice, shared = random.Random(seed), random.Random(0)
    plan = [_command(shared) for _ in range(STEPS)]
    chosen = [one if dice.random() < 0.6 else _command(dice) for one in plan]
    steps = tuple(
        Step(number, "Look further.", (Action(text, "bash"),), f"<returncode>0</returncode>\n{text}\n" * 40)
        for number, text in enumerate(chosen, 1)
    )
    return Trajectory(str(seed), "bench/1", 0, seed, "", steps, ExitReason.IMPORTED)


def _command(dice: random.Random) -> str:
    name, line = f"src/part_{dice.randrange(FILES)}/module.py", dice.randrange(900)
    edit = f"cat > {name} <<'EOF'\n" + "value = compute(value)\n" * 60 + "EOF"
    return dice.choice((f"sed -n '{line},{line + 40}p' {name}", f"grep -n 'value' {name}", f"cd /testbed && {edit}"))


if __name__ == "__main__":
    print(table(measure(Path())), file=sys.stdout)

"""Random streams: one for each name, so that adding an actor disturbs no other (K6)."""

import hashlib
import random


def random_stream(seed: int, name: str) -> random.Random:
    """Return the random stream of a name under a seed; the same on every machine and in every process."""
    digest = hashlib.blake2b(f"{seed}/{name}".encode(), digest_size=16).digest()
    return random.Random(int.from_bytes(digest, "big"))  # noqa: S311  no secret is drawn from it

"""Which engine gets which shard."""

from __future__ import annotations

import random
from collections import Counter

from openmvno.charging.assignment import assign


def test_one_engine_has_all() -> None:
    assert assign([7], {}, 4) == {0: 7, 1: 7, 2: 7, 3: 7}
    assert assign([], {0: 7}, 4) == {}


def test_an_engine_that_joins_gets_its_share_and_the_rest_stays() -> None:
    alone = dict.fromkeys(range(5), 1)
    assert assign([1, 2], alone, 5) == {0: 1, 1: 1, 2: 1, 3: 2, 4: 2}


def test_the_shards_of_one_that_is_gone_are_shared_out() -> None:
    before = {0: 1, 1: 1, 2: 2, 3: 2, 4: 3, 5: 3}
    assert assign([1, 3], before, 6) == {0: 1, 1: 1, 2: 1, 3: 3, 4: 3, 5: 3}


def test_it_is_balanced_moves_little_and_stays() -> None:
    chance = random.Random(5)
    for _ in range(500):
        shards = chance.randint(1, 24)
        nodes = chance.sample(range(1, 40), chance.randint(1, 6))
        owners = {
            shard: chance.choice([*nodes, 99]) for shard in range(shards) if chance.random() < 0.9
        }
        wanted = assign(nodes, owners, shards)
        assert sorted(wanted) == list(range(shards))
        counts = Counter(wanted.values())
        spread = [counts[node] for node in nodes]
        assert max(spread) - min(spread) <= 1
        held = Counter(owner for owner in owners.values() if owner in nodes)
        moved = [shard for shard, owner in owners.items() if wanted[shard] != owner]
        needed = [shard for shard, owner in owners.items() if owner not in nodes]
        surplus = sum(max(0, held[node] - counts[node]) for node in nodes)
        assert len(moved) == len(needed) + surplus
        assert assign(reversed(nodes), wanted, shards) == wanted, "whoever works it out, and again"
        # It is balanced from wherever it stands while shards are on their way.
        part = dict(owners)
        for shard in chance.sample(range(shards), shards // 2):
            part[shard] = wanted[shard]
        again = assign(nodes, part, shards)
        spread = [Counter(again.values())[node] for node in nodes]
        assert max(spread) - min(spread) <= 1

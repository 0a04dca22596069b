"""Which engine should have which shard: the same answer wherever it is worked out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


def assign(nodes: Iterable[int], owners: Mapping[int, int], shards: int) -> dict[int, int]:
    """The engine that each shard is for, given those that live and stay and who has which now.

    Balanced to within one shard, with the fewest moves: whoever has shards keeps the lowest of
    them as far as its share goes, the others go to those who have less than theirs. Empty when
    there is no engine.
    """
    living = sorted(nodes)
    if not living:
        return {}
    held: dict[int, list[int]] = {node: [] for node in living}
    for shard in range(shards):
        owner = owners.get(shard)
        if owner in held:
            held[owner].append(shard)
    least, more = divmod(shards, len(living))
    # Who has most keeps one more than the others.
    by_count = sorted(living, key=lambda node: (-len(held[node]), node))
    share = {node: least + (place < more) for place, node in enumerate(by_count)}
    assigned = {shard: node for node in living for shard in held[node][: share[node]]}
    room = [node for node in living for _ in range(share[node] - min(len(held[node]), share[node]))]
    homeless = [shard for shard in range(shards) if shard not in assigned]
    return assigned | dict(zip(homeless, room, strict=True))

"""Makes tensors and drops them, in an order drawn from a seed. After every operation it asks ttnn's own view how much is in
use, and keeps the most, with the tensors that it holds then: what `ttmem peak` has to say. peaks.py SEED STEPS FILE
"""
import json
import random
import sys

import ttnn

import marks

draw = random.Random(sys.argv[1])
device = marks.open_mesh()
CONFIGS = {"dram": ttnn.DRAM_MEMORY_CONFIG, "l1": ttnn.L1_MEMORY_CONFIG}
live = []  # (tensor, pool, the operation that made it, side)
most = {}  # pool: {"reserved_bytes", "tensors": [[operation, requested bytes]]}


def look():
    for pool, kind in (("dram", ttnn.BufferType.DRAM), ("l1", ttnn.BufferType.L1)):
        seen = ttnn.get_memory_view(device, kind)
        reserved = seen.num_banks * seen.total_bytes_allocated_per_bank
        if reserved > most.get(pool, {"reserved_bytes": 0})["reserved_bytes"]:
            held = sorted([made_by, 2 * side * side] for _, its_pool, made_by, side in live if its_pool == pool)
            most[pool] = {"reserved_bytes": reserved, "tensors": held}


for _ in range(int(sys.argv[2])):
    pool = draw.choice(["dram", "dram", "l1"])
    side = 32 * draw.randrange(1, 9)
    alike = [entry for entry in live if entry[3] == side]
    if live and draw.random() < 0.4:
        live.pop(draw.randrange(len(live)))
    elif alike and draw.random() < 0.5:
        a, b = draw.choice(alike)[0], draw.choice(alike)[0]
        live.append((ttnn.add(a, b, memory_config=CONFIGS[pool]), pool, "ttnn.add", side))
        del a, b
    else:
        made = ttnn.empty([1, 1, side, side], dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device,
                          memory_config=CONFIGS[pool])
        live.append((made, pool, "ttnn.empty", side))
        del made
    look()
live.clear()
ttnn.close_mesh_device(device)
with open(sys.argv[3], "w") as file:
    json.dump(most, file)

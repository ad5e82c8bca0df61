"""Ten lines with a leak in them:  ttmem run --iterations-by ttnn.ones -- python3 examples/leak.py ; ttmem leaks"""
import ttnn

device = ttnn.open_device(device_id=0)
kept = []
for step in range(5):
    x = ttnn.ones([1, 1, 256, 256], dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
    y = ttnn.relu(x)
    kept.append(ttnn.add(x, y))  # no one frees these
    del x, y
ttnn.close_device(device)

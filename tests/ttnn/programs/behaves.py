"""Does what programs do to their parents: prints, warns, catches what tt-metal throws, and ends as it is told."""
import os
import signal
import sys
import threading

import ttnn

device = ttnn.open_mesh_device(ttnn.MeshShape(1, 1))
a = ttnn.zeros([1, 1, 64, 64], dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
b = ttnn.zeros([1, 1, 96, 96], dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
for wrong in (lambda: ttnn.matmul(a, b), lambda: ttnn.add(a), lambda: ttnn.add(a, None), lambda: ttnn.zeros([1, 1, 1 << 17, 1 << 18],
              dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)):
    try:
        print("went well", wrong())
    except Exception as error:
        print(type(error).__name__, str(error).split("backtrace")[0])
print([entry for entry in sys.path if "ttmem" in entry], [name for name in sys.modules if "sitecustomize" in name])
print(ttnn.add, ttnn.add.__name__, sorted(vars(type(ttnn.add))["__dataclass_fields__"]), threading.active_count())
print("and now", sys.argv[1], file=sys.stderr)
if sys.argv[1] == "raises":
    ttnn.matmul(a, b)
ttnn.close_mesh_device(device)
if sys.argv[1] == "signal":
    os.kill(os.getpid(), signal.SIGTERM)
sys.exit(int(sys.argv[1]) if sys.argv[1].isdigit() else 0)

"""Not started by `ttmem run`: loads the library itself, before it imports ttnn."""
import os
import sys

sys.path.insert(0, os.environ["TTMEM_LAUNCHER"])
import ttmem_ttnn  # noqa: E402

print("followed:", ttmem_ttnn.follow(os.environ["TTMEM_PRELOAD"]))

import workload  # noqa: E402

workload.main(sys.argv[1:])

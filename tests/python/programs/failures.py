"""Failed allocations are told in the process, with tt-metal's figures, and no callback disturbs the program."""
import os
import sys
import threading
import time

import marks
import numpy
import ttmem.ttnn
import ttnn

import ttmem

device = marks.open_mesh()
told, raised = [], []
sys.unraisablehook = raised.append
FAR_TOO_MUCH = [1, 1, 1 << 20, 1 << 14]


def fails():
    try:
        marks.empty(device, FAR_TOO_MUCH)
    except RuntimeError as error:
        return str(error)
    raise AssertionError("it did not fail")


held = marks.tensor(device, 64)
fails()
observation = ttmem.on_allocation_failure(told.append)
assert told == [], "what failed before is not told"

message = fails()
(failure,) = told
assert isinstance(failure, ttmem.AllocationFailure)
assert (failure.kind, failure.pool, failure.op, failure.chips) == ("out_of_memory", "dram", "ttnn.empty", (0,)), failure
assert failure.requested_bytes == 2 * (1 << 34) and str(failure.requested_bytes) in message, (failure, message)
assert failure.allocated_per_bank + failure.free_per_bank == failure.bank_bytes, failure
assert str(failure.largest_free_per_bank) in message and failure.thread == threading.get_native_id()
assert failure.is_fragmented is False and "`ttnn.empty` needed" in str(failure), str(failure)

seen = []
with ttmem.on_allocation_failure(lambda failure: seen.append((failure.tag, ttmem.memory_allocated()))):
    def model():
        local = marks.tensor(device, 64)  # live when it fails
        with ttmem.annotate("kv_cache"):
            fails()

    model()
assert seen == [("kv_cache", 2 * 24576)], seen
assert len(told) == 2, "both were told"


def broken(failure):
    raise KeyboardInterrupt("of the callback")


def fails_itself(failure):
    fails()


with ttmem.on_allocation_failure(broken), ttmem.on_allocation_failure(fails_itself):
    fails()
assert [info.exc_type for info in raised] == [KeyboardInterrupt] and "broken" in repr(raised[0].object), raised
sys.__unraisablehook__(raised[0])  # it is of the one kind that Python's own hook takes
assert len(told) == 3, "what fails in a callback is not told"

threads = [threading.Thread(target=fails) for _ in range(4)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
assert len(told) == 7 and len({failure.thread for failure in told[3:]} - {threading.get_native_id()}) >= 1, told

wide = marks.empty(device, [1, 1, 32, 32 * 64])
in_l1 = marks.empty(device, [1, 1, 40000, 1024], ttnn.L1_MEMORY_CONFIG)
count = len(told)
try:
    ttnn.softmax(wide)
    raise AssertionError("its circular buffers have room")
except RuntimeError as error:
    message = str(error)
assert [failure.kind for failure in told[count:]] == ["cb_clash"] and told[-1].op == "ttnn.softmax", told[count:]
assert str(told[-1].bytes_per_bank) in message and str(told[-1].bank_bytes) in message, (told[-1], message)
assert str(told[-1]).startswith("circular buffers of `ttnn.softmax` end at "), str(told[-1])

host = ttnn.Tensor(numpy.zeros((1, 1, 2048, 2048), dtype=numpy.float32))
try:
    host.to(device, ttnn.L1_MEMORY_CONFIG)  # no operation of ttnn: told in the main thread, a moment later
    raise AssertionError("it has room")
except RuntimeError:
    pass
for _ in range(2):
    time.sleep(0)
assert [failure.op for failure in told[count + 1:]] == [""] and told[-1].pool == "l1", told[count + 1:]
del in_l1

child = os.fork()
if child == 0:
    os._exit(0 if len(told) >= 7 else 1)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0

count = len(told)
observation.remove()
observation.remove()
fails()
assert len(told) == count, "it was removed"
try:
    ttmem.on_allocation_failure("no function")
    raise AssertionError("it took a text")
except TypeError:
    pass
ttmem.on_allocation_failure(told.append)  # at the end of the interpreter it does no harm
print("failures are told", flush=True)

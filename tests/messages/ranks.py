"""Logs of several processes that print to one file, line by line, and what each of them said."""
import disguise
import strangers

OPERATIONS = ("Matmul", "Conv2d", "Permute", "BinaryNg", "Halo", "Concat")
# {r}: the rank; {s}: a second of the line's count.
NAMED = {
    "Open MPI": "[1,{r}]<stderr>:",
    "Open MPI with blanks": "[1,{r}]<stderr>: ",
    "Ray": "(RayTrainWorker pid=412{r}, ip=10.0.0.1) ",
    "Ray, coloured": "\x1b[36m(RayTrainWorker pid=412{r})\x1b[0m ",
    "vLLM": "(Worker_TP{r} pid=30{r}) ",
    "vLLM's logger": "(Worker_TP{r} pid=30{r}) ERROR 09-28 01:43:{s} [core.py:805] ",
    "torchrun": "[rank{r}]: ",
    "elastic agent": "[default{r}]:",
    "srun": "{r}: ",
    "kubectl": "[pod/llm-{r}/main] ",
    "kubectl with times": "2026-07-06T01:00:{s}.5Z [pod/llm-{r}/main] ",
    "docker compose": "web-{r}  | ",
    "docker compose, coloured": "\x1b[36mweb-{r}  |\x1b[0m ",
    "syslog": "Nov 28 21:00:{s} host app[77{r}]: ",
    "journalctl": "Jul 06 01:00:{s} n300 server[81{r}]: 2026-07-06 01:00:{s} ",
    "words": "rank {r}: ",
    "GitHub and MPI": "2026-07-06T01:00:{s}.1234567Z [1,{r}]<stdout>: ",
    "xdist": "[gw{r}] ",
    "logfmt": "time=2026-07-06T01:00:{s}Z level=error rank={r} msg=",
}


def lines_of(r, rank, message, operation, known):
    at = f"2026-08-13 01:33:{r.randrange(10, 50)}.{rank}{r.randrange(10, 99)}"
    frames = [" --- tt::tt_metal::BankManager::allocate_buffer(unsigned long, unsigned long, bool)",
              " --- tt::tt_metal::Buffer::allocate_impl()"][:r.randrange(1, 3)]
    log = [f"Loading rank weights {r.randrange(99)}"] * r.randrange(0, 3)
    log += [f"{at} | critical |          Always | TT_FATAL: {message} (assert.hpp:104)"]
    log += ["Traceback (most recent call last):", '  File "demo.py", line 12, in <module>', "    run()"] * r.randrange(0, 2)
    log += ["RuntimeError: TT_FATAL @ /project/tt_metal/impl/allocator/bank_manager.cpp:430: false", "info:", message, "backtrace:"]
    log += frames + [f" --- ttnn::operations::x::{operation}DeviceOperation::create_output_tensors(int)"]
    log += [" --- ttnn::device_operation::launch(int)", " --- /lib/libc.so.6(+0x29d90) [0x7f0000029d90]", " --- python(_start+0x25)"]
    return at, log + ["bye"] * r.randrange(0, 2)


def interleaved(r, logs):
    """(rank, line), each log in its order, in bursts of some lines."""
    left = {rank: list(lines) for rank, lines in logs.items()}
    while left:
        rank = r.choice(sorted(left))
        for _ in range(r.choice((1, 1, 1, 2, 5))):
            if left[rank]:
                yield rank, left[rank].pop(0)
        if not left[rank]:
            del left[rank]


def several(seed, carrier, width=0):
    """(the text, {message: (operation, time)})"""
    r = disguise.generator(f"ranks {seed} {carrier} {width}")
    kinds = ("out_of_memory v3", "out_of_memory v1", "clash", "trace region", "out_of_memory overlapping")
    logs, truth = {}, {}
    for rank in range(r.choice((2, 4, 4, 8))):
        unknown = r.random() < 0.2
        message = strangers.sentence(r) if unknown else disguise.KINDS[r.choice(kinds)][1](r)
        operation = r.choice(OPERATIONS)
        at, lines = lines_of(r, rank, message, operation, not unknown)
        if width:
            lines = sum((disguise.wrapped(line, width, "").splitlines() for line in lines), [])
        logs[rank], truth[message] = lines, (operation + "DeviceOperation", at)
    text = ""
    for count, (rank, line) in enumerate(interleaved(r, logs)):
        text += carrier.replace("{r}", str(rank)).replace("{s}", f"{count % 60:02}") + line + "\n"
    return text, truth

"""Variations of a text that carriers make on its way to us. They know lines, bytes and digits, and nothing of ttmem.

Every variation keeps what the text says, so that it must be understood as before. `variations` yields (what was done,
bytes).
"""
import gzip
import io
import json
import lzma
import re
import shutil
import subprocess
import urllib.parse
import zipfile

# What stands before each line; {n} counts lines, {s} is a second of that count.
PREFIXES = {
    "docker compose": "model-server-1  | ",
    "docker compose, coloured": "\x1b[36mmodel-server-1  |\x1b[0m ",
    "kubectl --prefix": "[pod/llama-70b-7d9f/server] ",
    "kubectl --timestamps": "2026-07-06T01:00:{s}.123456789Z ",
    "containerd": "2026-07-06T01:00:{s}.5Z stderr F ",
    "GitHub's log": "2026-07-06T01:00:{s}.1234567Z ",
    "GitHub's raw log of a job": "test (n300)\tRun tests\t2026-07-06T01:00:{s}.1234567Z ",
    "Ray": "(RayTrainWorker pid=4123, ip=10.0.0.1) ",
    "Ray, coloured": "\x1b[36m(RayTrainWorker pid=4123)\x1b[0m ",
    "Open MPI": "[1,3]<stderr>:",
    "Open MPI with ranks": "[1,3]<stderr>: ",
    "Slurm": "3: ",
    "torchrun": "[rank3]: ",
    "elastic agent": "[default3]:",
    "pytest": "E       ",
    "pytest's captured log": "E   ",
    "systemd": "Nov 28 21:00:{s} host python3[771]: ",
    "a quote in mail": "> ",
    "a quote in a quote": "> > ",
    "a comment": "# ",
    "a box": "\u2502 ",
    "a table": "| ",
    "ts": "Jul 06 01:00:{s} ",
    "vLLM's engine": "(EngineCore_DP0 pid=6911) ",
    "a diff": "+",
    "GitLab": "2026-07-06T01:00:{s}.123456Z 01E ",
    "Jenkins": "[2026-07-06T01:00:{s}.123Z] ",
    "Buildkite": "\x1b_bk;t=17000000000{s}\x07",
    "pytest's log on the command line": "ERROR    root:test_a.py:12 ",
    "logging": "ERROR:root:",
    "xdist": "[gw3] ",
    "journalctl": "Jul 06 01:00:{s} n300 server[812]: 2026-07-06 01:00:{s} ",
    "a shell that echoes": "+ ",
    "git": "remote: ",
    "logfmt in quotes": 'time=2026-07-06T01:00:{s}Z level=error msg="',
    "Slurm's srun": " 3: ",
    "logfmt": "time=2026-07-06T01:00:{s}Z level=error msg=",
    "indentation": "        ",
}
COLOURS = ("\x1b[31m", "\x1b[1;33m", "\x1b[38;5;196m", "\x1b[38;2;255;0;10m", "\x1b[0m", "\x1b[m", "\x1b[4m")


def prefixed(lines, prefix):
    return [prefix.replace("{s}", f"{i % 60:02}") + line for i, line in enumerate(lines)]


def wrapped_between_words(line, width):
    parts, part = [], ""
    for word in line.split(" "):
        if part and len(part) + 1 + len(word) > width:
            parts.append(part)
            part = word
        else:
            part = f"{part} {word}" if part else word
    return parts + [part]


def wrapped_anywhere(line, width):
    return [line[at:at + width] for at in range(0, len(line), width)] or [""]


def text_of(lines, end="\n"):
    return "".join(line + end for line in lines)


def coloured_words(r, line):
    return "".join(word if word.isspace() or not word else r.choice(COLOURS) + word + "\x1b[0m" for word in re.split(r"(\s+)", line))


def coloured_anywhere(r, line):
    places = sorted(r.randrange(len(line) + 1) for _ in range(5))
    for place in reversed(places):
        line = line[:place] + r.choice(COLOURS) + line[place:]
    return line


def coloured_numbers(line):
    return re.sub(r"\d+", lambda number: "\x1b[36m" + number.group() + "\x1b[0m", line)


def coloured(r, lines):
    yield "each line in a colour", [r.choice(COLOURS) + line + "\x1b[0m" for line in lines]
    yield "each line in a colour that is cleared to its end", ["\x1b[31m\x1b[K" + line + "\x1b[m\x1b[K" for line in lines]
    yield "numbers in colours", [coloured_numbers(line) for line in lines]
    yield "words in colours", [coloured_words(r, line) for line in lines]
    for i in range(4):
        yield f"colours anywhere {i}", [coloured_anywhere(r, line) for line in lines]
    for spelled in ("^[[", "\\x1b[", "\\033[", "\\u001b["):
        yield f"colours spelled {spelled}", [coloured_words(r, line).replace("\x1b[", spelled) for line in lines]


def wrapped(r, lines):
    for width in (40, 60, 72, 80, 100, 132):
        yield f"wrapped at {width} between words", sum((wrapped_between_words(line, width) for line in lines), [])
    for width in (61, 79, 80, 100, 119, 132):
        yield f"wrapped at {width} anywhere", sum((wrapped_anywhere(line, width) for line in lines), [])
    for name in r.sample(sorted(PREFIXES), 6):
        width = r.choice((60, 76, 80, 100))
        parts = sum((wrapped_between_words(line, width) for line in lines), [])
        yield f"wrapped at {width} under {name}", prefixed(parts, PREFIXES[name])


def surrounded(r, lines):
    """Cut out of something longer, or standing in it: the lines are whole."""
    noise = ["Loading weights: 100%|##########| 32/32 [00:10<00:00]", "", "=" * 70, "INFO: server is up", "0x7ffee 0 0 0",
             "Compile kernels of 14 programs", "L1 0 B, DRAM 12 GB", "at (0, 0) of 8 x 8", "[ 98%] Built target tt_metal"]
    for i in range(4):
        before = [r.choice(noise) for _ in range(r.randrange(1, 40))]
        after = [r.choice(noise) for _ in range(r.randrange(1, 40))]
        yield f"among other lines {i}", before + lines + after
    yield "after more than is read at once", ["2026-05-04 15:30:00.000 | info     |          Device | working"] * 6000 + lines
    yield "at the end of half a line", ["... he end of a line that was cut"] + lines
    yield "between fences", ["Here is what I get:", "```", *lines, "```", "Any idea?"]
    yield "in HTML", ["<pre>", *lines, "</pre>"]


def packages(text):
    data = text.encode()
    yield "CRLF", text.replace("\n", "\r\n").encode()
    if not text.rstrip("\n")[-1:].isdigit():  # else the number may have been cut there, and the answer says so
        yield "no last line break", text.rstrip("\n").encode()
    yield "UTF-8 with a mark", b"\xef\xbb\xbf" + data
    yield "UTF-16", text.encode("utf-16")
    yield "UTF-16 of Windows", ("\ufeff" + text.replace("\n", "\r\n")).encode("utf-16-le")
    yield "UTF-16, the other order", ("\ufeff" + text).encode("utf-16-be")
    yield "spaces that do not break", text.replace(" ", "\u00a0").encode()
    yield "gzip", gzip.compress(data)
    yield "gzip of UTF-16", gzip.compress(text.encode("utf-16"))
    yield "two gzips", gzip.compress(data[:len(data) // 2]) + gzip.compress(data[len(data) // 2:])
    yield "xz", lzma.compress(data)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("0_job.txt", "##[group]Run actions/checkout\n")
        archive.writestr("job/3_Run tests.txt", data)
    yield "zip", stream.getvalue()
    if shutil.which("zstd"):
        yield "zstd", subprocess.run(["zstd", "-q"], input=data, capture_output=True, check=True).stdout
    yield "in JSON", json.dumps({"log": text, "n": 1}).encode()
    yield "a JSON line each", "".join(json.dumps({"log": line + "\n", "stream": "stderr"}) + "\n" for line in text.splitlines()).encode()


def spelled(text):
    """Of text alone: a program that reads JSON or CSV would not take it."""
    yield "blanks of no width", re.sub(r"(?<=[a-z])(?=[A-Z_])|(?<=m)(?=o)", "\u200b", text).encode()
    yield "entities", text.replace(":", "&#58;").replace("(", "&#x28;").encode()
    yield "part of an address", urllib.parse.quote(text).encode()


def variations(r, text):
    lines = text.splitlines()
    for group in (coloured(r, lines), wrapped(r, lines), surrounded(r, lines),
                  ((f"under {name}", prefixed(lines, prefix)) for name, prefix in PREFIXES.items())):
        for how, varied in group:
            yield how, text_of(varied).encode()
    for group in (packages(text), spelled(text)):
        yield from group
    name = r.choice(sorted(PREFIXES))
    packed = text_of(prefixed([coloured_anywhere(r, line) for line in lines], PREFIXES[name]), "\r\n")
    yield f"coloured, under {name}, CRLF, gzip", gzip.compress(packed.encode())


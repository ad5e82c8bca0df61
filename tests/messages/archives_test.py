"""What messages come packed in; and archives that are made to fill memory end with a clear message."""
import gzip
import io
import lzma
import resource
import subprocess
import zipfile

import ask

MESSAGE = ("Out of Memory: Not enough space to allocate 12000 B DRAM buffer across 12 banks, where each bank needs to store "
           "1000 B, but bank size is only 5000 B\n").encode()
LIMIT = 256 << 20


def zipped(files, method=zipfile.ZIP_DEFLATED):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


def limited(given):
    """The outcome under a limit of address space: (exit code, error)."""
    done = subprocess.run([ask.BIN, "explain", "-"], input=given, capture_output=True, check=False, timeout=120,
                          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (LIMIT, LIMIT)))
    return done.returncode, done.stderr.decode()


def test_a_message_is_found_in_every_package():
    text = MESSAGE.decode()
    for packed in (gzip.compress(MESSAGE), lzma.compress(MESSAGE), zipped({"0_a.txt": "hello\n", "a/1.txt": text}),
                   zipped({"a.txt": text}, zipfile.ZIP_STORED), zipped({"a.gz": gzip.compress(MESSAGE)}),
                   text.encode("utf-16"), text.encode("utf-16-be"), gzip.compress(text.encode("utf-16"))):
        found = ask.explained(packed)["failures"]
        assert [f["requested_bytes"] for f in found] == [12000], packed[:20]


def test_bombs_end_within_256_mib_with_a_clear_message():
    zeros = bytes(100 << 20)
    nested = zipped({"a.xz": lzma.compress(bytes(1 << 20))})
    for _ in range(4):
        nested = zipped({"a.zip": nested})
    for name, packed in {
            "gzip": gzip.compress(zeros), "xz": lzma.compress(zeros, preset=1), "zip": zipped({"a": zeros}),
            "xz in zip": zipped({"a.xz": lzma.compress(zeros, preset=1)}), "nested": nested,
            "a dictionary of 1.5 GiB": b"\xfd7zXZ\0\0\4\xe6\xd6\xb4F\2\0!\1\x28\0\0\0\0\0\0\0"}.items():
        code, error = limited(packed)
        assert code == 1, (name, code, error)
        assert "cannot" in error and "why:" in error or "packed more than" in error, (name, error)


def test_what_is_cut_off_or_damaged_is_read_up_to_there_and_that_is_said():
    noise = b"".join(b"%d\n" % (i * 7919 % 65537) for i in range(30000))
    broken = bytearray(gzip.compress(MESSAGE + noise))
    broken[len(broken) // 2] ^= 255
    for packed in (gzip.compress(MESSAGE + noise)[:-9], lzma.compress(MESSAGE + noise)[:-20],
                   zipped({"a": MESSAGE + noise})[:40000], bytes(broken), gzip.compress(gzip.compress(MESSAGE + noise)[:-40])):
        answer = ask.explained(packed)
        assert [f["requested_bytes"] for f in answer["failures"]] == [12000], answer
        assert not answer["coverage"]["complete"] and "only what comes before that was read" in str(answer["coverage"]), answer


def test_what_is_cut_off_before_anything_can_be_read_is_refused_with_its_reason():
    for packed in (gzip.compress(MESSAGE)[:12], lzma.compress(MESSAGE)[:40], zipped({"a": MESSAGE * 90})[:35]):
        code, error = limited(packed)
        assert code == 1 and ("damaged" in error or "ends in the middle" in error), error
    for mark, word in ((b"BZh91AY&SY123", "bzip2"), (b"7z\xbc\xaf\x27\x1cxx", "7-Zip"), (b"Rar!\x1a\x07\x01", "RAR")):
        code, error = limited(mark + bytes(100))
        assert code == 1 and word in error, error


def test_a_file_that_ends_within_the_mark_of_a_format_is_refused_and_crashes_nothing():
    for mark in (b"BZh91AY&SY", b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07\x01", b"\xfd7zXZ\0", b"\x1f\x8b", b"PK\3\4",
                 b"\x28\xb5\x2f\xfd", b"\xff\xfe", b"\xef\xbb\xbf"):
        for size in range(1, len(mark) + 1):
            code, error = limited(mark[:size])
            assert code == 1 and error.startswith("ttmem"), (mark[:size], code, error)


ask.run(globals())

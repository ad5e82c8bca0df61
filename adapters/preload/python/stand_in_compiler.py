#!/usr/bin/python3 -IS
"""Stands in for riscv-tt-elf-g++, which comes with no wheel: a mock device "compiles" its kernels with it, and runs none.

It takes the options that tt-metal passes to g++ and writes what tt-metal reads back: dependency files, objects that only
itself reads, and ELF files with a text of `ret` whose length depends on the kernel's name alone. Firmware is copied from
the wheel, where it lies compiled. ttmem_mock.py puts it where tt-metal looks for the real one; where a run has a folder of
its own (TTMEM_MOCK_FOLDER), it leaves a mark there.
"""
import os
import shutil
import struct
import sys
import zlib

RET = struct.pack("<I", 0x00008067)
TEXT_ADDRESS = 0x9000
HEADER_BYTES, PROGRAM_HEADER_BYTES, SECTION_HEADER_BYTES = 52, 32, 40
PROGBITS, SYMTAB, STRTAB, RELA = 1, 2, 3, 4


def main(arguments):
    output = value_after(arguments, "-o")
    if output is None:
        if "--version" in arguments:
            print("riscv-tt-elf-g++ (stand-in of ttmem) 15.1.0")
        return 0
    leave_mark()
    os.makedirs(os.path.dirname(output) or ".", exist_ok=True)
    if "-MMD" in arguments or "-MF" in arguments:
        with open(value_after(arguments, "-MF") or os.path.splitext(output)[0] + ".d", "w") as file:
            file.write("%s: %s\n" % (output, " ".join(word for word in arguments if word.endswith((".cc", ".cpp", ".c")))))
    if "-c" in arguments or "-S" in arguments or "c++-header" in arguments:
        write(output, b"an object of the stand-in\n")
    elif "/firmware/" in os.path.abspath(output):
        return copy_firmware(output, arguments)
    else:
        write(output, kernel(output))
    return 0


def leave_mark():
    folder = os.environ.get("TTMEM_MOCK_FOLDER")
    if folder:
        open(os.path.join(folder, "compiled"), "w").close()


def value_after(arguments, option):
    return arguments[arguments.index(option) + 1] if option in arguments else None


def write(path, data):
    with open(path, "wb") as file:
        file.write(data)


def copy_firmware(output, arguments):
    """The wheel has firmware of each architecture in a folder of its own, whose name is a hash; Wormhole's has an erisc."""
    name = os.path.basename(os.path.dirname(os.path.abspath(output)))
    wormhole = any(word.startswith("-mcpu=tt-wh") for word in arguments)
    compiled = os.path.join(os.path.abspath(__file__).split("/runtime/sfpi/")[0], "tt_metal", "pre-compiled")
    for folder in sorted(os.listdir(compiled) if os.path.isdir(compiled) else []):
        elf = os.path.join(compiled, folder, name, name + ".elf")
        if os.path.isdir(os.path.join(compiled, folder, "erisc")) == wormhole and os.path.exists(elf):
            shutil.copyfile(elf, output)
            return 0
    sys.stderr.write("the wheel has no firmware %s\n" % name)
    return 1


def kernel(output):
    """The smallest ELF file that tt-metal takes: one segment of text, symbols of it, and relocations, of which it has none."""
    folder = os.path.dirname(os.path.abspath(output))
    identity = os.path.basename(folder) + os.path.basename(os.path.dirname(os.path.dirname(folder)))
    text = RET * (128 + zlib.crc32(identity.encode()) % 384)
    names = b"\0_start\0"
    symbols = bytes(16) + struct.pack("<IIIBBH", 0, TEXT_ADDRESS, 0, 3, 0, 1) + struct.pack(
        "<IIIBBH", 1, TEXT_ADDRESS, len(text), 0x12, 0, 1)
    # name, type, flags, address, data, link, info, alignment, size of an entry
    sections = [(b"", 0, 0, 0, b"", 0, 0, 0, 0), (b".text", PROGBITS, 6, TEXT_ADDRESS, text, 0, 0, 16, 0),
                (b".rela.text", RELA, 0x40, 0, b"", 3, 1, 4, 12), (b".symtab", SYMTAB, 0, 0, symbols, 4, 2, 4, 16),
                (b".strtab", STRTAB, 0, 0, names, 0, 0, 1, 0)]
    return elf_file(sections, text)


def elf_file(sections, text):
    section_names = b"\0".join(section[0] for section in sections) + b"\0.shstrtab\0"
    sections = sections + [(b".shstrtab", STRTAB, 0, 0, section_names, 0, 0, 1, 0)]
    position = (HEADER_BYTES + PROGRAM_HEADER_BYTES + 15) & ~15
    text_at, data, headers = position, b"", b""
    for name, kind, flags, address, content, link, info, alignment, entry in sections:
        data += bytes(-len(data) % 4)
        headers += struct.pack("<10I", section_names.index(name + b"\0"), kind, flags, address, position + len(data) if kind else 0,
                               len(content), link, info, alignment, entry)
        data += content
    data += bytes(-len(data) % 4)
    header = b"\x7fELF\x01\x01\x01" + bytes(9) + struct.pack(
        "<HHIIIIIHHHHHH", 2, 243, 1, TEXT_ADDRESS, HEADER_BYTES, position + len(data), 0, HEADER_BYTES,
        PROGRAM_HEADER_BYTES, 1, SECTION_HEADER_BYTES, len(sections), len(sections) - 1)
    segment = struct.pack("<8I", 1, text_at, TEXT_ADDRESS, TEXT_ADDRESS, len(text), len(text), 5, 16)
    return (header + segment).ljust(text_at, b"\0") + data + headers


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

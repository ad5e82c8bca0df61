"""A tracked Python program with busy threads and a pool of workers: tracked_pool.py LIBRARY METHOD WORKERS

METHOD is fork, spawn or forkserver. The program records 1 MiB and keeps four threads recording; each worker records as
many MiB as its number, from 1, and keeps them. Then it prints `ready` with the pids of itself and of the workers, and
waits for the end of its input.
"""
import ctypes
import multiprocessing
import os
import sys
import threading

CHIP, MIB = 0xd01, 1 << 20


class PoolInfo(ctypes.Structure):
    _fields_ = [("banks", ctypes.c_uint32), ("reserved", ctypes.c_uint32), ("bytes_per_bank", ctypes.c_uint64)]


class ChipInfo(ctypes.Structure):
    _fields_ = [("chip_id", ctypes.c_uint64), ("logical_id", ctypes.c_uint32), ("reserved", ctypes.c_uint32),
                ("arch", ctypes.c_char_p), ("pools", PoolInfo * 5), ("grid_x", ctypes.c_uint32),
                ("grid_y", ctypes.c_uint32), ("l1_bytes_per_core", ctypes.c_uint64), ("l1_base", ctypes.c_uint64)]


class PlaceInfo(ctypes.Structure):
    _fields_ = [("kind", ctypes.c_uint32), ("number", ctypes.c_uint32), ("parent", ctypes.c_uint32),
                ("chip_count", ctypes.c_uint32), ("chip_ids", ctypes.POINTER(ctypes.c_uint64)),
                ("name", ctypes.c_char_p)]


class Allocation(ctypes.Structure):
    _fields_ = [("place", ctypes.c_uint32), ("pool", ctypes.c_uint8), ("kind", ctypes.c_uint8),
                ("flags", ctypes.c_uint8), ("reserved", ctypes.c_uint8), ("address", ctypes.c_uint64),
                ("requested_bytes", ctypes.c_uint64), ("bytes_per_bank", ctypes.c_uint64), ("banks", ctypes.c_uint16),
                ("data_banks", ctypes.c_uint16), ("page_bytes", ctypes.c_uint32), ("unique_id", ctypes.c_uint64),
                ("holder", ctypes.c_uint64)]


def load(path):
    library = ctypes.CDLL(path)
    library.ttmem_record_alloc.restype = ctypes.c_uint64
    library.ttmem_record_free.argtypes = [ctypes.c_uint64]
    return library


def place_of(library):
    chip = ChipInfo(chip_id=CHIP, arch=b"wormhole_b0")
    chip.pools[0] = PoolInfo(12, 0, 1 << 30)
    library.ttmem_register_chip(ctypes.byref(chip))
    ids = (ctypes.c_uint64 * 1)(CHIP)
    return library.ttmem_register_place(ctypes.byref(PlaceInfo(kind=1, chip_count=1, chip_ids=ids)))


def record(library, place, mebibytes):
    return library.ttmem_record_alloc(ctypes.byref(Allocation(
        place=place, kind=1, requested_bytes=mebibytes * MIB, bytes_per_bank=mebibytes * MIB // 8, banks=12,
        data_banks=12)))


def work(path, number, line):
    library = load(path)
    record(library, place_of(library), number)
    line.send(os.getpid())
    line.recv()


def main():
    path, method, workers = sys.argv[1], sys.argv[2], int(sys.argv[3])
    library = load(path)
    place = place_of(library)
    record(library, place, 1)
    stop = threading.Event()

    def be_busy():
        while not stop.is_set():
            library.ttmem_record_free(record(library, place, 1))

    threads = [threading.Thread(target=be_busy) for _ in range(4)]
    for thread in threads:
        thread.start()
    context = multiprocessing.get_context(method)
    lines, processes = [], []
    for number in range(1, workers + 1):
        ours, theirs = context.Pipe()
        processes.append(context.Process(target=work, args=(path, number, theirs)))
        lines.append(ours)
        processes[-1].start()
    pids = [line.recv() for line in lines]
    stop.set()
    for thread in threads:
        thread.join()
    print("ready", os.getpid(), *pids, flush=True)
    sys.stdin.read()
    for line, process in zip(lines, processes):
        line.send(None)
        process.join()


if __name__ == "__main__":
    main()

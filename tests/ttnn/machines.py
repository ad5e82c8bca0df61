#!/usr/bin/env python3
"""Cluster descriptors of the machines that tt-metal mocks, for TT_METAL_MOCK_CLUSTER_DESC_PATH.

The published ones are taken where ../shared/data has them. For a clone alone, N150, T3000, P150 and P100 are written here: chips and
cables as sim/machines has them, and the harvesting that leaves its compute grid.

    machines.py NAME FOLDER    writes a descriptor of ours to FOLDER, and prints its path
"""
import collections
import json
import pathlib
import sys

SIM_MACHINES = pathlib.Path(__file__).resolve().parents[2] / "sim" / "machines"

# published: its name in data/descriptors/cluster; own: what writes one, if we can; mesh: rows and columns
# What the serial number of a board says it is, in its bits from 36 on.
BOARDS = {"n150": 0x18, "n300": 0x14, "p150": 0x40, "p100": 0x43}

Machine = collections.namedtuple("Machine", "name published own mesh")


def tensix_row_mask(rows):
    return sum(1 << row for row in rows)


def chip_ids(name):
    return [int(chip, 16) for chip in json.loads((SIM_MACHINES / (name + ".json")).read_text())["chips"]]


def descriptor(arch, unique_ids, mmio, mask, board, chips_of_board, positions=None, cables=(), more=None):
    """The YAML that tt-umd reads, as JSON, which is YAML, too."""
    count = len(unique_ids)
    harvesting = {"noc_translation": True, "harvest_mask": mask, "dram_harvesting_mask": 0, "eth_harvesting_mask": 0,
                  "pcie_harvesting_mask": 0, **(more or {})}
    return {
        "arch": {chip: arch for chip in range(count)},
        "chips": positions or {},
        "chip_unique_ids": dict(enumerate(unique_ids)),
        "ethernet_connections": [[{"chip": a, "chan": i}, {"chip": b, "chan": j}] for a, i, b, j in cables],
        "ethernet_connections_to_remote_devices": [],
        "chips_with_mmio": [{chip: bus} for chip, bus in mmio.items()],
        "harvesting": {chip: harvesting for chip in range(count)},
        "boards": [[{"board_id": (BOARDS[board] << 36) + i}, {"board_type": board}, {"chips": chips}]
                   for i, chips in enumerate(chips_of_board)],
    }


def n150():
    return descriptor("wormhole_b0", chip_ids("n150"), {0: 0}, tensix_row_mask([6]), "n150", [[0]], {0: [0, 0, 0, 0]})


def t3000():
    """Four boards in a ring of cables, two chips each: chip n is reached over PCIe, n + 4 over its Ethernet."""
    near, far = [0, 1, 2, 3], [4, 5, 6, 7]
    cables = []
    for chip in near:
        cables += [(chip, 8, chip + 4, 0), (chip, 9, chip + 4, 1)]
    for a, i, b, j in ((0, 6, 2, 6), (0, 14, 1, 14), (1, 0, 3, 0), (2, 14, 3, 14), (4, 6, 5, 6), (6, 6, 7, 6)):
        cables += [(a, i, b, j), (a, i + 1, b, j + 1)]
    positions = {0: [1, 0, 0, 0], 1: [1, 1, 0, 0], 2: [2, 0, 0, 0], 3: [2, 1, 0, 0],
                 4: [0, 0, 0, 0], 5: [0, 1, 0, 0], 6: [3, 0, 0, 0], 7: [3, 1, 0, 0]}
    return descriptor("wormhole_b0", chip_ids("t3000"), {0: 0, 1: 1, 2: 3, 3: 2}, tensix_row_mask([0, 9]), "n300",
                      [[chip, chip + 4] for chip in near], positions, cables)


def p150():
    return blackhole("p150", chip_ids("p150")[0], ethernet=288)


def p100():
    return blackhole("p100", 0xF100, ethernet=0x3FFF, dram=8)


def blackhole(board, unique_id, ethernet, dram=0):
    columns = {"eth_harvesting_mask": ethernet, "dram_harvesting_mask": dram, "pcie_harvesting_mask": 2, "l2cpu_harvesting_mask": 0}
    made = descriptor("blackhole", [unique_id], {0: 0}, 192, board, [[0]], more=columns)
    made.update(io_device_type="PCIe", chip_to_bus_id={0: "0x01"}, asic_locations={0: 0}, chip_pci_bdfs={0: "0000:01:00.0"})
    return made


MACHINES = {machine.name: machine for machine in (
    Machine("N150", "wormhole_N150_unique_ids.yaml", n150, (1, 1)),
    Machine("T3000", "t3k_cluster_desc.yaml", t3000, (2, 4)),
    Machine("P150", "blackhole_P150.yaml", p150, (1, 1)),
    Machine("P100", "blackhole_P100.yaml", p100, (1, 1)),
    Machine("8xP150", "blackhole_8xP150.yaml", None, (2, 4)),
    Machine("Galaxy", "6u_cluster_desc.yaml", None, (4, 8)),
)}


def write(name, data, folder, own=False):
    """The path of the machine's descriptor, written to `folder` where it is ours (or `own` asks for ours); None if it cannot be had."""
    machine = MACHINES[name]
    published = pathlib.Path(data) / "descriptors" / "cluster" / machine.published
    if published.exists() and not own:
        return published
    if machine.own is None:
        return None
    path = pathlib.Path(folder) / (name + ".yaml")
    path.write_text(json.dumps(machine.own(), indent=1).replace('"', ""))
    return path


if __name__ == "__main__":
    print(write(sys.argv[1], "", sys.argv[2], own=True))

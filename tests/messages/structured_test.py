"""Captured graphs and memory reports, written and packed in other ways, with other numbers: the answer is the source's own."""
import io
import json
import pathlib
import random
import sqlite3
import tempfile
import zipfile

import ask
import vary

SEEDS = range(12)


def graph(r, page=2048):
    """A matmul into L1: nodes, and what is right: (bytes of buffers in a bank, bytes of circular buffers on a core)."""
    banks, pages = 64, r.randrange(1, 40)
    size, per_bank = banks * pages * page, pages * page
    cbs = [r.randrange(1, 20) * 2048 for _ in range(r.randrange(1, 5))]
    op = r.choice(("ttnn.matmul", "ttnn::linear", "my_model.Block.forward"))
    nodes = [("capture_start", {}), ("function_start", {"inputs": "0", "name": op}),
             ("buffer_allocate", {"address": 0, "buffer_type": 1, "device_id": 1, "layout": "INTERLEAVED", "max_size_per_bank": per_bank,
                                  "num_cores": 0, "page_size": page, "size": size, "type": "L1"}),
             ("circular_buffer_deallocate_all", {"device_id": 1})]
    nodes += [("circular_buffer_allocate", {"address": 0, "core_range_set": "{[0-0 - 1-1]}", "device_id": 1, "globally_allocated": "0",
                                            "size": cb}) for cb in cbs]
    nodes += [("function_end", {"name": op}), ("capture_end", {})]
    return [{"arguments": [], "connections": [i + 1] if i + 1 < len(nodes) else [], "counter": i, "input_tensors": [], "node_type": kind,
             "params": params, "stacking_level": 1} for i, (kind, params) in enumerate(nodes)], (per_bank, sum(cbs))


def written(r, nodes):
    """The same graph as other versions and people write it."""
    def each(change):
        return [change(json.loads(json.dumps(node))) for node in nodes]

    def of_strings(node):
        node["params"] = {name: str(value) for name, value in node["params"].items()}
        return node

    def with_more(node):
        return {"stack": ["a.py:1", "b.py:2"], **node, "duration_ns": 17, "params": {**node["params"], "note": "\u00e9 {[9-9 - 9-9]}"}}

    def shuffled(node):
        names = list(node)
        r.shuffle(names)
        return {name: node[name] for name in names}

    yield "compact", json.dumps(nodes, separators=(",", ":"))
    yield "indented", json.dumps(nodes, indent=4)
    yield "with tabs", json.dumps(nodes, indent="\t")
    yield "sorted", json.dumps(nodes, sort_keys=True)
    yield "numbers as texts", json.dumps(each(of_strings))
    yield "fields that nobody knows", json.dumps(each(with_more))
    yield "fields in any order", json.dumps(each(shuffled))
    yield "without what older versions lack", json.dumps([{k: v for k, v in node.items() if k not in ("arguments", "input_tensors",
                                                                                                     "stacking_level")} for node in nodes])
    unknown = {"connections": [], "counter": 999, "node_type": "weather", "params": {"size": 12345, "type": "L1"}}
    yield "a node that nobody knows", json.dumps(nodes[:3] + [unknown] + nodes[3:])
    yield "space around it", "\n\n  " + json.dumps(nodes) + "\n\n"


def answer(content, suffix, *words):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / ("source" + suffix)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return ask.ttmem("show", str(path), *words)


def every_way(text):
    """Not beside other files, nor within JSON: that is a log, whose failures alone are looked for."""
    yield "plain", text.encode()
    yield from ((name, content) for name, content in vary.packages(text) if name != "zip" and "JSON" not in name)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("graphs/capture.json", text)
    yield "alone in a zip", stream.getvalue()


def check_graph(content, right, name):
    code, out, err = answer(content, ".json", "--json")
    assert code == 0, (name, err)
    core = next(p for p in json.loads(out)["peak"] if p["pool"] == "l1")["largest_core"]
    found = (core["buffer_bytes_per_core"], core["cb_bytes_per_core"], core["bytes_per_core"])
    assert found == (*right, sum(right)), (name, found, right)


def test_a_graph_has_the_same_peak_on_its_fullest_core_however_it_is_written():
    for seed in SEEDS:
        r = random.Random(seed)
        nodes, right = graph(r)
        for name, text in written(r, nodes):
            check_graph(text, right, f"seed {seed}, {name}")
    nodes, right = graph(random.Random(1))
    for name, content in every_way(json.dumps(nodes, indent=2)):
        check_graph(content, right, name)


MESSAGE = ("TT_FATAL @ /x/tt_metal/impl/allocator/bank_manager.cpp:462: false\ninfo:\nOut of Memory: Not enough space to allocate {total} B "
           "{pool} buffer across {banks} banks, where each bank needs to store {each} B, but bank size is {size} B (allocated: {held} B, "
           "free: {free} B, largest free block: {largest} B)")


def failure(r):
    """A failed allocation, in pieces: parameters of MESSAGE."""
    banks, size = r.choice(((64, 1329888), (12, 1073741792), (8, 4272341376)))
    held = size // 32 // r.randrange(3, 9) * 32
    largest = (size - held) // 32 // r.randrange(2, 5) * 32
    each = largest + r.randrange(1, max(2, (size - held - largest) // 64)) * 32
    return {"total": each * banks, "pool": "L1" if banks == 64 else "DRAM", "banks": banks, "each": each, "size": size, "held": held,
            "free": size - held, "largest": largest}


def test_a_failure_in_a_graph_comes_first_and_is_explained_however_it_is_written():
    for seed in SEEDS:
        r = random.Random(seed)
        figures, op = failure(r), r.choice(("ttnn::prim::binary", "ttnn.conv2d", "Matmul"))
        nodes, _ = graph(r)
        nodes.insert(3, {"connections": [], "counter": 99, "node_type": "error", "params": {
            "error_type": "exception", "error_message": MESSAGE.format(**figures), "error_operation": op}})
        variations = list(written(r, nodes))
        if seed == 0:
            variations += every_way(json.dumps(nodes, indent=2))
        for name, text in variations:
            code, out, err = answer(text, ".json")
            assert code == 0, (seed, name, err)
            assert 0 <= out.find("By " + op) < out.index("\nPeak: "), (seed, name, out)
            assert out.startswith(("L1 is ", "DRAM is ", "The ", "Too large", "No ")), (seed, name, out[:200])
            for number in (figures["total"], figures["each"] - figures["largest"]):
                assert f"{number:,} B" in out, (seed, name, number, out)
            code, out, _ = answer(text, ".json", "--json")
            assert code == 0 and str(figures["total"]) in out, (seed, name)


def report(r):
    """A memory report of two pools: text, and for each (banks, bytes per bank, allocated, largest free) of it."""
    text, right = "", {}
    for pool, banks, begin, size in (("DRAM", 12, 32, 1073741792), ("L1", 64, 103712, 1332736)):
        place, allocated, largest, blocks = begin, 0, 0, ""
        for i in range(r.randrange(1, 5)):
            taken = r.randrange(1, 9) * 4096
            blocks += f",,,{place},{taken},{'Y' if i % 2 == 0 else 'N'}\n"
            allocated += taken if i % 2 == 0 else 0
            largest = largest if i % 2 == 0 else max(largest, taken)
            place += taken
        rest = size - (place - begin)
        blocks += f",,,{place},{rest},N\n"
        text += (f",{pool}\n,Total allocatable (B):,{size * banks}\n,Total allocated (B):,{allocated * banks}\n"
                 f",Total free (B):,{(size - allocated) * banks}\n,,Blocks:,Address (B),Size (B),Allocated (Y/N)\n{blocks}\n")
        right[pool] = (banks, size, allocated, max(largest, rest))
    return text, right


def test_a_memory_report_says_its_banks_and_holes_however_it_is_packed():
    for seed in SEEDS:
        text, right = report(random.Random(seed))
        for name, content in every_way(text) if seed < 3 else [("plain", text.encode())]:
            code, out, err = answer(content, ".csv")
            assert code == 0, (seed, name, err)
            for banks, size, allocated, largest in right.values():
                for words in (f"{banks} banks of {size:,} B", f"{allocated:,} B of each", f"{largest:,} B"):
                    assert words in out, (seed, name, words, out)


def database(r, devices):
    """A ttnn report of several devices: its tables, and for each device the most bytes per bank at the end of an operation."""
    operations = [(i, f"ttnn.op{i}") for i in range(1, r.randrange(3, 7))]
    same = {i: [(1 << 20) - 4096 * k for k in range(1, r.randrange(2, 6))] for i, _ in operations}  # as of one model, on all devices
    rows, most = [], dict.fromkeys(range(devices), 0)
    for i, _ in operations:
        for device in range(devices):
            own = [(address, 2048) for address in same[i]]
            if r.random() < 0.3:
                own.append((1 << 19, r.randrange(1, 9) * 1024))
            rows += [(i, device, address, per_bank, 1) for address, per_bank in own]
            most[device] = max(most[device], sum(per_bank for _, per_bank in own))
    r.shuffle(rows)
    rows.sort(key=lambda row: row[0])
    return operations, rows, most


def write_database(path, operations, rows, column=None):
    file = sqlite3.connect(path)
    file.execute("CREATE TABLE operations (operation_id int, name text, duration float)")
    file.execute("CREATE TABLE buffers (operation_id int, device_id int, address int, max_size_per_bank int, buffer_type int)")
    file.execute("CREATE TABLE devices (device_id int, l1_num_banks int, l1_bank_size int)")
    file.executemany("INSERT INTO devices VALUES (?, 64, 1300000)", [(d,) for d in {row[1] for row in rows}])
    file.executemany("INSERT INTO operations VALUES (?, ?, 1)", operations)
    file.executemany("INSERT INTO buffers VALUES (?, ?, ?, ?, ?)", rows)
    if column:
        file.execute(f"ALTER TABLE buffers RENAME COLUMN {column} TO {column}_of_a_newer_schema")
    file.commit()
    file.close()


def test_a_report_of_several_devices_tells_of_each_of_them():
    for seed in SEEDS:
        r = random.Random(seed)
        operations, rows, most = database(r, devices=r.randrange(2, 9))
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "db.sqlite"
            write_database(path, operations, rows)
            code, out, err = ask.ttmem("show", str(path), "--json")
            assert code == 0, (seed, err)
            found = {peak["chip"]: peak["bytes_per_bank"] for peak in json.loads(out)["peak"]}
            assert found == {f"mesh {device}": bytes for device, bytes in most.items()}, (seed, found, most)
            assert {chip["pools"]["l1"]["capacity_bytes"] for chip in json.loads(out)["chips"]} == {64 * 1300000}, seed


def in_graph(kind, address, per_bank, mesh, node):
    return {"connections": [node], "node_type": kind, "params": {"address": address, "buffer_type": 1, "device_id": mesh, "type": "L1",
                                                                 "max_size_per_bank": per_bank, "size": 8 * per_bank}}


def run_on_meshes(r, meshes):
    """Operations whose graphs speak of meshes, and rows that speak of their chips: (graphs, rows, most bytes per bank of each chip)."""
    live = {chip: {} for chips in meshes.values() for chip in chips}
    most, graphs, rows = dict.fromkeys(live, 0), {}, []
    for operation in range(1, r.randrange(3, 8)):
        nodes, loose = [], (300000, 310000)  # loose: of one chip, made and freed outside of operations
        gone = [(chip, a) for chip in live for a in live[chip] if a in loose and r.random() < 0.2]
        for chip, own in live.items():
            if r.random() < 0.2 and not own.keys() & set(loose):
                own[r.choice(loose)] = 2048 * r.randrange(1, 3)
            most[chip] = max(most[chip], sum(own.values()))
        for number in range(r.randrange(4)):
            mesh, chips = r.choice(list(meshes.items()))
            address, per_bank = 1000000 - 4096 * r.randrange(6), 1024 * r.randrange(1, 4)
            if address in live[chips[0]]:
                nodes.append(in_graph("buffer_deallocate", address, live[chips[0]][address], mesh, 100 * operation + number))
                for chip in chips:
                    del live[chip][address]
                continue
            nodes.append(in_graph("buffer_allocate", address, per_bank, mesh, 100 * operation + number))
            for chip in chips:
                live[chip][address] = per_bank
                most[chip] = max(most[chip], sum(live[chip].values()))
        for chip, address in gone:
            del live[chip][address]
        graphs[operation] = nodes
        rows += [(operation, chip, address, per_bank, 1) for chip in live for address, per_bank in live[chip].items()]
    return graphs, rows, most


def test_graphs_of_meshes_and_rows_of_their_chips_add_up_on_each_chip():
    for seed in SEEDS:
        r = random.Random(seed)
        meshes = {10 + i: [3 * i + j for j in range(r.randrange(1, 4))] for i in range(r.randrange(1, 4))}
        graphs, rows, most = run_on_meshes(r, meshes)
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "db.sqlite"
            write_database(path, [(operation, f"op{operation}") for operation in graphs], rows)
            file = sqlite3.connect(path)
            file.execute("CREATE TABLE captured_graph (operation_id int, captured_graph text)")
            file.executemany("INSERT INTO captured_graph VALUES (?, ?)", [(i, json.dumps(nodes)) for i, nodes in graphs.items()])
            file.execute("CREATE TABLE tensors (tensor_id int, device_id int)")
            file.execute("CREATE TABLE device_tensors (tensor_id int, device_id int)")
            file.executemany("INSERT INTO tensors VALUES (?, ?)", [(mesh, mesh) for mesh in meshes])
            file.executemany("INSERT INTO device_tensors VALUES (?, ?)", [(mesh, chip) for mesh in meshes for chip in meshes[mesh]])
            file.commit()
            file.close()
            code, out, err = ask.ttmem("show", str(path), "--json")
            assert code == 0, (seed, err)
            found = {peak["chip"]: peak["bytes_per_bank"] for peak in json.loads(out)["peak"]}
            assert found == {f"chip {chip}": bytes for chip, bytes in most.items() if bytes}, (seed, found, most)


def test_a_report_whose_columns_are_called_otherwise_is_refused_with_the_column():
    operations, rows, _ = database(random.Random(0), devices=2)
    for column in ("operation_id", "device_id", "address", "buffer_type"):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "db.sqlite"
            write_database(path, operations, rows, column)
            code, out, err = ask.ttmem("show", str(path))
            assert code == 1 and f'"buffers" has no "{column}"' in err, (column, out, err)


def test_what_of_a_graph_cannot_be_read_makes_a_bound_and_never_nothing():
    for seed in SEEDS:
        r = random.Random(seed)
        nodes, (per_bank, cbs) = graph(r)
        nodes = json.loads(json.dumps(nodes))
        circular = [node for node in nodes if node["node_type"] == "circular_buffer_allocate"]
        gone = r.sample(circular, r.randrange(1, len(circular) + 1))
        for node in gone:
            cbs -= node["params"]["size"]
            del node["params"][r.choice(("size", "core_range_set"))]
        code, out, err = answer(json.dumps(nodes), ".json", "--json")
        assert code == 0, (seed, err)
        l1 = next(peak for peak in json.loads(out)["peak"] if peak["pool"] == "l1")
        assert l1["with_cb_bytes"] is None and l1["largest_core"]["bytes_per_core"] is None, (seed, l1)
        assert l1["largest_core"]["least_bytes_per_core"] == per_bank + cbs, (seed, l1)
        assert json.loads(out)["circular_buffers_of_unknown_use"] == len(gone), seed
        code, out, _ = answer(json.dumps(nodes), ".json", "--bytes")
        assert f"{len(gone)} circular buffer" in out.split("\nPeak, per chip")[0].replace("\n  ", " "), (seed, out)
        assert "0 B of circular buffers" not in out and "0 B resident" not in out, (seed, out)


if __name__ == "__main__":
    ask.run(dict(globals()))

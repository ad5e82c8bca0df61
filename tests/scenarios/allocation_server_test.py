"""Clients of tt-metal's allocation server, served by `ttmem allocation-server`: what that showed, and what is true beside it."""
import os
import re
import socket
import struct

from scenario import BIN, SIM, PausedSim, check, check_equal, scene, wait_until

ADDRESS = 2**30 - 2 * 2048
TENSORS = 14_680_064
BINARIES = 36_864
TRUE_BYTES = TENSORS + BINARIES
SIZES = (72, 112, 128, 144)


class Server:
    """`ttmem allocation-server` of a scene, with the log of tt-metal's server."""

    def __init__(self, s):
        self.s = s
        self.path = str(s.files / "server.sock")
        s.environment["TTMEM_ALLOCATION_SERVER_SOCKET"] = self.path
        self.log = s.files / "server.log"
        self.process = s.start("sh", "-c", 'exec "$0" allocation-server --log-format server > "$1"', BIN / "ttmem", self.log)
        wait_until(self.try_connect, "the server listens")

    def try_connect(self):
        try:
            self.connect().close()
            return True
        except OSError:
            return False

    def connect(self):
        client = socket.socket(socket.AF_UNIX)
        client.settimeout(30)
        client.connect(self.path)
        return client

    def devices(self):
        """(requested bytes by pool, circular buffers, registrations) by device, of the only process."""
        document = self.s.json("status", code=None)["allocation_server"]
        return {d["device"]: d for p in document["processes"] for d in p["devices"]}, document

    def end(self):
        self.process.terminate()
        check_equal(self.process.wait(timeout=30), 0, "exit code:")
        return self.log.read_text()


def message(size, kind, device, buffer=0, length=0, buffer_type=0):
    head = struct.pack("<B3xiQB3xiQQ", kind, device, length, buffer_type, 1, buffer, 0)
    return head + bytes(size - len(head))


def test_the_mesh_test_is_told_as_tt_metals_server_told_it_and_is_right_beside_it():
    with scene() as s:
        server = Server(s)
        sim = PausedSim(s, ["mesh-test", "--allocation-client"], ["run1.matmul", "run1.closed"])
        sim.wait_paused("run1.matmul")
        wait_until(lambda: server.log.read_text().count(f"buffer_id={ADDRESS}") == 18, "18 registrations")
        devices, document = server.devices()
        for device in range(8):
            check_equal(devices[device]["requested_bytes"]["dram"], TRUE_BYTES, f"device {device}, each block once:")
        counts = {d["device"]: d for d in document["registration_counts"]}
        check_equal((counts[0]["buffers"], counts[0]["bytes"]["dram"]), (20, TENSORS + 4 * BINARIES), "device 0 as tt-metal's server counts:")
        for device in range(1, 8):
            check_equal((counts[device]["buffers"], counts[device]["bytes"]["dram"]), (10, TENSORS + 2 * BINARIES))
        chip = s.json("status")["chips"][0]
        check_equal(chip["pools"]["dram"]["requested_bytes"], TRUE_BYTES, "ttmem's own figure:")
        owner = s.json("explain", ADDRESS)["allocation_server"][0]
        check_equal((owner["registrations"], owner["frees"], owner["requested_bytes"]), (18, 0, 24_576))
        check_equal([d["registrations"] for d in owner["devices"]], [4, 2, 2, 2, 2, 2, 2, 2])
        story = " ".join(owner["story"])
        for words in ("18 times", "4 times on device 0", "one mesh allocation", "8 chips", "24,576"):
            check(words in story, f"the story says {words}:", story)
        sim.resume()
        sim.wait_paused("run1.closed")
        wait_until(lambda: [d["keys"] for d in server.devices()[1]["registration_counts"]] == [3], "three keys are left")
        check_equal(s.json("status")["chips"][0]["pools"]["dram"]["requested_bytes"], 0, "ttmem's own figure:")
        sim.resume()
        sim.finish()
        dumps = re.findall(r"Device 0: Buffers: (\d+), DRAM: (\d+) bytes, L1: 22528 bytes", server.log.read_text())
        check_equal(dumps[:2], [("20", "14827520"), ("18", "14790656")], "device 0 in the server's log:")
        check("Active allocations: 3" in server.end(), "three keys of circular buffers are left over")


def test_all_generations_are_served_at_once():
    with scene() as s:
        server = Server(s)
        clients = [(size, server.connect()) for size in SIZES]
        for i, (size, client) in enumerate(clients):
            client.sendall(message(size, 1, i, 4096, 1000 + i))
            client.sendall(message(size, 3, i))
            answer = b""
            while len(answer) < size:
                answer += client.recv(size - len(answer))
            check_equal((answer[0], struct.unpack_from("<iQ", answer, 4)[0]), (4, i), f"{size} bytes: type, device:")
            check_equal(struct.unpack_from("<Q", answer, 40)[0], 1000 + i, f"{size} bytes: DRAM:")
        devices, _ = server.devices()
        check_equal({d: v["requested_bytes"]["dram"] for d, v in devices.items()}, {0: 1000, 1: 1001, 2: 1002, 3: 1003})
        for _, client in clients:
            client.close()
        server.end()


def test_device_info_is_answered_in_the_clients_size():
    with scene() as s:
        server = Server(s)
        for size in SIZES[1:]:
            with server.connect() as client:
                client.sendall(message(size, 6, -1))
                answer = client.recv(size, socket.MSG_WAITALL)
                check_equal((len(answer), answer[0]), (size, 7))
        server.end()


def test_a_client_that_is_killed_holds_nothing_afterwards():
    with scene() as s:
        server = Server(s)
        sim = PausedSim(s, ["mesh-test", "--allocation-client"], ["run2.add"])
        sim.wait_paused("run2.add")
        check_equal(len(server.devices()[0]), 8)
        sim.process.kill()
        sim.process.wait()
        wait_until(lambda: not server.devices()[0], "its blocks go")
        document = server.devices()[1]
        check_equal(document["processes"][0]["state"], "ended")
        check(document["processes"][0]["held_bytes_all_chips"] > 0, "what it held at its end is known")
        check_equal(document["registration_counts"], [])


def test_the_pid_is_the_kernels_not_the_messages():
    with scene() as s:
        server = Server(s)
        with server.connect() as client:
            client.sendall(message(112, 1, 0, 4096, 512))
            wait_until(lambda: server.devices()[0], "the block is there")
            pids = [p["pid"] for p in server.devices()[1]["processes"]]
            check_equal(pids, [os.getpid()], "the message said 1:")


def test_nonsense_closes_its_own_connection_only():
    with scene() as s:
        server = Server(s)
        with server.connect() as good, server.connect() as bad:
            good.sendall(message(112, 1, 0, 4096, 512))
            bad.sendall(b"GET / HTTP/1.1\r\n" + b"x" * 200)
            check_equal(bad.recv(1), b"")
            good.sendall(message(112, 3, 0))
            answer = good.recv(112, socket.MSG_WAITALL)
            check_equal(struct.unpack_from("<Q", answer, 40)[0], 512)
        server.end()


def test_a_path_that_is_served_is_not_taken_and_an_abandoned_one_is():
    with scene() as s:
        server = Server(s)
        second = s.ttmem("allocation-server", code=1)
        check("another server listens there" in second.stderr, second.stderr)
        server.process.kill()
        server.process.wait()
        again = Server(s)
        again.end()


def test_without_a_server_the_simulator_says_how_to_start_one():
    with scene() as s:
        s.environment["TTMEM_ALLOCATION_SERVER_SOCKET"] = str(s.files / "nobody.sock")
        outcome = s.run(SIM, "mesh-test", "--allocation-client")
        check_equal(outcome.returncode, 1)
        check("ttmem allocation-server" in outcome.stderr, outcome.stderr)

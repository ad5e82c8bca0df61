"""Three hosts on loopback ports, with Debian's node_exporter and Prometheus: PromQL gives ttmem's own figures, and the alert on a
planted leak fires. Nothing is installed, and everything is stopped at the end."""
import json
import pathlib
import re
import socket
import urllib.parse
import urllib.request

from debian_tools import tool
from scenario import BIN, PausedSim, check, check_equal, scene, wait_until

RULES = pathlib.Path(__file__).resolve().parents[2] / "share/prometheus/ttmem.rules.yml"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Host:
    """A folder of ledgers with what writes its metrics, and a node_exporter that shows them."""

    def __init__(self, s, name, exporter):
        self.scene, self.name, self.port = s, name, free_port()
        self.environment = {"TTMEM_DIR": str(s.shm / f"host-{name}")}
        pathlib.Path(s.ledgers.parent / self.environment["TTMEM_DIR"]).mkdir(mode=0o700)
        folder = s.files / f"textfile-{name}"
        folder.mkdir()
        s.start(BIN / "ttmem", "metrics", "--textfile", folder / "ttmem.prom", "--every", "1s", env=self.environment)
        s.start(exporter, f"--web.listen-address=127.0.0.1:{self.port}", "--collector.disable-defaults", "--collector.textfile",
                f"--collector.textfile.directory={folder}")

    def sim(self, *arguments, pause_at):
        sim = PausedSim(self.scene, list(arguments), [pause_at], env=self.environment)
        sim.wait_paused(pause_at)
        return sim

    def json(self, *arguments):
        return self.scene.json(*arguments, code=None, env=self.environment)


class Prometheus:
    def __init__(self, s, program, hosts):
        self.port = free_port()
        # Minutes are for people: here an alert that would wait fires at once.
        (s.files / "rules.yml").write_text(re.sub(r"\n\s+for: \d+m", "", RULES.read_text()))
        targets = [{"targets": [f"127.0.0.1:{host.port}"], "labels": {"instance": host.name}} for host in hosts]
        (s.files / "prometheus.yml").write_text(json.dumps({
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"}, "rule_files": ["rules.yml"],
            "scrape_configs": [{"job_name": "ttmem", "static_configs": targets}]}))
        s.start(program, f"--config.file={s.files / 'prometheus.yml'}", f"--storage.tsdb.path={s.files / 'tsdb'}",
                f"--web.listen-address=127.0.0.1:{self.port}")

    def ask(self, what, **parameters):
        url = f"http://127.0.0.1:{self.port}/api/v1/{what}?{urllib.parse.urlencode(parameters)}"
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                return json.loads(answer.read())["data"]
        except OSError:
            return None

    def query(self, promql):
        """{labels without the name: value}"""
        data = self.ask("query", query=promql)
        return {tuple(sorted((key, value) for key, value in sample["metric"].items() if key not in ("__name__", "job"))):
                float(sample["value"][1]) for sample in (data or {"result": []})["result"]}

    def firing(self):
        data = self.ask("alerts")
        return {(alert["labels"]["alertname"], alert["labels"]["instance"]) for alert in (data or {"alerts": []})["alerts"]
                if alert["state"] == "firing"}


def test_promql_gives_the_figures_of_three_hosts_and_a_leak_fires():
    prometheus, exporter = tool("prometheus", "prometheus"), tool("prometheus-node-exporter", "prometheus-node-exporter")
    with scene() as s:
        hosts = [Host(s, name, exporter) for name in ("a", "b", "c")]
        leaking = hosts[0].sim("decode", "--machine", "n150", "--plant", "leak", pause_at="step4")
        hosts[1].sim("mesh-test", "--machine", "n300", pause_at="run1.matmul")
        server = Prometheus(s, prometheus, hosts)
        status = {host.name: host.json("status") for host in hosts}
        expected = {(("chip_id", chip["chip_id"]), ("instance", name), ("pool", pool)): chip["pools"][pool]["reserved_bytes"]
                    for name, document in status.items() for chip in document["chips"] for pool in ("dram", "l1", "l1_small", "trace")}
        check(len(expected) == 12 and sum(expected.values()) > 0, "two hosts have three chips:", expected)
        wait_until(lambda: server.query("ttmem_allocated_bytes") == expected, "PromQL has what `ttmem status` says")
        sums = server.query("ttmem_capacity_bytes - ttmem_allocated_bytes - ttmem_free_bytes - ttmem_reserved_bytes")
        check_equal([set(sums.values()), len(sums)], [{0.0}, 12], "capacity = allocated + free + reserved:")
        wait_until(lambda: server.query("ttmem_processes") ==
                   {(("instance", "a"),): 1, (("instance", "b"),): 1, (("instance", "c"),): 0}, "processes of each host")
        leaked = hosts[0].json("leaks")["verdicts"]["leaked_bytes_all_chips"]
        check(leaked > 0, "a leak was planted")
        wait_until(lambda: ("TtmemLeak", "a") in server.firing(), "the alert on the leak")
        check_equal([alert for alert in sorted(server.firing()) if alert[0] == "TtmemLeak"], [("TtmemLeak", "a")])
        wait_until(lambda: server.query("instance:ttmem_leaked_bytes:sum").get((("instance", "a"),), 0) >= leaked, "how much leaked")
        leaking.process.kill()
        leaking.process.wait()
        wait_until(lambda: ("TtmemDeadHolders", "a") in server.firing(), "who died and held memory is told")

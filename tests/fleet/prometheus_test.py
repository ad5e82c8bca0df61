"""Three hosts on loopback ports, with Debian's node_exporter, Prometheus and VictoriaMetrics: PromQL gives ttmem's own figures, and
the alert on a planted leak fires. Nothing is installed, and everything is stopped at the end."""
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


def rules_that_fire_at_once(s):
    """Minutes are for people: here an alert that would wait fires at once."""
    path = s.files / "rules.yml"
    path.write_text(re.sub(r"\n\s+for: \d+m", "", RULES.read_text()))
    return path


def config(s, hosts, **more):
    targets = [{"targets": [f"127.0.0.1:{host.port}"], "labels": {"instance": host.name}} for host in hosts]
    path = s.files / "scrape.yml"
    path.write_text(json.dumps({**more, "scrape_configs": [{"job_name": "ttmem", "scrape_interval": "1s", "static_configs": targets}]}))
    return path


class Api:
    """What both servers answer, and vmalert."""

    def __init__(self, port):
        self.port = port

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
        return {(alert["labels"]["alertname"], alert["labels"]["instance"]) for alert in (data or {}).get("alerts") or []
                if alert["state"] == "firing"}


def start_prometheus(s, program, hosts):
    server = Api(free_port())
    file = config(s, hosts, **{"global": {"evaluation_interval": "1s"}, "rule_files": [str(rules_that_fire_at_once(s))]})
    s.start(program, f"--config.file={file}", f"--storage.tsdb.path={s.files / 'tsdb'}", f"--web.listen-address=127.0.0.1:{server.port}")
    return server


def start_victoria_metrics(s, program, hosts):
    server = Api(free_port())
    s.start(program, f"-promscrape.config={config(s, hosts)}", f"-storageDataPath={s.files / 'victoria'}", "-search.latencyOffset=0s",
            f"-httpListenAddr=127.0.0.1:{server.port}")
    return server


def start_vmalert(s, program, server):
    """Records what the rules record in the server. Nobody listens to what it tells; it is asked."""
    alerts, url = Api(free_port()), f"http://127.0.0.1:{server.port}"
    s.start(program, f"-rule={rules_that_fire_at_once(s)}", f"-datasource.url={url}", f"-remoteWrite.url={url}", f"-remoteRead.url={url}",
            f"-notifier.url=http://127.0.0.1:{free_port()}", "-evaluationInterval=1s", f"-httpListenAddr=127.0.0.1:{alerts.port}")
    return alerts


def occupied(status):
    """{labels: reserved bytes} of chips, as `ttmem status` of each host has them."""
    return {(("chip_id", chip["chip_id"]), ("instance", name), ("pool", pool)): chip["pools"][pool]["reserved_bytes"]
            for name, document in status.items() for chip in document["chips"] for pool in ("dram", "l1", "l1_small", "trace")}


def test_victoria_metrics_gives_the_same_and_its_vmalert_fires():
    server_program, alert_program = tool("victoria-metrics", "victoria-metrics"), tool("victoria-metrics", "vmalert")
    exporter = tool("prometheus-node-exporter", "prometheus-node-exporter")
    with scene() as s:
        hosts = [Host(s, name, exporter) for name in ("a", "b")]
        hosts[0].sim("decode", "--machine", "n150", "--plant", "leak", pause_at="step4")
        hosts[1].sim("mesh-test", "--machine", "n300", pause_at="run1.matmul")
        server = start_victoria_metrics(s, server_program, hosts)
        expected = occupied({host.name: host.json("status") for host in hosts})
        wait_until(lambda: server.query("ttmem_allocated_bytes") == expected, "MetricsQL has what `ttmem status` says")
        leaked = sum(item["reserved_bytes"] * len(item["chips"]) for item in hosts[0].json("leaks")["items"])
        check(leaked > 0, "a leak was planted")
        wait_until(lambda: server.query("sum(ttmem_leaked_bytes) by (instance)").get((("instance", "a"),)) == leaked, "how much leaked")
        alerts = start_vmalert(s, alert_program, server)
        wait_until(lambda: ("TtmemLeak", "a") in alerts.firing(), "the alert on the leak")
        check_equal([alert for alert in sorted(alerts.firing()) if alert[0] == "TtmemLeak"], [("TtmemLeak", "a")])
        wait_until(lambda: server.query("instance:ttmem_leaked_bytes:sum").get((("instance", "a"),)) == leaked, "the rule is recorded")


def test_promql_gives_the_figures_of_three_hosts_and_a_leak_fires():
    prometheus, exporter = tool("prometheus", "prometheus"), tool("prometheus-node-exporter", "prometheus-node-exporter")
    with scene() as s:
        hosts = [Host(s, name, exporter) for name in ("a", "b", "c")]
        leaking = hosts[0].sim("decode", "--machine", "n150", "--plant", "leak", pause_at="step4")
        hosts[1].sim("mesh-test", "--machine", "n300", pause_at="run1.matmul")
        server = start_prometheus(s, prometheus, hosts)
        expected = occupied({host.name: host.json("status") for host in hosts})
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

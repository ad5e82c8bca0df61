"""The server of `ttmem open`: whom it answers, and what its page shows of what runs and ends."""
import http.client
import json
import pathlib
import shutil
import signal
import socket
import urllib.parse

from browser_page import packages, recorded
from scenario import BIN, PATIENCE_S, SIM, Skip, check, check_equal, scene, wait_until


def opened(s, *arguments):
    """A server of `ttmem open`, and the address that it prints."""
    server = s.start(BIN / "ttmem", "open", *arguments)
    url = server.stdout.readline().strip()
    check(url.startswith("http://127.0.0.1:"), "no address:", url, server.poll())
    return server, url


def answer_of(url, target=None, method="GET", body=b"", **headers):
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=PATIENCE_S)
    connection.putrequest(method, target or parts.path, skip_host=True)
    for name, value in {"Host": parts.netloc, **headers}.items():
        for one in value if isinstance(value, tuple) else (value,):  # several: a header for each
            connection.putheader(name, one)
    connection.endheaders(body or None)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, answer.headers, content


def test_a_server_answers_its_own_page_only():
    with scene() as s:
        server, url = opened(s, recorded(s, "mesh", SIM, "mesh-test"))
        status, headers, body = answer_of(url)
        check_equal(status, 200)
        check_equal([headers["X-Content-Type-Options"], headers["Cache-Control"], headers["Content-Security-Policy"]],
                    ["nosniff", "no-store", "frame-ancestors 'none'"])
        check(b"mesh.ttmem" in body, "the page is not that of the capture")
        port = urllib.parse.urlsplit(url).port
        for host in ("evil.example", f"evil.example:{port}", "127.0.0.1", ""):
            check_equal(answer_of(url, Host=host)[0], 403, host)
        own = urllib.parse.urlsplit(url).netloc
        for twice in ({"Host": (own, "evil.example")}, {"Host": ("evil.example", own)}, {"Host": (own, own)},
                      {"Origin": (f"http://{own}", "http://evil.example")}, {"Sec-Fetch-Site": ("same-origin", "cross-site")}):
            check_equal(answer_of(url, **twice)[0], 400, twice)
        check_equal(answer_of(url, Origin="http://evil.example")[0], 403)
        check_equal(answer_of(url, target="/")[0], 404)
        check_equal(answer_of(url, target=url.rpartition("/")[0][:-1] + "0/")[0], 404)
        check_equal(answer_of(url, **{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"})[0], 403)
        check_equal(answer_of(url, **{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"})[0], 200, "a link")
        check_equal(answer_of(url, method="POST")[0], 405)
        for size in (1, 100_000):
            check_equal(answer_of(url, method="POST", body=b"x" * size, **{"Content-Length": str(size)})[0], 405, size)
        check_equal(answer_of(url, method="HEAD")[2], b"")
        listening = [line.split()[1] for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]]
        check(f"0100007F:{port:04X}" in listening and f"00000000:{port:04X}" not in listening, "it listens to others, too")
        server.send_signal(signal.SIGINT)
        check_equal(server.wait(PATIENCE_S), 0)


def test_a_process_that_is_killed_stays_on_the_page_that_showed_it():
    with scene() as s:
        sim = s.mesh_test("N300", ["run1.tensors"], env={"TTMEM_LEVEL": "events"})
        sim.wait_paused("run1.tensors")
        _, url = opened(s)

        def document():
            status, _, body = answer_of(url, target=urllib.parse.urlsplit(url).path + "data.json")
            check_equal(status, 200)
            return json.loads(body)

        before = document()
        check_equal(before["leaks"]["left"], [])
        sim.process.kill()
        sim.process.wait(PATIENCE_S)
        wait_until(lambda: document()["leaks"]["left"], "the page says what it left")
        after = document()
        check_equal({item["pid"] for item in after["leaks"]["left"]}, {sim.pid})
        check_equal([peak["peak_reserved_bytes"] for peak in after["peak"]["peaks"]],
                    [peak["peak_reserved_bytes"] for peak in before["peak"]["peaks"]])


def test_a_token_is_kept_in_a_file_that_nobody_else_can_read():
    with scene() as s:
        capture = recorded(s, "mesh", SIM, "mesh-test")
        token = s.files / "token"
        server, url = opened(s, capture, "--token-file", token)
        check_equal(oct(token.stat().st_mode & 0o777), "0o600")
        check_equal(token.read_text().strip(), urllib.parse.urlsplit(url).path.strip("/"))
        server.terminate()
        server.wait(PATIENCE_S)

        def refused(file, why):
            run = s.ttmem("open", capture, "--token-file", file, code=1)
            check(why in run.stderr, run.stderr)

        token.chmod(0o644)
        refused(token, "others may read or change it (its mode is 0644)")
        link = s.files / "link"
        link.symlink_to(token)
        refused(link, "it is a symbolic link")
        short = s.files / "short"
        short.write_text("0123\n")
        short.chmod(0o600)
        refused(short, "no token that ttmem has written")
        short.write_text("")
        refused(short, "it is there already, and empty")
        refused(s.files, "no plain file")
        refused(s.files / "no such folder" / "token", "No such file")


def test_who_sends_nothing_or_too_much_keeps_no_one_waiting():
    with scene() as s:
        _, url = opened(s, recorded(s, "mesh", SIM, "mesh-test"))
        parts = urllib.parse.urlsplit(url)
        silent = [socket.create_connection((parts.hostname, parts.port)) for _ in range(20)]
        half = socket.create_connection((parts.hostname, parts.port))
        half.sendall(b"GET / HTTP/1.1\r\nHost: ")
        large = socket.create_connection((parts.hostname, parts.port), timeout=PATIENCE_S)
        with large:
            try:
                large.sendall(b"GET / HTTP/1.1\r\nX: " + b"x" * (1 << 20))
                check_equal(large.recv(1), b"", "a megabyte of headers is not answered")
            except OSError:
                pass  # it is cut off while it sends
        garbage = socket.create_connection((parts.hostname, parts.port), timeout=PATIENCE_S)
        with garbage:
            garbage.sendall(b"\x00\xff not HTTP \r\n\r\n")
            check_equal(garbage.recv(1), b"", "garbage is not answered")
        check_equal(answer_of(url)[0], 200)
        for connection in [*silent, half]:
            connection.close()


def test_a_page_follows_what_runs_and_goes_on_with_a_server_that_was_started_again():
    with scene() as s:
        folder = packages()
        chromium = shutil.which("chromium")
        if not chromium:
            raise Skip("chromium is not installed")
        sim = s.mesh_test("N300", ["run1.tensors", "run1.matmul"], env={"TTMEM_LEVEL": "events"})
        sim.wait_paused("run1.tensors")

        def figure():
            return s.json("peak", "--pid", sim.pid)["peaks"][0]["peak_reserved_bytes"]

        token = s.files / "token"
        server, url = opened(s, "--pid", sim.pid, "--token-file", token)
        first = figure()
        asked = s.files / "questions.json"
        asked.write_text(json.dumps({"chromium": chromium, "url": url, "figure": first}))
        browser = s.start("node", "test/browser.mjs", "live", asked, cwd=folder, env={"HOME": str(s.files)})

        def seen():
            line = browser.stdout.readline()
            check(line, "the browser ended:", browser.stderr.read() if not line else "")
            return json.loads(line)

        def go_on():
            browser.stdin.write("\n")
            browser.stdin.flush()

        check_equal(seen(), {"figure": first, "state": "following"})
        sim.resume()
        sim.wait_paused("run1.matmul")
        go_on()
        check_equal(seen(), {"figure": figure(), "state": "paused"})  # who zooms reads
        server.send_signal(signal.SIGTERM)
        check_equal(server.wait(PATIENCE_S), 0)
        go_on()
        check_equal(seen(), {"figure": figure(), "state": "gone"})
        port = urllib.parse.urlsplit(url).port
        refuse_once(port)
        server, again = opened(s, "--pid", sim.pid, "--port", port, "--token-file", token)
        check_equal(again, url)
        go_on()
        check_equal(seen(), {"figure": figure(), "state": "paused"})  # it went on by itself, and was zoomed again
        server.kill()
        server.wait(PATIENCE_S)
        server, again = opened(s, "--pid", sim.pid, "--port", port, "--token-file", token)
        check_equal(again, url)
        go_on()
        check_equal(seen(), {"figure": figure(), "state": "following", "complaints": []})
        sim.resume()
        sim.finish()


def test_a_live_page_is_told_of_what_is_newer_for_as_long_as_it_listens():
    with scene() as s:
        sim = s.mesh_test("N300", ["run1.tensors"], env={"TTMEM_LEVEL": "events"})
        sim.wait_paused("run1.tensors")
        _, url = opened(s, "--pid", sim.pid)
        parts = urllib.parse.urlsplit(url)
        for target, headers, status in ((f"{parts.path}events", {"Host": "evil.example"}, 403), ("/0/events", {}, 404),
                                        (f"{parts.path}events", {"Origin": "http://evil.example"}, 403)):
            check_equal(answer_of(url, target=target, **headers)[0], status, f"{target} {headers}")
        listeners = []
        for _ in range(60):
            connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=PATIENCE_S)
            connection.request("GET", f"{parts.path}events")
            answer = connection.getresponse()
            check_equal([answer.status, answer.headers["Content-Type"]], [200, "text/event-stream"])
            listeners.append(answer)
        told = {int(next(line[6:] for line in answer if line.startswith(b"data: "))) for answer in listeners}
        check_equal(answer_of(url, target=f"{parts.path}data.json")[0], 200, "others are answered meanwhile")
        newer = {int(next(line[6:] for line in answer if line.startswith(b"data: "))) for answer in listeners}
        check(min(newer) > min(told), told, newer)
        for answer in listeners:
            answer.close()
        sim.resume()
        sim.finish()


def refuse_once(port):
    """Something else has the port, until somebody asked it."""
    with socket.create_server(("127.0.0.1", port)) as other:
        other.settimeout(PATIENCE_S)
        with other.accept()[0] as asked:
            asked.recv(65536)
            asked.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

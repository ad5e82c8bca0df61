"""What tests of the page share: the packages of web/, a browser that is told what to do, pages of captures."""
import fcntl
import json
import pathlib
import shutil
import subprocess

from scenario import BIN, PATIENCE_S, Skip, check

ROOT = pathlib.Path(__file__).resolve().parents[2]


def packages():
    """A copy of web/ in the build tree with the packages of its lock file; skipped where they cannot be had."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        raise Skip("node and npm are not installed")
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if int(version.lstrip("v").split(".")[0]) < 18:
        raise Skip(f"node is {version}, and 18 is needed")
    folder = BIN.resolve().parent / "web"
    folder.mkdir(exist_ok=True)
    with open(folder / ".lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for name in ("src", "test", "tools"):
            shutil.rmtree(folder / name, ignore_errors=True)
            shutil.copytree(ROOT / "web" / name, folder / name)
        (folder / "build").mkdir(exist_ok=True)
        for name in ("package.json", "package-lock.json", "tsconfig.json", "vite.config.js"):
            shutil.copy(ROOT / "web" / name, folder / name)
        had = folder / "node_modules" / "installed-for"
        wanted = (folder / "package-lock.json").read_text()
        if not had.exists() or had.read_text() != wanted:
            command = [npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--fetch-retries=1"]
            try:
                done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=2 * PATIENCE_S, check=False)
            except subprocess.TimeoutExpired as slow:
                raise Skip("the packages of web/package-lock.json do not come in two minutes") from slow
            if done.returncode != 0:
                raise Skip(f"the packages of web/package-lock.json cannot be had: {done.stderr[-300:]}")
            had.write_text(wanted)
    return folder


def node(folder, *arguments, **more):
    done = subprocess.run(["node", *map(str, arguments)], cwd=folder, capture_output=True, text=True, timeout=3 * PATIENCE_S,
                          check=False, **more)
    check(done.returncode == 0, f"node {' '.join(map(str, arguments))}\n", done.stdout[-3000:], done.stderr[-3000:])
    return done.stdout


def in_browser(s, what, **questions):
    """Runs what browser.mjs does under this name; gives what it saw."""
    folder = packages()
    chromium = shutil.which("chromium")
    if not chromium:
        raise Skip("chromium is not installed")
    asked = s.files / "questions.json"
    asked.write_text(json.dumps({"chromium": chromium, **questions}))
    return json.loads(node(folder, "test/browser.mjs", what, asked, env={**s.environment, "HOME": str(s.files)}))


def recorded(s, name, *program):
    return s.recorded(*program, name=name, code=None)


def page_of(s, capture, *more):
    page = capture.with_suffix(".html")
    s.ttmem("page", capture, "-o", page, "--force", *more)
    return page


def data_of(page):
    text = page.read_text()
    return json.loads(text.partition('<script type="application/json" id="data">')[2].partition("</script>")[0])

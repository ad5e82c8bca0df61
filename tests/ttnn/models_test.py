"""The models of examples/ on mocks of machines: what ttmem says of their peaks is what ttnn's own view had after each operation."""
import json

from mock_run_test import REFUSED, User
from real_ttnn import PATIENCE_S, PROGRAMS, ROOT, VERSION
from scenario import FULL, check, check_equal, document_of

MODELS = ROOT / "examples" / "models"


def peaks_of(user, machine, model, arguments):
    recording, most = user.files / f"{machine}-{model}.ttmem", user.files / f"{machine}-{model}.json"
    user.ttmem("run", "-q", "-o", recording, "--mock", machine, "--", user.python, PROGRAMS / "views.py", most, MODELS / f"{model}.py",
               *arguments, timeout=PATIENCE_S, cwd=user.tmp)
    document = document_of(user.ttmem("peak", "--json", recording).stdout)
    check_equal(document["coverage"]["complete"], True, document["coverage"])
    return json.loads(most.read_text()), {peak["pool"]: peak for peak in document["peaks"]}


def compare(machine, model, *arguments, version=VERSION):
    """What an operation takes and frees within itself is not seen after it: only there may the peak be larger."""
    with User(version=version) as user:
        most, peaks = peaks_of(user, machine, model, arguments)
        for pool, seen in most.items():
            peak = peaks.get(pool)
            if peak is None:
                check_equal(seen, 0, f"{machine}, {model}, {pool}")
                continue
            check_equal(peak["peak_exact"], True, peak)
            more, moment = peak["peak_reserved_bytes"] - seen, peak["moment"]
            within = sum(share["reserved_bytes"] for share in moment["shares"] if share["op"] == moment["op"])
            check(0 <= more <= within, machine, model, pool, "peak", peak["peak_reserved_bytes"], "seen", seen, "within", within)


def on_every_machine(model):
    """With --full: one chip of each, and all of them."""
    if not FULL:
        return
    with User() as user:
        machines = document_of(user.ttmem("machines", "--json").stdout)["machines"]
    for machine in machines:
        if (VERSION, machine["name"]) in REFUSED:
            continue
        compare(machine["name"], model)
        if model == "decoder" and machine["chips"] > 1:
            compare(machine["name"], model, "--mesh", "x".join(map(str, machine["mesh"])))


def test_the_decoder_peaks_where_ttnn_has_it_on_a_mesh():
    compare("T3000", "decoder", "--mesh", "2x4")
    on_every_machine("decoder")


def test_the_convolutional_network_peaks_where_ttnn_has_it():
    compare("N150", "convnet")
    on_every_machine("convnet")


def test_the_mixture_of_experts_peaks_where_ttnn_has_it_on_blackhole():
    compare("P150", "moe")
    on_every_machine("moe")

"""What the README shows of simulated programs is what its commands say."""
import console
from scenario import check, scene

README = "README.md"


def test_the_mesh_test_is_shown_as_it_is():
    with scene() as s:
        sim = s.mesh_test("T3000", ["run1.matmul"])
        sim.wait_paused("run1.matmul")
        console.says(s, README, "ttmem status")
        sim.resume()
        sim.finish()


def test_the_decoder_that_forgets_is_shown_as_it_is():
    with scene() as s:
        console.says(s, README, "ttmem run -- ttmem-sim decode --plant leak")


def test_the_capture_of_the_decoder_is_shown_as_it_is():
    with scene() as s:
        console.says(s, README, "ttmem run -o run.ttmem -- ttmem-sim decode")


def test_only_pids_times_and_widths_may_differ():
    shown = "Process 17 (x) ended after 3 ms, at 2026-11-27T05:18:04.282Z: 17 kept 4 B\n  PID  AGE\n    9  1 s\n...\nin 9, next: --pid 17\n"
    for said, same in ((shown.replace("17", "123456"), True), (shown.replace("3 ms", "12.5 s"), True), (shown.replace("  9 ", "33333 "), False),
                       (shown.replace(" 9", " 33333"), True), (shown.replace("...", "a\nb"), True), (shown.replace("4 B", "5 B"), False),
                       (shown.replace("...\n", ""), False), (shown + "Note: more\n", False), (shown.replace("after", "behind"), False)):
        check(console.matches(shown, said) is same, "not" if same else "taken for", "the same:", said)

"""How the page looks: pictures of every view of four recordings, light and dark, held against those in `pictures/`.

They were looked at one by one. After a change that is meant: TTMEM_UPDATE_GOLDEN=1, look at each that git names, commit.
The recordings are kept as well (`captures/`): a simulated decoder that leaks, one with failed allocations, a small
model in ttnn 0.81.1 on a mocked N150, and a graph that ttnn captured of itself there, which is imported.
"""
import os
import pathlib
import shutil
import subprocess

from browser_page import in_browser, page_of
from scenario import Skip, check_equal, scene

HERE = pathlib.Path(__file__).resolve().parent
TABS = ("live", "peak", "leaks", "growth", "sizes", "failures", "cores", "headroom", "notes", "diff")
MOST = 0.02  # of the pixels may differ: the version and the time at which a page was made


def fonts_are_those_of_the_pictures():
    if not shutil.which("fc-match"):
        return False
    return "DejaVuSans.ttf" in subprocess.run(["fc-match", "system-ui"], capture_output=True, text=True, check=False).stdout


def pictures_of(s):
    for file in ("decode.ttmem", "clash.ttmem", "ttnn.ttmem", "imported.json"):
        capture, name = pathlib.Path(shutil.copy(HERE / "captures" / file, s.files)), file.split(".")[0]
        compared = ("--against", HERE / "captures" / "before.ttmem") if name == "decode" else ()
        page = str(page_of(s, capture, *compared))
        for theme in ("light", "dark"):
            yield {"name": f"{name}-{theme}", "page": page, "theme": theme, "hash": "", "part": ""}
            for tab in TABS[1:] if compared else TABS[1:-1]:
                yield {"name": f"{name}-{theme}-{tab}", "page": page, "theme": theme, "hash": f"#tab={tab}", "part": ".lower"}


def test_every_view_looks_as_it_did_when_it_was_looked_at():
    if not fonts_are_those_of_the_pictures():
        raise Skip("the font of the pictures, DejaVu Sans, is not that of this machine")
    with scene() as s:
        pictures = list(pictures_of(s))
        kept = HERE / "pictures"
        seen = in_browser(s, "pictures", pictures=pictures, kept=str(kept), update="TTMEM_UPDATE_GOLDEN" in os.environ)
        check_equal(seen["complaints"], [])
        check_equal(sorted(seen["differing"]), sorted(picture["name"] for picture in pictures), "pictures that are kept")
        check_equal({name: share for name, share in seen["differing"].items() if share > MOST}, {}, "they look different")
        check_equal(sorted(path.stem for path in kept.iterdir()), sorted(seen["differing"]), "pictures of nothing")

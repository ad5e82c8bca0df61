#!/usr/bin/env python3
"""tools/check_layers finds an include and a link that the table forbids, and lets the others be."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

TOOL = pathlib.Path(__file__).resolve().parents[2] / "tools" / "check_layers"


def check(files):
    """Runs the tool over a tree made of {path: text}; gives its exit code and what it said."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            path = pathlib.Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        done = subprocess.run([sys.executable, TOOL, "--root", folder], capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr


class CheckLayers(unittest.TestCase):
    def refuses(self, files, words):
        code, said = check(files)
        self.assertEqual(code, 1, said)
        self.assertIn(words, said)

    def allows(self, files):
        self.assertEqual(check(files), (0, "every include is one that the table allows\n"))

    def test_an_include_against_the_flow_of_data_is_found_with_its_line(self):
        self.refuses({"src/model/chip.cc": '#include <vector>\n#include "src/collector/book.h"\n'},
                     "src/model/chip.cc:2: src/model may not include src/collector")

    def test_a_view_does_not_see_another_view(self):
        self.refuses({"src/views/text/table.h": '#include "src/views/tui/screen.h"\n'},
                     "src/views/text may not include src/views/tui")

    def test_the_simulator_sees_the_public_header_and_itself_alone(self):
        self.allows({"sim/run.cc": '#include <ttmem/ttmem.h>\n#include "ttmem/ttmem.hpp"\n#include "sim/chip.h"\n'})
        self.refuses({"sim/run.cc": '#include "src/base/result.h"\n'}, "sim may not include src/base")

    def test_the_client_takes_no_third_party_code(self):
        self.refuses({"src/client/recording/record.cc": "#include <fmt/format.h>\n"}, "uses no third-party code")

    def test_a_room_of_the_client_sees_those_below_it_alone(self):
        self.allows({"src/client/threads/thread.h": '#include "src/client/tables/owners.h"\n',
                     "src/client/start.cc": '#include "src/client/threads/thread.h"\n'})
        self.refuses({"src/client/tables/owners.cc": '#include "src/client/threads/thread.h"\n'},
                     "src/client/tables may not include src/client/threads")
        self.refuses({"src/client/sessions/leaks.cc": '#include "src/client/start.h"\n'},
                     "src/client/sessions may not include src/client (")

    def test_an_include_that_is_not_written_from_the_root_is_refused(self):
        self.refuses({"src/model/chip.cc": '#include "chip.h"\n'}, "names no folder of the project")

    def test_a_folder_without_a_row_is_refused(self):
        self.refuses({"src/extra/x.h": "#pragma once\n"}, "has no row")

    def test_depends_of_a_library_is_held_to_the_table(self):
        self.allows({"src/collector/CMakeLists.txt":
                     "ttmem_library(collector SOURCES a.cc DEPENDS ledger model base LIBRARIES ZLIB::ZLIB)\n"})
        self.refuses({"src/collector/CMakeLists.txt":
                      "ttmem_library(collector\n  SOURCES a.cc\n  DEPENDS ledger analysis\n  LIBRARIES ZLIB::ZLIB)\n"},
                     "may not depend on src/analysis")

    def test_a_second_library_of_a_folder_is_of_that_folder(self):
        self.allows({"src/ledger/CMakeLists.txt": "ttmem_library(ledger_reader SOURCES a.cc DEPENDS ledger base)\n",
                     "src/collector/CMakeLists.txt": "ttmem_library(collector SOURCES a.cc DEPENDS ledger_reader)\n"})
        self.refuses({"src/model/CMakeLists.txt": "ttmem_library(model SOURCES a.cc DEPENDS ledger_reader)\n"},
                     "may not depend on src/ledger")

    def test_the_simulator_does_not_link_a_folder_of_the_product(self):
        self.refuses({"sim/CMakeLists.txt": "target_link_libraries(ttmem-sim PRIVATE ttmem_collector)\n"},
                     "sim may not link src/collector")

    def test_tests_may_include_everything(self):
        self.allows({"tests/x.cc": '#include "src/client/c.h"\n#include "src/daemon/d.h"\n'})

    def test_wiring_may_include_what_it_wires_but_never_reads_a_ledger(self):
        self.allows({"src/apps/main.cc": '#include "src/daemon/d.h"\n#include "src/machine/m.h"\n'})
        self.refuses({"src/apps/main.cc": '#include "src/ledger/l.h"\n'}, "src/apps may not include src/ledger")


if __name__ == "__main__":
    unittest.main()

"""`ttmem explain ADDRESS` tells what lies there, whose it is and when it will go."""
from scenario import SIM, check, check_equal, scene

ADDRESS = 2**30 - 2 * 2048  # where the mesh test's second cached binary lies


def check_matmul_binary(match):
    stated = {name: match[name] for name in ("address", "requested_bytes", "reserved_bytes", "class", "pool", "program",
                                             "pages", "page_bytes", "banks", "data_banks")}
    check_equal(stated, {"address": ADDRESS, "requested_bytes": 24576, "reserved_bytes": 24576, "class": "program",
                         "pool": "dram", "program": "matmul", "pages": 12, "page_bytes": 2048, "banks": 12,
                         "data_banks": 12})
    check_equal(len(match["chips"]), 8, "chips:")
    check(match["since"], "since when is known")
    check(match["story"] and all(isinstance(sentence, str) and sentence for sentence in match["story"]), match["story"])
    story = " ".join(match["story"]).lower()
    for word in ("8 chips", "matmul", "cache"):
        check(word in story, f"the story names {word}:", story)


def test_the_cached_binary_of_the_matmul_is_explained():
    with scene() as s:
        sim = s.mesh_test("t3000", ["run1.matmul"])
        sim.wait_paused("run1.matmul")
        document = s.json("explain", ADDRESS)
        check_equal(len(document["matches"]), 1, "matches: one mesh allocation, not eight")
        check_matmul_binary(document["matches"][0])
        by_hex = s.json("explain", hex(ADDRESS))["matches"]
        check_equal([match["id"] for match in by_hex], [match["id"] for match in document["matches"]])


def test_an_address_inside_an_allocation_finds_it():
    with scene() as s:
        sim = s.mesh_test("t3000", ["run1.matmul"])
        sim.wait_paused("run1.matmul")
        matches = s.json("explain", ADDRESS + 100)["matches"]
        check_equal([match["address"] for match in matches], [ADDRESS])


def test_two_processes_with_the_same_address_are_two_matches():
    with scene() as s:
        sims = [s.mesh_test("t3000", ["run1.matmul"]) for _ in range(2)]
        for sim in sims:
            sim.wait_paused("run1.matmul")
        matches = s.json("explain", ADDRESS)["matches"]
        check_equal(sorted(match["pid"] for match in matches), sorted(sim.pid for sim in sims))
        for match in matches:
            check_matmul_binary(match)


def test_the_text_says_it_in_sentences():
    with scene() as s:
        sim = s.mesh_test("t3000", ["run1.matmul"])
        sim.wait_paused("run1.matmul")
        said = s.ttmem("explain", ADDRESS).stdout
        for words in ("1,073,737,728", "0x3ffff000", "matmul", "24,576", "8 chips"):
            check(words in said, f"the text names {words}:", said)


def test_an_address_where_nothing_lies_is_said_to_be_free():
    with scene() as s:
        sim = s.mesh_test("t3000", ["run1.matmul"])
        sim.wait_paused("run1.matmul")
        check_equal(s.json("explain", 2**29, code=None)["matches"], [])


def test_a_file_whose_name_is_a_number_is_given_with_its_folder():
    message = ("TT_FATAL: Out of Memory: Not enough space to allocate 2000 B DRAM buffer across 2 banks, where each bank "
               "needs to store 1000 B, but bank size is only 600 B\n")
    with scene() as s:
        (s.files / "1000").write_text(message)
        said = s.ttmem("explain", "./1000", cwd=s.files).stdout
        check("1,000 B" in said and "600 B" in said, "the file:", said)
        s.driver("hold")
        said = s.ttmem("explain", "1000", cwd=s.files).stdout
        check("0x3e8" in said, "the address:", said)


def test_an_address_is_explained_from_a_capture_named_beside_it():
    with scene() as s:
        s.ttmem("run", "-q", "-o", s.files / "run.ttmem", "--", SIM, "mesh-test", "--machine", "t3000")
        for words in ((ADDRESS, s.files / "run.ttmem"), (ADDRESS, "--in", s.files / "run.ttmem")):
            check("0x3ffff000" in s.ttmem("explain", *words).stdout, "it is not explained")
        said = s.ttmem("explain", s.files / "run.ttmem", s.files / "run.ttmem", code=2).stderr
        check("a capture beside an address only" in said, said)

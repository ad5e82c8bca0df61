"""Every kind of message, with other numbers, wrapped, coloured, prefixed and cut: found, counted once, and each number of
its explanation recomputed from its own words."""
import ask
import disguise
import recompute


def test_every_kind_is_found_in_every_disguise_and_its_numbers_follow_from_its_words():
    for name, (kind, make) in disguise.KINDS.items():
        r = disguise.generator(name)
        plain = make(r)
        whole = ask.explained(plain + "\n")["failures"]
        assert [f["kind"] for f in whole] == [kind], (name, plain, [f["kind"] for f in whole])
        for how, text in disguise.disguises(r, plain):
            failures = ask.explained(text)["failures"]
            assert len(failures) == 1, (name, how, text, [f["message"] for f in failures])
            assert failures[0]["kind"] == kind, (name, how, text)
            assert failures[0]["complete"], (name, how, text, failures[0]["missing"])
            assert failures[0]["message"] == whole[0]["message"], (name, how, failures[0]["message"])


def test_every_number_of_every_explanation_is_recomputed():
    for name, (kind, make) in disguise.KINDS.items():
        r = disguise.generator("numbers " + name)
        messages = [make(r) for _ in range(25)]
        found = ask.explained("".join(f"TT_FATAL: {message}\n\n" for message in messages))["failures"]
        assert len(found) == len(set(messages)), (name, len(found))
        for message, failure in zip(dict.fromkeys(messages), found):
            assert failure["kind"] == kind, (name, message)
            traces = {recompute.fields(other)["trace"]: other for other in messages if recompute.fields(other)["trace"]}
            of_source = recompute.legal(traces[max(traces)]) | {len(traces)} if traces else ()  # the largest counts
            wrong = recompute.objections(message, failure, of_source)
            assert not wrong, (message, wrong)


def test_people_read_the_numbers_that_programs_read():
    for name, (_, make) in disguise.KINDS.items():
        message = make(disguise.generator("people " + name))
        failure = ask.explained(message + "\n")["failures"][0]
        code, text, _ = ask.ttmem("explain", "-", given=(message + "\n").encode())
        assert code == 0, name
        assert text.splitlines()[0].startswith(failure["explanation"]["verdict"].split(";")[0]), (name, text)
        beyond = recompute.numbers_beyond(text, failure)
        assert not beyond, (name, beyond, text)


def test_a_message_that_is_cut_says_what_it_lacks_and_still_ends_with_something_to_do():
    for name, (kind, make) in disguise.KINDS.items():
        r = disguise.generator("cut " + name)
        message = make(r)
        for _ in range(10):
            cut = message[:r.randrange(len(message) * 2 // 3, len(message))]
            for failure in ask.explained("x\n" + cut)["failures"]:
                assert failure["explanation"]["verdict"], (cut, failure)
                assert failure["explanation"]["remedies"], (cut, failure)
                if failure["kind"] != "unknown":
                    assert failure["kind"] == kind, (cut, failure["kind"])


def test_throws_are_counted_by_the_times_of_the_logger():
    r = disguise.generator("times")
    for name, (kind, make) in disguise.KINDS.items():
        message, throws = make(r), r.randrange(2, 8)
        log = ""
        for i in range(throws):
            log += f"2026-08-13 01:{10 + i}:27.216 | critical |          Always | TT_FATAL: {message} (assert.hpp:104)\n"
            log += "noise\n" * r.randrange(0, 3000) + f"E   {message}\n"
        log += f"FAILED tests/a/test_b.py::test_c[1] - RuntimeError: TT_FATAL: {message}\n"
        failures = ask.explained(log)["failures"]
        assert len(failures) == 1, name
        assert failures[0]["times"] == throws and failures[0]["count"] == 2 * throws + 1, (name, failures[0]["times"])
        assert failures[0]["first_time"] == "2026-08-13 01:10:27.216", failures[0]["first_time"]


def test_what_looks_like_a_failure_and_is_not_known_is_shown():
    lines = ["TT_FATAL: L1 slab 7 of 9000 B does not fit (a.hpp:1)", "TT_THROW: DRAM pool is too small for 77 B",
             "Out of Memory: the moon is full"]
    answer = ask.explained("\n".join(lines) + "\n")
    assert answer["unrecognized"] == 3 and answer["failed"] == 0, answer["unrecognized"]
    assert [f["line"] for f in answer["failures"]] == [1, 2, 3]


ask.run(globals())

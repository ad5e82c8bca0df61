import assert from "node:assert/strict";
import { test } from "node:test";
import { hashOf, initialState, type State, stateOf } from "../src/state";
import { samplePage } from "./sample";

test("a page opens on the peak of what has ended, and on the end of what lives", () => {
  const page = samplePage();
  assert.equal(initialState(page).slot, 4);
  page.recording.processes[0]!.state = "live";
  assert.equal(initialState(page).slot, 9);
});

test("what is as at first is not in the address", () => {
  const page = samplePage();
  assert.equal(hashOf(page, initialState(page)), "");
});

test("an address brings the same view back", () => {
  const page = samplePage();
  const states: Partial<State>[] = [
    { slot: 7 },
    { range: [1.25, 8] },
    { tab: "leaks", by: "tag" },
    { selection: { op: "a&b=c #<script>", tag: "", thread: "4" } },
    { selection: { block: 2 } },
    { selection: { sizes: [64, 127] } },
  ];
  for (const change of states) {
    const state = { ...initialState(page), ...change };
    assert.deepEqual(stateOf(page, `#${hashOf(page, state)}`), state);
  }
});

test("what an address says wrongly is as at first", () => {
  const page = samplePage();
  for (const hash of ["#at=99", "#at=x", "#range=5-2", "#range=0-11", "#tab=nothing", "#by=constructor", "#pool=l1:0x1", "#%"]) {
    assert.deepEqual(stateOf(page, hash), initialState(page));
  }
});

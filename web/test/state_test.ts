import assert from "node:assert/strict";
import { test } from "node:test";
import { moved, placeText, slotIn, slotText, wholeOf, zoomed } from "../src/axis";
import { hashOf, initialState, type State, stateOf, switched } from "../src/state";
import { pageByEvent, samplePage } from "./sample";

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

// The slots are 1 ms, after 2 ms of imports and before 500 us of rest.
function pageAfterImports() {
  const page = samplePage();
  Object.assign(page.timeline, { begin: 2000, whole_begin: 0, whole_span: 3500 });
  return page;
}

test("a page opens on what was in use and shows the whole time when it is asked", () => {
  const page = pageAfterImports();
  assert.deepEqual(initialState(page).range, [0, 10]);
  const whole = wholeOf(page.timeline);
  assert.deepEqual(whole, [-20, 15]);
  assert.equal(hashOf(page, { ...initialState(page), range: whole }), "range=whole");
  assert.deepEqual(stateOf(page, "#range=whole").range, whole);
  const before: State = { ...initialState(page), range: [-12.5, -3] };
  assert.deepEqual(stateOf(page, `#${hashOf(page, before)}`), before);
  assert.deepEqual(stateOf(page, "#range=-21-3"), initialState(page), "outside of the recording");
});

test("a zoom goes to the ends of the recording, and the cursor stays where something was", () => {
  const { timeline } = pageAfterImports();
  assert.deepEqual(zoomed([0, 10], timeline, 5, 100), [-20, 15]);
  assert.deepEqual(moved([0, 10], timeline, -100), [-20, -10]);
  assert.deepEqual([slotIn(timeline, -7), slotIn(timeline, 3.5), slotIn(timeline, 14)], [0, 3, 9]);
  assert.equal(placeText(timeline, -20), "0 s");
  assert.equal(slotText(timeline), "100 us", "a slot is as long wherever the first one begins");
});

test("of what is known by events alone the slots are the whole", () => {
  const page = samplePage();
  Object.assign(page.timeline, { axis: "events", begin: 0, span: 5 });
  assert.deepEqual(wholeOf(page.timeline), [0, 10]);
});

test("what an address says wrongly is as at first", () => {
  const page = samplePage();
  for (const hash of ["#at=99", "#at=x", "#range=5-2", "#range=0-11", "#tab=nothing", "#by=constructor", "#pool=l1:0x1", "#%"]) {
    assert.deepEqual(stateOf(page, hash), initialState(page));
  }
});

test("another axis keeps the moment, and an address the axis", () => {
  const page = pageByEvent();
  const state = { ...initialState(page), slot: 9, range: [2, 9] as [number, number] };
  assert.equal(state.axis, "time");
  const byEvent = { ...state, ...switched(page, state) };
  assert.deepEqual([byEvent.axis, byEvent.slot, byEvent.range], ["events", 6, [0, 10]]);
  assert.equal(hashOf(page, byEvent), "axis=events&at=6");
  assert.deepEqual(stateOf(page, `#${hashOf(page, byEvent)}`), byEvent);
  const back = { ...byEvent, ...switched(page, byEvent) };
  assert.deepEqual([back.axis, back.slot, hashOf(page, back)], ["time", 8, "at=8"]);
  assert.deepEqual(switched(page, initialState(page)), { axis: "events", slot: 4, range: [0, 10] }, "the peak stays the peak");
  assert.deepEqual(switched(samplePage(), state), {}, "there is only one");
});

test("a page opens in the order of events where that shows more", () => {
  const page = pageByEvent();
  assert.equal(initialState(page).axis, "time");
  page.opens_by_event = true;
  assert.equal(initialState(page).axis, "events");
  assert.equal(stateOf(page, "#axis=time").axis, "time");
  assert.equal(stateOf(page, "", "time").axis, "time", "newer data moves nothing");
});

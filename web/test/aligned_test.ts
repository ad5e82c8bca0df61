import assert from "node:assert/strict";
import { test } from "node:test";
import { alignmentOf } from "../src/aligned";
import type { OtherRun, Span } from "../src/document";
import { samplePage } from "./sample";

const span = (text: string, begin_slot: number): Span => ({ text, begin_slot, end_slot: begin_slot + 1 });
const other = (change: Partial<OtherRun>): OtherRun => ({
  name: "other",
  span: 2000,
  axis: "time",
  slots: 10,
  iterations: [],
  pools: {},
  ...change,
});

test("without iterations both begin together, each in its own time", () => {
  const { at, byIterations } = alignmentOf(samplePage().timeline, other({}));
  assert.equal(byIterations, false);
  assert.deepEqual([at(0), at(3)], [0, 6]); // twice as long
});

test("iterations of the same name lie on each other, whatever is between them is stretched", () => {
  const timeline = { ...samplePage().timeline, iterations: [span("1", 2), span("2", 4), span("3", 8)] };
  const { at, byIterations } = alignmentOf(timeline, other({ iterations: [span("1", 1), span("3", 5), span("4", 6)] }));
  assert.equal(byIterations, true);
  assert.deepEqual([at(0), at(1), at(3), at(5)], [0, 2, 5, 8]);
  assert.equal(at(6), 10);
});

test("an order that contradicts itself is not followed, and time never goes back", () => {
  const timeline = { ...samplePage().timeline, iterations: [span("1", 2), span("2", 4)] };
  const { at } = alignmentOf(timeline, other({ iterations: [span("2", 1), span("1", 5)] }));
  for (let slot = 0; slot < 9; ++slot) assert.ok(at(slot + 1) >= at(slot));
});

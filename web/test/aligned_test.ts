import assert from "node:assert/strict";
import { test } from "node:test";
import { alignmentOf, alignmentText } from "../src/aligned";
import type { OtherRun } from "../src/document";
import { samplePage } from "./sample";

const other = (change: Partial<OtherRun>): OtherRun => ({
  name: "other",
  span: 2000,
  axis: "time",
  slots: 10,
  iterations: 0,
  iterations_paired: 0,
  anchors: [],
  pools: {},
  ...change,
});

test("without iterations both begin together, each in its own time", () => {
  const at = alignmentOf(samplePage().timeline, other({}));
  assert.deepEqual([at(0), at(3)], [0, 6]); // twice as long
  assert.equal(alignmentText([other({})]), "from its own first allocation");
});

test("what is paired lies on each other, what is between is stretched, and outside each takes its own time", () => {
  const run = other({ anchors: [[1, 2], [5, 8], [5.5, 8.25]], iterations: 3, iterations_paired: 2 });
  const at = alignmentOf(samplePage().timeline, run);
  assert.deepEqual([1, 3, 5, 5.5].map(at), [2, 5, 8, 8.25]);
  assert.deepEqual([at(0), at(6.5)], [0, 10.25]); // twice as long
  assert.equal(alignmentText([run]), "aligned by 2 of 3 iterations");
  assert.equal(alignmentText([{ ...run, iterations_paired: 3 }]), "aligned by iteration");
});

test("time never goes back, whatever the anchors", () => {
  const anchors: [number, number][] = [];
  for (let i = 0; i < 50; ++i) anchors.push([i * 0.2 + (i % 3) * 0.05, i * i * 0.01]);
  const at = alignmentOf(samplePage().timeline, other({ anchors }));
  for (let slot = -2; slot < 14; slot += 0.07) assert.ok(at(slot + 0.07) >= at(slot));
});

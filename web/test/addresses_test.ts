import assert from "node:assert/strict";
import { test } from "node:test";
import { addressAt, shareOf, stretchesOf } from "../src/addresses";
import { samplePage } from "./sample";

const at = (...ranges: [number, number][]) => ({
  ...samplePage().lifetimes.pools[0]!,
  address: ranges.map(([low]) => low),
  per_bank: ranges.map(([, bytes]) => bytes),
});

test("blocks near each other are one stretch", () => {
  assert.deepEqual(stretchesOf(at([0, 100], [120, 50])), [{ low: 0, high: 170, from: 0, to: 1, folded: false }]);
});

test("what is large and empty is folded, and both its sides are seen", () => {
  const stretches = stretchesOf(at([0, 1000], [2 ** 30, 8]));
  assert.deepEqual(stretches.map((s) => s.folded), [false, true, false]);
  assert.ok(stretches[1]!.to - stretches[1]!.from < 0.05);
  assert.ok(stretches[2]!.to - stretches[2]!.from > 0.04);
  assert.equal(stretches[2]!.to, 1);
});

test("an address and its height lead to each other", () => {
  const stretches = stretchesOf(at([64, 1000], [2 ** 20, 512], [2 ** 30, 8]));
  for (const address of [64, 500, 1064, 5000, 2 ** 20 + 100, 2 ** 29, 2 ** 30 + 8]) {
    assert.ok(Math.abs(addressAt(stretches, shareOf(stretches, address)) - address) < 1e-3 * address + 1e-6);
  }
  let last = -1;
  for (const { from, to } of stretches) {
    assert.ok(from >= last && to > from);
    last = to;
  }
});

test("many islands leave room for themselves, and none is an axis, too", () => {
  const many = stretchesOf(at(...Array.from({ length: 60 }, (_, i) => [i * 2 ** 20, 16] as [number, number])));
  assert.equal(many[many.length - 1]!.to, 1);
  assert.ok(many.every((s) => s.to > s.from));
  assert.equal(stretchesOf(at()).length, 1);
});

test("what lies nowhere takes no place on the axis", () => {
  const blocks = { ...at([64, 100], [0, 50]), address: [64, null] };
  assert.deepEqual(stretchesOf(blocks), [{ low: 64, high: 164, from: 0, to: 1, folded: false }]);
  assert.equal(stretchesOf({ ...blocks, address: [null, null] }).length, 1);
});

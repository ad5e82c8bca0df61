import assert from "node:assert/strict";
import { test } from "node:test";
import { moved, placeText, slotAt, xOf, zoomed } from "../src/axis";
import { bytesText, counted, countText, durationText, exactDurationText, fittingLabel, percentText, shortened, ticks } from "../src/format";
import { samplePage } from "./sample";

test("bytes have three digits and binary units", () => {
  const said = [0, 1, 1023, 1024, 1536, 14680064, 117964800, 1055107008, 1073741823, 12884901888].map(bytesText);
  assert.deepEqual(said, ["0 B", "1 B", "1023 B", "1.00 KiB", "1.50 KiB", "14.0 MiB", "113 MiB", "1006 MiB", "1.00 GiB", "12.0 GiB"]);
});

test("counts have commas and their plural", () => {
  assert.equal(countText(1234567), "1,234,567");
  assert.deepEqual([counted(1, "chip"), counted(1000, "chip"), counted(2, "process", "processes")], ["1 chip", "1,000 chips", "2 processes"]);
});

test("a name that is too long keeps its end, and its beginning where there is room for both", () => {
  const name = "ttnn.transformer.attention_softmax";
  assert.deepEqual([99, 34, 33, 12, 9, 8, 4, 3, 2, 0].map((letters) => shortened(name, letters)), [
    name, name, "ttnn.transformer…ttention_softmax", "ttnn.…oftmax", "ttnn…tmax", "…softmax", "…max", "…ax", "", "",
  ]);
  assert.deepEqual([shortened("add", 3), shortened("漢字漢字", 3)], ["add", "…漢字"], "letters, not bytes");
});

test("a label is whole, or most of it, or not there", () => {
  const width = (text: string) => text.length;
  assert.deepEqual([9, 8, 6, 5].map((room) => fittingLabel("token 217", room, width)), ["token 217", "token 2…", "", ""]);
  assert.deepEqual([7, 3].map((room) => fittingLabel("conv", room, width)), ["conv", ""]);
});

test("durations have the unit that fits", () => {
  const said = [0, 35, 1250, 250000, 999.7e3, 1.68e6, 12.04e6, 59.96e6, 185e6, 15000e6, 86390e6].map(durationText);
  assert.deepEqual(said, ["0 s", "35 us", "1.25 ms", "250 ms", "1 s", "1.68 s", "12 s", "1 min 0 s", "3 min 5 s", "4 h 10 min", "1 d 0 h"]);
});

test("a share of nothing is not told", () => {
  assert.deepEqual([percentText(1, null), percentText(1, 0), percentText(1, 8), percentText(99, 1), percentText(1, 1e6), percentText(0, 8)], ["-", "-", "12.5%", ">999%", "<0.1%", "0.0%"]);
});

test("ticks are round, in the range, and not too many", () => {
  assert.deepEqual(ticks(0, 10, 5, 10), [0, 2, 4, 6, 8, 10]);
  assert.deepEqual(ticks(0, 3 * 2 ** 30, 4, 2).map((at) => at / 2 ** 30), [0, 1, 2, 3]);
  assert.deepEqual(ticks(5, 5, 4, 10), []);
  for (const most of [1, 3, 8]) for (const span of [1e-3, 7, 12345]) assert.ok(ticks(0, span, most, 10).length <= most + 1);
});

test("the axis goes both ways", () => {
  const axis = { from: 100, to: 300, width: 800 };
  for (const slot of [100, 150, 299]) assert.ok(Math.abs(slotAt(axis, xOf(axis, slot)) - slot) < 1e-9);
  assert.equal(slotAt(axis, -50), 100);
  assert.equal(slotAt(axis, 5000), 300);
});

test("neighbors on an axis of time are told apart", () => {
  const said = [16_350, 16_400, 2_603_300, 125_250_000, 15_000_000_000, 0, 0.5].map(exactDurationText);
  assert.deepEqual(said, ["16.35 ms", "16.4 ms", "2.6033 s", "2 min 5.25 s", "4 h 10 min", "0 s", "0.5 us"]);
});

test("a zoom keeps what is under the pointer, and the bounds", () => {
  const hundred = { ...samplePage().timeline, slots: 100 };
  const [from, to] = zoomed([0, 100], hundred, 25, 0.5);
  assert.deepEqual([from, to], [12.5, 62.5]);
  assert.deepEqual(zoomed([10, 20], hundred, 15, 100), [0, 100]);
  assert.equal(zoomed([10, 12], hundred, 11, 0.001)[1] - zoomed([10, 12], hundred, 11, 0.001)[0], 2);
  assert.deepEqual(moved([10, 20], hundred, -50), [0, 10]);
  assert.deepEqual(moved([10, 20], hundred, 500), [90, 100]);
});

test("a place on the axis is a time, or an event", () => {
  const timeline = samplePage().timeline;
  assert.equal(placeText(timeline, 5), "500 us");
  timeline.axis = "events";
  assert.equal(placeText(timeline, 5), "event 501");
});

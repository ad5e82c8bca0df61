import assert from "node:assert/strict";
import { test } from "node:test";
import { bandOf, bandOfNode, chipNames, extentOf, groupName, hasLines, heldAt, holdingOfShare, holesBetween, itemOf, lastSeen, leakVerdict, lineOf, liveAt, opAt, stepAt, treeOf } from "../src/model";
import { matches } from "../src/selected";
import { samplePage } from "./sample";

const words = { counted: (count: number, noun: string) => `${count} ${noun}s`, bytes: (bytes: number) => `${bytes} B` };

test("a slot shows the step that it is in", () => {
  const steps = samplePage().timeline.pools[0]!;
  assert.deepEqual([0, 1, 2, 3, 4, 9].map((slot) => stepAt(steps, slot)), [0, 0, 1, 1, 2, 3]);
});

test("blocks live from their event until the one that ends them", () => {
  const blocks = samplePage().lifetimes.pools[0]!;
  assert.deepEqual([0, 1, 2, 3, 4, 5].map((event) => liveAt(blocks, event)), [[], [0], [0, 1], [0, 1, 2], [0, 2], [0, 2]]);
});

test("what is live adds up to the timeline at every step", () => {
  const page = samplePage();
  page.timeline.pools[0]!.slot.forEach((_, step) => {
    const held = heldAt(page, 0, step);
    assert.equal(held.holdings.reduce((sum, holding) => sum + holding.bytes, 0) + held.missing.bytes, held.bytes);
    assert.deepEqual(held.missing, { bytes: 0, allocations: 0 });
  });
});

test("what the page has no details of is said", () => {
  const page = samplePage();
  page.timeline.pools[0]!.bytes[1] = 190;
  page.timeline.pools[0]!.allocations[1] = 5;
  assert.deepEqual(heldAt(page, 0, 1).missing, { bytes: 40, allocations: 3 });
});

test("where the page lacks blocks of the peak, its shares stand in", () => {
  const page = samplePage();
  page.lifetimes.pools[0]!.ended[1] = 2;
  const held = heldAt(page, 0, 2);
  assert.deepEqual([held.missing.bytes, held.holdings.length], [0, 3]);
  assert.equal(heldAt(page, 0, 1).missing.bytes, 50);
});

test("the peak has the parts that only its own shares tell", () => {
  const held = heldAt(samplePage(), 0, 2);
  assert.ok(held.isPeak);
  assert.deepEqual(held.shares?.map((holding) => holding.part), ["persistent", "intermediate", "leaked"]);
  assert.equal(heldAt(samplePage(), 0, 1).shares, null);
});

test("what has leaked by then is leaked, and not before", () => {
  const page = samplePage();
  const blocks = page.lifetimes.pools[0]!;
  const band = (i: number, event: number) => bandOf(blocks, page.lifetimes.texts, i, event);
  assert.deepEqual([band(0, 9), band(1, 2), band(2, 2), band(2, 3)], ["persistent", "tensor", "tensor", "leaked"]);
});

test("blocks lie where the timeline has their time, or the number of their event", () => {
  const page = samplePage();
  const blocks = page.lifetimes.pools[0]!;
  assert.deepEqual([0, 1].map((i) => extentOf(page.timeline, blocks, i)), [[0, 10], [2, 8]]);
  page.timeline.axis = "events";
  page.timeline.span = 5;
  assert.deepEqual([0, 1].map((i) => extentOf(page.timeline, blocks, i)), [[0, 10], [2, 6]]);
});

test("a block is last seen in the last step before it ends", () => {
  const page = samplePage();
  const [steps, blocks] = [page.timeline.pools[0]!, page.lifetimes.pools[0]!];
  assert.deepEqual([0, 1, 2].map((i) => lastSeen(steps, blocks, i)), [8, 4, 8]);
  blocks.born[1] = 5;
  blocks.ended[1] = 6;
  assert.equal(lastSeen(steps, blocks, 1), null);
});

test("a part is named in words", () => {
  assert.equal(groupName("part", "kept_to_the_end"), "kept to the end");
  assert.equal(groupName("op", "my_op"), "my_op");
});

test("a tree adds up, the largest first", () => {
  const root = treeOf(heldAt(samplePage(), 0, 2).holdings, ["op", "thread"]);
  assert.deepEqual([root.bytes, ...root.children.map((node) => [node.name, node.bytes])], [160, ["load", 100], ["matmul", 60]]);
  assert.equal(bandOfNode(root.children[0]!), "persistent");
  assert.equal(bandOfNode(root.children[1]!), null);
  assert.equal(bandOfNode(root.children[1]!.children[1]!), "leaked");
  assert.deepEqual(root.children[1]!.children.map((node) => [node.path, node.bytes]), [
    [{ op: "matmul", thread: "1" }, 50],
    [{ op: "matmul", thread: "2" }, 10],
  ]);
});

test("holes are between blocks, the largest first", () => {
  const blocks = samplePage().lifetimes.pools[0]!;
  assert.deepEqual(holesBetween(blocks, [0, 1, 2]), [
    { address: 130, bytes: 70 },
    { address: 100, bytes: 20 },
  ]);
  assert.deepEqual(holesBetween(blocks, []), []);
});

test("leaks are never called absent when something was not seen", () => {
  const page = samplePage();
  const state = () => leakVerdict(page, words).state;
  assert.equal(state(), "clean");
  page.leaks.suppressed = [{ line: "once:^ttnn.", allocations: 1, reserved_bytes_all_chips: 2048 }];
  assert.deepEqual(leakVerdict(page, words), { state: "clean", text: "nothing leaked but what is suppressed" });
  page.leaks.judgement.complete = false;
  assert.equal(state(), "inconclusive");
  page.leaks.judgement.complete = true;
  page.leaks.coverage.complete = false;
  assert.equal(state(), "inconclusive");
  page.leaks.accumulated = [{} as never];
  assert.equal(state(), "leaked");
  page.leaks.accumulated = null;
  page.leaks.coverage.complete = true;
  page.recording.processes = [];
  assert.equal(state(), "inconclusive");
});

test("circular buffers alone are a leak, too", () => {
  const page = samplePage();
  page.leaks.left = [
    { pid: 7, comm: "m", state: "exited", allocations: 0, requested_bytes_all_chips: 0, reserved_bytes_all_chips: 0, circular_buffers_left_behind: 2, owners: [], owners_left_out: 0 },
  ];
  assert.deepEqual(leakVerdict(page, words), { state: "leaked", text: "left: circular buffers of 2 programs" });
});

test("chips are named by ranges of their numbers", () => {
  const page = samplePage();
  assert.equal(chipNames(page, ["0xa", "0xb"]), "chips 0-1");
  assert.equal(chipNames(page, ["0xb"]), "chip 1");
  assert.equal(chipNames(page, ["0xc"]), "chip 0xc");
});

test("a line is a group like others where call stacks were recorded", () => {
  const page = samplePage();
  const blocks = page.lifetimes.pools[0]!;
  assert.equal(hasLines(page), false);
  assert.equal(lineOf(blocks, page.lifetimes.texts, 0), "");
  page.lifetimes.texts.push("model.py:42 forward");
  blocks.line = [0, 6, 6];
  assert.equal(hasLines(page), true);
  const of = (selection: object) => [0, 1, 2].filter((i) => matches(selection, blocks, page.lifetimes.texts, i));
  assert.deepEqual(of({ line: "model.py:42 forward" }), [1, 2]);
  assert.deepEqual(of({ line: "" }), [0]);
  assert.deepEqual(of({ callers: "" }), [0, 1, 2]);
  page.lifetimes.texts.push("model.py:80 load");
  blocks.callers = [0, 7, 0];
  assert.deepEqual(of({ callers: "model.py:80 load" }), [1]);
  const frames = [
    { file: "/app/ttnn/ops.py", line: 9, function: "add" },
    { file: "/app/model.py", line: 42, function: "forward" },
    { file: "/app/model.py", line: 80, function: "load" },
    { file: "/app/run.py", line: 3, function: null },
  ];
  const share = { ...page.peak.peaks[0]!.moment.shares[0]!, line: "model.py:42 forward", stack: frames };
  assert.equal(holdingOfShare(share).callers, "model.py:80 load < run.py:3");
  assert.equal(holdingOfShare({ ...share, line: null }).callers, "");
});

test("a selection lets through what has all of it", () => {
  const page = samplePage();
  const blocks = page.lifetimes.pools[0]!;
  const of = (selection: object) => [0, 1, 2].filter((i) => matches(selection, blocks, page.lifetimes.texts, i));
  assert.deepEqual(of({}), [0, 1, 2]);
  assert.deepEqual(of({ op: "matmul" }), [1, 2]);
  assert.deepEqual(of({ op: "matmul", thread: "2" }), [2]);
  assert.deepEqual(of({ tag: "" }), [0, 1, 2]);
  assert.deepEqual(of({ tag: "x" }), []);
  assert.deepEqual(of({ sizes: [50, 100] }), [0, 1]);
  assert.deepEqual(of({ block: 1 }), [1]);
});

test("of cores those are shown on which something did not fit, else those of the chips that are looked at", () => {
  const page = samplePage();
  const clash = { op: "conv", end_address: 5000, overlap_bytes_per_core: 500 };
  const l1 = {} as NonNullable<NonNullable<typeof page.map>["items"][number]["l1"]>;
  const items = ["0xa", "0xb", "0xc"].map((chip) => ({ chips: [chip], l1, clash: null as typeof clash | null }));
  page.map = { moment: null, items };
  assert.equal(itemOf(page, ["0xb"]), items[1]);
  assert.equal(itemOf(page, ["0xd"]), items[0]);
  items[1]!.clash = items[2]!.clash = clash;
  assert.deepEqual([itemOf(page, ["0xa"]), itemOf(page, ["0xc"])], [items[1], items[2]]);
  page.map = null;
  assert.equal(itemOf(page, ["0xa"]), undefined);
});

test("at a moment its operation is told: of the peak always, elsewhere where one is known", () => {
  const page = samplePage();
  const { pools } = page.timeline;
  page.timeline.operations = [
    { begin_slot: 5, end_slot: 8, text: "softmax" },
    { begin_slot: 7, end_slot: 9, text: "add" },
  ];
  page.peak.peaks[0]!.moment.op = "concat";
  const texts = page.lifetimes.pools[0]!.op.map((i) => page.lifetimes.texts[i]);
  assert.equal(opAt(page, 0, pools[0]!.peak_slot), "concat", "also where no stretch of it is drawn");
  assert.equal(opAt(page, 0, 2), texts[1], "of what was allocated then");
  assert.equal(opAt(page, 0, 6), "softmax");
  assert.equal(opAt(page, 0, 7), "", "of two that meet nobody knows which");
  assert.equal(opAt(page, 0, 3), "");
});

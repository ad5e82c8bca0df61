import assert from "node:assert/strict";
import test from "node:test";
import type { ExplainedFailure, Remedy } from "../src/document";
import { blockOf, commandOf } from "../src/remedies";
import { samplePage } from "./sample";

const remedy = (change: Partial<Remedy>): Remedy => ({ kind: "free", text: "", bytes: null, bytes_per: null, address: null, ...change });
const larger = remedy({ kind: "larger_l1_small", bytes: 32768, bytes_per: "core" });

test("a size that would do is asked of a replay of the same capture", () => {
  const page = samplePage();
  assert.equal(commandOf(page, larger), "ttmem replay run.ttmem --what-if l1_small=32768");
  assert.equal(
    commandOf(page, remedy({ kind: "larger_trace_region", bytes: 5, bytes_per: "chip" })),
    "ttmem replay run.ttmem --what-if trace_region=5",
  );
  assert.equal(commandOf(page, remedy({ kind: "larger_l1_small" })), null, "no size is known");
  assert.equal(commandOf(page, remedy({ kind: "use_dram", bytes: 5, bytes_per: "chip" })), null);
  page.of_capture = false;
  assert.equal(commandOf(page, larger), null, "there is no file to ask about");
});

test("names of files are words for a shell, whatever is in them", () => {
  const page = samplePage();
  page.source = "my run$(x)'.ttmem";
  assert.equal(commandOf(page, larger), `ttmem replay 'my run$(x)'\\''.ttmem' --what-if l1_small=32768`);
  page.source = "-o.ttmem";
  assert.equal(commandOf(page, larger), "ttmem replay ./-o.ttmem --what-if l1_small=32768");
});

test("a block that a remedy names is the one that lived when the allocation failed", () => {
  const page = samplePage();
  page.timeline.span = 1_000_000;
  const blocks = page.lifetimes.pools[0]!;
  blocks.from = [0, 200_000, 400_000];
  blocks.to = [null, 800_000, null];
  const failure = { pool: "dram", at: "2026-11-29T00:00:00.500Z" } as ExplainedFailure;
  assert.deepEqual(blockOf(page, failure, remedy({ address: 200 })), { pool: 0, slot: 5, selection: { block: 1 } });
  assert.equal(blockOf(page, { ...failure, at: "2026-11-29T00:00:00.900Z" }, remedy({ address: 200 })), null, "it was freed");
  assert.equal(blockOf(page, { ...failure, pool: "l1" }, remedy({ address: 200 })), null);
  assert.equal(blockOf(page, failure, remedy({})), null);
});

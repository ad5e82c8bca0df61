import assert from "node:assert/strict";
import test from "node:test";
import type { Remedy } from "../src/document";
import { commandOf, lastFailureCommand } from "../src/remedies";
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
  assert.equal(lastFailureCommand(page), "ttmem explain --last run.ttmem");
  page.of_capture = false;
  assert.equal(lastFailureCommand(page), null);
  assert.equal(commandOf(page, larger), null, "there is no file to ask about");
});

test("names of files are words for a shell, whatever is in them", () => {
  const page = samplePage();
  page.source = "my run$(x)'.ttmem";
  assert.equal(commandOf(page, larger), `ttmem replay 'my run$(x)'\\''.ttmem' --what-if l1_small=32768`);
  page.source = "-o.ttmem";
  assert.equal(commandOf(page, larger), "ttmem replay ./-o.ttmem --what-if l1_small=32768");
});

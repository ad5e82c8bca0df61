// What a reader can do about a remedy in this page: see the block that it names, or ask the command whether it would do.
import type { ExplainedFailure, PageDocument, Remedy } from "./document";
import type { State } from "./state";

// A word for a shell.
function quoted(word: string): string {
  return /^[\w.,=/+-]+$/.test(word) && !word.startsWith("-") ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

// Those whose sizes a replay takes, of a chip and of each core.
const kSizes: Record<string, { setting: string; of: string }> = {
  larger_l1_small: { setting: "l1_small", of: "core" },
  larger_trace_region: { setting: "trace_region", of: "chip" },
};

// "ttmem replay run.ttmem --what-if l1_small=32768": replays all of the recording so; null where nothing asks that.
export function commandOf(page: PageDocument, remedy: Remedy): string | null {
  const size = kSizes[remedy.kind];
  if (!page.of_capture || !size || remedy.bytes === null || remedy.bytes_per !== size.of) return null;
  const file = page.source.startsWith("-") ? `./${page.source}` : page.source;
  return `ttmem replay ${quoted(file)} --what-if ${size.setting}=${remedy.bytes}`;
}

// The block that a remedy names, at the moment of the failure; null where the page does not have it.
export function blockOf(page: PageDocument, failure: ExplainedFailure, remedy: Remedy): Partial<State> | null {
  const { axis, from, span, slots } = page.timeline;
  if (remedy.address === null || failure.at === null || axis !== "time" || from === null) return null;
  const at = (Date.parse(failure.at) - Date.parse(from)) * 1000; // both are told to the millisecond
  for (const [pool, blocks] of page.lifetimes.pools.entries()) {
    if (page.peak.peaks[pool]?.pool !== failure.pool) continue;
    for (let i = 0; i < blocks.born.length; ++i) {
      if (blocks.address[i] !== remedy.address) continue;
      const began = blocks.from[i] ?? 0;
      const ended = blocks.ended[i] === 0 ? Infinity : (blocks.to[i] ?? Infinity);
      if (began > at + 1000 || ended < at - 1000) continue;
      const slot = Math.min(slots - 1, Math.max(0, Math.floor((Math.min(Math.max(at, began), ended) * slots) / Math.max(1, span))));
      return { pool, slot, selection: { block: i } };
    }
  }
  return null;
}

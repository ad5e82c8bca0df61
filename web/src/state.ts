// What the page shows, and its form in the address: a link shows the same.
import { wholeOf } from "./axis";
import type { PageDocument } from "./document";
import { type Group, kGroups } from "./model";

// What is selected: everything that has all of this.
export type Selection = Partial<Record<Group, string>> & {
  block?: number;
  sizes?: [number, number]; // requested bytes
};

export const kTabs = ["live", "peak", "leaks", "growth", "sizes", "failures", "cores", "headroom", "notes", "diff"] as const;
export type Tab = (typeof kTabs)[number];

export const kTrees: Record<string, readonly Group[]> = {
  op: ["op", "tag", "line", "class"],
  line: ["line", "callers", "op", "class"],
  tag: ["tag", "op", "line", "class"],
  class: ["class", "op", "tag", "line"],
  program: ["program", "op", "class"],
  thread: ["thread", "op", "class"],
};

export interface State {
  pool: number;
  slot: number; // the cursor
  range: [number, number]; // slots that are shown; at first all of them: from the first allocation to the end of use
  by: string; // one of kTrees
  tab: Tab;
  selection: Selection;
  zoom: [number, number] | null; // of addresses, in shares of the axis; null: all
  diff: "peak" | "left"; // what runs are compared in
  core: [number, number] | null; // that is told in full; null: the one with the narrowest gap
  sorts: Record<string, Sort>; // of tables that are not sorted as at first
}

export interface Sort {
  column: number;
  reverse: boolean;
}

export function initialState(page: PageDocument): State {
  // What was imported has no times, and nothing that goes on.
  const live = page.timeline.axis === "time" && page.recording.processes.some((process) => process.state === "live");
  const slots = page.timeline.slots;
  return {
    pool: 0,
    slot: live ? slots - 1 : (page.timeline.pools[0]?.peak_slot ?? 0),
    range: [0, slots],
    by: "op",
    tab: "live",
    selection: {},
    zoom: null,
    diff: "peak",
    core: null,
    sorts: {},
  };
}

export function poolKey(page: PageDocument, pool: number): string {
  const peak = page.peak.peaks[pool];
  return peak ? `${peak.pool}:${peak.chips[0] ?? ""}` : "";
}

export function isSelected(selection: Selection): boolean {
  return Object.keys(selection).length > 0;
}

// The part of the address behind #. What is as at first is not in it.
export function hashOf(page: PageDocument, state: State): string {
  const first = initialState(page);
  const values = new URLSearchParams();
  if (state.pool !== first.pool) values.set("pool", poolKey(page, state.pool));
  if (state.slot === page.timeline.pools[state.pool]?.peak_slot) {
    if (state.slot !== first.slot || state.pool !== first.pool) values.set("at", "peak");
  } else if (state.slot !== first.slot || state.pool !== first.pool) {
    values.set("at", String(state.slot));
  }
  const isAt = (range: [number, number]) => state.range[0] === range[0] && state.range[1] === range[1];
  if (!isAt(first.range)) {
    const text = state.range.map((at) => String(Math.round(at * 100) / 100)).join("-");
    values.set("range", isAt(wholeOf(page.timeline)) ? "whole" : text);
  }
  if (state.by !== first.by) values.set("by", state.by);
  if (state.tab !== first.tab) values.set("tab", state.tab);
  for (const group of kGroups) {
    const name = state.selection[group];
    if (name !== undefined) values.set(`s.${group}`, name);
  }
  if (state.selection.block !== undefined) values.set("s.block", String(state.selection.block));
  if (state.selection.sizes) values.set("s.sizes", state.selection.sizes.join("-"));
  if (state.zoom) values.set("zoom", state.zoom.map((share) => String(Math.round((share + 1) * 1e4) / 1e4)).join("-"));
  if (state.core) values.set("core", state.core.join("-"));
  if (state.diff !== first.diff) values.set("diff", state.diff);
  for (const [table, sort] of Object.entries(state.sorts)) values.set(`sort.${table}`, `${sort.column}${sort.reverse ? "r" : ""}`);
  return values.toString();
}

function numbers(text: string | null): [number, number] | null {
  const match = /^(-?\d+(?:\.\d+)?)-(-?\d+(?:\.\d+)?)$/.exec(text ?? "");
  return match ? [Number(match[1]), Number(match[2])] : null;
}

// What an address says; what it says wrongly is as at first.
export function stateOf(page: PageDocument, hash: string): State {
  const values = new URLSearchParams(hash.replace(/^#/, ""));
  const state = initialState(page);
  const slots = page.timeline.slots;
  const key = values.get("pool");
  if (key !== null) {
    const pool = page.peak.peaks.findIndex((_, i) => poolKey(page, i) === key);
    if (pool >= 0) state.pool = pool;
  }
  const at = values.get("at");
  if (at === "peak") state.slot = page.timeline.pools[state.pool]?.peak_slot ?? 0;
  else if (at !== null && /^\d+$/.test(at) && Number(at) < slots) state.slot = Number(at);
  const whole = wholeOf(page.timeline);
  const range = values.get("range") === "whole" ? whole : numbers(values.get("range"));
  if (range && range[0] < range[1] && range[0] >= whole[0] && range[1] <= whole[1]) state.range = range;
  const by = values.get("by");
  if (by !== null && Object.hasOwn(kTrees, by)) state.by = by;
  const tab = kTabs.find((name) => name === values.get("tab"));
  if (tab && (tab !== "diff" || page.compared)) state.tab = tab;
  for (const group of kGroups) {
    const name = values.get(`s.${group}`);
    if (name !== null) state.selection[group] = name;
  }
  const block = values.get("s.block");
  if (block !== null && /^\d+$/.test(block)) state.selection.block = Number(block);
  const sizes = numbers(values.get("s.sizes"));
  if (sizes && sizes[0] >= 0) state.selection.sizes = sizes;
  const zoom = numbers(values.get("zoom"));
  if (zoom && zoom[0] >= 0 && zoom[0] < zoom[1]) state.zoom = [zoom[0] - 1, zoom[1] - 1];
  const core = numbers(values.get("core"));
  if (core && core[0] >= 0 && core[1] >= 0) state.core = core;
  if (values.get("diff") === "left") state.diff = "left";
  for (const [key, value] of values) {
    const sort = /^(\d{1,2})(r?)$/.exec(value);
    const table = /^sort\.([a-z-]+)$/.exec(key);
    if (sort && table) state.sorts = { ...state.sorts, [table[1]!]: { column: Number(sort[1]), reverse: sort[2] === "r" } };
  }
  return state;
}

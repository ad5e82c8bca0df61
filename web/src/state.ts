// What the page shows, and its form in the address: a link shows the same.
import { wholeOf } from "./axis";
import type { PageDocument, Timeline } from "./document";
import { type Group, kGroups, stepAt } from "./model";

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

export type AxisName = Timeline["axis"];

export interface State {
  axis: AxisName;
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

// The page with the timeline that has this axis.
export function onAxis(page: PageDocument, axis: AxisName): PageDocument {
  const other = page.timeline_by_event;
  return other && axis === other.axis ? { ...page, timeline: other } : page;
}

// The same moment on the other axis, with all of it.
export function switched(page: PageDocument, state: State): Partial<State> {
  const axis = state.axis === "time" ? "events" : "time";
  const [from, to] = [onAxis(page, state.axis), onAxis(page, axis)].map((of) => of.timeline.pools[state.pool]);
  if (!page.timeline_by_event || !from || !to) return {};
  const event = from.event[stepAt(from, state.slot)]!;
  const isPeak = state.slot === from.peak_slot;
  const step = to.event.filter((of) => of <= event).length - 1;
  return { axis, slot: isPeak ? to.peak_slot : (to.slot[Math.max(0, step)] ?? 0), range: [0, onAxis(page, axis).timeline.slots] };
}

export function initialState(whole: PageDocument, asked: AxisName | null = null): State {
  // What was imported has no times, and nothing that goes on.
  const live = whole.timeline.axis === "time" && whole.recording.processes.some((process) => process.state === "live");
  const axis = asked ?? (whole.opens_by_event ? "events" : whole.timeline.axis);
  const page = onAxis(whole, axis);
  const slots = page.timeline.slots;
  return {
    axis: page.timeline.axis,
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
export function hashOf(whole: PageDocument, state: State): string {
  const page = onAxis(whole, state.axis);
  const first = initialState(whole, state.axis);
  const values = new URLSearchParams();
  if (state.axis !== initialState(whole).axis) values.set("axis", state.axis);
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

// What an address says; what it says wrongly is as at first. `kept`: the axis where it does not say one.
export function stateOf(whole: PageDocument, hash: string, kept: AxisName | null = null): State {
  const values = new URLSearchParams(hash.replace(/^#/, ""));
  const axis = values.get("axis");
  const state = initialState(whole, axis === "time" || axis === "events" ? axis : kept);
  const page = onAxis(whole, state.axis);
  const slots = page.timeline.slots;
  const key = values.get("pool");
  if (key !== null) {
    const pool = page.peak.peaks.findIndex((_, i) => poolKey(page, i) === key);
    if (pool >= 0) state.pool = pool;
  }
  const at = values.get("at");
  if (at === "peak") state.slot = page.timeline.pools[state.pool]?.peak_slot ?? 0;
  else if (at !== null && /^\d+$/.test(at) && Number(at) < slots) state.slot = Number(at);
  const all = wholeOf(page.timeline);
  const range = values.get("range") === "whole" ? all : numbers(values.get("range"));
  if (range && range[0] < range[1] && range[0] >= all[0] && range[1] <= all[1]) state.range = range;
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

// Questions that the views ask of the document: pure functions, nothing is drawn here.
import { wholeOf } from "./axis";
import type { Blocks, PageDocument, Peak, Share, Steps, Timeline } from "./document";
import type { MapItem } from "./map_document";
import { type Band, isBand } from "./palette";

// The position in `steps` of a slot.
export function stepAt(steps: Steps, slot: number): number {
  let low = 0;
  let high = steps.slot.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((steps.slot[middle] ?? 0) <= slot) low = middle;
    else high = middle - 1;
  }
  return low;
}

// The operation under way at a slot; "" where none was, or none is known. What happened in the slot tells it, else the one
// stretch that is there: of two that meet nobody knows which.
export function opAt(page: PageDocument, pool: number, slot: number): string {
  const steps = page.timeline.pools[pool]!;
  const step = stepAt(steps, slot);
  if (steps.slot[step] === slot) {
    const event = steps.event[step]!;
    const { moment, steady } = page.peak.peaks[pool]!;
    const told = [moment, steady].find((of) => of?.event === event);
    if (told) return told.op ?? "";
    const blocks = page.lifetimes.pools[pool]!;
    const born = event > 0 ? blocks.born.indexOf(event) : -1;
    if (born >= 0) return page.lifetimes.texts[blocks.op[born]!] ?? "";
  }
  const here = page.timeline.operations.filter((span) => slot >= span.begin_slot && slot < span.end_slot);
  return new Set(here.map((span) => span.text)).size === 1 ? here[0]!.text : "";
}

// Numbers of the blocks that are live after an event.
export function liveAt(blocks: Blocks, event: number): number[] {
  const live: number[] = [];
  for (let i = 0; i < blocks.born.length; ++i) {
    const ended = blocks.ended[i]!;
    if (blocks.born[i]! <= event && (ended === 0 || ended > event)) live.push(i);
  }
  return live;
}

// The last slot in which the picture shows a block; null where it came and went within one.
export function lastSeen(steps: Steps, blocks: Blocks, i: number): number | null {
  const ended = blocks.ended[i]!;
  for (let step = steps.slot.length - 1; step >= 0; --step) {
    const event = steps.event[step]!;
    if (event < blocks.born[i]!) return null;
    if (ended === 0 || event < ended) return steps.slot[step]!;
  }
  return null;
}

export function reservedOf(blocks: Blocks, i: number): number {
  return blocks.per_bank[i]! * blocks.banks[i]!;
}

// As the timeline tells classes apart: what has leaked by then is leaked.
export function bandOf(blocks: Blocks, texts: string[], i: number, event: number): Band {
  const outlived = blocks.outlived[i]!;
  if (blocks.leaked[i] && outlived !== 0 && outlived <= event) return "leaked";
  const name = texts[blocks.class[i]!] ?? "unknown";
  if (name === "tensor") return blocks.persistent[i] ? "persistent" : "tensor";
  return isBand(name) ? name : "unknown";
}

// Where a block lies on the axis, in slots.
export function extentOf(timeline: Timeline, blocks: Blocks, i: number): [number, number] {
  const { slots, span, axis } = timeline;
  const [first, last] = wholeOf(timeline);
  if (axis === "time") {
    const at = (us: number | null, unknown: number) =>
      us === null ? unknown : Math.min(slots, Math.max(0, (us * slots) / Math.max(1, span)));
    return [blocks.born[i] === 0 ? first : at(blocks.from[i]!, 0), blocks.ended[i] === 0 ? last : at(blocks.to[i]!, slots)];
  }
  const at = (event: number) => ((event - 1) * slots) / Math.max(1, span);
  return [blocks.born[i] === 0 ? 0 : at(blocks.born[i]!), blocks.ended[i] === 0 ? slots : at(blocks.ended[i]!)];
}

// Something that is live at a moment, of whatever source: what pictures of owners are made of.
export interface Holding {
  op: string;
  tag: string;
  line: string;
  callers: string;
  class: string;
  thread: string;
  program: string;
  part: string; // "" where it is not known: only of the peak's moments
  band: Band;
  bytes: number; // reserved, per chip
  allocations: number;
}
export const kGroups = ["op", "tag", "line", "callers", "class", "program", "thread", "part"] as const;
export type Group = (typeof kGroups)[number];

const kNone: Record<Group, string> = {
  op: "no operation",
  tag: "no tag",
  line: "line not known",
  callers: "no callers",
  class: "unknown",
  program: "no program",
  thread: "unknown thread",
  part: "unknown",
};
export function groupName(group: Group, name: string): string {
  if (name === "") return kNone[group];
  return group === "part" ? name.replaceAll("_", " ") : name;
}

// Whether call stacks were recorded.
export function hasLines(page: PageDocument): boolean {
  return page.lifetimes.pools.some((pool) => pool.line !== undefined);
}

// "model.py:42 forward"; "" where it is not known.
export function lineOf(blocks: Blocks, texts: string[], i: number): string {
  return texts[blocks.line?.[i] ?? 0] ?? "";
}

// As the command has them of a block: what stands around the line of the user's program.
function callersOf(share: Share): string {
  const frames = (share.stack ?? []).map((of) => `${(of.file ?? "").slice((of.file ?? "").lastIndexOf("/") + 1)}${of.line ? `:${of.line}` : ""}${of.function ? ` ${of.function}` : ""}`);
  const at = frames.indexOf(share.line ?? "");
  return at < 0 ? "" : frames.slice(at + 1).join(" < ");
}

export function holdingOfShare(share: Share): Holding {
  return {
    op: share.op ?? "",
    tag: share.tag ?? "",
    line: share.line ?? "",
    callers: callersOf(share),
    class: share.class,
    thread: share.thread === null ? "" : String(share.thread),
    program: share.program ?? "",
    part: share.part,
    band: share.part === "leaked" ? "leaked" : isBand(share.class) ? share.class : "unknown",
    bytes: share.reserved_bytes,
    allocations: share.allocations,
  };
}

export function holdingOfBlock(blocks: Blocks, texts: string[], i: number, event: number): Holding {
  return {
    op: texts[blocks.op[i]!] ?? "",
    tag: texts[blocks.tag[i]!] ?? "",
    line: lineOf(blocks, texts, i),
    callers: texts[blocks.callers?.[i] ?? 0] ?? "",
    class: texts[blocks.class[i]!] ?? "unknown",
    thread: blocks.thread[i] ? String(blocks.thread[i]) : "",
    program: texts[blocks.holder[i]!] ?? "",
    part: "",
    band: bandOf(blocks, texts, i, event),
    bytes: reservedOf(blocks, i),
    allocations: 1,
  };
}

export interface AtMoment {
  holdings: Holding[];
  shares: Holding[] | null; // of a moment of the peak: the same with their parts
  bytes: number; // as the timeline says
  allocations: number;
  missing: { bytes: number; allocations: number }; // of them, what `holdings` lack
  isPeak: boolean;
}

// What was live after an event: the blocks that the page has; at the peak its own shares where these lack something.
export function heldAt(page: PageDocument, pool: number, step: number): AtMoment {
  const steps = page.timeline.pools[pool]!;
  const blocks = page.lifetimes.pools[pool]!;
  const peak = page.peak.peaks[pool]!;
  const event = steps.event[step]!;
  const bytes = steps.bytes[step]!;
  const allocations = steps.allocations[step]!;
  const moment = [peak.moment, peak.steady].find(
    (m) => m && m.event === event && m.reserved_bytes === bytes && m.shares_left_out === 0,
  );
  const shares = moment ? moment.shares.map(holdingOfShare) : null;
  const missingOf = (holdings: Holding[]) => ({
    bytes: Math.max(0, bytes - holdings.reduce((sum, of) => sum + of.bytes, 0)),
    allocations: Math.max(0, allocations - holdings.reduce((sum, of) => sum + of.allocations, 0)),
  });
  let holdings = liveAt(blocks, event).map((i) => holdingOfBlock(blocks, page.lifetimes.texts, i, event));
  let missing = missingOf(holdings);
  if (missing.bytes + missing.allocations > 0 && shares) {
    holdings = shares;
    missing = missingOf(shares);
  }
  return { holdings, shares, bytes, allocations, missing, isPeak: moment === peak.moment };
}

export interface Node {
  group: Group | null;
  name: string;
  path: Partial<Record<Group, string>>;
  bytes: number;
  allocations: number;
  bands: Partial<Record<Band, number>>; // bytes
  children: Node[];
}

// Holdings level by level, the largest first; children add up to their parent.
export function treeOf(holdings: Holding[], levels: readonly Group[]): Node {
  const root: Node = { group: null, name: "all", path: {}, bytes: 0, allocations: 0, bands: {}, children: [] };
  const known = new Map<Node, Map<string, Node>>();
  for (const holding of holdings) {
    let node = root;
    node.bytes += holding.bytes;
    node.allocations += holding.allocations;
    for (const group of levels) {
      const name = holding[group];
      let children = known.get(node);
      if (!children) known.set(node, (children = new Map()));
      let child = children.get(name);
      if (!child) {
        child = { group, name, path: { ...node.path, [group]: name }, bytes: 0, allocations: 0, bands: {}, children: [] };
        children.set(name, child);
        node.children.push(child);
      }
      child.bytes += holding.bytes;
      child.bands[holding.band] = (child.bands[holding.band] ?? 0) + holding.bytes;
      child.allocations += holding.allocations;
      node = child;
    }
  }
  const sort = (node: Node) => {
    node.children.sort((a, b) => b.bytes - a.bytes || (a.name < b.name ? -1 : 1));
    node.children.forEach(sort);
  };
  sort(root);
  return root;
}

// What most of a node is, where that is nearly all of it.
export function bandOfNode(node: Node): Band | null {
  for (const [band, bytes] of Object.entries(node.bands)) if (bytes >= 0.9 * node.bytes && isBand(band)) return band;
  return null;
}

export type LeakState = "leaked" | "clean" | "inconclusive";
export interface LeakVerdict {
  state: LeakState;
  text: string;
}
export interface LeakWords {
  counted: (count: number, noun: string, plural?: string) => string;
  bytes: (bytes: number) => string;
}
// From a file that ttmem did not record: it tells of memory, and of no process.
export function isImported(page: PageDocument): boolean {
  return page.recording.processes.length === 0 && page.timeline.events > 0;
}
// Never green when something was not seen.
export function leakVerdict(page: PageDocument, words: LeakWords): LeakVerdict {
  const { left, accumulated, suppressed, judgement, coverage } = page.leaks;
  const sum = { allocations: 0, bytes: 0, plans: 0 };
  for (const by of left) {
    sum.allocations += by.allocations;
    sum.bytes += by.reserved_bytes_all_chips;
    sum.plans += by.circular_buffers_left_behind;
  }
  if (left.length > 0) {
    const what = sum.allocations > 0 ? [`${words.counted(sum.allocations, "allocation")}, ${words.bytes(sum.bytes)}`] : [];
    if (sum.plans > 0) what.push(`circular buffers of ${words.counted(sum.plans, "program")}`);
    return { state: "leaked", text: `left: ${what.join("; ")}` };
  }
  if (accumulated && accumulated.length > 0) {
    return {
      state: "leaked",
      text: `${words.counted(accumulated.length, "owner")} grew from iteration to iteration and freed it later`,
    };
  }
  if (isImported(page)) return { state: "inconclusive", text: "what leaked is not told by an imported file" };
  if (page.recording.processes.length === 0) return { state: "inconclusive", text: "no process was seen" };
  if (!coverage.complete) return { state: "inconclusive", text: "no leak was seen, but not everything was" };
  if (!judgement.complete) return { state: "inconclusive", text: "nothing is known to have leaked; not all could be judged" };
  return { state: "clean", text: suppressed.length > 0 ? "nothing leaked but what is suppressed" : "nothing leaked" };
}

// Where free addresses lie between blocks, the largest first; between the lowest and the highest block.
export function holesBetween(blocks: Blocks, live: number[]): { address: number; bytes: number }[] {
  if (live.some((i) => blocks.address[i] === null)) return [];
  const ranges = live
    .map((i) => [blocks.address[i]!, blocks.address[i]! + blocks.per_bank[i]!] as const)
    .filter(([begin, end]) => end > begin)
    .sort((a, b) => a[0] - b[0]);
  const holes: { address: number; bytes: number }[] = [];
  let reached = ranges[0]?.[1] ?? 0;
  for (const [begin, end] of ranges) {
    if (begin > reached) holes.push({ address: reached, bytes: begin - reached });
    reached = Math.max(reached, end);
  }
  return holes.sort((a, b) => b.bytes - a.bytes);
}

export function chipNames(page: PageDocument, ids: string[]): string {
  const numbers = ids.map((id) => page.chips.find((chip) => chip.chip_id === id)?.logical_id ?? null);
  if (numbers.some((n) => n === null)) return ids.length === 1 ? `chip ${ids[0]}` : `${ids.length} chips`;
  const sorted = (numbers as number[]).sort((a, b) => a - b);
  const ranges: string[] = [];
  for (let i = 0; i < sorted.length; ) {
    let end = i;
    while (end + 1 < sorted.length && sorted[end + 1] === sorted[end]! + 1) ++end;
    ranges.push(end === i ? `${sorted[i]}` : `${sorted[i]}-${sorted[end]}`);
    i = end + 1;
  }
  return `${ids.length === 1 ? "chip" : "chips"} ${ranges.join(", ")}`;
}

export function peakBytes(peak: Peak): number {
  return Math.max(peak.peak_reserved_bytes, peak.earlier_peak_reserved_bytes ?? 0);
}

// Of the map the item of the chips that are looked at, of those on which something did not fit where there are such; else the tightest: a
// page has some of the tightest chips only.
export function itemOf(page: PageDocument, chips: string[]): MapItem | undefined {
  const known = page.map?.items.filter((item) => item.l1 !== null) ?? [];
  const clashing = known.filter((item) => item.clash);
  const items = clashing.length > 0 ? clashing : known;
  return items.find((item) => item.chips.some((chip) => chips.includes(chip))) ?? items[0];
}

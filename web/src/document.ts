// What the command put into the page: the document ttmem.page-data/1. Bytes are reserved bytes per chip where nothing else
// is said.

import type { MapDocument } from "./map_document";

export interface Coverage {
  complete: boolean;
  notes: string[];
}
export interface Sum {
  allocations: number;
  requested_bytes: number;
  reserved_bytes: number;
}
export interface Share extends Sum {
  pid: number;
  part: string;
  class: string;
  op: string | null;
  tag: string | null;
  line?: string | null; // "model.py:42 forward", where call stacks were recorded
  stack?: { file: string | null; line: number | null; function: string | null }[]; // the innermost first
  thread: number | null;
  program: string | null;
}
export interface Moment extends Sum {
  event: number;
  at: string | null;
  pid: number | null;
  op: string | null;
  tag: string | null;
  iteration: number | null;
  parts: Record<string, Sum>;
  shares: Share[];
  shares_left_out: number;
}
export interface Peak {
  chips: string[];
  pool: string;
  capacity_bytes: number | null;
  peak_reserved_bytes: number;
  peak_reserved_bytes_max: number | null;
  peak_exact: boolean;
  is_bound: boolean;
  earlier_peak_reserved_bytes: number | null;
  moment: Moment;
  steady: Moment | null;
}
export interface Span {
  begin_slot: number;
  end_slot: number;
  text: string;
  requested_bytes?: number;
  when?: string; // of a failure, as --at takes it
  curves?: number[]; // of a failure: numbers of `pools` that had no room; none where that is not known
  ended?: boolean; // false: it lasted to the end of its process, or of the recording
}
// Slots that differ from the one before.
export interface Steps {
  slot: number[];
  bytes: number[];
  event: number[];
  allocations: number[];
  when?: string[]; // since when it is so, as --at takes it; absent where times are not known
  bands: Record<string, number[]>;
  peak_slot: number;
}
export interface Timeline {
  axis: "time" | "events";
  from: string | null;
  begin: number; // microseconds from the recording's zero to `from`; 0 by events
  span: number; // microseconds, or events
  whole_begin: number; // likewise of the recording, of which the slots may be a part
  whole_span: number;
  events: number;
  slots: number;
  steady_slot: number | null;
  pools: Steps[];
  operations: Span[];
  operations_left_out: number;
  iterations: Span[];
  iterations_left_out: number;
  failures: Span[];
  failures_left_out: number;
  gaps: Span[];
}
// Columns: one entry per allocation. Names are numbers of `texts`.
export interface Blocks {
  allocations: number;
  left_out: number;
  most_left_out_per_bank: number;
  born: number[];
  ended: number[]; // 0: lives
  from: (number | null)[];
  to: (number | null)[];
  address: (number | null)[]; // null: the source does not tell
  per_bank: number[];
  banks: number[];
  requested: number[];
  op: number[];
  tag: number[];
  class: number[];
  persistent: number[];
  outlived: number[]; // event since which it has outlived its iteration, program or trace; 0 none
  leaked: number[]; // 1: by that it is a leak
  thread: number[];
  iteration: number[];
  holder: number[];
  pid: number[];
  end: number[];
  line?: number[]; // of the user's program, where call stacks were recorded
  callers?: number[]; // what called that line: "model.py:80 load < model.py:120 main"
}
export interface AllChips {
  allocations: number;
  requested_bytes_all_chips: number;
  reserved_bytes_all_chips: number;
}
export interface LeakOwner extends AllChips {
  verdict: string | null;
  op: string | null;
  tag: string | null;
  line: string | null;
  class: string;
  pool: string;
  program: string | null;
  program_ended: boolean;
  chips: string[];
  iterations: number;
}
export interface Left extends AllChips {
  pid: number;
  comm: string;
  state: string;
  circular_buffers_left_behind: number;
  owners: LeakOwner[];
  owners_left_out: number;
}
export interface Grown {
  certainty: string;
  grew_in: number;
  until_freed: number | null;
  first: AllChips;
  last: AllChips;
  op: string | null;
  tag: string | null;
  class: string;
  pool: string;
}
export interface Leaks {
  coverage: Coverage;
  left: Left[];
  accumulated: Grown[] | null;
  suppressed: { line: string; allocations: number; reserved_bytes_all_chips: number }[];
  judgement: {
    complete: boolean;
    not_judged: number;
    kept: number;
    kept_requested_bytes_all_chips: number;
    in_open_iterations: number;
    in_open_iterations_requested_bytes_all_chips: number;
    notes: string[];
  };
}
export interface GrowthProcess {
  pid: number;
  iterations_ended: number;
  warm_up: number;
  has_gap: boolean;
}
export interface PoolStats {
  pool: string;
  allocations: number;
  freed: number;
  released: number;
  lost: number;
  live: number;
  temporary: number;
  longest_ns: number | null;
  sizes: { from_bytes: number; to_bytes: number; allocations: number }[];
  lifetimes: { lived: string; allocations: number }[];
}
export interface PoolHeadroom {
  chips: string[];
  pool: string;
  capacity_bytes: number | null;
  peak_reserved_bytes: number;
  peak_reserved_bytes_max: number | null; // null: nothing bounds it
  circular_buffer_bytes: number | null; // beside the peak; null where none are taken off
  circular_buffer_bytes_max: number | null;
  headroom_bytes: number | null;
  headroom_bytes_max: number | null;
  untouched_bytes: number | null; // in one piece
  untouched_bytes_max: number | null;
  failure: { op: string | null; kind: string; requested_bytes: number | null } | null; // the newest, if it was here
}
export interface Chip {
  chip_id: string;
  logical_id: number | null;
  arch: string | null;
  pools?: Record<string, { banks: number; bytes_per_bank: number }>;
}
export interface DiffRow<Figures> {
  op: string | null;
  tag: string | null;
  change: string;
  runs: Figures[];
}
export interface PoolDiff {
  pool: string;
  peak_growth_bytes_min: number | null;
  peak_growth_bytes_max: number | null;
  left_growth_bytes_all_chips: number | null; // null: what was left is not known
  runs: { peak_reserved_bytes: number; peak_reserved_bytes_max: number | null; at_peak: Sum; left: AllChips }[];
  owners_at_peak: DiffRow<Sum>[];
  owners_left: DiffRow<AllChips>[];
}
export interface OtherRun {
  name: string;
  span: number;
  axis: "time" | "events";
  slots: number;
  iterations: number; // of the run that has fewer
  iterations_paired: number; // of these, which lie on each other
  anchors: [number, number][]; // slots of this run and of the page's own that lie on each other, rising
  pools: Record<string, { slot: number[]; bytes: number[] }>;
}
// The other runs in their order; of `diff`, this one is the last.
export interface Compared {
  diff: { runs: { name: string; complete: boolean }[]; pools: PoolDiff[]; coverage: Coverage };
  others: OtherRun[];
}
export interface Remedy {
  kind: string;
  text: string;
  bytes: number | null;
  bytes_per: string | null; // "chip", "bank", "core"
  address: number | null; // of a block
}
export interface ExplainedFailure {
  kind: string;
  at: string | null;
  op: string | null;
  tag: string | null;
  pool: string | null;
  bytes_per_bank: number | null; // asked for
  bank_bytes: number | null;
  allocated_per_bank: number | null;
  largest_free_per_bank: number | null;
  cb_region_end: number | null;
  l1_buffer_address: number | null;
  max_l1_bytes: number | null;
  explanation: {
    verdict: string;
    asked: string | null;
    had: string | null;
    limit: string | null;
    remedies: Remedy[];
    notes: string[];
  };
}
export interface PageDocument {
  schema: string;
  generated_at: string;
  source: string;
  of_capture: boolean; // `source` is a file that commands may be asked about
  version: string;
  verdict: string;
  coverage: Coverage;
  allocators_overlap?: boolean; // blocks lie over each other; a note says which
  recording: {
    began_at: string | null;
    ended_at: string | null;
    events: number;
    processes: { pid: number; comm: string; command: string; state: string }[];
    gaps: { pid: number; why: string; events: number | null }[];
  };
  chips: Chip[];
  timeline: Timeline;
  timeline_by_event: Timeline | null; // the same in the order of events; null where only one of the two is whole
  opens_by_event: boolean; // that shows more
  lifetimes: { texts: string[]; pools: Blocks[] };
  peak: { peaks: Peak[]; iterations_ended: number };
  leaks: Leaks;
  growth: { processes: GrowthProcess[]; owners: Grown[] };
  stats: { pools: PoolStats[] };
  headroom: { pools: PoolHeadroom[] };
  explain: { failures: ExplainedFailure[]; failures_not_kept: number };
  map: MapDocument | null; // of a moment; only chips whose L1 is known
  compared: Compared | null;
}

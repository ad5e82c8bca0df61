// A small page, worked out by hand: one pool of two chips, weights of 100 B that stay, a tensor of 50 B from event 2 to
// 4, and 10 B that leaked with the iteration that ended at event 3.
import type { PageDocument } from "../src/document";

// The same page with its events one beside the other: event 1 in slots 0 and 1, and so on.
export function pageByEvent(): PageDocument {
  const page = samplePage();
  const { when: _, ...steps } = page.timeline.pools[0]!;
  page.timeline_by_event = {
    ...page.timeline,
    axis: "events",
    begin: 0,
    span: 5,
    whole_begin: 0,
    whole_span: 5,
    steady_slot: 5,
    pools: [{ ...steps, slot: [0, 2, 4, 6], peak_slot: 4 }],
  };
  return page;
}

export function samplePage(): PageDocument {
  const sum = (allocations: number, bytes: number) => ({ allocations, requested_bytes: bytes, reserved_bytes: bytes });
  return {
    schema: "ttmem.page-data/1",
    generated_at: "2026-11-29T00:00:00.000Z",
    source: "run.ttmem",
    of_capture: true,
    version: "1.0",
    verdict: "dram peaked at 160 B",
    coverage: { complete: true, notes: [] },
    recording: {
      began_at: null,
      ended_at: null,
      events: 5,
      processes: [{ pid: 7, comm: "model", command: "model", state: "exited" }],
      gaps: [],
    },
    chips: [
      { chip_id: "0xa", logical_id: 0, arch: "wormhole_b0" },
      { chip_id: "0xb", logical_id: 1, arch: "wormhole_b0" },
    ],
    timeline: {
      axis: "time",
      from: "2026-11-29T00:00:00.000Z",
      begin: 0,
      span: 1000,
      whole_begin: 0,
      whole_span: 1000,
      events: 5,
      slots: 10,
      steady_slot: 6,
      pools: [
        {
          slot: [0, 2, 4, 8],
          bytes: [100, 150, 160, 110],
          event: [1, 2, 3, 4],
          allocations: [1, 2, 3, 2],
          when: ["0 s", "200 us", "400 us", "800 us"],
          bands: { persistent: [100, 100, 100, 100], tensor: [0, 50, 50, 0], leaked: [0, 0, 10, 10] },
          peak_slot: 4,
        },
      ],
      operations: [],
      operations_left_out: 0,
      iterations: [],
      iterations_left_out: 0,
      failures: [],
      failures_left_out: 0,
      gaps: [],
    },
    timeline_by_event: null,
    opens_by_event: false,
    lifetimes: {
      texts: ["", "tensor", "load", "matmul", "freed", "live"],
      pools: [
        {
          allocations: 3,
          left_out: 0,
          most_left_out_per_bank: 0,
          born: [1, 2, 3],
          ended: [0, 4, 0],
          from: [0, 200, 400],
          to: [null, 800, null],
          address: [0, 200, 120],
          per_bank: [100, 50, 10],
          banks: [1, 1, 1],
          requested: [100, 50, 10],
          op: [2, 3, 3],
          tag: [0, 0, 0],
          class: [1, 1, 1],
          persistent: [1, 0, 0],
          outlived: [0, 2, 3],
          leaked: [0, 0, 1],
          thread: [1, 1, 2],
          iteration: [0, 1, 1],
          holder: [0, 0, 0],
          pid: [7, 7, 7],
          end: [5, 4, 5],
        },
      ],
    },
    peak: {
      iterations_ended: 1,
      peaks: [
        {
          chips: ["0xa", "0xb"],
          pool: "dram",
          capacity_bytes: 1000,
          peak_reserved_bytes: 160,
          peak_reserved_bytes_max: 160,
          peak_exact: true,
          is_bound: false,
          earlier_peak_reserved_bytes: null,
          steady: null,
          moment: {
            ...sum(3, 160),
            event: 3,
            at: null,
            pid: 7,
            op: "matmul",
            tag: null,
            iteration: 1,
            parts: {},
            shares_left_out: 0,
            shares: [
              { ...sum(1, 100), pid: 7, part: "persistent", class: "tensor", op: "load", tag: null, thread: 1, program: null },
              { ...sum(1, 50), pid: 7, part: "intermediate", class: "tensor", op: "matmul", tag: null, thread: 1, program: null },
              { ...sum(1, 10), pid: 7, part: "leaked", class: "tensor", op: "matmul", tag: null, thread: 2, program: null },
            ],
          },
        },
      ],
    },
    leaks: {
      coverage: { complete: true, notes: [] },
      left: [],
      accumulated: [],
      suppressed: [],
      judgement: { complete: true, not_judged: 0, kept: 0, kept_requested_bytes_all_chips: 0, notes: [] },
    },
    growth: { processes: [], owners: [] },
    stats: { pools: [] },
    headroom: { pools: [] },
    explain: { failures: [], failures_not_kept: 0 },
    map: null,
    compared: null,
  };
}

// The L1 of each core when a program did not fit in it, or else when one needed most of it: circular buffers from below, L1
// buffers from above, and the gap or the clash between. What stays at the bottom of the buffers and caps circular buffers is
// listed.
import type { JSX } from "preact";
import type { PageDocument } from "../document";
import { bytesText, counted, countText, hexText } from "../format";
import type { Clash, FloorOwner, GridCore, L1Map, MapCore } from "../map_document";
import { chipNames, itemOf } from "../model";
import { sameOwner } from "../selected";
import type { Selection, State } from "../state";
import { Table } from "../table";
import { CoreColumn, CoreTable, stretchesOf } from "./core_column";

interface Props {
  page: PageDocument;
  state: State;
  update: (change: Partial<State>) => void;
}

const isAt = (core: MapCore, place: readonly [number, number] | null) => place !== null && core.x === place[0] && core.y === place[1];

// The core that is told in full: the chosen one, or the worst.
function shownCore(l1: L1Map, chosen: [number, number] | null): GridCore | null {
  const worst = l1.core ? ([l1.core.x, l1.core.y] as const) : null;
  return l1.cores.find((core) => isAt(core, chosen)) ?? l1.cores.find((core) => isAt(core, worst)) ?? null;
}

function Grid({ l1, shown, choose }: { l1: L1Map; shown: GridCore | null; choose: (core: GridCore) => void }): JSX.Element {
  const span = Math.max(1, l1.top_address - l1.base_address);
  const share = (bytes: number) => `${Math.min(100, Math.max(0, (100 * bytes) / span))}%`;
  const columns = Math.max(1, ...l1.cores.map((core) => core.x + 1));
  return (
    <div class="core-grid" role="img" aria-label={`${counted(l1.cores.length, "core")}: circular buffers from below, buffers from above`} style={{ gridTemplateColumns: `repeat(${columns}, 1fr)` }}>
      {l1.cores.map((core) => {
        const isWorst = l1.core !== null && core.x === l1.core.x && core.y === l1.core.y;
        return (
          <div
            class={`core ${isWorst ? "worst" : ""} ${core === shown && !isWorst ? "shown" : ""} ${core.overlap_bytes_per_core > 0 ? "clash" : ""}`}
            style={{ gridColumn: core.x + 1, gridRow: core.y + 1 }}
            onClick={() => choose(core)}
            title={`core (${core.x},${core.y}): circular buffers ${bytesText(core.circular_buffer_bytes_per_core)}${core.program ? ` of ${core.program}` : ""}, gap ${bytesText(core.gap_bytes_per_core)}`}
          >
            <i class="from-above" style={{ height: share(l1.top_address - l1.floor_address) }} />
            <i class="from-below" style={{ height: share(core.reach_address - l1.base_address) }} />
          </div>
        );
      })}
    </div>
  );
}

// The error of the runtime has addresses in decimal.
function placeText(address: number): string {
  return `${countText(address)} (${hexText(address)})`;
}

function lowestBuffer(l1: L1Map): string {
  const block = l1.buffers.blocks.find((of) => of.address === l1.floor_address);
  const whose = block && [block.op, block.tag].filter(Boolean).join(", ");
  return `the L1 buffer at ${placeText(l1.floor_address)}${whose ? ` of ${whose}` : ""}`;
}

function verdictOf(l1: L1Map, clash: Clash | null): string {
  if (clash) {
    const whose = clash.op === null ? "" : ` of ${clash.op}`;
    return `A program${whose} did not fit: its circular buffers were to reach to ${placeText(clash.end_address)}, ${bytesText(clash.overlap_bytes_per_core)} beyond ${lowestBuffer(l1)}.`;
  }
  const core = l1.core;
  if (!core) return "No circular buffers are known.";
  const where = `core (${core.x},${core.y})`;
  if (core.overlap_bytes_per_core > 0) return `On ${where} ${bytesText(core.overlap_bytes_per_core)} are missing: circular buffers${core.program ? ` of ${core.program}` : ""} reach into buffers.`;
  return `The narrowest gap is ${l1.floor_is_bound ? "at least " : ""}${bytesText(core.gap_bytes_per_core)}, on ${where}: circular buffers${core.program ? ` of ${core.program}` : ""} end at ${hexText(core.reach_address)}, buffers begin at ${hexText(l1.floor_address)}.`;
}

// For those who do not point at the grid, and of what the grid shows: which core is told.
interface ChoiceProps {
  l1: L1Map;
  shown: GridCore;
  clash: Clash | null; // is shown instead of what stands on a core
  hasClash: boolean;
  choose: (core: GridCore | null) => void; // null: what is told at first
}

function CoreChoice({ l1, shown, clash, hasClash, choose }: ChoiceProps): JSX.Element {
  return (
    <p class="summary">
      <select
        aria-label="Core"
        value={clash ? "" : `${shown.x},${shown.y}`}
        onChange={(event) => {
          const { value } = event.currentTarget as HTMLSelectElement;
          choose(l1.cores.find((core) => `${core.x},${core.y}` === value) ?? null);
        }}
      >
        {hasClash && <option value="">with the program that did not fit</option>}
        {l1.cores.map((core) => (
          <option value={`${core.x},${core.y}`}>
            core ({core.x},{core.y}){l1.core && isAt(core, [l1.core.x, l1.core.y]) && ", the narrowest"}
          </option>
        ))}
      </select>{" "}
      <span data-core-gap={shown.gap_bytes_per_core}>
        {clash
          ? "on which cores it was to run is not recorded: the buffers are alike on each"
          : shown.program
          ? `circular buffers of ${shown.program} end at ${hexText(shown.reach_address)}, ` +
            (shown.overlap_bytes_per_core > 0
              ? `${bytesText(shown.overlap_bytes_per_core)} too far`
              : `${bytesText(shown.gap_bytes_per_core)} below the buffers`)
          : "no circular buffers"}
      </span>
    </p>
  );
}

export function CoresTab({ page, state, update }: Props): JSX.Element {
  const item = itemOf(page, page.peak.peaks[state.pool]!.chips);
  const l1 = item?.l1;
  if (!item || !l1) return <p class="empty">Nothing tells how the L1 of a core is laid out.</p>;
  const floor = l1.floor_holders;
  const shown = shownCore(l1, state.core);
  const clash = state.core ? null : item.clash;
  const stretches = stretchesOf(l1, shown, clash);
  const isFirst = (core: GridCore) => !item.clash && isAt(core, l1.core && [l1.core.x, l1.core.y]);
  const choose = (core: GridCore | null) => update({ core: core === null || isFirst(core) ? null : [core.x, core.y] });
  const path = (row: FloorOwner): Selection => ({ op: row.op ?? "", tag: row.tag ?? "", class: row.class });
  const select = (row: FloorOwner) => {
    const pool = page.peak.peaks.findIndex((peak) => peak.pool === "l1" && peak.chips.some((chip) => item.chips.includes(chip)));
    const selection = sameOwner(state.selection, path(row)) ? {} : path(row);
    update({ selection, ...(pool >= 0 ? { pool } : {}) });
  };
  return (
    <>
      <p class="summary">
        <b class={item.clash ? "bad" : ""} data-gap={l1.core?.gap_bytes_per_core} data-overlap={item.clash?.overlap_bytes_per_core}>
          {verdictOf(l1, item.clash)}
        </b>{" "}
        {chipNames(page, item.chips)}
        {page.map?.moment && `, ${page.map.moment}`}.{!l1.circular_buffers_known && " Some circular buffers are not recorded."}
      </p>
      <div class="cores">
        <Grid {...{ l1, shown, choose }} />
        <CoreColumn {...{ l1, core: shown, stretches }} />
        <div class="beside">
          <p class="summary" data-holders={floor.holders}>
            {floor.holders === 0
              ? "No small buffer holds the floor."
              : `${counted(floor.holders, "small buffer")} of ${bytesText(floor.bytes_per_core)} at the bottom of the buffers: without them circular buffers could reach ${hexText(floor.floor_without_address)}, ${bytesText(floor.floor_without_address - floor.floor_address)} further.`}
          </p>
          {floor.holders > 0 && (
            <Table<FloorOwner>
              id="floor"
              rows={floor.owners}
              sortedBy={5}
              empty=""
              onRow={select}
              isChosen={(row) => sameOwner(state.selection, path(row))}
              columns={[
                { title: "op", value: (row) => row.op ?? "no operation" },
                { title: "tag", isOptional: true, value: (row) => row.tag ?? "" },
                { title: "class", value: (row) => row.class },
                { title: "holders", number: true, value: (row) => row.holders },
                { title: "size per core", number: true, value: (row) => row.bytes_per_core, show: (row) => bytesText(row.bytes_per_core) },
                {
                  title: "strands per core",
                  number: true,
                  value: (row) => row.stranded_bytes_per_core,
                  show: (row) => <span data-bytes={row.stranded_bytes_per_core}>{bytesText(row.stranded_bytes_per_core)}</span>,
                },
                { title: "iterations", isOptional: true, number: true, value: (row) => row.iterations },
              ]}
            />
          )}
          {shown && <CoreChoice {...{ l1, shown, clash, hasClash: item.clash !== null, choose }} />}
          <CoreTable l1={l1} stretches={stretches} />
        </div>
      </div>
    </>
  );
}

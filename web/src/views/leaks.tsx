// What was left, and what grows: the answers of `ttmem leaks` and `ttmem growth`.
import type { JSX } from "preact";
import type { Grown, LeakOwner, PageDocument } from "../document";
import { bytesText, counted, countText, exactBytes } from "../format";
import { chipNames, lastSeen, leakVerdict } from "../model";
import { matches, sameOwner } from "../selected";
import type { Selection, State } from "../state";
import { Table } from "../table";

interface Props {
  page: PageDocument;
  state: State;
  update: (change: Partial<State>) => void;
}

interface Row extends LeakOwner {
  pid: number;
}

// The pool that has it, where one has: selecting a leak goes where it is seen.
function poolOf(page: PageDocument, pool: string, chips: string[], now: number): number {
  const fits = (i: number) => {
    const peak = page.peak.peaks[i];
    return peak !== undefined && peak.pool === pool && (chips.length === 0 || peak.chips.some((c) => chips.includes(c)));
  };
  if (fits(now)) return now;
  const found = page.peak.peaks.findIndex((_, i) => fits(i));
  return found >= 0 ? found : now;
}

function pathOf(row: { op: string | null; tag: string | null; line?: string | null; class: string }): Selection {
  const owner = { op: row.op ?? "", tag: row.tag ?? "", class: row.class };
  return row.line ? { ...owner, line: row.line } : owner;
}

// Everything of an owner, in the last moment in which it is seen.
function changeTo(page: PageDocument, selection: Selection, pool: number): Partial<State> {
  const blocks = page.lifetimes.pools[pool]!;
  const steps = page.timeline.pools[pool]!;
  let slot: number | null = null;
  for (let i = 0; i < blocks.born.length; ++i) {
    if (!matches(selection, blocks, page.lifetimes.texts, i)) continue;
    const seen = lastSeen(steps, blocks, i);
    if (seen !== null && (slot === null || seen > slot)) slot = seen;
  }
  return { selection, pool, ...(slot === null ? {} : { slot }) };
}

const bytes = (value: number) => (
  <span title={exactBytes(value)} data-bytes={value}>
    {bytesText(value)}
  </span>
);

export function LeaksTab({ page, state, update }: Props): JSX.Element {
  const rows: Row[] = page.leaks.left.flatMap((left) => left.owners.map((owner) => ({ ...owner, pid: left.pid })));
  const plans = page.leaks.left.reduce((sum, left) => sum + left.circular_buffers_left_behind, 0);
  const leftOut = page.leaks.left.reduce((sum, left) => sum + left.owners_left_out, 0);
  const grown = page.leaks.accumulated ?? [];
  const verdict = leakVerdict(page, { counted, bytes: bytesText });
  const { suppressed, judgement } = page.leaks;
  return (
    <>
      <p class="summary">
        <b data-leaks={verdict.state}>{verdict.text}</b>, summed over all chips
        {plans > 0 && `; circular buffers of ${counted(plans, "program")} were left behind`}
        {leftOut > 0 && `; ${counted(leftOut, "owner")} more`}
      </p>
      {judgement.notes.map((note) => (
        <p class="note">Not judged: {note}</p>
      ))}
      {suppressed.map(({ line, allocations, reserved_bytes_all_chips }) => (
        <p class="summary">
          Suppressed by {line}: {counted(allocations, "allocation")}, {bytes(reserved_bytes_all_chips)} reserved
        </p>
      ))}
      {judgement.kept > 0 && (
        <p class="summary">
          Kept to the end, and no growth: {counted(judgement.kept, "allocation")}, {bytes(judgement.kept_requested_bytes_all_chips)} requested
        </p>
      )}
      {judgement.in_open_iterations > 0 && (
        <p class="summary">
          Not counted, because their iteration has not ended: {counted(judgement.in_open_iterations, "allocation")},{" "}
          {bytes(judgement.in_open_iterations_requested_bytes_all_chips)} requested
        </p>
      )}
      {rows.length > 0 && (
        <Table
          id="leaks"
          rows={rows}
          sortedBy={8}
          empty=""
          isChosen={(row) => sameOwner(state.selection, pathOf(row))}
          onRow={(row) =>
            update(changeTo(page, pathOf(row), poolOf(page, row.pool, row.chips, state.pool)))
          }
          columns={[
            {
              title: "verdict",
              value: (row) => row.verdict ?? "",
              show: (row) => <span class={row.verdict === "leaked" ? "bad" : ""}>{row.verdict ?? "-"}</span>,
            },
            { title: "op", value: (row) => row.op ?? "" },
            { title: "line", isOptional: true, value: (row) => row.line ?? "" },
            { title: "tag", isOptional: true, value: (row) => row.tag ?? "" },
            { title: "class", value: (row) => row.class },
            { title: "program", isOptional: true, value: (row) => (row.program_ended ? "destroyed" : (row.program ?? "")) },
            { title: "where", value: (row) => `${row.pool}, ${chipNames(page, row.chips)}` },
            { title: "allocations", number: true, value: (row) => row.allocations, show: (row) => countText(row.allocations) },
            {
              title: "reserved",
              number: true,
              value: (row) => row.reserved_bytes_all_chips,
              show: (row) => bytes(row.reserved_bytes_all_chips),
            },
            { title: "iterations", isOptional: true, number: true, value: (row) => row.iterations, show: (row) => row.iterations || "" },
            { title: "process", number: true, value: (row) => row.pid },
          ]}
        />
      )}
      {grown.length > 0 && (
        <>
          <p class="summary">Grew from iteration to iteration and was freed later:</p>
          <GrownTable id="accumulated" page={page} rows={grown} state={state} update={update} />
        </>
      )}
    </>
  );
}

function GrownTable({ id, page, rows, state, update }: Props & { id: string; rows: Grown[] }): JSX.Element {
  return (
    <Table
      id={id}
      rows={rows}
      sortedBy={5}
      empty="Nothing grew."
      isChosen={(row) => sameOwner(state.selection, pathOf(row))}
      onRow={(row) => update(changeTo(page, pathOf(row), poolOf(page, row.pool, [], state.pool)))}
      columns={[
        { title: "certainty", value: (row) => row.certainty },
        { title: "op", value: (row) => row.op ?? "" },
        { title: "tag", isOptional: true, value: (row) => row.tag ?? "" },
        { title: "class", value: (row) => row.class },
        { title: "pool", value: (row) => row.pool },
        {
          title: "grew by",
          number: true,
          value: (row) => row.last.reserved_bytes_all_chips - row.first.reserved_bytes_all_chips,
          show: (row) => bytes(row.last.reserved_bytes_all_chips - row.first.reserved_bytes_all_chips),
        },
        { title: "to", number: true, value: (row) => row.last.reserved_bytes_all_chips, show: (row) => bytes(row.last.reserved_bytes_all_chips) },
        { title: "grew in", number: true, value: (row) => row.grew_in },
        { title: "freed after", isOptional: true, number: true, value: (row) => row.until_freed ?? 0, show: (row) => row.until_freed ?? "" },
      ]}
    />
  );
}

export function GrowthTab(props: Props): JSX.Element {
  const { processes, owners } = props.page.growth;
  const iterations = processes.reduce((sum, process) => sum + process.iterations_ended, 0);
  const gap = processes.some((process) => process.has_gap);
  return (
    <>
      <p class="summary">
        {processes.length === 0
          ? "No process marked iterations that ended, so nothing tells what grows from one to the next."
          : `What is live more when iterations end: ${counted(iterations, "iteration")} of ${counted(processes.length, "process", "processes")}, bytes summed over chips${gap ? "; history has a gap: at least so much" : ""}`}
      </p>
      {processes.length > 0 && <GrownTable id="growth" rows={owners} {...props} />}
    </>
  );
}

// This run against others: the answer of `ttmem diff` for a pool.
import type { JSX } from "preact";
import type { PageDocument } from "../document";
import { bytesText, exactBytes } from "../format";
import { sameOwner } from "../selected";
import type { Selection, State } from "../state";
import { type Column, Table } from "../table";

interface Props {
  page: PageDocument;
  state: State;
  update: (change: Partial<State>) => void;
}

interface Row {
  op: string;
  tag: string;
  change: string;
  runs: number[];
}

export function changeText(bytes: number): string {
  return bytes === 0 ? "0 B" : `${bytes > 0 ? "+" : "−"}${bytesText(Math.abs(bytes))}`;
}

function growthText(low: number | null, high: number | null): string {
  if (low === null || high === null) return "by how much is not known";
  return low === high ? changeText(low) : `${changeText(low)} to ${changeText(high)}`;
}

export function DiffTab({ page, state, update }: Props): JSX.Element {
  const what = state.diff;
  const { diff } = page.compared!;
  const name = page.peak.peaks[state.pool]!.pool;
  const pool = diff.pools.find((of) => of.pool === name);
  if (!pool) return <p class="empty">No run used {name}.</p>;
  const rows: Row[] =
    what === "peak"
      ? pool.owners_at_peak.map((row) => ({ ...row, op: row.op ?? "", tag: row.tag ?? "", runs: row.runs.map((r) => r.reserved_bytes) }))
      : pool.owners_left.map((row) => ({
          ...row,
          op: row.op ?? "",
          tag: row.tag ?? "",
          runs: row.runs.map((r) => r.reserved_bytes_all_chips),
        }));
  const path = (row: Row): Selection => ({ op: row.op, tag: row.tag });
  // As the command sorts them: the largest change first, whichever way.
  const spread = (row: Row) => Math.max(...row.runs) - Math.min(...row.runs);
  const grew = (row: Row) => row.runs[row.runs.length - 1]! - row.runs[0]!;
  const figures: Column<Row>[] = diff.runs.map((run, i) => ({
    title: i + 1 === diff.runs.length ? "this run" : run.name,
    number: true,
    value: (row) => row.runs[i]!,
    show: (row) => <span title={exactBytes(row.runs[i]!)}>{bytesText(row.runs[i]!)}</span>,
  }));
  return (
    <>
      <p class="summary">
        <b>
          Peak of {name}: {growthText(pool.peak_growth_bytes_min, pool.peak_growth_bytes_max)}
        </b>{" "}
        from {diff.runs[0]!.name} to this run, per chip; left at the end{" "}
        {growthText(pool.left_growth_bytes_all_chips, pool.left_growth_bytes_all_chips)} over all chips.{" "}
        <select aria-label="What is compared" value={what} onChange={(e) => update({ diff: (e.currentTarget as HTMLSelectElement).value as "peak" | "left" })}>
          <option value="peak">at the peak, per chip</option>
          <option value="left">left at the end, all chips</option>
        </select>
        {!diff.coverage.complete && <span class="bad"> Incomplete: {diff.coverage.notes[0] ?? "something is missing"}</span>}
      </p>
      <Table<Row>
        id="diff"
        rows={rows}
        sortedBy={3}
        empty="Nothing was held in any run."
        isChosen={(row) => sameOwner(state.selection, path(row))}
        onRow={(row) => update({ selection: sameOwner(state.selection, path(row)) ? {} : path(row) })}
        columns={[
          { title: "op", value: (row) => row.op || "no operation" },
          { title: "tag", isOptional: true, value: (row) => row.tag },
          { title: "change", value: (row) => row.change },
          {
            title: "grew by",
            number: true,
            value: spread,
            show: (row) => (
              <span title={exactBytes(grew(row))} data-bytes={grew(row)} class={grew(row) > 0 ? "bad" : ""}>
                {changeText(grew(row))}
              </span>
            ),
          },
          ...figures,
        ]}
      />
    </>
  );
}

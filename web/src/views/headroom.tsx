// What may still be allocated in each pool, with the arithmetic: the answer of `ttmem headroom`.
import type { JSX } from "preact";
import type { PageDocument, PoolHeadroom } from "../document";
import { bytesText, countText } from "../format";
import { chipNames } from "../model";
import type { State } from "../state";
import { type Column, kAsGiven, Table } from "../table";

interface Props {
  page: PageDocument;
  update: (change: Partial<State>) => void;
}

// Both ends where these are not the same; `high` null: nothing bounds it.
function rangeText(low: number, high: number | null, text: (bytes: number) => string): string {
  if (high === null) return `at least ${text(low)}`;
  return text(low) === text(high) ? text(low) : `${text(low)} to ${text(high)}`;
}

// In three digits, and below to the last byte: only those add up.
function Figure({ low, high }: { low: number | null; high: number | null }): JSX.Element {
  if (low === null) return <span data-bytes="">-</span>;
  return (
    <span data-bytes={low}>
      {rangeText(low, high, bytesText)}
      <small class="exact">{rangeText(low, high, countText)}</small>
    </span>
  );
}

function figure(title: string, of: (row: PoolHeadroom) => [number | null, number | null]): Column<PoolHeadroom> {
  return {
    title,
    number: true,
    value: (row) => of(row)[0] ?? -1,
    show: (row) => <Figure low={of(row)[0]} high={of(row)[1]} />,
  };
}

// What failed last in that pool: then what it has left is not the whole answer.
function failureText(row: PoolHeadroom): string {
  const { op, kind, requested_bytes } = row.failure!;
  const by = op === null ? "" : ` of ${op}`;
  if (kind === "cb_clash" || kind === "cb_overflow")
    return `Circular buffers${by} did not fit, so as it stood nothing more did. By capacity alone:`;
  return `An allocation${requested_bytes === null ? "" : ` of ${bytesText(requested_bytes)}`}${by.replace("of", "by")} failed in ${row.pool}.`;
}

export function HeadroomTab({ page, update }: Props): JSX.Element {
  const { pools } = page.headroom;
  const hasBuffers = pools.some((row) => row.circular_buffer_bytes !== null);
  const failed = pools.find((row) => row.failure);
  return (
    <>
      {failed && (
        <p class="summary" data-failed={failed.pool}>
          <b class="bad">{failureText(failed)}</b> <button onClick={() => update({ tab: "failures" })}>why</button>
        </p>
      )}
      <p class="summary">
        Headroom is capacity less the peak{hasBuffers && ", in L1 also less the circular buffers of the program that has most"}: so much may be taken for
        good, per chip. In one piece is as much of it as lies where nothing ever lay.
      </p>
      <Table<PoolHeadroom>
        id="headroom"
        rows={pools}
        sortedBy={kAsGiven}
        empty="No pool was used."
        columns={[
          { title: "pool", value: (row) => row.pool },
          { title: "chips", value: (row) => chipNames(page, row.chips) },
          figure("capacity", (row) => [row.capacity_bytes, row.capacity_bytes]),
          figure("− peak", (row) => [row.peak_reserved_bytes, row.peak_reserved_bytes_max]),
          ...(hasBuffers
            ? [figure("− circular buffers", (row) => [row.circular_buffer_bytes, row.circular_buffer_bytes_max ?? row.circular_buffer_bytes])]
            : []),
          figure("= headroom", (row) => [row.headroom_bytes, row.headroom_bytes_max]),
          figure("in one piece", (row) => [row.untouched_bytes, row.untouched_bytes_max ?? row.untouched_bytes]),
        ]}
      />
    </>
  );
}

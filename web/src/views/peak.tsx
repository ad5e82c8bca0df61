// What the cursor's moment was made of, added up by one property; at the peak with the parts that only a whole replay
// tells.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { PageDocument } from "../document";
import { bytesText, counted, countText, exactBytes, percentText } from "../format";
import { type AtMoment, type Group, groupName, hasLines, kGroups, type Node, treeOf } from "../model";
import { sameOwner } from "../selected";
import type { Selection, State } from "../state";
import { Table } from "../table";

interface Props {
  page: PageDocument;
  state: State;
  update: (change: Partial<State>) => void;
  held: AtMoment;
}

export function CompositionTab({ page, state, update, held }: Props): JSX.Element {
  const [by, setBy] = useState<Group>("op");
  const peak = page.peak.peaks[state.pool]!;
  const groups = kGroups.filter((group) => (group !== "part" || held.shares) && ((group !== "line" && group !== "callers") || hasLines(page)));
  const group = groups.includes(by) ? by : "op";
  const holdings = held.shares ?? held.holdings;
  const rows = treeOf(holdings, [group]).children;
  const share = (node: Node) => (100 * node.bytes) / Math.max(1, held.bytes);
  return (
    <>
      <p class="summary">
        {held.isPeak ? <b>At the peak</b> : <b>At the cursor</b>}: {bytesText(held.bytes)} in{" "}
        {counted(held.allocations, "allocation")}, added up by{" "}
        <select
          aria-label="Added up by"
          value={group}
          onChange={(event) => setBy((event.currentTarget as HTMLSelectElement).value as Group)}
        >
          {groups.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
        {!held.shares &&
          held.missing.bytes > 0 &&
          `; ${bytesText(held.missing.bytes)} in ${counted(held.missing.allocations, "allocation")} not in this page`}
        {held.isPeak &&
          peak.steady &&
          `. After the first iteration at most ${bytesText(peak.steady.reserved_bytes)} (press S)`}
      </p>
      <Table
        id="composition"
        rows={rows}
        sortedBy={1}
        empty="Nothing is live here."
        isChosen={(row) => sameOwner(state.selection, row.path)}
        onRow={(row) => update({ selection: sameOwner(state.selection, row.path) ? {} : ({ ...row.path } as Selection) })}
        columns={[
          { title: group, value: (row) => groupName(group, row.name) },
          {
            title: "reserved",
            number: true,
            value: (row) => row.bytes,
            show: (row) => (
              <span title={exactBytes(row.bytes)} data-bytes={row.bytes}>
                {bytesText(row.bytes)}
              </span>
            ),
          },
          {
            title: "share",
            number: true,
            value: share,
            show: (row) => (
              <span class="bar">
                <i style={{ width: `${share(row)}%` }} />
                {percentText(row.bytes, held.bytes)}
              </span>
            ),
          },
          { title: "allocations", number: true, value: (row) => row.allocations, show: (row) => countText(row.allocations) },
        ]}
      />
    </>
  );
}

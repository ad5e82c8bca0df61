// What is live at the cursor, one row each.
import type { JSX } from "preact";
import type { PageDocument } from "../document";
import { bytesText, counted, countText, durationText, exactBytes, addressText } from "../format";
import { type AtMoment, bandOf, lineOf, liveAt, reservedOf } from "../model";
import { matches, selectionText } from "../selected";
import { isSelected, type State } from "../state";
import { Table } from "../table";

interface Props {
  page: PageDocument;
  state: State;
  update: (change: Partial<State>) => void;
  event: number;
  held: AtMoment;
}

export function LiveTab({ page, state, update, event, held }: Props): JSX.Element {
  const blocks = page.lifetimes.pools[state.pool]!;
  const texts = page.lifetimes.texts;
  const timeline = page.timeline;
  const live = liveAt(blocks, event);
  const chosen = isSelected(state.selection);
  const isBlock = state.selection.block !== undefined;
  const rows = chosen && !isBlock ? live.filter((i) => matches(state.selection, blocks, texts, i)) : live;
  const bytes = rows.reduce((sum, i) => sum + reservedOf(blocks, i), 0);
  const listed = live.reduce((sum, i) => sum + reservedOf(blocks, i), 0);
  const missing = { count: held.allocations - live.length, bytes: held.bytes - listed };
  const text = (of: number[], i: number) => texts[of[i]!] ?? "";
  const callers = (i: number) => texts[blocks.callers?.[i] ?? 0] ?? "";
  // Of a line that several call, as of a helper's, the line that called it.
  const callersOf = new Map<string, Set<string>>();
  for (const i of rows) {
    const line = lineOf(blocks, texts, i);
    callersOf.set(line, (callersOf.get(line) ?? new Set()).add(callers(i)));
  }
  const callerOf = (i: number) => (callersOf.get(lineOf(blocks, texts, i))!.size > 1 ? callers(i).split(" < ")[0]! : "");
  // In the order of events, when the newest of them came.
  const now =
    timeline.axis === "time"
      ? (state.slot * timeline.span) / timeline.slots
      : live.reduce((latest, i) => Math.max(latest, blocks.from[i] ?? 0), 0);
  const ageOf = (i: number) => (blocks.from[i] === null ? 0 : Math.max(0, now - blocks.from[i]!));
  return (
    <>
      <p class="summary">
        {chosen && !isBlock ? `${selectionText(state.selection)}: ` : ""}
        <b>{counted(rows.length, "allocation")}</b>, {bytesText(bytes)} reserved per chip, live at the cursor
        {chosen && !isBlock && ` (of ${counted(held.allocations, "allocation")}, ${bytesText(held.bytes)})`}
        {missing.count > 0 &&
          `; ${counted(missing.count, "smaller one")} with ${bytesText(missing.bytes)} ${missing.count === 1 ? "is" : "are"} not in this page`}
      </p>
      <Table
        id="live"
        rows={rows}
        sortedBy={0}
        empty="Nothing is live here."
        onRow={(i) => update({ selection: state.selection.block === i ? {} : { block: i } })}
        isChosen={(i) => state.selection.block === i}
        columns={[
          {
            title: "reserved",
            number: true,
            value: (i) => reservedOf(blocks, i),
            show: (i) => <span title={exactBytes(reservedOf(blocks, i))}>{bytesText(reservedOf(blocks, i))}</span>,
          },
          { title: "per bank", number: true, value: (i) => blocks.per_bank[i]!, show: (i) => bytesText(blocks.per_bank[i]!) },
          { title: "address", number: true, value: (i) => blocks.address[i] ?? -1, show: (i) => addressText(blocks.address[i]!) },
          {
            title: "class",
            value: (i) => bandOf(blocks, texts, i, event),
            show: (i) => {
              const band = bandOf(blocks, texts, i, event);
              return <span class={`key band-${band}`}>{band}</span>;
            },
          },
          { title: "op", value: (i) => text(blocks.op, i) },
          { title: "line", isOptional: true, value: (i) => lineOf(blocks, texts, i), show: (i) => <span title={callers(i)}>{lineOf(blocks, texts, i)}</span> },
          { title: "called at", isOptional: true, value: callerOf, show: (i) => <span title={callers(i)}>{callerOf(i)}</span> },
          { title: "tag", isOptional: true, value: (i) => text(blocks.tag, i) },
          { title: "program", isOptional: true, value: (i) => text(blocks.holder, i) },
          {
            title: "iteration",
            isOptional: true,
            number: true,
            value: (i) => blocks.iteration[i]!,
            show: (i) => (blocks.iteration[i] ? countText(blocks.iteration[i]!) : ""),
          },
          {
            title: "age",
            isOptional: true,
            number: true,
            value: ageOf,
            show: (i) => (blocks.from[i] !== null ? durationText(ageOf(i)) : ""),
          },
          { title: "ends", value: (i) => text(blocks.end, i) },
        ]}
      />
    </>
  );
}

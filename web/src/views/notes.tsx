// Failures, and what this page does not show.
import type { JSX } from "preact";
import { placeText, slotText } from "../axis";
import type { PageDocument, Span } from "../document";
import { bytesText, counted, countText } from "../format";
import type { State } from "../state";
import { Table } from "../table";
import { Explanation } from "./explanation";

interface Props {
  page: PageDocument;
  update: (change: Partial<State>) => void;
}

export function FailuresTab({ page, update }: Props): JSX.Element {
  const { failures, failures_left_out } = page.timeline;
  // Of the last one: the core with the program that did not fit, else what was live then.
  const show = () => {
    const last = failures[failures.length - 1];
    const isClash = page.explain.failures[0]?.kind === "cb_clash" && page.map?.items.some((item) => item.clash);
    if (isClash) update({ tab: "cores", core: null });
    else if (last) update({ tab: "live", slot: last.begin_slot, ...(last.curves?.length ? { pool: last.curves[0]! } : {}) });
  };
  return (
    <>
      {failures.length > 0 && (
        <p class="summary">
          {counted(failures.length + failures_left_out, "failure")} in this recording
          {failures_left_out > 0 && `, ${countText(failures.length)} of them marked`}.
        </p>
      )}
      {page.explain.failures.map((failure, i) => (
        <Explanation {...{ page, failure, isLast: i === 0, show }} />
      ))}
      {page.explain.failures_not_kept > 0 && <p>{counted(page.explain.failures_not_kept, "older failure")} not explained here.</p>}
      <Table<Span>
        id="failures"
        rows={failures}
        sortedBy={0}
        empty="No allocation failed."
        onRow={(row) => update({ slot: row.begin_slot })}
        columns={[
          { title: "when", value: (row) => row.begin_slot, number: true, show: (row) => row.when ?? placeText(page.timeline, row.begin_slot) },
          { title: "what", value: (row) => row.text, show: (row) => <span class="bad">{row.text}</span> },
          {
            title: "asked for",
            number: true,
            value: (row) => row.requested_bytes ?? 0,
            show: (row) => (row.requested_bytes === undefined ? "-" : bytesText(row.requested_bytes)),
          },
        ]}
      />
    </>
  );
}

// What the lane has, and what it lacks.
function leftOutText(spans: Span[], leftOut: number, noun: string): string | false {
  if (leftOut === 0) return false;
  return `Of ${counted(spans.length + leftOut, noun)}, ${countText(spans.length)} ${spans.length === 1 ? "is" : "are"} drawn, spread over the axis; the others are too short, or too many.`;
}

export function NotesTab({ page }: { page: PageDocument }): JSX.Element {
  const { timeline, lifetimes } = page;
  const byEvent = timeline === page.timeline_by_event;
  const leftOut = lifetimes.pools.reduce((sum, pool) => sum + pool.left_out, 0);
  const all = lifetimes.pools.reduce((sum, pool) => sum + pool.allocations, 0);
  const folded = [
    `Each step of the timeline${byEvent ? " by event" : ""} is the largest use in ${slotText(timeline)}; the recording has ${counted(timeline.events, "event")}.`,
    leftOut > 0
      ? `Of ${counted(all, "allocation")} in these pools the page has ${countText(all - leftOut)}: those at the peak, those that leaked, and the largest and longest. Figures of moments say what is missing.`
      : `The page has every recorded allocation of these pools (${countText(all)}).`,
    leftOutText(timeline.iterations, timeline.iterations_left_out, "iteration"),
    leftOutText(timeline.operations, timeline.operations_left_out, "operation"),
    timeline.axis === "events" && !byEvent && "Times are not known: the axis counts events.",
  ].filter((text): text is string => typeof text === "string");
  return (
    <>
      <p class="summary">
        <b>{page.coverage.complete ? "Complete: nothing is known to be missing." : "Incomplete: something may be missing."}</b>
      </p>
      <ul id="notes">
        {page.coverage.notes.map((note) => (
          <li class={page.coverage.complete ? "" : "bad"}>{note}</li>
        ))}
        {page.recording.gaps.map((gap) => (
          <li>
            Process {gap.pid}: {gap.why}
          </li>
        ))}
        {folded.map((text) => (
          <li>{text}</li>
        ))}
        <li>
          Recorded {page.recording.began_at ?? "at an unknown time"} to {page.recording.ended_at ?? "an unknown time"}; page
          by ttmem {page.version}, {page.generated_at}.
        </li>
      </ul>
    </>
  );
}

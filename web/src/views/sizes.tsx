// How large allocations are and how long they live: the histograms of `ttmem stats`.
import type { JSX } from "preact";
import type { PageDocument } from "../document";
import { bytesText, counted, countText, durationText, percentText } from "../format";
import type { State } from "../state";

interface Props {
  page: PageDocument;
  state: State;
  update: (change: Partial<State>) => void;
}

interface Bar {
  name: string;
  count: number;
  chosen?: boolean;
  choose?: () => void;
}

function Bars({ title, bars, id }: { title: string; bars: Bar[]; id: string }): JSX.Element {
  const most = Math.max(1, ...bars.map((bar) => bar.count));
  return (
    <table class="bars" id={id}>
      <caption>{title}</caption>
      <tbody>
        {bars.map((bar) => (
          <tr class={`${bar.chosen ? "chosen" : ""} ${bar.choose ? "clickable" : ""}`} onClick={bar.choose}>
            <th scope="row">{bar.choose ? <button>{bar.name}</button> : bar.name}</th>
            <td class="wide">
              <i style={{ width: `${(100 * bar.count) / most}%` }} />
            </td>
            <td class="number">{countText(bar.count)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function SizesTab({ page, state, update }: Props): JSX.Element {
  const pool = page.peak.peaks[state.pool]!.pool;
  const stats = page.stats.pools.find((of) => of.pool === pool);
  if (!stats) return <p class="empty">Nothing was allocated in {pool}.</p>;
  const sizes: Bar[] = stats.sizes.map((size) => {
    const chosen = state.selection.sizes?.[0] === size.from_bytes && state.selection.sizes[1] === size.to_bytes;
    return {
      name: size.to_bytes === 0 ? "0 B" : `${bytesText(size.from_bytes)} to ${bytesText(size.to_bytes + 1)}`,
      count: size.allocations,
      chosen,
      choose: () => update({ selection: chosen ? {} : { sizes: [size.from_bytes, size.to_bytes] } }),
    };
  });
  const lifetimes: Bar[] = stats.lifetimes.map((of) => ({ name: of.lived, count: of.allocations }));
  return (
    <>
      <p class="summary">
        <b>{counted(stats.allocations, "allocation")}</b> in {pool} of all chips: {countText(stats.freed)} freed,{" "}
        {countText(stats.released)} released by a close or the end, {countText(stats.live)} live at the end;{" "}
        {countText(stats.temporary)} ({percentText(stats.temporary, stats.allocations)}) were freed before their thread
        allocated again
        {stats.longest_ns !== null && `; the longest lived ${durationText(stats.longest_ns / 1000)}`}
      </p>
      <div class="pair">
        <Bars id="size-bars" title="Requested bytes per chip (a click selects)" bars={sizes} />
        <Bars id="lifetime-bars" title="Lifetime of those that ended" bars={lifetimes} />
      </div>
    </>
  );
}

// Each pool of chips that were used alike: how full it was at its peak. Many are a heat grid.
import type { JSX } from "preact";
import type { PageDocument, Peak } from "../document";
import { bytesText, percentText, stateText } from "../format";
import { chipNames, peakBytes } from "../model";
import type { State } from "../state";

interface Props {
  page: PageDocument;
  state: State;
  select: (pool: number) => void;
}

const kMostRows = 8;

function shareOf(peak: Peak): number | null {
  return peak.capacity_bytes ? Math.min(1, peakBytes(peak) / peak.capacity_bytes) : null;
}

function figureOf(peak: Peak): string {
  return (peak.peak_exact ? "" : "≥ ") + bytesText(peakBytes(peak));
}

export function PoolsView({ page, state, select }: Props): JSX.Element {
  const peaks = page.peak.peaks.map((peak, i) => ({ peak, i }));
  const pools = [...new Set(peaks.map(({ peak }) => peak.pool))];
  return (
    <nav class="pools" aria-label="Pools">
      {pools.map((pool) => {
        const of = peaks.filter(({ peak }) => peak.pool === pool);
        const isGrid = of.length > kMostRows;
        return (
          <div key={pool}>
            <h2>
              {pool} <small>peak per chip</small>
            </h2>
            <div class={isGrid ? "grid" : "rows"}>
              {of.map(({ peak, i }) => {
                const share = shareOf(peak);
                const text = `${pool}, ${chipNames(page, peak.chips)}: ${figureOf(peak)}, ${percentText(peakBytes(peak), peak.capacity_bytes)} of capacity`;
                return (
                  <button
                    key={i}
                    class={`pool ${i === state.pool ? "chosen" : ""} ${share !== null && share > 0.9 ? "full" : ""}`}
                    aria-pressed={i === state.pool}
                    title={text}
                    data-pool={`${peak.pool}:${peak.chips[0] ?? ""}`}
                    onClick={() => select(i)}
                  >
                    <span class="meter" style={{ width: `${(share ?? 0) * 100}%` }} />
                    {isGrid ? (
                      <>
                        <span class="number">{chipNames(page, peak.chips).replace(/^chips? /, "")}</span>
                        <span class="sr">{text}</span>
                      </>
                    ) : (
                      <>
                        <span class="name">{chipNames(page, peak.chips)}</span>
                        <span class="figure" data-figure="peak" data-bytes={peakBytes(peak)}>
                          {figureOf(peak)}
                        </span>
                        <span class="share">{percentText(peakBytes(peak), peak.capacity_bytes)}</span>
                      </>
                    )}
                  </button>
                );
              })}
            </div>
          </div>
        );
      })}
      {page.recording.processes.length > 0 && (
        <>
          <h2>Processes</h2>
          <ul class="processes">
            {page.recording.processes.slice(0, 20).map((process) => (
              <li>
                {process.pid} {process.command} <small>{stateText(process.state)}</small>
              </li>
            ))}
            {page.recording.processes.length > 20 && <li>{page.recording.processes.length - 20} more</li>}
          </ul>
        </>
      )}
    </nav>
  );
}

// The page: one state, which every view shows and changes, and which stands in the address.
import type { JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { moved, wholeOf, zoomed } from "./axis";
import type { PageDocument } from "./document";
import { bytesText, counted, durationText } from "./format";
import { Help } from "./help";
import { type Live, useLive } from "./live";
import { type AtMoment, chipNames, heldAt, isImported, leakVerdict, stepAt } from "./model";
import { selectionText } from "./selected";
import { hashOf, isSelected, kTabs, onAxis, type State, stateOf, switched, type Tab } from "./state";
import { SortingContext } from "./table";
import { switchTheme } from "./theme";
import { CoresTab } from "./views/cores";
import { DiffTab } from "./views/diff";
import { HeadroomTab } from "./views/headroom";
import { IcicleView } from "./views/icicle";
import { GrowthTab, LeaksTab } from "./views/leaks";
import { LiveTab } from "./views/live";
import { MapView } from "./views/map";
import { FailuresTab, NotesTab } from "./views/notes";
import { CompositionTab } from "./views/peak";
import { PoolsView } from "./views/pools";
import { SizesTab } from "./views/sizes";
import { TimelineView } from "./views/timeline";

const kTitles: Record<Tab, string> = {
  live: "live at the cursor",
  peak: "composition",
  leaks: "leaks",
  growth: "growth",
  sizes: "sizes, lifetimes",
  failures: "failures",
  cores: "L1 by core",
  headroom: "headroom",
  notes: "what is missing",
  diff: "diff",
};

// Of these the lower part is a picture, and has more room.
const kPictures: Tab[] = ["cores", "failures"];

const kLiveWords: Record<Live["state"], string> = {
  following: "● live",
  paused: "‖ paused: follow again",
  gone: "✗ the server of this page has ended: these are its last figures",
};

const kLiveTitles: Record<Live["state"], string> = {
  following: "Stay at what is shown (L)",
  paused: "Follow what happens (L)",
  gone: "It goes on when a server is at this address again: ttmem open --port PORT --token-file FILE, both as before",
};

type Update = (change: Partial<State>) => void;

// A browser takes some changes a second of the address, and not one for each frame of a zoom.
const kBetweenAddresses = 200;
let latestAddress = -kBetweenAddresses;
let waiting = 0;
function keepInAddress(hash: () => string): void {
  window.clearTimeout(waiting);
  const left = latestAddress + kBetweenAddresses - performance.now();
  if (left > 0) {
    waiting = window.setTimeout(() => keepInAddress(hash), left);
    return;
  }
  latestAddress = performance.now();
  const text = hash();
  history.replaceState(null, "", text === "" ? location.pathname + location.search : `#${text}`);
}

// The state, kept in the address: a change replaces it, another address changes it. Of newer data it is what the same
// address says there.
function usePageState(page: PageDocument): [State, Update] {
  const [first] = useState(() => stateOf(page, location.hash));
  const held = useRef({ page, state: first });
  const [, draw] = useState(0);
  if (held.current.page !== page) {
    const { page: before, state } = held.current;
    held.current = { page, state: stateOf(page, hashOf(before, state), state.axis) };
  }
  const set = (state: State) => {
    held.current.state = state;
    draw((n) => n + 1);
  };
  useEffect(() => {
    const read = () => set(stateOf(held.current.page, location.hash));
    window.addEventListener("hashchange", read);
    return () => window.removeEventListener("hashchange", read);
  }, []);
  const update: Update = (change) => {
    const before = held.current.state;
    const next = { ...before, ...change };
    if (change.selection === undefined && change.pool !== undefined && change.pool !== before.pool) {
      delete (next.selection = { ...next.selection }).block;
    }
    if (next.pool !== before.pool && change.zoom === undefined) next.zoom = null;
    set(next);
    keepInAddress(() => hashOf(page, held.current.state));
  };
  return [held.current.state, update];
}

// Of the largest use after the first iteration, or where that ended; null without iterations.
function steadySlot(page: PageDocument, pool: number): number | null {
  const steps = page.timeline.pools[pool];
  const event = page.peak.peaks[pool]?.steady?.event;
  const at = event === undefined ? -1 : (steps?.event.indexOf(event) ?? -1);
  return at >= 0 ? steps!.slot[at]! : page.timeline.steady_slot;
}

function useKeys(whole: PageDocument, state: State, update: Update, setHelp: (shown: boolean) => void, follow: () => void): void {
  const page = onAxis(whole, state.axis);
  const latest = useRef<(event: KeyboardEvent) => void>(() => {});
  latest.current = (event) => {
    const target = event.target as HTMLElement;
    if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|SELECT|TEXTAREA|DIALOG)$/.test(target.tagName)) return;
    const { slots } = page.timeline;
    const steps = page.timeline.pools[state.pool];
    if (!steps) return;
    const pools = page.timeline.pools.length;
    const step = stepAt(steps, state.slot);
    const keys: Record<string, () => Partial<State>> = {
      p: () => ({ slot: steps.peak_slot }),
      s: () => ({ slot: steadySlot(page, state.pool) ?? state.slot }),
      n: () => ({ slot: slots - 1 }),
      ArrowLeft: () =>
        event.shiftKey
          ? { range: moved(state.range, page.timeline, (state.range[0] - state.range[1]) / 4) }
          : { slot: steps.slot[Math.max(0, step - 1)]! },
      ArrowRight: () =>
        event.shiftKey
          ? { range: moved(state.range, page.timeline, (state.range[1] - state.range[0]) / 4) }
          : { slot: steps.slot[Math.min(steps.slot.length - 1, step + 1)]! },
      "+": () => ({ range: zoomed(state.range, page.timeline, state.slot + 0.5, 0.7) }),
      "-": () => ({ range: zoomed(state.range, page.timeline, state.slot + 0.5, 1.4) }),
      "0": () => ({ range: [0, slots] }),
      w: () => ({ range: wholeOf(page.timeline) }),
      e: () => switched(whole, state),
      "]": () => ({ pool: (state.pool + 1) % pools }),
      "[": () => ({ pool: (state.pool + pools - 1) % pools }),
      Escape: () => ({ selection: {} }),
    };
    const tab = kTabs[Number(event.key) - 1];
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (key === "t") switchTheme();
    else if (key === "l") follow();
    else if (key === "?") setHelp(true);
    else if (tab && /^[1-9]$/.test(key) && (tab !== "diff" || page.compared)) update({ tab });
    else if (Object.hasOwn(keys, key)) update(keys[key]!());
    else return;
    event.preventDefault();
  };
  useEffect(() => {
    const press = (event: KeyboardEvent) => latest.current(event);
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, []);
}

// What of the recording is drawn at first, where that is not all.
function drawnText(page: PageDocument, range: [number, number]): string {
  const timeline = page.timeline;
  if (timeline === page.timeline_by_event) return "; in the order of events";
  if (range[0] !== 0 || range[1] !== timeline.slots || timeline.span >= timeline.whole_span) return "";
  return `; ${durationText(timeline.span)} of ${durationText(timeline.whole_span)}, first allocation to end of use`;
}

function RangeButtons({ whole: page, state, update }: { whole: PageDocument; state: State; update: Update }): JSX.Element {
  const { timeline } = onAxis(page, state.axis);
  const { range } = state;
  const whole = wholeOf(timeline);
  const isAt = (other: [number, number]) => range[0] === other[0] && range[1] === other[1];
  const hasMore = whole[0] < 0 || whole[1] > timeline.slots;
  return (
    <>
      {!isAt([0, timeline.slots]) && (
        <button onClick={() => update({ range: [0, timeline.slots] })} title="From the first allocation to the end of use (0)">
          {hasMore ? "in use" : "all"}
        </button>
      )}
      {hasMore && !isAt(whole) && (
        <button onClick={() => update({ range: whole })} title="The recording with the time before and after (W)">
          whole time
        </button>
      )}
      {page.timeline_by_event && (
        <button
          data-axis={state.axis}
          onClick={() => update(switched(page, state))}
          title={
            state.axis === "time"
              ? "Each event as wide as another, so that steps of milliseconds are seen beside minutes of compiling (E)"
              : "As long as it took (E)"
          }
        >
          {state.axis === "time" ? "by event" : "by time"}
        </button>
      )}
    </>
  );
}

interface HeadingProps {
  page: PageDocument;
  update: Update;
  setHelp: (shown: boolean) => void;
  live: Live | null;
}

function Heading({ page, update, setHelp, live }: HeadingProps): JSX.Element {
  const archs = [...new Set(page.chips.map((chip) => chip.arch).filter(Boolean))].join(", ");
  const duration = page.timeline.axis === "time" ? durationText(page.timeline.whole_span) : counted(page.timeline.events, "event");
  const leaks = leakVerdict(page, { counted, bytes: bytesText });
  return (
    <header>
      <div class="title">
        <b>ttmem</b> <span class="source">{page.source}</span>
        <span class="facts">
          {counted(page.chips.length, "chip")}
          {archs && ` (${archs})`}, {isImported(page) ? "imported" : counted(page.recording.processes.length, "process", "processes")}, {duration}
        </span>
        {live && (
          <button class={`live ${live.state}`} data-live={live.state} onClick={live.toggle} title={kLiveTitles[live.state]}>
            {kLiveWords[live.state]}
          </button>
        )}
        <span class="tools">
          <button onClick={() => switchTheme()} title="Light or dark (T)">
            ◐ <span class="sr">light or dark</span>
          </button>
          <button onClick={() => setHelp(true)} title="Keys (?)">
            ?
          </button>
        </span>
      </div>
      <h1>{page.verdict}</h1>
      <div class="badges">
        <button class={`badge ${leaks.state}`} data-verdict={leaks.state} onClick={() => update({ tab: "leaks" })}>
          {leaks.state === "leaked" ? "✗" : leaks.state === "clean" ? "✓" : "?"} {leaks.text}
        </button>
        <button class={`badge ${page.coverage.complete ? "clean" : "inconclusive"}`} onClick={() => update({ tab: "notes" })}>
          {page.coverage.complete ? "✓ complete" : "? incomplete"}
        </button>
        {page.allocators_overlap && (
          <button class="badge inconclusive" data-overlap onClick={() => update({ tab: "notes" })}>
            ! allocators overlap
          </button>
        )}
        {page.timeline.failures.length > 0 && (
          <button class="badge leaked" onClick={() => update({ tab: "failures" })}>
            ✗ {counted(page.timeline.failures.length + page.timeline.failures_left_out, "failure")}
          </button>
        )}
      </div>
    </header>
  );
}

interface LowerProps {
  whole: PageDocument;
  state: State;
  update: Update;
  held: AtMoment;
  event: number;
}

function Lower({ whole, state, update, held, event }: LowerProps): JSX.Element {
  const page = onAxis(whole, state.axis);
  const views: Record<Tab, () => JSX.Element> = {
    live: () => <LiveTab {...{ page, state, update, held, event }} />,
    peak: () => <CompositionTab {...{ page, state, update, held }} />,
    leaks: () => <LeaksTab {...{ page, state, update }} />,
    growth: () => <GrowthTab {...{ page, state, update }} />,
    sizes: () => <SizesTab {...{ page, state, update }} />,
    failures: () => <FailuresTab {...{ page, update }} />,
    cores: () => <CoresTab {...{ page, state, update }} />,
    headroom: () => <HeadroomTab {...{ page, update }} />,
    notes: () => <NotesTab page={page} />,
    diff: () => <DiffTab {...{ page, state, update }} />,
  };
  const sorting = {
    sorts: state.sorts,
    set: (table: string, sort: State["sorts"][string]) => update({ sorts: { ...state.sorts, [table]: sort } }),
  };
  return (
    <section class="lower">
      <div class="tabs" role="tablist" aria-label="Tables">
        {kTabs.filter((tab) => tab !== "diff" || page.compared).map((tab) => (
          <button
            role="tab"
            id={`tab-${tab}`}
            aria-controls="panel"
            aria-selected={state.tab === tab}
            onClick={() => update({ tab })}
          >
            {kTitles[tab]}
          </button>
        ))}
        {isSelected(state.selection) && (
          <button class="selection" onClick={() => update({ selection: {} })} title="Select nothing (Esc)">
            {selectionText(state.selection)} ✕
          </button>
        )}
      </div>
      <div class="panel" role="tabpanel" id="panel" aria-labelledby={`tab-${state.tab}`} tabIndex={0}>
        <SortingContext.Provider value={sorting}>{views[state.tab]()}</SortingContext.Provider>
      </div>
    </section>
  );
}

export function App({ first, isLive }: { first: PageDocument; isLive: boolean }): JSX.Element {
  const [whole, live] = useLive(first, isLive);
  const [state, update] = usePageState(whole);
  const page = useMemo(() => onAxis(whole, state.axis), [whole, state.axis]);
  // Who looks at a moment, a stretch of time or a block reads: nothing moves under the cursor then.
  const reads =
    state.slot !== page.timeline.slots - 1 || state.range[1] - state.range[0] < page.timeline.slots || state.selection.block !== undefined;
  useEffect(() => {
    if (reads) live?.pause();
  }, [reads]);
  const follow = () => {
    if (live?.state === "paused" && reads) {
      const { block: _, ...selection } = state.selection;
      update({ slot: page.timeline.slots - 1, range: [0, page.timeline.slots], selection });
    }
    live?.toggle();
  };
  const shownLive = live && { ...live, toggle: follow };
  const [help, setHelp] = useState(false);
  useKeys(whole, state, update, setHelp, follow);
  const steps = page.timeline.pools[state.pool];
  const step = steps ? stepAt(steps, state.slot) : 0;
  const held = useMemo(() => (steps ? heldAt(page, state.pool, step) : null), [page, state.pool, step]);
  const peak = page.peak.peaks[state.pool];
  // What a zoom does not change is not drawn anew by it.
  const { pool, slot, by, tab, selection, diff, core, sorts } = state;
  const lower = useMemo(
    () => held && steps && <Lower {...{ whole, state, update, held, event: steps.event[step]! }} />,
    [page, pool, slot, tab, selection, diff, core, sorts, held],
  );
  const who = useMemo(() => held && <IcicleView {...{ page, held, state, update }} />, [page, held, by, selection]);
  const heading = <Heading {...{ page: whole, update, setHelp, live: shownLive }} />;
  const steady = steadySlot(page, state.pool);
  if (!steps || !held || !peak) {
    return (
      <main class="bare">
        {heading}
        <NotesTab page={page} />
      </main>
    );
  }
  const select = (pool: number) =>
    update(live?.state === "following" ? { pool } : { pool, slot: page.timeline.pools[pool]!.peak_slot });
  return (
    <main class={kPictures.includes(state.tab) ? "tall" : ""}>
      {heading}
      <PoolsView {...{ page, state, select }} />
      <div class="where-when">
        <h2 class="pool-title">
          {peak.pool} <small>of {peak.chips.length > 1 ? "each of " : ""}{chipNames(page, peak.chips)}, reserved bytes per chip{drawnText(page, state.range)}</small>
          <span class="tools">
            <button onClick={() => update({ slot: steps.peak_slot })} title="Cursor to the peak (P)">
              peak
            </button>
            {steady !== null && (
              <button onClick={() => update({ slot: steady })} title="Cursor to the largest use after the first iteration (S)">
                steady
              </button>
            )}
            <button onClick={() => update({ slot: page.timeline.slots - 1 })} title="Cursor to the end (N)">
              end
            </button>
            <RangeButtons {...{ whole, state, update }} />
          </span>
        </h2>
        <TimelineView {...{ page, state, update }} />
        <div class="pair">
          <MapView {...{ page, state, update }} />
          {who}
        </div>
      </div>
      {lower}
      {help && <Help close={() => setHelp(false)} />}
    </main>
  );
}

// Which allocation lay where, from when to when: a block is as wide as its lifetime and as high as its size in a bank.
// At the right, the bank as it is at the cursor.
import type { JSX } from "preact";
import { useMemo, useRef, useState } from "preact/hooks";
import { addressAt, placed, shareOf, stretchesOf } from "../addresses";
import { type Axis, drawTicks, kLeft, slotAt, slotIn, xOf, zoomed } from "../axis";
import type { PageDocument } from "../document";
import { bytesText, counted, countText, durationText, exactBytes, hexText, ticks } from "../format";
import { bandOf, extentOf, holesBetween, lineOf, liveAt, stepAt } from "../model";
import { type Band, fillOf, gapFill } from "../palette";
import { type Ink, Picture, type Pointer } from "../picture";
import { matches } from "../selected";
import { isSelected, type State } from "../state";

interface Props {
  page: PageDocument;
  state: State;
  update: (change: Partial<State>) => void;
}

const kColumn = 64; // the bank at the cursor
const kTop = 6;
const kBottom = 20;

// Part of the axis of addresses, in shares.
interface Extent {
  low: number;
  high: number;
}
const kWhole: Extent = { low: -0.02, high: 1.02 };

export function blockText(page: PageDocument, pool: number, i: number): string {
  const blocks = page.lifetimes.pools[pool]!;
  const texts = page.lifetimes.texts;
  const name = (of: number[]) => texts[of[i]!] ?? "";
  const from = blocks.from[i];
  const to = blocks.to[i];
  const parts = [
    name(blocks.op) || "no operation",
    lineOf(blocks, texts, i) && ["at", lineOf(blocks, texts, i), blocks.callers?.[i] && `< ${name(blocks.callers)}`].filter(Boolean).join(" "),
    name(blocks.tag) && `tag ${name(blocks.tag)}`,
    name(blocks.holder) && `of ${name(blocks.holder)}`,
    `${bytesText(blocks.per_bank[i]!)} in each of ${counted(blocks.banks[i]!, "bank")}` +
      (blocks.address[i] === null ? ", where is not told" : ` at ${hexText(blocks.address[i]!)}`),
    `${exactBytes(blocks.requested[i]!)} requested`,
    name(blocks.class) + (blocks.persistent[i] ? ", persistent" : ""),
    from != null && to != null && `lived ${durationText(to - from)}`,
    blocks.leaked[i] ? "leaked" : name(blocks.end),
    !blocks.leaked[i] && blocks.outlived[i] !== 0 && "outlived its iteration",
  ];
  return parts.filter(Boolean).join(" · ");
}

export function MapView({ page, state, update }: Props): JSX.Element {
  const blocks = page.lifetimes.pools[state.pool]!;
  const timeline = page.timeline;
  const steps = timeline.pools[state.pool]!;
  const stretches = useMemo(() => stretchesOf(blocks), [blocks]);
  const extent = state.zoom ? { low: state.zoom[0], high: state.zoom[1] } : kWhole;
  const extents = useMemo(() => blocks.born.map((_, i) => extentOf(timeline, blocks, i)), [timeline, blocks]);
  const [hovered, setHovered] = useState<number | null>(null);
  const down = useRef<Pointer | null>(null);
  const event = steps.event[stepAt(steps, state.slot)]!;
  const live = useMemo(() => liveAt(blocks, event), [blocks, event]);
  const chosen = isSelected(state.selection);
  const texts = page.lifetimes.texts;
  const shares = useMemo(() => {
    const [low, high] = [new Float64Array(blocks.born.length), new Float64Array(blocks.born.length)];
    for (const i of placed(blocks, blocks.address.keys())) {
      low[i] = shareOf(stretches, blocks.address[i]!);
      high[i] = shareOf(stretches, blocks.address[i]! + blocks.per_bank[i]!);
    }
    return { low, high };
  }, [blocks, stretches]);
  const byBand = (numbers: Iterable<number>, at: number) => {
    const bands = new Map<Band, number[]>();
    for (const i of placed(blocks, numbers)) {
      const band = bandOf(blocks, texts, i, at);
      const of = bands.get(band);
      if (of) of.push(i);
      else bands.set(band, [i]);
    }
    return bands;
  };
  const all = useMemo(() => byBand(blocks.born.keys(), Infinity), [blocks, texts]);
  const liveByBand = useMemo(() => byBand(live, event), [blocks, texts, live, event]);
  const selected = useMemo(
    () => (chosen ? new Set([...blocks.born.keys()].filter((i) => matches(state.selection, blocks, texts, i))) : null),
    [blocks, texts, state.selection],
  );

  const axisOf = (width: number): Axis => ({ from: state.range[0], to: state.range[1], width: width - kColumn });
  const yOfShare = (height: number, share: number) =>
    height - kBottom - ((share - extent.low) / (extent.high - extent.low)) * (height - kBottom - kTop);
  const yOf = (height: number, address: number) => yOfShare(height, shareOf(stretches, address));
  const shareAt = (pointer: Pointer) =>
    extent.low + ((pointer.height - kBottom - pointer.y) / (pointer.height - kBottom - kTop)) * (extent.high - extent.low);

  const drawAddresses = (context: CanvasRenderingContext2D, width: number, height: number, ink: Ink, axis: Axis) => {
    let lastY = Infinity;
    const labels: number[] = []; // where addresses stand
    const folds: number[] = [];
    for (const stretch of stretches) {
      const [bottom, top] = [yOfShare(height, stretch.from), yOfShare(height, stretch.to)];
      if (stretch.folded) {
        context.fillStyle = gapFill(context, ink.faint);
        context.fillRect(kLeft, top, axis.width - 12 - kLeft, bottom - top);
        context.fillRect(width - kColumn + 7, top, kColumn - 14, bottom - top);
        if (bottom - top >= 8) folds.push((top + bottom) / 2);
        continue;
      }
      const values = ticks(stretch.low, stretch.high, Math.max(1, Math.floor((bottom - top) / 40)), 2);
      for (const value of values.length > 0 ? values : [stretch.low]) {
        const y = yOf(height, value);
        if (y > height - kBottom + 1 || y < kTop - 1 || lastY - y < 14) continue;
        lastY = y;
        context.strokeStyle = ink.line;
        context.beginPath();
        context.moveTo(kLeft, y), context.lineTo(axis.width - 12, y);
        context.stroke();
        context.fillStyle = ink.faint;
        context.textAlign = "right";
        labels.push(Math.min(height - kBottom - 6, Math.max(kTop + 6, y)));
        context.fillText(hexText(value), kLeft - 6, labels.at(-1)!);
      }
    }
    context.fillStyle = ink.faint;
    context.textAlign = "right";
    for (const fold of folds) {
      if (labels.every((label) => Math.abs(label - fold) >= 12)) context.fillText("⋮", kLeft - 6, fold);
    }
  };

  // Blocks band by band, edges at the end: a canvas is quick as long as its style stays.
  const drawBlocks = (
    context: CanvasRenderingContext2D,
    height: number,
    ink: Ink,
    bands: Map<Band, number[]>,
    across: (i: number) => [number, number] | null,
  ) => {
    const edges = new Path2D();
    const outlines = new Path2D();
    for (const [band, numbers] of bands) {
      context.fillStyle = fillOf(context, band);
      for (const i of numbers) {
        const span = across(i);
        if (!span) continue;
        const top = Math.max(kTop, yOfShare(height, shares.high[i]!));
        const bottom = Math.min(height - kBottom, yOfShare(height, shares.low[i]!));
        if (bottom < kTop || top > height - kBottom) continue;
        const box: [number, number, number, number] = [span[0], top, Math.max(1, span[1] - span[0]), Math.max(1, bottom - top)];
        if (chosen) context.globalAlpha = selected!.has(i) ? 1 : 0.15;
        context.fillRect(...box);
        if (box[2] > 4 && box[3] > 3) edges.rect(...box);
        if (chosen && selected!.has(i)) outlines.rect(...box);
      }
    }
    context.globalAlpha = 1;
    context.strokeStyle = ink.panel;
    context.lineWidth = 0.6;
    context.stroke(edges);
    context.strokeStyle = ink.ink;
    context.lineWidth = 1.4;
    context.stroke(outlines);
    context.lineWidth = 1;
  };

  const draw = (context: CanvasRenderingContext2D, width: number, height: number, ink: Ink) => {
    const axis = axisOf(width);
    drawTicks(context, timeline, axis, kTop, height - kBottom, ink);
    drawAddresses(context, width, height, ink, axis);
    const right = axis.width - 12;
    drawBlocks(context, height, ink, all, (i) => {
      const [from, to] = extents[i]!;
      if (to < axis.from || from > axis.to) return null;
      return [Math.max(kLeft, xOf(axis, from)), Math.min(right, xOf(axis, to))];
    });
    const cursor = Math.round(xOf(axis, state.slot + 0.5)) + 0.5;
    context.strokeStyle = ink.accent;
    if (cursor >= kLeft && cursor <= right) {
      context.beginPath();
      context.moveTo(cursor, kTop), context.lineTo(cursor, height - kBottom);
      context.stroke();
    }
    context.strokeStyle = ink.faint;
    context.strokeRect(width - kColumn + 6.5, kTop + 0.5, kColumn - 13, height - kBottom - kTop - 1);
    drawBlocks(context, height, ink, liveByBand, () => [width - kColumn + 7, width - 7]);
    context.fillStyle = ink.faint;
    context.textAlign = "center";
    context.fillText("at cursor", width - kColumn / 2, height - 8);
  };

  const hit = (pointer: Pointer): number | null => {
    const axis = axisOf(pointer.width);
    const inColumn = pointer.x > pointer.width - kColumn;
    const slot = slotAt(axis, pointer.x);
    const slack = (2 * (axis.to - axis.from)) / Math.max(1, axis.width);
    const share = shareAt(pointer);
    const near = (2 * (extent.high - extent.low)) / Math.max(1, pointer.height - kBottom - kTop);
    const [low, high] = [addressAt(stretches, share - near), addressAt(stretches, share + near)];
    let found: number | null = null;
    for (const i of placed(blocks, inColumn ? live : extents.keys())) {
      const [from, to] = extents[i]!;
      if (!inColumn && (slot < from - slack || slot > to + slack)) continue;
      if (high < blocks.address[i]! || low > blocks.address[i]! + blocks.per_bank[i]!) continue;
      if (found === null || blocks.per_bank[i]! < blocks.per_bank[found]!) found = i;
    }
    return found;
  };

  const holes = blocks.left_out === 0 ? holesBetween(blocks, live) : [];
  const whole = `all ${counted(blocks.born.length, page.coverage.complete ? "allocation" : "recorded allocation")}`;
  const nowhere = blocks.born.length - placed(blocks, blocks.born.keys()).length;
  const readout =
    hovered !== null
      ? blockText(page, state.pool, hovered)
      : state.selection.block !== undefined && state.selection.block < blocks.born.length
        ? blockText(page, state.pool, state.selection.block)
        : nowhere > 0
          ? `where ${counted(nowhere, "allocation")} of ${countText(blocks.born.length)} lay is not told: they are not drawn`
        : blocks.left_out > 0
          ? `${counted(blocks.born.length, "block")} of ${counted(blocks.allocations, "allocation")}; ` +
            `none left out is larger than ${bytesText(blocks.most_left_out_per_bank)} per bank`
          : holes.length > 0
            ? `${whole}; at the cursor the largest hole between blocks is ` +
              `${bytesText(holes[0]!.bytes)} at ${hexText(holes[0]!.address)}`
            : `${whole}; at the cursor no hole lies between blocks`;
  if (nowhere > 0 && nowhere === blocks.born.length) {
    return (
      <section class="map" aria-label="Address map">
        <h2>Where</h2>
        <p class="summary" data-readout="map">
          Nothing can be drawn here: {page.source} tells how much was allocated, and not at which addresses. Captures of `ttmem run` do.
        </p>
      </section>
    );
  }
  return (
    <section class="map" aria-label="Address map">
      <h2>
        Where <small>address in each bank, over time{stretches.length > 1 && "; hatched: nothing ever lay there"}</small>
        {state.zoom && (
          <button class="small" onClick={() => update({ zoom: null })}>
            all addresses
          </button>
        )}
      </h2>
      <Picture
        id="map"
        draw={draw}
        label={`Blocks of ${page.peak.peaks[state.pool]!.pool} by address over time; the table of live allocations has the same`}
        onMove={(p) => setHovered(p === null ? null : hit(p))}
        onDown={(p) => (down.current = p)}
        onUp={(p) => {
          const from = down.current;
          down.current = null;
          if (!from || Math.abs(from.x - p.x) + Math.abs(from.y - p.y) > 4) return;
          const found = hit(p);
          const axis = axisOf(p.width);
          const slot = slotIn(timeline, slotAt(axis, p.x));
          if (found === null) update({ selection: {}, ...(p.x < p.width - kColumn ? { slot } : {}) });
          else update({ selection: { block: found } });
        }}
        onWheel={(p, wheel) => {
          const factor = wheel.deltaY > 0 ? 1.25 : 0.8;
          if (!wheel.shiftKey && !wheel.altKey) {
            update({ range: zoomed(state.range, timeline, slotAt(axisOf(p.width), p.x), factor) });
            return;
          }
          const around = shareAt(p);
          const [low, high] = [around - (around - extent.low) * factor, around + (extent.high - around) * factor];
          const isWhole = low <= kWhole.low && high >= kWhole.high;
          update({ zoom: isWhole ? null : [Math.max(low, kWhole.low), Math.min(high, kWhole.high)] });
        }}
        onDouble={() => update({ zoom: null })}
      />
      <div class="readout" data-readout="map">
        {readout}
      </div>
    </section>
  );
}

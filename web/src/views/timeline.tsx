// The use of one pool over time, by class; a click sets the cursor, a drag zooms.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { alignmentOf, alignmentText } from "../aligned";
import { type Axis, drawTicks, kLeft, kRight, momentText, slotAt, slotIn, wholeOf, xOf, zoomed } from "../axis";
import type { PageDocument, Span, Steps } from "../document";
import { bytesText, counted, countText, fittingLabel, percentText, ticks } from "../format";
import { peakBytes, stepAt, opAt } from "../model";
import { type Band, fillOf, gapFill, kBands, kColors } from "../palette";
import { type Ink, Picture } from "../picture";
import type { State } from "../state";

interface Props {
  page: PageDocument;
  state: State;
  update: (change: Partial<State>) => void;
}

const kTop = 14;
const kLane = 15;

function lanesOf(page: PageDocument): { name: string; spans: Span[] }[] {
  const { iterations, operations } = page.timeline;
  return [
    { name: "iterations", spans: iterations },
    { name: "operations", spans: operations },
  ].filter((lane) => lane.spans.length > 0);
}

const spanText = (span: Span) => span.text + (span.ended === false ? " (did not end)" : "");

function bandsOf(steps: Steps): Band[] {
  return kBands.filter((band) => steps.bands[band]);
}

function drawBands(
  context: CanvasRenderingContext2D,
  steps: Steps,
  axis: Axis,
  bottom: number,
  scale: number,
  last: number,
): void {
  const first = stepAt(steps, Math.floor(axis.from));
  const sums = new Float64Array(steps.slot.length);
  for (const band of bandsOf(steps)) {
    const column = steps.bands[band]!;
    context.beginPath();
    const lower: [number, number, number][] = [];
    for (let i = first; i < steps.slot.length && steps.slot[i]! <= axis.to; ++i) {
      const begin = xOf(axis, Math.max(axis.from, steps.slot[i]!));
      const end = xOf(axis, Math.min(axis.to, steps.slot[i + 1] ?? last));
      const below = bottom - sums[i]! * scale;
      sums[i] = sums[i]! + column[i]!;
      const above = bottom - sums[i]! * scale;
      if (i === first) context.moveTo(begin, above);
      context.lineTo(begin, above), context.lineTo(end, above);
      lower.push([begin, end, below]);
    }
    for (const [begin, end, below] of lower.reverse()) context.lineTo(end, below), context.lineTo(begin, below);
    context.closePath();
    context.fillStyle = fillOf(context, band);
    context.fill();
  }
}

const kDashes = [[6, 3], [2, 3], [8, 3, 2, 3]];

// The curves of other runs, as lines over this one's.
function drawOthers(
  context: CanvasRenderingContext2D,
  page: PageDocument,
  pool: string,
  axis: Axis,
  bottom: number,
  scale: number,
  ink: Ink,
): void {
  page.compared?.others.forEach((other, number) => {
    const steps = other.pools[pool];
    if (!steps) return;
    const at = alignmentOf(page.timeline, other);
    context.beginPath();
    steps.slot.forEach((slot, i) => {
      const y = bottom - steps.bytes[i]! * scale;
      context.lineTo(xOf(axis, at(slot)), y);
      context.lineTo(xOf(axis, at(steps.slot[i + 1] ?? other.slots)), y);
    });
    // An edge around each dash alone: what lies below is seen between them.
    context.setLineDash(kDashes[number % kDashes.length]!);
    for (const [width, color] of [[3.2, ink.panel], [1.6, ink.ink]] as const) {
      context.lineWidth = width;
      context.strokeStyle = color;
      context.stroke();
    }
    context.setLineDash([]);
    context.lineWidth = 1;
  });
}

function othersText(page: PageDocument, pool: string): string {
  const others = page.compared?.others.filter((other) => other.pools[pool]) ?? [];
  if (others.length === 0) return "";
  const names = others.map((other) => other.name).join(", ");
  return `dashed: ${names}, ${alignmentText(others)}`;
}

function drawLane(
  context: CanvasRenderingContext2D,
  lane: { name: string; spans: Span[] },
  axis: Axis,
  top: number,
  ink: Ink,
): void {
  context.fillStyle = ink.faint;
  context.textAlign = "right";
  context.fillText(lane.name, kLeft - 6, top + kLane / 2);
  context.textAlign = "left";
  for (const span of lane.spans) {
    if (span.end_slot < axis.from || span.begin_slot > axis.to) continue;
    const x = Math.max(kLeft, xOf(axis, span.begin_slot));
    const width = Math.min(axis.width - kRight, xOf(axis, span.end_slot)) - x;
    if (width <= 0) continue;
    context.fillStyle = ink.line;
    const isOpen = span.ended === false && width > 8; // its end is a point
    context.beginPath();
    context.moveTo(x, top + 1), context.lineTo(x, top + kLane - 2);
    context.lineTo(x + Math.max(1, width - (isOpen ? 7 : 1)), top + kLane - 2);
    if (isOpen) context.lineTo(x + width, top + kLane / 2 - 0.5);
    context.lineTo(x + Math.max(1, width - (isOpen ? 7 : 1)), top + 1);
    context.fill();
    if (width < 18) continue;
    context.fillStyle = ink.ink;
    const label = fittingLabel(spanText(span), width - (isOpen ? 12 : 6), (text) => context.measureText(text).width);
    context.fillText(label, x + 3, top + kLane / 2 - 0.5);
  }
}

export function TimelineView({ page, state, update }: Props): JSX.Element {
  const [pointer, setPointer] = useState<number | null>(null);
  const [drag, setDrag] = useState<number | null>(null);
  const timeline = page.timeline;
  const steps = timeline.pools[state.pool]!;
  const peak = page.peak.peaks[state.pool]!;
  const lanes = lanesOf(page);
  const axisOf = (width: number): Axis => ({ from: state.range[0], to: state.range[1], width });
  const capacity = peak.capacity_bytes;
  const failuresHere = timeline.failures.filter((f) => f.curves?.includes(state.pool));

  const draw = (context: CanvasRenderingContext2D, width: number, height: number, ink: Ink) => {
    const axis = axisOf(width);
    const bottom = height - 20 - lanes.length * kLane;
    const others = page.compared?.others.map((other) => Math.max(0, ...(other.pools[peak.pool]?.bytes ?? []))) ?? [];
    const most = Math.max(1, peak.peak_reserved_bytes, ...others);
    const showsCapacity = capacity !== null && capacity > 0 && capacity < most * 4;
    const top = Math.max(most, showsCapacity ? capacity : 0) * 1.06;
    const scale = (bottom - kTop) / top;
    context.save();
    context.strokeStyle = ink.line;
    context.fillStyle = ink.faint;
    context.textAlign = "right";
    for (const value of ticks(0, top, 4, 2)) {
      const y = Math.round(bottom - value * scale) + 0.5;
      context.beginPath();
      context.moveTo(kLeft, y), context.lineTo(width - kRight, y);
      context.stroke();
      context.fillText(bytesText(value), kLeft - 6, y);
    }
    drawTicks(context, timeline, axis, kTop, height - 20, ink);
    context.beginPath();
    context.rect(kLeft, 0, width - kLeft - kRight, height);
    context.clip();
    drawBands(context, steps, axis, bottom, scale, wholeOf(timeline)[1]);
    drawOthers(context, page, peak.pool, axis, bottom, scale, ink);
    for (const gap of timeline.gaps) {
      context.fillStyle = gapFill(context, ink.ink);
      const x = xOf(axis, gap.begin_slot);
      context.fillRect(x, kTop, Math.max(2, xOf(axis, gap.end_slot) - x), bottom - kTop);
    }
    context.textAlign = "left";
    if (showsCapacity) {
      const y = Math.round(bottom - capacity * scale) + 0.5;
      context.setLineDash([5, 4]);
      context.strokeStyle = ink.faint;
      context.beginPath();
      context.moveTo(kLeft, y), context.lineTo(width - kRight, y);
      context.stroke();
      context.setLineDash([]);
      context.fillStyle = ink.faint;
      const label = `capacity ${bytesText(capacity)}`;
      const end = kLeft + 14 + context.measureText(label).width;
      const isCrossed = [steps.peak_slot, ...failuresHere.map((f) => f.begin_slot)].some((slot) => {
        const x = xOf(axis, slot + 0.5);
        return x > kLeft && x < end;
      });
      context.textAlign = isCrossed ? "right" : "left";
      context.fillText(label, isCrossed ? width - kRight - 4 : kLeft + 4, y - 7);
    }
    const peakX = xOf(axis, steps.peak_slot + 0.5);
    const peakY = bottom - peak.peak_reserved_bytes * scale;
    context.fillStyle = ink.ink;
    context.beginPath();
    context.moveTo(peakX, peakY - 2), context.lineTo(peakX - 5, peakY - 10), context.lineTo(peakX + 5, peakY - 10);
    context.fill();
    for (const failure of failuresHere) {
      const x = xOf(axis, failure.begin_slot + 0.5);
      context.strokeStyle = kColors.leaked;
      context.lineWidth = 2;
      context.beginPath();
      const mark = Math.min(x, width - kRight - 5); // whole also at the edge
      context.moveTo(mark - 4, kTop - 10), context.lineTo(mark + 4, kTop - 2);
      context.moveTo(mark + 4, kTop - 10), context.lineTo(mark - 4, kTop - 2);
      context.moveTo(x, kTop), context.lineTo(x, bottom);
      context.stroke();
      context.lineWidth = 1;
    }
    if (drag !== null && pointer !== null && Math.abs(pointer - drag) > 3) {
      context.fillStyle = ink.accent;
      context.globalAlpha = 0.18;
      context.fillRect(Math.min(drag, pointer), kTop, Math.abs(pointer - drag), bottom - kTop);
      context.globalAlpha = 1;
    }
    const cursor = Math.round(xOf(axis, state.slot + 0.5)) + 0.5;
    context.strokeStyle = ink.accent;
    context.beginPath();
    context.moveTo(cursor, 0), context.lineTo(cursor, height - 18);
    context.stroke();
    context.restore();
    lanes.forEach((lane, i) => drawLane(context, lane, axis, bottom + 4 + i * kLane, ink));
  };

  const at = pointer !== null && drag === null ? pointer : null;
  const width = at === null ? 0 : (document.getElementById("timeline")?.getBoundingClientRect().width ?? 0);
  const slot = at === null || width === 0 ? state.slot : slotIn(timeline, slotAt(axisOf(width), at));
  const step = stepAt(steps, slot);
  const op = opAt(page, state.pool, slot);
  const failures = timeline.failures.filter((f) => {
    const isHere = !f.curves?.length || f.curves.includes(state.pool);
    return isHere && slot >= f.begin_slot && slot < f.end_slot;
  });
  return (
    <section class="timeline" aria-label="Timeline">
      <div class="readout" data-readout="timeline" data-bytes={steps.bytes[step]} data-allocations={steps.allocations[step]}>
        <b data-when={steps.when?.[step]}>{momentText(steps, step, slot)}</b>
        {op !== "" && <span data-op={op}> in {op}:</span>} {bytesText(steps.bytes[step]!)}
        {capacity !== null && <span> ({percentText(steps.bytes[step]!, capacity)})</span>} in{" "}
        {counted(steps.allocations[step]!, "allocation")}
        {bandsOf(steps).filter((band) => steps.bands[band]![step]! > 0).map((band) => (
          <span key={band} class={`key band-${band}`}>
            {band} {bytesText(steps.bands[band]![step]!)}
          </span>
        ))}
        {failures.map((failure) => (
          <span class="key-text bad">
            ✗ failed: {failure.text}
            {failure.requested_bytes !== undefined && `, ${bytesText(failure.requested_bytes)} asked for`}
          </span>
        ))}
      </div>
      {page.compared && <div class="readout" data-readout="others">{othersText(page, peak.pool)}</div>}
      <Picture
        id="timeline"
        draw={draw}
        label={
          `${peak.pool} over time: at most ${bytesText(peakBytes(peak))}, reserved per chip; ` +
          `${countText(timeline.iterations.length)} iterations, ${countText(failuresHere.length)} failures are marked`
        }
        onMove={(p) => setPointer(p === null ? null : p.x)}
        onDown={(p) => setDrag(p.x)}
        onUp={(p) => {
          const from = drag;
          setDrag(null);
          if (from === null) return;
          const axis = axisOf(p.width);
          const [low, high] = [slotAt(axis, Math.min(from, p.x)), slotAt(axis, Math.max(from, p.x))];
          if (Math.abs(p.x - from) <= 3) update({ slot: slotIn(timeline, low) });
          else update({ range: zoomed([low, high], timeline, (low + high) / 2, 1) });
        }}
        onWheel={(p, event) =>
          update({
            range: zoomed(state.range, timeline, slotAt(axisOf(p.width), p.x), event.deltaY > 0 ? 1.25 : 0.8),
          })
        }
        onDouble={() => update({ range: [0, timeline.slots] })}
      />
    </section>
  );
}

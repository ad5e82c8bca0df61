// The axis that timeline and map share: slots from left to right.
import type { Steps, Timeline } from "./document";
import { counted, countText, durationText, exactDurationText, ticks } from "./format";
import type { Ink } from "./picture";

export const kLeft = 84;
export const kRight = 12;

export interface Axis {
  from: number; // slots
  to: number;
  width: number; // of the picture
}

export function xOf(axis: Axis, slot: number): number {
  return kLeft + ((slot - axis.from) / (axis.to - axis.from)) * (axis.width - kLeft - kRight);
}
export function slotAt(axis: Axis, x: number): number {
  const share = (x - kLeft) / Math.max(1, axis.width - kLeft - kRight);
  return axis.from + Math.min(1, Math.max(0, share)) * (axis.to - axis.from);
}

// Where a slot is, in words: after the recording's zero, or the number of events.
export function placeText(timeline: Timeline, slot: number): string {
  const at = timeline.begin + (slot * timeline.span) / timeline.slots;
  return timeline.axis === "time" ? durationText(at) : `event ${countText(Math.round(at) + 1)}`;
}

// How much a slot has.
export function slotText(timeline: Timeline): string {
  const unit = timeline.span / timeline.slots;
  return timeline.axis === "time" ? durationText(unit) : counted(Math.max(1, Math.round(unit)), "event");
}

// When that was so which a slot shows, as the command's --at takes it: of what has not changed since, the beginning.
export function momentText(steps: Steps, step: number, slot: number): string {
  const when = steps.when ? steps.when[step]! : `event ${countText(steps.event[step]!)}`;
  return slot > steps.slot[step]! ? `since ${when}` : when;
}

// The recording in slots: those from 0 on begin with the first allocation, and what is before and after them is not cut
// into slots. Nothing happened there that a curve shows.
export function wholeOf(timeline: Timeline): [number, number] {
  const unit = timeline.span / timeline.slots;
  if (timeline.axis !== "time" || unit <= 0) return [0, timeline.slots];
  const from = (timeline.whole_begin - timeline.begin) / unit;
  return [Math.min(0, from), Math.max(timeline.slots, from + timeline.whole_span / unit)];
}

// The slot there, or the nearest one.
export function slotIn(timeline: Timeline, place: number): number {
  return Math.min(timeline.slots - 1, Math.max(0, Math.floor(place)));
}

// Closer to or further from where the pointer is.
export function zoomed(range: [number, number], timeline: Timeline, around: number, factor: number): [number, number] {
  const [first, last] = wholeOf(timeline);
  const least = Math.min(timeline.slots, 2);
  const span = Math.min(last - first, Math.max(least, (range[1] - range[0]) * factor));
  const share = (around - range[0]) / Math.max(1e-9, range[1] - range[0]);
  const from = Math.min(last - span, Math.max(first, around - share * span));
  return [from, from + span];
}

export function moved(range: [number, number], timeline: Timeline, by: number): [number, number] {
  const [first, last] = wholeOf(timeline);
  const span = range[1] - range[0];
  const from = Math.min(last - span, Math.max(first, range[0] + by));
  return [from, from + span];
}

export function drawTicks(
  context: CanvasRenderingContext2D,
  timeline: Timeline,
  axis: Axis,
  top: number,
  bottom: number,
  ink: Ink,
): void {
  const unit = timeline.span / timeline.slots;
  const begin = timeline.begin;
  const values = ticks(begin + axis.from * unit, begin + axis.to * unit, Math.max(2, Math.floor(axis.width / 110)), 10);
  context.strokeStyle = ink.line;
  context.fillStyle = ink.faint;
  context.lineWidth = 1;
  if (timeline.axis === "events") {
    context.textAlign = "right";
    context.fillText("event", kLeft - 6, bottom + 12);
  }
  for (const value of values) {
    const x = Math.round(xOf(axis, (value - begin) / unit)) + 0.5;
    context.beginPath();
    context.moveTo(x, top), context.lineTo(x, bottom + 4);
    context.stroke();
    const text = timeline.axis === "time" ? exactDurationText(value) : countText(Math.round(value));
    context.textAlign = x > axis.width - 50 ? "right" : x < kLeft + 20 ? "left" : "center";
    context.fillText(text, x, bottom + 12);
  }
}

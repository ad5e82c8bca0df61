// Another run on the axis of this one: its iterations lie where this one's of the same name do, and what is between them
// is stretched; without such iterations both begin together and take their own time.
import type { OtherRun, Timeline } from "./document";

export interface Alignment {
  byIterations: boolean;
  at: (slot: number) => number; // of the other run -> of this one
}

export function alignmentOf(timeline: Timeline, other: OtherRun): Alignment {
  const scale = ((other.span / other.slots) * timeline.slots) / Math.max(1, timeline.span);
  const begins = new Map(other.iterations.map((span) => [span.text, span.begin_slot]));
  const anchors: [number, number][] = [];
  for (const span of timeline.iterations) {
    const begin = begins.get(span.text);
    const last = anchors[anchors.length - 1];
    if (begin === undefined || (last && (begin <= last[0] || span.begin_slot <= last[1]))) continue;
    anchors.push([begin, span.begin_slot]);
  }
  const sameAxis = other.axis === timeline.axis;
  if (anchors.length === 0) return { byIterations: false, at: (slot) => slot * (sameAxis ? scale : 1) };
  const [first, last] = [anchors[0]!, anchors[anchors.length - 1]!];
  const at = (slot: number) => {
    if (slot <= first[0]) return first[0] === 0 ? first[1] : (slot / first[0]) * first[1];
    for (let i = 1; i < anchors.length; ++i) {
      const [from, to] = [anchors[i - 1]!, anchors[i]!];
      if (slot <= to[0]) return from[1] + ((slot - from[0]) / (to[0] - from[0])) * (to[1] - from[1]);
    }
    return last[1] + (slot - last[0]) * (sameAxis ? scale : 1);
  };
  return { byIterations: true, at };
}

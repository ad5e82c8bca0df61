// Another run on the axis of this one: its iterations lie where this one's do (`anchors`, which the command found), and what
// is between them is stretched; without such iterations both begin together and take their own time.
import type { OtherRun, Timeline } from "./document";
import { countText } from "./format";

// A slot of the other run -> of this one.
export function alignmentOf(timeline: Timeline, other: OtherRun): (slot: number) => number {
  const { anchors } = other;
  const scale = other.axis === timeline.axis ? ((other.span / other.slots) * timeline.slots) / Math.max(1, timeline.span) : 1;
  const first = anchors[0];
  const last = anchors[anchors.length - 1];
  if (first === undefined || last === undefined) return (slot) => slot * scale;
  return (slot) => {
    if (slot <= first[0]) return first[1] + (slot - first[0]) * scale;
    if (slot >= last[0]) return last[1] + (slot - last[0]) * scale;
    let [low, high] = [0, anchors.length - 1];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (anchors[middle]![0] <= slot) low = middle;
      else high = middle;
    }
    const [from, to] = [anchors[low]!, anchors[high]!];
    return from[1] + ((slot - from[0]) / (to[0] - from[0])) * (to[1] - from[1]);
  };
}

export function alignmentText(others: OtherRun[]): string {
  const sum = (of: (other: OtherRun) => number) => others.reduce((all, other) => all + of(other), 0);
  const [paired, iterations] = [sum((other) => other.iterations_paired), sum((other) => other.iterations)];
  if (others.some((other) => other.anchors.length === 0)) return "from its own first allocation";
  return paired === iterations ? "aligned by iteration" : `aligned by ${countText(paired)} of ${countText(iterations)} iterations`;
}

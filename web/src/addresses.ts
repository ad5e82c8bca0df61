// The axis of addresses: where nothing ever lay for long, it is folded, so that small blocks far apart are both seen.
// Heights are shares, from 0 at the lowest address to 1.
import type { Blocks } from "./document";

export interface Stretch {
  low: number; // addresses
  high: number;
  from: number; // shares
  to: number;
  folded: boolean; // nothing lies here
}

// Those of which it is told where they lie.
export function placed(blocks: Blocks, numbers: Iterable<number>): number[] {
  return [...numbers].filter((i) => blocks.address[i] !== null);
}

const kFold = 0.04; // height of what is folded
const kLeast = 0.06; // of what is not

export function stretchesOf(blocks: Blocks): Stretch[] {
  const ranges = placed(blocks, blocks.address.keys())
    .map((i) => ({ low: blocks.address[i]!, high: blocks.address[i]! + Math.max(1, blocks.per_bank[i]!) }))
    .sort((a, b) => a.low - b.low);
  if (ranges.length === 0) return [{ low: 0, high: 1, from: 0, to: 1, folded: false }];
  const used: { low: number; high: number }[] = [];
  for (const range of ranges) {
    const last = used[used.length - 1];
    if (last && range.low <= last.high) last.high = Math.max(last.high, range.high);
    else used.push({ ...range });
  }
  const bytes = used.reduce((sum, range) => sum + range.high - range.low, 0);
  // Holes that would take more than a quarter of the picture.
  const parts: { low: number; high: number }[] = [];
  for (const range of used) {
    const last = parts[parts.length - 1];
    if (last && range.low - last.high <= bytes / 3) last.high = range.high;
    else parts.push({ ...range });
  }
  const total = parts.reduce((sum, part) => sum + part.high - part.low, 0);
  const folds = parts.length - 1;
  const room = Math.max(0.2, 1 - folds * kFold);
  const weights = parts.map((part) => Math.max(kLeast, (part.high - part.low) / total));
  const sum = weights.reduce((a, b) => a + b, 0);
  const stretches: Stretch[] = [];
  let at = 0;
  parts.forEach((part, i) => {
    if (i > 0) {
      const to = at + (1 - room) / folds;
      stretches.push({ low: parts[i - 1]!.high, high: part.low, from: at, to, folded: true });
      at = to;
    }
    const to = i + 1 === parts.length ? 1 : at + (weights[i]! / sum) * room;
    stretches.push({ ...part, from: at, to, folded: false });
    at = to;
  });
  return stretches;
}

export function shareOf(stretches: Stretch[], address: number): number {
  const first = stretches[0]!;
  if (address <= first.low) return first.from;
  for (const { low, high, from, to } of stretches) {
    if (address <= high) return from + ((address - low) / (high - low)) * (to - from);
  }
  return 1;
}

export function addressAt(stretches: Stretch[], share: number): number {
  for (const { low, high, from, to } of stretches) {
    if (share <= to) return low + (Math.max(0, share - from) / Math.max(1e-12, to - from)) * (high - low);
  }
  return stretches[stretches.length - 1]!.high;
}

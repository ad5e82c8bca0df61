// Figures as the command writes them: binary units with three digits, four up to the next unit ("1006 MiB").

const kUnits = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

export function bytesText(bytes: number): string {
  let unit = 0;
  let value = bytes;
  while (value >= 1023.5 && unit + 1 < kUnits.length) {
    value /= 1024;
    ++unit;
  }
  if (unit === 0) return `${bytes} B`;
  const digits = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  return `${value.toFixed(digits)} ${kUnits[unit]}`;
}

export function countText(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${countText(count)} ${count === 1 ? noun : plural}`;
}

export function exactBytes(bytes: number): string {
  return `${countText(bytes)} B`;
}

export function percentText(part: number, whole: number | null): string {
  if (whole === null || whole <= 0) return "-";
  const share = (100 * part) / whole;
  if (part > 0 && share < 0.05) return "<0.1%";
  return share > 999 ? ">999%" : `${share.toFixed(1)}%`;
}

// Of microseconds, as the command has it: "35 us", "1.25 ms", "12 s", "3 min 5 s", "4 h 10 min".
export function durationText(microseconds: number): string {
  if (microseconds < 0.5) return "0 s";
  if (microseconds < 999.5) return `${Math.round(microseconds)} us`;
  const digits = (value: number) => Number(value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0));
  if (microseconds < 999.5e3) return `${digits(microseconds / 1e3)} ms`;
  if (microseconds < 59.95e6) return `${digits(microseconds / 1e6)} s`;
  const seconds = Math.round(microseconds / 1e6);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 1440) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  const hours = Math.round(minutes / 60);
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

// Likewise, with all of its digits: neighbors on an axis are told apart. Of round figures.
export function exactDurationText(microseconds: number): string {
  const digits = (value: number) => Number(value.toFixed(6));
  if (Math.abs(microseconds) < 1e-6) return "0 s";
  if (microseconds < 1e3) return `${digits(microseconds)} us`;
  if (microseconds < 1e6) return `${digits(microseconds / 1e3)} ms`;
  if (microseconds < 60e6) return `${digits(microseconds / 1e6)} s`;
  const [minutes, seconds] = [Math.floor(microseconds / 60e6), digits((microseconds % 60e6) / 1e6)];
  if (microseconds < 3600e6) return `${minutes} min ${seconds} s`;
  const rest = seconds === 0 ? "" : ` ${seconds} s`;
  if (microseconds < 86400e6) return `${Math.floor(minutes / 60)} h ${minutes % 60} min${rest}`;
  return durationText(microseconds);
}

// Of a process, as the command has it: killed, or ended by _exit, which its ledger cannot tell apart.
export function stateText(state: string): string {
  return state === "killed" ? "no cleanup" : state;
}

// A label that takes at most `room`: whole, or most of it; "" where less would not tell it from others.
export function fittingLabel(text: string, room: number, widthOf: (label: string) => number): string {
  if (widthOf(text) <= room) return text;
  const least = Math.max(4, Math.ceil(text.length * 0.6));
  for (let kept = text.length - 1; kept >= least; --kept) {
    const label = `${text.slice(0, kept)}…`;
    if (widthOf(label) <= room) return label;
  }
  return "";
}

// With at most so many letters, "…" among them: the end, in which names of one program differ, and the beginning where there is
// room for both. "" where less than two letters of it would be left.
export function shortened(text: string, letters: number): string {
  const all = [...text];
  if (all.length <= letters) return text;
  if (letters < 3) return "";
  const end = letters < 9 ? letters - 1 : Math.floor(letters / 2);
  return `${all.slice(0, letters - 1 - end).join("")}…${all.slice(-end).join("")}`;
}

export function hexText(address: number): string {
  return `0x${address.toString(16)}`;
}

export function addressText(address: number | null): string {
  return address === null ? "-" : hexText(address);
}

// Steps for an axis: round figures, at most `most` of them between two values.
export function ticks(from: number, to: number, most: number, base: 2 | 10): number[] {
  const span = to - from;
  if (!(span > 0) || most < 1) return [];
  let step = Math.pow(base, Math.floor(Math.log(span / most) / Math.log(base)));
  const factors = base === 2 ? [1, 2, 4] : [1, 2, 5, 10];
  step *= factors.find((factor) => span / (step * factor) <= most) ?? factors[factors.length - 1]!;
  const values: number[] = [];
  for (let at = Math.ceil(from / step) * step; at <= to && values.length <= most + 1; at += step) values.push(at);
  return values;
}

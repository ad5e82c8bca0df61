// One palette, by class, for every picture: Okabe-Ito, so that it is told apart without red and green. A hatch or a
// shape doubles each meaning of a color.

export type Band = "persistent" | "program" | "trace" | "runtime" | "tensor" | "leaked" | "unknown";
// From below, as they are stacked.
export const kBands: Band[] = ["persistent", "program", "trace", "runtime", "tensor", "leaked", "unknown"];

export const kColors: Record<Band, string> = {
  persistent: "#56b4e9",
  program: "#e69f00",
  trace: "#cc79a7",
  runtime: "#8c8c8c",
  tensor: "#0072b2",
  leaked: "#d55e00",
  unknown: "#b0b0b0",
};
// Text over that color.
export const kInks: Record<Band, string> = {
  persistent: "#000",
  program: "#000",
  trace: "#000",
  runtime: "#000",
  tensor: "#fff",
  leaked: "#000",
  unknown: "#000",
};
const kHatched: Partial<Record<Band, "up" | "down" | "cross">> = {
  leaked: "cross",
  program: "up",
  trace: "down",
  unknown: "up",
};

const tiles = new Map<string, CanvasPattern>();

// The color of a band, hatched where its meaning is.
export function fillOf(context: CanvasRenderingContext2D, band: Band): string | CanvasPattern {
  const hatch = kHatched[band];
  if (!hatch) return kColors[band];
  const known = tiles.get(band);
  if (known) return known;
  const tile = document.createElement("canvas");
  tile.width = tile.height = 8;
  const pen = tile.getContext("2d");
  if (!pen) return kColors[band];
  pen.fillStyle = kColors[band];
  pen.fillRect(0, 0, 8, 8);
  pen.strokeStyle = band === "leaked" ? "rgba(0,0,0,.55)" : "rgba(255,255,255,.45)";
  pen.lineWidth = 1.2;
  pen.beginPath();
  if (hatch !== "down") pen.moveTo(-1, 9), pen.lineTo(9, -1);
  if (hatch !== "up") pen.moveTo(-1, -1), pen.lineTo(9, 9);
  pen.stroke();
  const pattern = context.createPattern(tile, "repeat");
  if (!pattern) return kColors[band];
  tiles.set(band, pattern);
  return pattern;
}

export function gapFill(context: CanvasRenderingContext2D, ink: string): string | CanvasPattern {
  const key = `gap ${ink}`;
  const known = tiles.get(key);
  if (known) return known;
  const tile = document.createElement("canvas");
  tile.width = tile.height = 6;
  const pen = tile.getContext("2d");
  if (!pen) return "transparent";
  pen.strokeStyle = ink;
  pen.globalAlpha = 0.45;
  pen.beginPath();
  pen.moveTo(-1, 7), pen.lineTo(7, -1);
  pen.stroke();
  const pattern = context.createPattern(tile, "repeat");
  if (!pattern) return "transparent";
  tiles.set(key, pattern);
  return pattern;
}

export function isBand(name: string): name is Band {
  return (kBands as string[]).includes(name);
}

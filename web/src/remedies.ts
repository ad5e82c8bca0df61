// What a reader can ask a command about a failure: whether a remedy would do, and who held what then.
import type { PageDocument, Remedy } from "./document";

// A word for a shell.
function quoted(word: string): string {
  return /^[\w.,=/+-]+$/.test(word) && !word.startsWith("-") ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

// Those whose sizes a replay takes, of a chip and of each core.
const kSizes: Record<string, { setting: string; of: string }> = {
  larger_l1_small: { setting: "l1_small", of: "core" },
  larger_trace_region: { setting: "trace_region", of: "chip" },
};

function fileOf(page: PageDocument): string {
  return quoted(page.source.startsWith("-") ? `./${page.source}` : page.source);
}

// Who held what when the last allocation failed, and where it lay.
export function lastFailureCommand(page: PageDocument): string | null {
  return page.of_capture ? `ttmem explain --last ${fileOf(page)}` : null;
}

// "ttmem replay run.ttmem --what-if l1_small=32768": replays all of the recording so; null where nothing asks that.
export function commandOf(page: PageDocument, remedy: Remedy): string | null {
  const size = kSizes[remedy.kind];
  if (!page.of_capture || !size || remedy.bytes === null || remedy.bytes_per !== size.of) return null;
  return `ttmem replay ${fileOf(page)} --what-if ${size.setting}=${remedy.bytes}`;
}

// One core from its lowest address to its highest: circular buffers from below, L1 buffers from above, the gap between,
// each named; and the same as a table.
import type { JSX } from "preact";
import { bytesText, hexText } from "../format";
import type { Clash, GridCore, L1Map, MapBlock } from "../map_document";
import { Table } from "../table";

export interface Stretch {
  begin: number;
  end: number;
  what: string;
  whose: string;
  kind: string; // of its color
  line?: string;
  caller?: string;
}

function bandOf(block: MapBlock): string {
  return block.class === "tensor" && block.persistent ? "persistent" : block.class;
}

const kCbNames: Record<string, string> = { cb: "CB", dfb: "DFB" };

// Lowest first. `clash`: the core with the program that did not fit, instead of those that did. Blocks that are left out are
// holes of no known content: nothing is said of them.
export function stretchesOf(l1: L1Map, core: GridCore | null, clash: Clash | null): Stretch[] {
  const found: Stretch[] = [];
  for (const cb of (core && !clash && l1.columns[core.column]) || []) {
    const name = `${kCbNames[cb.kind] ?? cb.kind} ${cb.index}`;
    found.push({ begin: cb.address, end: cb.end_address, what: name, whose: core?.program ?? "", kind: "band-cb" });
  }
  if (clash) {
    const whose = `${clash.op ?? "a program"}, which did not fit`;
    found.push({ begin: l1.base_address, end: clash.end_address, what: "CBs", whose, kind: "band-cb" }); // all of them: they begin alike
  }
  const reach = clash?.end_address ?? core?.reach_address ?? l1.base_address;
  if (reach > l1.floor_address) {
    found.push({ begin: l1.floor_address, end: reach, what: "clash", whose: "taken twice", kind: "clash" });
  } else if (reach < l1.floor_address) {
    found.push({ begin: reach, end: l1.floor_address, what: "gap", whose: "circular buffers may take it", kind: "gap" });
  }
  let end = l1.floor_address;
  for (const block of l1.buffers.blocks) {
    if (block.address > end && l1.buffers.blocks_left_out === 0)
      found.push({ begin: end, end: block.address, what: "hole", whose: "", kind: "gap" });
    const whose = [block.op ?? "no operation", block.tag].filter(Boolean).join(", ");
    const { line, called_at } = block;
    found.push({
      begin: block.address,
      end: block.end_address,
      what: block.class,
      whose,
      kind: `band-${bandOf(block)}`,
      line: line ?? "",
      caller: called_at ?? "",
    });
    end = Math.max(end, block.end_address);
  }
  if (end < l1.top_address && l1.buffers.blocks_left_out === 0 && end > l1.floor_address)
    found.push({ begin: end, end: l1.top_address, what: "hole", whose: "", kind: "gap" });
  return found.sort((a, b) => a.begin - b.begin);
}

const kLabelled = 0.055; // of the height: a lower one has no room for its name

export function CoreColumn({ l1, core, stretches }: { l1: L1Map; core: GridCore | null; stretches: Stretch[] }): JSX.Element | null {
  if (!core) return null;
  const top = Math.max(l1.top_address, ...stretches.map((of) => of.end)); // what does not fit may end above all memory
  const span = Math.max(1, top - l1.base_address);
  return (
    <div class="core-column" role="img" aria-label={`core (${core.x},${core.y}) by address; the table beside it has the same`}>
      {stretches.map((of) => (
        <i
          class={of.kind}
          style={{ bottom: `${(100 * (of.begin - l1.base_address)) / span}%`, height: `${(100 * (of.end - of.begin)) / span}%` }}
          title={`${of.what} ${of.whose}${of.line ? `, ${of.line}` : ""}${of.caller ? `, called at ${of.caller}` : ""}: ${bytesText(of.end - of.begin)} at ${hexText(of.begin)}`}
        >
          {(of.end - of.begin) / span > kLabelled && (
            <span>
              {of.what} {of.kind.startsWith("band-") && of.whose} <small>{bytesText(of.end - of.begin)}</small>
            </span>
          )}
        </i>
      ))}
    </div>
  );
}

export function CoreTable({ l1, stretches }: { l1: L1Map; stretches: Stretch[] }): JSX.Element {
  return (
    <>
      <Table<Stretch>
        id="core"
        rows={stretches}
        sortedBy={0}
        empty="Nothing lies in it."
        columns={[
          { title: "address", number: true, value: (row) => row.begin, show: (row) => hexText(row.begin) },
          {
            title: "bytes",
            number: true,
            value: (row) => row.end - row.begin,
            show: (row) => <span data-bytes={row.end - row.begin}>{bytesText(row.end - row.begin)}</span>,
          },
          {
            title: "what",
            value: (row) => row.what,
            show: (row) => (
              <>
                <span class={`swatch ${row.kind}`} /> {row.what}
              </>
            ),
          },
          {
            title: "whose",
            value: (row) => [row.whose, row.line, row.caller].filter(Boolean).join(", "),
            show: (row) => (
              <>
                {row.whose}
                {row.line && <small class="below">{row.line}{row.caller && `, called at ${row.caller}`}</small>}
              </>
            ),
          },
        ]}
      />
      {l1.buffers.blocks_left_out > 0 && <p class="summary">{l1.buffers.blocks_left_out} more buffers are not listed.</p>}
    </>
  );
}

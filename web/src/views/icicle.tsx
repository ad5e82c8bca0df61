// Who holds what is live at the cursor, level by level; a click selects everything of that owner.
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import type { PageDocument } from "../document";
import { bytesText, counted, percentText } from "../format";
import { type AtMoment, bandOfNode, groupName, hasLines, type Node, treeOf } from "../model";
import { kBands, kColors } from "../palette";
import { sameOwner } from "../selected";
import { kTrees, type Selection, type State } from "../state";

interface Props {
  page: PageDocument;
  held: AtMoment;
  state: State;
  update: (change: Partial<State>) => void;
}

const kLeast = 0.004; // of the width: smaller ones are folded
const kOfALetter = 0.02; // of the width: a name that does not fit says nothing

// What is of several bands is drawn in their shares.
function fillOfNode(node: Node): Record<string, string> {
  let from = 0;
  const stops = kBands.flatMap((band) => {
    const share = (100 * (node.bands[band] ?? 0)) / Math.max(1, node.bytes);
    if (share === 0) return [];
    from += share;
    return [`${kColors[band]} ${from - share}% ${from}%`];
  });
  return { background: `linear-gradient(90deg, ${stops.join(", ")})` };
}

interface Cell {
  node: Node | null; // null: several, folded
  x: number;
  width: number;
  level: number;
  count: number;
  bytes: number;
}

function cellsOf(root: Node, total: number): Cell[] {
  const cells: Cell[] = [];
  const place = (node: Node, x: number, level: number) => {
    let at = x;
    let folded = 0;
    let foldedBytes = 0;
    for (const child of node.children) {
      const width = child.bytes / total;
      if (width < kLeast) {
        ++folded;
        foldedBytes += child.bytes;
        continue;
      }
      cells.push({ node: child, x: at, width, level, count: 1, bytes: child.bytes });
      place(child, at, level + 1);
      at += width;
    }
    if (folded > 0) cells.push({ node: null, x: at, width: foldedBytes / total, level, count: folded, bytes: foldedBytes });
  };
  place(root, 0, 0);
  return cells;
}

export function IcicleView({ page, held, state, update }: Props): JSX.Element {
  const lines = hasLines(page);
  const trees = Object.entries(kTrees).map(([key, groups]) => [key, groups.filter((group) => lines || (group !== "line" && group !== "callers"))] as const);
  const wanted = kTrees[state.by] ?? kTrees.op!;
  // A level that nothing has says nothing.
  const levels = useMemo(
    () => wanted.filter((group, i) => i === 0 || held.holdings.some((holding) => holding[group] !== "")),
    [held, wanted],
  );
  const root = useMemo(() => treeOf(held.holdings, levels), [held, levels]);
  const total = Math.max(1, held.bytes);
  const cells = useMemo(() => cellsOf(root, total), [root, total]);
  return (
    <section class="icicle" aria-label="Who holds it">
      <h2>
        Who{" "}
        <select
          aria-label="Levels"
          value={state.by}
          onChange={(event) => update({ by: (event.currentTarget as HTMLSelectElement).value })}
        >
          {trees.filter(([key]) => lines || key !== "line").map(([key, groups]) => (
            <option key={key} value={key}>
              {groups.join(" ▸ ")}
            </option>
          ))}
        </select>
        <small>{bytesText(held.bytes)} at the cursor</small>
      </h2>
      <div class="cells" role="group">
        {cells.map((cell) => {
          const box = {
            left: `${cell.x * 100}%`,
            width: `${cell.width * 100}%`,
            top: `${(cell.level * 100) / levels.length}%`,
            height: `${100 / levels.length}%`,
          };
          if (cell.node === null) {
            const text = `${counted(cell.count, "smaller one")}: ${bytesText(cell.bytes)}`;
            return <div class="cell folded" style={box} title={text} />;
          }
          const { node } = cell;
          const band = bandOfNode(node);
          const name = groupName(node.group!, node.name);
          const chosen = sameOwner(state.selection, node.path);
          return (
            <button
              key={JSON.stringify(node.path)}
              class={`cell fill-${band ?? "several"} ${chosen ? "chosen" : ""}`}
              style={band ? box : { ...box, ...fillOfNode(node) }}
              aria-pressed={chosen}
              data-level={cell.level}
              data-name={name}
              data-bytes={node.bytes}
              aria-label={`${node.group} ${name}, ${bytesText(node.bytes)}`}
              title={`${node.group}: ${name}\n${bytesText(node.bytes)}, ${percentText(node.bytes, total)}, ${counted(node.allocations, "allocation")}`}
              onClick={() => update({ selection: chosen ? {} : ({ ...node.path } as Selection) })}
            >
              {cell.width > name.length * kOfALetter && <span>{name}</span>}{" "}
              {cell.width > (name.length + 9) * kOfALetter && <small>{bytesText(node.bytes)}</small>}
            </button>
          );
        })}
        {held.missing.bytes > 0 && (
          <div
            class="cell fill-unknown"
            style={{ right: "0", width: `${(100 * held.missing.bytes) / total}%`, top: "0", height: "100%" }}
            title={`${bytesText(held.missing.bytes)} in ${counted(held.missing.allocations, "allocation")} of which this page has no details`}
          >
            <span>not in this page</span>
          </div>
        )}
      </div>
    </section>
  );
}

// Who holds what is live at the cursor, level by level; a click selects everything of that owner.
import type { JSX } from "preact";
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { PageDocument } from "../document";
import { bytesText, counted, percentText, shortened } from "../format";
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
const kOfALetter = 8; // pixels
const kOfASmallLetter = 7;
const kEdges = 10; // likewise, of a cell
const kUpright = 5; // letters: of a cell that has no room for so many the name is written downward
const kLine = 15; // pixels: a narrower cell has no room for that, either

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

function textOf(node: Node, total: number): string {
  const name = groupName(node.group!, node.name);
  return `${node.group} ${name}: ${bytesText(node.bytes)}, ${percentText(node.bytes, total)}, ${counted(node.allocations, "allocation")}`;
}

// Of an operation that does not fit, its module goes first: those of one program are mostly of one.
function fitting(node: Node, name: string, letters: number): string {
  const last = name.slice(name.lastIndexOf(".") + 1);
  return node.group === "op" && name.length > letters && last.length < letters ? `…${last}` : shortened(name, letters);
}

// The size of an element, also when that changes.
function useSize(): [{ current: HTMLDivElement | null }, { width: number; height: number }] {
  const element = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState({ width: 400, height: 180 });
  useLayoutEffect(() => {
    const measure = () => setSize({ width: element.current!.clientWidth, height: element.current!.clientHeight });
    measure();
    const sizes = new ResizeObserver(measure);
    sizes.observe(element.current!);
    return () => sizes.disconnect();
  }, []);
  return [element, size];
}

// A name, and the bytes beside it where both have room.
function Words({ node, name, width, height }: { node: Node; name: string; width: number; height: number }): JSX.Element {
  const letters = Math.floor((width - kEdges) / kOfALetter);
  if (letters < Math.min(kUpright, name.length)) {
    const downward = width < kLine ? 0 : Math.floor((height - kEdges) / kOfASmallLetter);
    return <span class="upright" aria-hidden="true">{fitting(node, name, downward)}</span>;
  }
  const size = bytesText(node.bytes);
  return (
    <>
      <span aria-hidden="true">{fitting(node, name, letters)}</span>
      {letters >= size.length && <small aria-hidden="true">{size}</small>}
    </>
  );
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
  const [element, room] = useSize();
  const [pointed, setPointed] = useState<string | null>(null);
  const pointing = (text: string) => ({
    onPointerEnter: () => setPointed(text),
    onPointerLeave: () => setPointed(null),
    onFocus: () => setPointed(text),
    onBlur: () => setPointed(null),
  });
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
      <div class="cells" role="group" ref={element}>
        {cells.map((cell) => {
          const box = {
            left: `${cell.x * 100}%`,
            width: `${cell.width * 100}%`,
            top: `${(cell.level * 100) / levels.length}%`,
            height: `${100 / levels.length}%`,
          };
          if (cell.node === null) {
            const text = `${counted(cell.count, "smaller one")}: ${bytesText(cell.bytes)}`;
            return <div class="cell folded" style={box} title={text} {...pointing(text)} />;
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
              title={textOf(node, total)}
              {...pointing(textOf(node, total))}
              onClick={() => update({ selection: chosen ? {} : ({ ...node.path } as Selection) })}
            >
              <span class="sr">
                {node.group} {name}, {bytesText(node.bytes)}
              </span>
              <Words {...{ node, name, width: cell.width * room.width, height: room.height / levels.length }} />
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
      <div class="readout" data-readout="who">
        {pointed ?? `${counted(held.allocations, "allocation")}; a click selects all of an owner`}
      </div>
    </section>
  );
}

// A table that sorts by a click on a heading, and shows its first rows; what it leaves out is said.
import { type ComponentChildren, createContext, type JSX } from "preact";
import { useContext } from "preact/hooks";
import { countText } from "./format";
import type { Sort } from "./state";

// How tables are sorted is a part of the page's state.
export interface Sorting {
  sorts: Record<string, Sort>;
  set: (table: string, sort: Sort) => void;
}
export const SortingContext = createContext<Sorting>({ sorts: {}, set: () => {} });

export interface Column<Row> {
  title: string;
  value: (row: Row) => string | number;
  show?: (row: Row) => ComponentChildren;
  number?: boolean;
  isOptional?: boolean; // left out where no row has it
}
export const kAsGiven = -1;
interface Props<Row> {
  id: string;
  columns: Column<Row>[];
  rows: Row[];
  sortedBy: number; // at first, the largest first where it is a number; kAsGiven: as the rows come
  most?: number;
  onRow?: (row: Row) => void;
  isChosen?: (row: Row) => boolean;
  empty: string;
}

export function Table<Row>(props: Props<Row>): JSX.Element {
  const sorting = useContext(SortingContext);
  const sort = sorting.sorts[props.id] ?? { column: props.sortedBy, reverse: false };
  const column = props.columns[sort.column];
  const rows = [...props.rows].sort((a, b) => {
    if (!column) return 0;
    const [x, y] = [column.value(a), column.value(b)];
    const order = column.number ? Number(y) - Number(x) : x < y ? -1 : x > y ? 1 : 0;
    return sort.reverse ? -order : order;
  });
  const isShown = (of: Column<Row>) => !of.isOptional || rows.some((row) => of.value(row) !== "" && of.value(row) !== 0);
  const most = props.most ?? 300;
  const columns = props.columns.filter(isShown);
  if (rows.length === 0) return <p class="empty">{props.empty}</p>;
  return (
    <table id={props.id}>
      <thead>
        <tr>
          {props.columns.map((head, i) => isShown(head) && (
            <th
              key={head.title}
              class={head.number ? "number" : ""}
              aria-sort={i !== sort.column ? "none" : Boolean(head.number) === sort.reverse ? "ascending" : "descending"}
            >
              <button onClick={() => sorting.set(props.id, { column: i, reverse: i === sort.column && !sort.reverse })}>
                {head.title}
                {i === sort.column && (Boolean(head.number) === sort.reverse ? " ▴" : " ▾")}
              </button>
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.slice(0, most).map((row, i) => {
          const chosen = props.isChosen?.(row) ?? false;
          const choose = () => props.onRow?.(row);
          return (
            <tr
              key={i}
              class={`${chosen ? "chosen" : ""} ${props.onRow ? "clickable" : ""}`}
              {...(props.onRow
                ? {
                    tabIndex: 0,
                    "aria-selected": chosen,
                    onClick: choose,
                    onKeyDown: (event: KeyboardEvent) => {
                      if (event.key !== "Enter" && event.key !== " ") return;
                      event.preventDefault();
                      choose();
                    },
                  }
                : {})}
            >
              {columns.map((cell) => (
                <td key={cell.title} class={cell.number ? "number" : ""} title={cell.number ? undefined : String(cell.value(row))}>
                  {cell.show ? cell.show(row) : cell.value(row)}
                </td>
              ))}
            </tr>
          );
        })}
      </tbody>
      {rows.length > most && (
        <tfoot>
          <tr>
            <td colSpan={props.columns.length}>{countText(rows.length - most)} more rows; select an owner to see fewer</td>
          </tr>
        </tfoot>
      )}
    </table>
  );
}

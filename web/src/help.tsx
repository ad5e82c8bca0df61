// The keys, as a dialog.
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";

export const kKeys: [string, string][] = [
  ["P", "cursor to the peak"],
  ["S", "to the largest use after the first iteration"],
  ["N", "to the end"],
  ["← →", "one step back, one step on"],
  ["+ −", "zoom in, zoom out around the cursor"],
  ["0", "from the first allocation to the end of use"],
  ["W", "the whole time of the recording"],
  ["E", "by time, or in the order of events"],
  ["[ ]", "the pool before, the next pool"],
  ["1 … 9", "what the table shows"],
  ["Esc", "select nothing"],
  ["L", "follow processes that run, or stay"],
  ["T", "light or dark"],
  ["?", "this list"],
];

export function Help({ close }: { close: () => void }): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} onClose={close} aria-label="Keys">
      <h2>Keys</h2>
      <dl>
        {kKeys.map(([key, what]) => (
          <>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{what}</dd>
          </>
        ))}
      </dl>
      <p>
        Timeline: a click sets the cursor, a drag zooms, a double click shows all that was in use. Map: a click selects a block, the wheel
        zooms in time, with Shift in addresses. The address of this page keeps what you see: a link shows the same.
      </p>
      <form method="dialog">
        <button>Close</button>
      </form>
    </dialog>
  );
}

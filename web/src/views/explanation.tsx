// Why an allocation failed and what helps, as `ttmem explain` says it; with the bank, or the core, to scale.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { ExplainedFailure, PageDocument } from "../document";
import { bytesText, hexText } from "../format";
import { commandOf, lastFailureCommand } from "../remedies";

interface Part {
  kind: string; // of its color
  from: number;
  to: number;
  text: string;
}

// Parts from left to right, in the scale of all bars of a failure.
function Bar({ parts, whole, label }: { parts: Part[]; whole: number; label: string }): JSX.Element {
  const percent = (bytes: number) => `${Math.min(100, Math.max(0, (100 * bytes) / whole))}%`;
  return (
    <div class="scale" role="img" aria-label={`${label}: ${parts.map((part) => part.text).join(", ")}`}>
      {parts
        .filter((part) => part.to > part.from)
        .map((part) => (
          <i class={part.kind} style={{ left: percent(part.from), width: percent(part.to - part.from) }} title={part.text}>
            {(part.to - part.from) / whole > 0.08 && part.text}
          </i>
        ))}
    </div>
  );
}

// What the bars are of, also of parts that have no room for words.
function Legend({ parts }: { parts: Part[] }): JSX.Element {
  return (
    <p class="legend">
      {parts.map((part) => (
        <span>
          <span class={`swatch ${part.kind}`} /> {part.text}
        </span>
      ))}
    </p>
  );
}

// A bank: what is allocated, the rest of what is free, the largest free piece; below it what was asked for, which begins
// with that piece.
function bankBars(failure: ExplainedFailure): JSX.Element | null {
  const { bank_bytes: bank, allocated_per_bank: allocated, bytes_per_bank: asked, largest_free_per_bank: largest } = failure;
  if (bank === null || allocated === null || asked === null || largest === null) return null;
  const start = bank - largest;
  const whole = Math.max(bank, start + asked);
  const had: Part[] = [
    { kind: "band-tensor", from: 0, to: allocated, text: `allocated ${bytesText(allocated)}` },
    { kind: "gap", from: allocated, to: start, text: `free in smaller pieces ${bytesText(start - allocated)}` },
    { kind: "gap", from: start, to: bank, text: `largest free piece ${bytesText(largest)}` },
  ];
  const wanted: Part[] = [
    { kind: "asked", from: start, to: Math.min(bank, start + asked), text: `asked for ${bytesText(asked)}` },
    { kind: "clash", from: bank, to: start + asked, text: `missing ${bytesText(asked - largest)}` },
  ];
  return (
    <>
      <Bar whole={whole} label="Each bank" parts={had} />
      <Bar whole={whole} label="Asked for" parts={wanted} />
      <Legend parts={[...had, ...wanted]} />
    </>
  );
}

// A core: circular buffers from below, L1 buffers from above, and what they lack.
function coreBars(failure: ExplainedFailure): JSX.Element | null {
  const { cb_region_end: reach, l1_buffer_address: floor, max_l1_bytes: most } = failure;
  if (reach === null || floor === null || reach <= floor) return null;
  const whole = Math.max(most ?? 0, reach * 1.15);
  const buffers: Part[] = [{ kind: "band-tensor", from: floor, to: whole, text: `L1 buffers from ${hexText(floor)}` }];
  const circular: Part[] = [
    { kind: "band-cb", from: 0, to: floor, text: `circular buffers to ${hexText(reach)}` },
    { kind: "clash", from: floor, to: reach, text: `lacking ${bytesText(reach - floor)}` },
  ];
  return (
    <>
      <Bar whole={whole} label="L1 buffers" parts={buffers} />
      <Bar whole={whole} label="Circular buffers" parts={circular} />
      <Legend parts={[...circular, ...buffers]} />
    </>
  );
}

interface Props {
  page: PageDocument;
  failure: ExplainedFailure;
  isLast: boolean;
  show: () => void; // what lay where then, on this page
}

// Without the browser's leave the words stay where they can be taken by hand.
function Command({ words, title }: { words: string; title: string }): JSX.Element {
  const [copied, setCopied] = useState(false);
  const copy = () => void navigator.clipboard?.writeText(words).then(() => setCopied(true), () => setCopied(false));
  return (
    <>
      {" "}
      <code>{words}</code>{" "}
      <button class="small" onClick={copy} title={`Copy this command, which ${title}`}>
        {copied ? "copied" : "copy"}
      </button>
    </>
  );
}

export function Explanation({ page, failure, isLast, show }: Props): JSX.Element {
  const last = isLast ? lastFailureCommand(page) : null;
  const { verdict, asked, had, limit, remedies, notes } = failure.explanation;
  return (
    <article class="explanation">
      <p>
        <b>{verdict}</b> <small>{[failure.op, failure.tag, failure.at].filter(Boolean).join(", ")}</small>
      </p>
      {coreBars(failure) ?? bankBars(failure)}
      <p>{[asked, had, limit].filter(Boolean).join(" ")}</p>
      {remedies.length > 0 && (
        <ul>
          {remedies.map((remedy) => {
            const command = commandOf(page, remedy);
            return (
              <li>
                <span class="remedy">{remedy.text}</span>
                {command && <Command words={command} title="replays the recording so" />}
              </li>
            );
          })}
        </ul>
      )}
      {last && (
        <p>
          Who held what then, and where it lay:{" "}
          <button class="small" data-show-failure onClick={show}>
            show here
          </button>
          <Command words={last} title="tells of the last failure" />
        </p>
      )}
      {notes.map((note) => (
        <p>
          <small>{note}</small>
        </p>
      ))}
    </article>
  );
}

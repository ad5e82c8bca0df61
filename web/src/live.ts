// A page of processes that run: its server tells it of newer data, unless somebody reads.
import { useEffect, useRef, useState } from "preact/hooks";
import type { PageDocument } from "./document";

export interface Live {
  state: "following" | "paused" | "gone";
  pause: () => void;
  toggle: () => void;
}

const kAgain = 1000;

// Calls `changed` for each newer document, and `lost` when the server does not answer; until it is ended. A browser asks
// again by itself, unless it was refused: another server may have had the port for a while.
function listen(changed: () => void, lost: () => void): () => void {
  let timer = 0;
  let source: EventSource;
  const open = () => {
    source = new EventSource("events");
    source.onmessage = changed;
    source.onerror = () => {
      lost();
      if (source.readyState === EventSource.CLOSED) timer = window.setTimeout(open, kAgain);
    };
  };
  open();
  return () => {
    source.close();
    window.clearTimeout(timer);
  };
}

async function latest(): Promise<PageDocument> {
  const answer = await fetch("data.json", { cache: "no-store", credentials: "omit" });
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  return (await answer.json()) as PageDocument;
}

// Nobody sees a hidden page; and a browser has few connections to one server.
function useHidden(): boolean {
  const [hidden, setHidden] = useState(document.hidden);
  useEffect(() => {
    const look = () => setHidden(document.hidden);
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, []);
  return hidden;
}

export function useLive(first: PageDocument, isLive: boolean): [PageDocument, Live | null] {
  const [page, setPage] = useState(first);
  const [paused, setPaused] = useState(false);
  const [gone, setGone] = useState(false);
  const hidden = useHidden();
  const listens = isLive && !paused && !hidden;
  const now = useRef(listens);
  now.current = listens;
  useEffect(() => {
    if (!listens) return;
    let wanted = false;
    let busy = false;
    const changed = async () => {
      wanted = true;
      if (busy) return;
      busy = true;
      while (wanted && now.current) {
        wanted = false;
        try {
          const next = await latest();
          if (now.current) setPage(next), setGone(false);
        } catch {
          if (now.current) setGone(true);
        }
      }
      busy = false;
    };
    return listen(changed, () => setGone(true));
  }, [listens]);
  if (!isLive) return [page, null];
  const state = paused ? "paused" : gone ? "gone" : "following";
  return [page, { state, pause: () => setPaused(true), toggle: () => setPaused(state === "following") }];
}

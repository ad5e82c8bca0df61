// A page of processes that run: newer data every few seconds, unless somebody reads.
import { useEffect, useRef, useState } from "preact/hooks";
import type { PageDocument } from "./document";

export interface Live {
  state: "following" | "paused" | "gone";
  pause: () => void;
  toggle: () => void;
}

const kPeriod = 2000;

async function newer(): Promise<PageDocument> {
  const answer = await fetch("data.json", { cache: "no-store", credentials: "omit" });
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  return (await answer.json()) as PageDocument;
}

export function useLive(first: PageDocument, isLive: boolean): [PageDocument, Live | null] {
  const [page, setPage] = useState(first);
  const [state, setState] = useState<Live["state"]>("following");
  const now = useRef(state);
  now.current = state;
  useEffect(() => {
    if (!isLive) return;
    let timer = 0;
    const ask = async () => {
      // Also of a server that is gone: it may come back at the same address.
      const isPaused = () => now.current === "paused";
      if (!isPaused() && !document.hidden) {
        try {
          const next = await newer();
          if (!isPaused()) {
            setPage(next);
            setState("following");
          }
        } catch {
          if (!isPaused()) setState("gone");
        }
      }
      timer = window.setTimeout(ask, kPeriod);
    };
    timer = window.setTimeout(ask, kPeriod);
    return () => window.clearTimeout(timer);
  }, [isLive]);
  if (!isLive) return [page, null];
  return [
    page,
    {
      state,
      pause: () => now.current === "following" && setState("paused"),
      toggle: () => setState(now.current === "following" ? "paused" : "following"),
    },
  ];
}

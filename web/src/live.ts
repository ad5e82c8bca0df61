// A page of processes that run: newer data every few seconds, unless somebody reads.
import { useEffect, useRef, useState } from "preact/hooks";
import type { PageDocument } from "./document";

export interface Live {
  state: "following" | "paused" | "gone";
  pause: () => void;
  toggle: () => void;
}

const kPeriod = 2000;

interface Newer {
  page: PageDocument;
  version: string;
}

// Null: it is as the one of that version.
async function newer(version: string): Promise<Newer | null> {
  const headers: HeadersInit = version === "" ? {} : { "If-None-Match": version };
  const answer = await fetch("data.json", { cache: "no-store", credentials: "omit", headers });
  if (answer.status === 304) return null;
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  return { page: (await answer.json()) as PageDocument, version: answer.headers.get("ETag") ?? "" };
}

export function useLive(first: PageDocument, isLive: boolean): [PageDocument, Live | null] {
  const [page, setPage] = useState(first);
  const [state, setState] = useState<Live["state"]>("following");
  const now = useRef(state);
  now.current = state;
  useEffect(() => {
    if (!isLive) return;
    let timer = 0;
    let version = "";
    const ask = async () => {
      // Also of a server that did not answer: it may have been busy.
      const isPaused = () => now.current === "paused";
      if (!isPaused() && !document.hidden) {
        try {
          const next = await newer(version);
          if (!isPaused()) {
            if (next) {
              version = next.version;
              setPage(next.page);
            }
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

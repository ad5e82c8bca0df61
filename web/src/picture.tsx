// A canvas that is drawn again when its size, the theme or what it shows changes. What a picture shows is also said in
// words (`label`) and stands in a table of the page.
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";

export interface Ink {
  ink: string;
  faint: string;
  line: string;
  panel: string;
  accent: string;
}
export type Draw = (context: CanvasRenderingContext2D, width: number, height: number, ink: Ink) => void;

function inkOf(element: Element): Ink {
  const style = getComputedStyle(element);
  const value = (name: string) => style.getPropertyValue(name).trim() || "#888";
  return {
    ink: value("--ink"),
    faint: value("--faint"),
    line: value("--line"),
    panel: value("--panel"),
    accent: value("--accent"),
  };
}

export interface Pointer {
  x: number;
  y: number;
  width: number;
  height: number;
}
interface Props {
  draw: Draw;
  label: string;
  id: string;
  onMove?: (pointer: Pointer | null) => void;
  onDown?: (pointer: Pointer, event: PointerEvent) => void;
  onUp?: (pointer: Pointer, event: PointerEvent) => void;
  onWheel?: (pointer: Pointer, event: WheelEvent) => void;
  onDouble?: () => void;
}

export function Picture(props: Props): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  const latest = useRef(props);
  latest.current = props;
  const paint = useRef(() => {});

  paint.current = () => {
    const element = canvas.current;
    const context = element?.getContext("2d");
    if (!element || !context) return;
    const { width, height } = element.getBoundingClientRect();
    const ratio = window.devicePixelRatio || 1;
    const pixels: [number, number] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (element.width !== pixels[0] || element.height !== pixels[1]) [element.width, element.height] = pixels;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    context.font = "11px system-ui, sans-serif";
    context.textBaseline = "middle";
    latest.current.draw(context, width, height, inkOf(element));
  };
  useEffect(() => paint.current());
  useEffect(() => {
    const again = () => paint.current();
    const element = canvas.current;
    const sizes = new ResizeObserver(again);
    if (element) sizes.observe(element);
    const scheme = window.matchMedia("(prefers-color-scheme: dark)");
    scheme.addEventListener("change", again);
    window.addEventListener("themechange", again);
    window.addEventListener("beforeprint", again);
    // Not passive: the wheel zooms the picture, not the page.
    const wheel = (event: WheelEvent) => {
      if (!latest.current.onWheel) return;
      event.preventDefault();
      latest.current.onWheel(pointerOf(event), event);
    };
    element?.addEventListener("wheel", wheel, { passive: false });
    return () => {
      sizes.disconnect();
      scheme.removeEventListener("change", again);
      window.removeEventListener("themechange", again);
      window.removeEventListener("beforeprint", again);
      element?.removeEventListener("wheel", wheel);
    };
  }, []);

  const pointerOf = (event: MouseEvent): Pointer => {
    const box = canvas.current!.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top, width: box.width, height: box.height };
  };
  return (
    <canvas
      id={props.id}
      ref={canvas}
      role="img"
      aria-label={props.label}
      onPointerMove={(event) => latest.current.onMove?.(pointerOf(event))}
      onPointerLeave={() => latest.current.onMove?.(null)}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        canvas.current!.setPointerCapture(event.pointerId);
        latest.current.onDown?.(pointerOf(event), event);
      }}
      onPointerUp={(event) => latest.current.onUp?.(pointerOf(event), event)}
      onDblClick={() => latest.current.onDouble?.()}
    />
  );
}

import { render } from "preact";
import { App } from "./app";
import type { PageDocument } from "./document";
import "./style.css";
import { applyTheme } from "./theme";

const element = document.getElementById("data");
const data = element?.textContent;
const root = document.getElementById("page");
applyTheme();
if (root && data) {
  const page = JSON.parse(data) as PageDocument;
  document.title = `${page.source} - ttmem`;
  render(<App first={page} isLive={element?.dataset.live !== undefined} />, root);
} else if (root) {
  root.textContent = "This page has no data: `ttmem page FILE` makes one that has.";
}

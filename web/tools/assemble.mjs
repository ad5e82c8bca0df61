// Makes dist/page.html of the bundle: one file, whose policy allows its own script and style by their hashes and
// nothing else. What is data comes in where <!--data--> stands (src/views/web/page_html.cc).
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";

const script = readFileSync("build/page.js", "utf8").trim();
const style = readFileSync("build/page.css", "utf8").trim();
for (const [text, end] of [[script, "</script"], [script, "<!--"], [style, "</style"]]) {
  if (text.includes(end)) throw new Error(`the bundle has ${end} in it`);
}
const hash = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
const policy = [
  "default-src 'none'",
  `script-src ${hash(script)}`,
  `style-src ${hash(style)}`,
  "img-src data:",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

mkdirSync("dist", { recursive: true });
writeFileSync(
  "dist/page.html",
  `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>ttmem</title>
<style>${style}</style>
</head>
<body>
<div id="page"></div>
<noscript>This page draws a recording of ttmem with a script of its own; it loads nothing. The same figures: ttmem peak, ttmem leaks.</noscript>
<!--data-->
<script>${script}</script>
</body>
</html>
`,
);

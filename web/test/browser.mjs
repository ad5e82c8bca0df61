// Opens a page in Chromium, does what a reader would, and prints what it saw as JSON (tests/page/page_test.py).
import { chromium } from "playwright-core";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { viewsOf } from "./views.mjs";

const [what, file] = process.argv.slice(2);
const asked = JSON.parse(readFileSync(file, "utf8"));
const browser = await chromium.launch({ executablePath: asked.chromium, args: ["--no-sandbox", "--disable-gpu"], timeout: 120_000 });
const complaints = [];

async function open(hash = "", address = `file://${asked.page}`) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, colorScheme: "light" });
  page.setDefaultTimeout(120_000); // of a busy machine: no test is about time
  page.on("console", (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  page.on("request", (request) => {
    const own = asked.url ?? "file://";
    if (!request.url().startsWith(own) && !request.url().startsWith("data:")) complaints.push(`request: ${request.url()}`);
  });
  await page.goto(`${address}${hash}`);
  await page.waitForSelector("main");
  return page;
}

const textOf = (page, selector) => page.locator(selector).innerText();
// {text of the named cell: bytes of the row}, added up; of a column, or of the first that has bytes.
const sums = (page, table, name, figure = "") =>
  page.evaluate(
    ([id, title, of]) => {
      const titles = [...document.querySelectorAll(`#${id} thead th`)].map((head) => head.textContent.replace(/ [▴▾]$/, ""));
      const found = {};
      for (const row of document.querySelectorAll(`#${id} tbody tr`)) {
        const key = row.cells[titles.indexOf(title)].textContent;
        found[key] = (found[key] ?? 0) + Number((of ? row.cells[titles.indexOf(of)] : row).querySelector("[data-bytes]").dataset.bytes);
      }
      return found;
    },
    [table, name, figure],
  );

// All that a view shows in words.
const shownBy = async (page) => ({
  tab: await textOf(page, "[role=tab][aria-selected=true]"),
  timeline: await textOf(page, "[data-readout=timeline]"),
  pool: await page.locator(".pool.chosen").getAttribute("data-pool"),
  panel: await textOf(page, "#panel"),
  selection: await page.locator(".tabs .selection").allInnerTexts(),
  levels: await page.locator(".icicle select").inputValue(),
});

async function shareOfPixelsThatDiffer(pictures) {
  const pixels = [];
  for (const picture of pictures) {
    const bytes = Uint8Array.from(atob(picture), (character) => character.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
    context.drawImage(bitmap, 0, 0);
    pixels.push(context.getImageData(0, 0, bitmap.width, bitmap.height));
  }
  const [one, other] = pixels;
  if (one.width !== other.width || one.height !== other.height) return 1;
  let differ = 0;
  for (let i = 0; i < one.data.length; i += 4) {
    const distance = Math.max(...[0, 1, 2].map((channel) => Math.abs(one.data[i + channel] - other.data[i + channel])));
    if (distance > 60) ++differ;
  }
  return (4 * differ) / one.data.length;
}

// What is told of a core after a click on it, and what the same address tells.
async function anotherCore(page, [x, y]) {
  await page.locator(`.core[title^="core (${x},${y})"]`).click();
  const told = async (of) => ({
    gap: Number(await of.locator("[data-core-gap]").getAttribute("data-core-gap")),
    circular_buffers: await of.evaluate(() =>
      [...document.querySelectorAll("#core tbody tr")].filter((row) => /CB|DFB/.test(row.cells[2].textContent)).map((row) => Number(row.querySelector("[data-bytes]").dataset.bytes)),
    ),
  });
  await page.waitForFunction(() => location.hash.includes("core="));
  const again = await open(new URL(page.url()).hash);
  return { other: await told(page), again: await told(again) };
}

const views = {
  async figures() {
    const page = await open();
    const pools = await page.evaluate(() =>
      Object.fromEntries(
        [...document.querySelectorAll("[data-pool]")].map((pool) => [
          pool.dataset.pool,
          Number(pool.querySelector("[data-figure=peak]").dataset.bytes),
        ]),
      ),
    );
    const live = await page.locator("#live tbody tr").count();
    const timeline = await page.evaluate(() => {
      const { bytes, allocations } = document.querySelector("[data-readout=timeline]").dataset;
      return { bytes: Number(bytes), allocations: Number(allocations) };
    });
    const icicle = await page.evaluate(() =>
      Object.fromEntries([...document.querySelectorAll("[data-level='0']")].map((cell) => [cell.dataset.name, Number(cell.dataset.bytes)])),
    );
    await page.click("#tab-growth");
    const growth = (await page.locator("#growth").count()) ? await sums(page, "growth", "op") : {};
    await page.click("#tab-headroom");
    const headroom = await sums(page, "headroom", "pool", "= headroom");
    await page.click("#tab-sizes");
    const counts = (id) =>
      page.evaluate((of) => [...document.querySelectorAll(`#${of} td.number`)].map((cell) => Number(cell.textContent.replaceAll(",", ""))), id);
    const [sizes, lifetimes] = [await counts("size-bars"), await counts("lifetime-bars")];
    await page.click("#tab-peak");
    const composition = await sums(page, "composition", "op");
    await page.click("#tab-leaks");
    const leaks = await sums(page, "leaks", "op");
    const verdict = await page.locator("[data-verdict]").getAttribute("data-verdict");
    return { pools, live, timeline, icicle, growth, headroom, sizes, lifetimes, composition, leaks, verdict };
  },

  async lines() {
    const page = await open();
    const offers = await page.locator(".icicle option[value=line]").allInnerTexts();
    if (offers.length === 0) return { offers };
    await page.selectOption(".icicle select", "line");
    const icicle = await page.evaluate(() =>
      Object.fromEntries([...document.querySelectorAll("[data-level='0']")].map((cell) => [cell.dataset.name, Number(cell.dataset.bytes)])),
    );
    await page.click("#tab-peak");
    await page.selectOption("#panel select", "line");
    const composition = await sums(page, "composition", "line");
    await page.selectOption("#panel select", "callers");
    const callers = await sums(page, "composition", "callers");
    await page.click("#tab-leaks");
    const leaks = await sums(page, "leaks", "line");
    await page.click(".icicle [data-level='0'] >> nth=0");
    await page.click("#tab-live");
    const chosen = await page.locator(".tabs .selection").allInnerTexts();
    const live = await page.evaluate(() => {
      const titles = [...document.querySelectorAll("#live thead th")].map((head) => head.textContent.replace(/ [▴▾]$/, ""));
      return [...document.querySelectorAll("#live tbody tr")].map((row) => row.cells[titles.indexOf("line")].textContent);
    });
    return { icicle, composition, callers, leaks, chosen, live };
  },

  async diff() {
    const page = await open();
    await page.click("[data-pool^=dram]");
    await page.click("#tab-diff");
    const at_peak = await sums(page, "diff", "op");
    await page.selectOption("#panel select", "left");
    return { at_peak, left: await sums(page, "diff", "op"), said: await textOf(page, "[data-readout=others]") };
  },

  async cores() {
    const page = await open();
    await page.click("#tab-cores");
    const number = (selector, name) => page.locator(selector).getAttribute(name).then(Number);
    return {
      gap: await number("[data-gap]", "data-gap"),
      holders: await number("[data-holders]", "data-holders"),
      cores: await page.locator(".core").count(),
      stranded: (await page.locator("#floor").count()) ? await sums(page, "floor", "op") : {},
      ...(await anotherCore(page, asked.core)),
    };
  },

  async failures() {
    const page = await open();
    await page.click("#tab-failures");
    return {
      verdicts: await page.locator(".explanation b").allInnerTexts(),
      remedies: await page.locator(".explanation li .remedy").allInnerTexts(),
      commands: await page.locator(".explanation code").allInnerTexts(),
    };
  },

  async leak() {
    const page = await open();
    await page.click("[data-verdict]");
    await page.click("#leaks tbody tr");
    await page.click("#tab-live");
    return { clicks: 3, rows: await page.locator("#live tbody tr").count(), row: await textOf(page, "#live tbody tr") };
  },

  async address() {
    const page = await open();
    await page.click("[data-pool^=l1]");
    await page.selectOption(".icicle select", "class");
    await page.locator(".icicle .cell").first().click();
    const box = await page.locator("#timeline").boundingBox();
    await page.mouse.click(box.x + box.width * 0.6, box.y + box.height / 2);
    await page.mouse.move(box.x + box.width * 0.3, box.y + 30);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.8, box.y + 30, { steps: 4 });
    await page.mouse.up();
    await page.mouse.move(2, 2);
    await page.click("#tab-peak");
    await page.waitForFunction(() => location.hash.includes("tab=peak")); // it follows some times a second
    const hash = await page.evaluate(() => location.hash);
    return { hash, first: await shownBy(page), again: await shownBy(await open(hash)) };
  },

  // What axe objects to, of each table, in light and dark.
  async accessibility() {
    const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core"), "utf8");
    const found = [];
    for (const theme of ["light", "dark"]) {
      const page = await open();
      if (theme === "dark") await page.keyboard.press("t");
      await page.evaluate(axe);
      for (const tab of ["live", "peak", "leaks", "growth", "sizes", "failures", "cores", "headroom", "notes"]) {
        await page.click(`#tab-${tab}`);
        const violations = await page.evaluate(() => axe.run().then((results) => results.violations));
        for (const { id, impact, nodes } of violations) {
          if (impact === "serious" || impact === "critical") found.push(`${theme}, ${tab}: ${id} (${nodes.length}): ${nodes[0].html.slice(0, 160)}`);
        }
      }
    }
    return { found };
  },

  // Each step when a line comes in: by then something has happened to what is looked at.
  async live() {
    const page = await open("", asked.url);
    const figure = () => page.locator("[data-figure=peak]").first().getAttribute("data-bytes").then(Number);
    const state = () => page.locator("[data-live]").first().getAttribute("data-live");
    const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
    const say = async (seen) => (console.log(JSON.stringify(seen)), lines.next());
    await say({ figure: await figure(), state: await state() });
    await page.waitForFunction((old) => Number(document.querySelector("[data-figure=peak]").dataset.bytes) !== old, asked.figure);
    await page.keyboard.press("+");
    await page.waitForSelector("[data-live=paused]");
    await say({ figure: await figure(), state: await state() });
    await page.keyboard.press("l");
    await page.waitForSelector("[data-live=gone]");
    complaints.length = 0; // that the server is gone
    await say({ figure: await figure(), state: await state() });
    await page.waitForSelector("[data-live=following]");
    await page.keyboard.press("+");
    await page.waitForSelector("[data-live=paused]");
    complaints.length = 0; // that it was gone until now
    await say({ figure: await figure(), state: await state() });
    await page.keyboard.press("l");
    await page.waitForSelector("[data-live=following]");
    complaints.length = 0; // that it was gone until now
    return { figure: await figure(), state: await state() };
  },

  // As it is printed: how many sheets, and what the page says where nothing is to be drawn.
  async printed() {
    const page = await open();
    const sheets = (await page.pdf({ preferCSSPageSize: true })).toString("latin1").match(/\/Type \/Page\b/g).length;
    return { sheets };
  },

  async imported() {
    const page = await open();
    const map = await textOf(page, "[data-readout=map]");
    const addresses = await page.evaluate(() => {
      const titles = [...document.querySelectorAll("#live thead th")].map((head) => head.textContent.replace(/ [▴▾]$/, ""));
      return [...document.querySelectorAll("#live tbody tr")].map((row) => row.cells[titles.indexOf("address")].textContent);
    });
    return { map, addresses, canvases: await page.locator("#map").count(), badges: await page.locator(".badges").innerText() };
  },

  async keys() {
    const page = await open();
    const timeline = () => textOf(page, "[data-readout=timeline]");
    const pool = () => page.locator(".pool.chosen").getAttribute("data-pool");
    const theme = () => page.evaluate(() => document.documentElement.dataset.theme);
    const press = async (key, read) => (await page.keyboard.press(key), read());
    return {
      at_peak: await timeline(),
      before_peak: await press("ArrowLeft", timeline),
      at_end: await press("n", timeline),
      at_peak_again: await press("p", timeline),
      tab: await press("3", () => textOf(page, "[role=tab][aria-selected=true]")),
      pool_before: await pool(),
      pool_after: await press("]", pool),
      theme: await press("t", theme),
      theme_again: await press("t", theme),
    };
  },

  // The time that is drawn at first, the whole, and the first again.
  async range() {
    const page = await open();
    const shown = () => textOf(page, ".pool-title");
    const first = await shown();
    const opened = { first, hash: new URL(page.url()).hash };
    await page.getByRole("button", { name: "whole time" }).click();
    await page.waitForFunction(() => location.hash === "#range=whole");
    const whole = await shown();
    const linked = await textOf(await open("#range=whole"), ".pool-title");
    await page.keyboard.press("0");
    const again = await shown();
    await page.keyboard.press("w");
    return { ...opened, whole, linked, again, by_key: await shown() };
  },

  // Pictures of every view, half as large, held against those that are kept: the share of pixels that differ.
  async pictures() {
    const differing = {};
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, deviceScaleFactor: 0.5, reducedMotion: "reduce" });
    const judge = await context.newPage();
    for (const { name, page: file, theme, hash, part } of asked.pictures) {
      const page = await context.newPage();
      await page.emulateMedia({ colorScheme: theme });
      page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
      await page.goto(`file://${file}${hash}`);
      await page.waitForSelector("main");
      await page.waitForTimeout(50); // the canvases are painted after the first layout
      const picture = (await (part ? page.locator(part) : page).screenshot()).toString("base64");
      await page.close();
      const kept = `${asked.kept}/${name}.png`;
      if (asked.update) writeFileSync(kept, Buffer.from(picture, "base64"));
      if (!existsSync(kept)) continue;
      differing[name] = await judge.evaluate(shareOfPixelsThatDiffer, [picture, readFileSync(kept).toString("base64")]);
    }
    return { differing };
  },

  // What is too flat to be read, cut or reaches out at the right; on a phone also what leaves a hole below it.
  async readable() {
    const context = await browser.newContext({ viewport: asked.viewport, reducedMotion: "reduce" });
    const page = await context.newPage();
    page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
    await page.goto(`file://${asked.page}`);
    await page.waitForSelector("main");
    const found = [];
    for (const tab of ["live", "peak", "leaks", "growth", "sizes", "failures", "cores", "headroom", "notes"]) {
      await page.click(`#tab-${tab}`);
      await page.waitForTimeout(50);
      const wrong = await page.evaluate(() => {
        const said = [];
        for (const picture of document.querySelectorAll("canvas, .cells, .core-grid, .core-column, .beside")) {
          const { width, height, right } = picture.getBoundingClientRect();
          const name = picture.id || picture.className || picture.localName;
          if (width < 40 || height < 60) said.push(`${name} is ${Math.round(width)} x ${Math.round(height)}`);
          if (right > innerWidth) said.push(`${name} reaches to ${Math.round(right)}`);
        }
        for (const cut of document.querySelectorAll("h1, h2 small, .readout, .summary, .explanation p, .explanation ul")) {
          if (cut.scrollWidth > cut.clientWidth + 1) said.push(`cut: ${cut.textContent}`);
        }
        const pools = document.querySelector(".pools");
        const hole = pools.getBoundingClientRect().bottom - pools.lastElementChild.getBoundingClientRect().bottom;
        if (innerWidth < 900 && hole > 40) said.push(`a hole of ${Math.round(hole)} below the pools`);
        if (document.documentElement.scrollWidth > innerWidth) said.push("the page is wider than the screen");
        return said;
      });
      found.push(...wrong.map((words) => `${tab}: ${words}`));
    }
    return { found };
  },

  async names() {
    const page = await open();
    for (const tab of ["leaks", "growth", "sizes", "failures", "cores", "headroom", "notes", "peak", "live"]) await page.click(`#tab-${tab}`);
    const shown = await page.evaluate(
      (names) => {
        const cells = new Set([...document.querySelectorAll("#live td")].map((cell) => cell.textContent));
        return names.filter((name) => cells.has(name));
      },
      asked.names,
    );
    const foreign = await page.evaluate(() =>
      [...document.querySelectorAll("body *")].map((element) => element.localName).filter((name) => /^(img|iframe|a|svg|object|embed|style|link)$/.test(name)),
    );
    const scripts = await page.evaluate(() => document.querySelectorAll("script").length);
    return {
      shown,
      foreign_elements: scripts === 2 ? foreign : [...foreign, `${scripts} scripts`],
      pwned: await page.evaluate(() => window.pwned ?? null),
    };
  },
};

try {
  const seen = await { ...views, ...viewsOf(Object.assign(open, { browser }), textOf) }[what]();
  console.log(JSON.stringify({ ...seen, complaints }));
} finally {
  await browser.close();
}

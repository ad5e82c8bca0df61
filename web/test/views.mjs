// What tests/page/views_test.py asks of a page, for browser.mjs.
export const viewsOf = (open, textOf) => ({
  // What is told of a program that did not fit, and of a core that is chosen instead.
  async clash() {
    const page = await open();
    await page.click("#tab-cores");
    const told = async () => ({
      overlap: Number(await page.locator("[data-overlap]").getAttribute("data-overlap")),
      verdict: await textOf(page, "[data-overlap]"),
      stretches: await page.evaluate(() =>
        [...document.querySelectorAll("#core tbody tr")].map((row) => [row.cells[2].textContent.trim(), row.cells[3].textContent, Number(row.querySelector("[data-bytes]").dataset.bytes)]),
      ),
    });
    const first = await told();
    await page.locator(".core").nth(1).click();
    const other = await told();
    await page.selectOption("#panel select", "");
    const again = (await told()).stretches;
    await page.click("#tab-failures");
    if (await page.locator("[data-show-failure]").count()) await page.click("[data-show-failure]");
    return { ...first, other: other.stretches, again, shown: await textOf(page, "[role=tab][aria-selected=true]") };
  },

  async headroom() {
    const page = await open();
    await page.click("#tab-headroom");
    const rows = await page.evaluate(() =>
      [...document.querySelectorAll("#headroom tbody tr")].map((row) => [row.cells[0].textContent, ...[...row.querySelectorAll("[data-bytes]")].map((cell) => Number(cell.dataset.bytes))]),
    );
    const heads = await page.locator("#headroom thead th").allInnerTexts();
    return { rows, heads, failed: await page.locator("[data-failed]").allInnerTexts() };
  },

  // Each cell of the icicle: what is written in it, whether that fits, and what its pointer and the focus tell.
  async owners() {
    const page = await open();
    const cells = page.locator(".icicle button.cell");
    const found = [];
    for (let i = 0; i < (await cells.count()); ++i) {
      const cell = cells.nth(i);
      const text = await cell.evaluate((of) => ({
        name: of.dataset.name,
        written: of.querySelector("[aria-hidden]").textContent,
        width: of.getBoundingClientRect().width,
        cut: of.scrollWidth > of.clientWidth || of.getBoundingClientRect().right > of.parentElement.getBoundingClientRect().right + 1,
      }));
      await cell.focus();
      const focused = await textOf(page, "[data-readout=who]");
      found.push({ ...text, title: await cell.getAttribute("title"), focused });
    }
    return { found };
  },

  // How soon the page is painted, and how often a second while it is zoomed at every frame; likewise a page with nothing in it,
  // for bench/page_paint.
  async paint() {
    const frames = (page, zooms) =>
      page.evaluate(async (zoomed) => {
        const picture = !zoomed ? null : document.getElementById("timeline");
        const box = picture?.getBoundingClientRect();
        const next = () => new Promise(requestAnimationFrame);
        const begin = await next();
        let count = 0;
        let now = begin;
        for (; now - begin < 4000; ++count) {
          const at = { clientX: box?.left + box?.width / 3, clientY: box?.top + 40, deltaY: count % 40 < 20 ? -100 : 100 };
          picture?.dispatchEvent(new WheelEvent("wheel", { ...at, bubbles: true, cancelable: true }));
          now = await next();
        }
        return (count * 1000) / (now - begin);
      }, zooms);
    const empty = await open.browser.newPage({ viewport: { width: 1280, height: 800 } });
    await empty.setContent("<p>nothing</p>");
    const none = await frames(empty, false);
    const page = await open();
    const painted = await page.evaluate(async () => {
      await new Promise(requestAnimationFrame);
      await new Promise((done) => setTimeout(done));
      return [performance.now(), performance.getEntriesByName("first-contentful-paint")[0]?.startTime];
    });
    return { first_paint_ms: painted[1], all_painted_within_ms: painted[0], frames: await frames(page, true), frames_of_nothing: none };
  },

  // What is said of the peak on each axis, and what is said to be missing there.
  async missing() {
    const page = await open("#tab=notes");
    const seen = async () => ({
      axis: await page.locator("[data-axis]").getAttribute("data-axis"),
      op: (await page.locator("[data-op]").count()) ? await page.locator("[data-op]").getAttribute("data-op") : null,
      notes: await page.locator("#notes li").allInnerTexts(),
    });
    const first = await seen();
    await page.keyboard.press("e");
    return { seen: [first, await seen()] };
  },

  // The same moment on both axes.
  async axes() {
    const page = await open();
    const seen = async () => ({ timeline: await textOf(page, "[data-readout=timeline]"), axis: await page.locator("[data-axis]").getAttribute("data-axis") });
    const first = await seen();
    await page.keyboard.press("e");
    const second = await seen();
    await page.waitForFunction(() => location.hash.includes("axis="));
    const hash = new URL(page.url()).hash;
    const linked = await open(hash);
    const { axis } = await linked.evaluate(() => document.querySelector("[data-axis]").dataset);
    await page.locator("[data-axis]").click();
    return { first, second, hash, linked: axis, again: await seen() };
  },
});

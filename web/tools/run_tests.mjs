// Runs the unit tests: each is bundled, as TypeScript is not what Node.js reads, and given to its test runner.
import { build } from "esbuild";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

const folder = mkdtempSync(join("build", "tests-"));
const tests = readdirSync("test").filter((name) => name.endsWith("_test.ts"));
await build({
  entryPoints: tests.map((name) => join("test", name)),
  outdir: folder,
  outExtension: { ".js": ".mjs" },
  bundle: true,
  format: "esm",
  platform: "node",
});
const done = spawnSync(process.execPath, ["--test", ...tests.map((name) => join(folder, name.replace(/\.ts$/, ".mjs")))], {
  stdio: "inherit",
});
rmSync(folder, { recursive: true });
process.exit(done.status ?? 1);

// One script and one style sheet, which tools/assemble.mjs puts into one HTML file.
export default {
  logLevel: "warn",
  build: {
    target: "es2022",
    outDir: "build",
    modulePreload: false,
    cssCodeSplit: false,
    rollupOptions: {
      input: "src/main.tsx",
      output: { format: "iife", entryFileNames: "page.js", assetFileNames: "page[extname]" },
    },
  },
};

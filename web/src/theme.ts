// Light or dark: as the system says, until somebody switches. It is kept where the browser keeps such things for files.

function store(theme: string | null): string | null {
  try {
    if (theme !== null) localStorage.setItem("ttmem theme", theme);
    return localStorage.getItem("ttmem theme");
  } catch {
    return theme; // a page from a file may have none
  }
}

export function applyTheme(): void {
  const kept = store(null);
  if (kept === "light" || kept === "dark") document.documentElement.dataset.theme = kept;
}

export function switchTheme(): void {
  const now = document.documentElement.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  const next = now === "dark" ? "light" : "dark";
  document.documentElement.dataset.theme = next;
  store(next);
  window.dispatchEvent(new Event("themechange"));
}

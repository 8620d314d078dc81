/** Which colours were chosen, on this device. Without React, for the page's first script has to know. */
export type Theme = "system" | "light" | "dark";

const KEY = "frameloop-theme";
const DARK = "(prefers-color-scheme: dark)";

export function storedTheme(): Theme {
  const value = localStorage.getItem(KEY);
  return value === "light" || value === "dark" ? value : "system";
}

export function applyTheme(theme: Theme = storedTheme()): void {
  const system = matchMedia(DARK).matches ? "dark" : "light";
  document.documentElement.dataset.theme = theme === "system" ? system : theme;
}

export function chooseTheme(theme: Theme): void {
  if (theme === "system") localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, theme);
  applyTheme(theme);
}

export function followSystem(): void {
  matchMedia(DARK).addEventListener("change", () => applyTheme());
}

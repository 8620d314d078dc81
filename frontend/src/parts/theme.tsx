import { useState } from "react";
import { Icon, type IconName } from "./icon";

export type Theme = "system" | "light" | "dark";
const KEY = "frameloop-theme";
const NEXT: Record<Theme, Theme> = { system: "light", light: "dark", dark: "system" };
const ICONS: Record<Theme, IconName> = { system: "system", light: "sun", dark: "moon" };
const TITLES: Record<Theme, string> = {
  system: "Colours: system",
  light: "Colours: light",
  dark: "Colours: dark",
};
const dark = matchMedia("(prefers-color-scheme: dark)");

export function storedTheme(): Theme {
  const value = localStorage.getItem(KEY);
  return value === "light" || value === "dark" ? value : "system";
}

export function applyTheme(theme: Theme = storedTheme()): void {
  if (theme === "system") localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, theme);
  document.documentElement.dataset.theme = theme === "system" ? (dark.matches ? "dark" : "light") : theme;
}

dark.addEventListener("change", () => applyTheme());

/** Goes round: as the system, light, dark. */
export function ThemeButton({ className, bare }: { className: string; bare?: boolean }) {
  const [theme, setTheme] = useState(storedTheme);
  const change = () => {
    applyTheme(NEXT[theme]);
    setTheme(NEXT[theme]);
  };
  return (
    <button className={className} onClick={change} aria-label={TITLES[theme]} title={TITLES[theme]}>
      <Icon name={ICONS[theme]} />
      {!bare && <span className="nav-text">{TITLES[theme]}</span>}
    </button>
  );
}

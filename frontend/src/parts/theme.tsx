import { useState } from "react";
import { chooseTheme, storedTheme, type Theme } from "./colours";
import { Icon, type IconName } from "./icon";

const NEXT: Record<Theme, Theme> = { system: "light", light: "dark", dark: "system" };
const ICONS: Record<Theme, IconName> = { system: "system", light: "sun", dark: "moon" };
const TITLES: Record<Theme, string> = {
  system: "Colours: system",
  light: "Colours: light",
  dark: "Colours: dark",
};

/** Goes round: as the system, light, dark. */
export function ThemeButton({ className, bare }: { className: string; bare?: boolean }) {
  const [theme, setTheme] = useState(storedTheme);
  const change = () => {
    chooseTheme(NEXT[theme]);
    setTheme(NEXT[theme]);
  };
  return (
    <button className={className} onClick={change} aria-label={TITLES[theme]} title={TITLES[theme]}>
      <Icon name={ICONS[theme]} />
      {!bare && <span className="nav-text">{TITLES[theme]}</span>}
    </button>
  );
}

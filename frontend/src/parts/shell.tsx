import { useQueryClient } from "@tanstack/react-query";
import { Suspense, useState } from "react";
import { Link, Outlet } from "react-router";
import { api } from "../api/client";
import { useSession } from "./session";
import { applyTheme, storedTheme, type Theme } from "./theme";

const NEXT: Record<Theme, Theme> = { system: "light", light: "dark", dark: "system" };

export function Shell() {
  const { session, user } = useSession();
  const client = useQueryClient();
  const signOut = async () => {
    await api.DELETE("/api/session/");
    client.clear();
    location.assign("/");
  };
  return (
    <div className="shell">
      <header className="top">
        <Link className="brand" to="/"><img src="/static/icon.svg" alt="" />Frameloop</Link>
        <span className="spacer" />
        <ThemeButton />
        <Link className="button quiet small" to="/account">{user.username}</Link>
        <button className="button quiet small" onClick={() => void signOut()}>Sign out</button>
      </header>
      <Suspense fallback={<main className="page" />}><Outlet /></Suspense>
      <footer className="foot">
        <span>Frameloop {session.version}</span>
        <span>Free software under AGPL-3.0-or-later: <a href={session.source}>source of this version</a></span>
      </footer>
    </div>
  );
}

export function ThemeButton() {
  const [theme, setTheme] = useState(storedTheme);
  const change = () => {
    applyTheme(NEXT[theme]);
    setTheme(NEXT[theme]);
  };
  return <button className="button quiet small" onClick={change} title="Colours: system, light or dark" aria-label={`Colours: ${theme}`}>{theme === "dark" ? "☾" : theme === "light" ? "☀" : "◐"}</button>;
}

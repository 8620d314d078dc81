/** How somebody has set the labeling screen; what is left out is as it comes. The server keeps it. */
export type ScreenSettings = { keys?: Record<string, string>; timer?: boolean };

type Kept = Pick<Storage, "getItem" | "setItem" | "removeItem">;

const nameOf = (user: number) => `frameloop-screen-${user}`;

/** What this browser has changed and the server has not taken yet. */
export function unsentSettings(kept: Kept, user: number): ScreenSettings | null {
  try {
    const settings: unknown = JSON.parse(kept.getItem(nameOf(user)) ?? "null");
    return typeof settings === "object" ? settings : null;
  } catch {
    return null;
  }
}

export function keepSettings(kept: Kept, user: number, settings: ScreenSettings): void {
  kept.setItem(nameOf(user), JSON.stringify(settings));
}

/** The server has them; what was changed in the meantime stays to be sent. */
export function settingsSent(kept: Kept, user: number, settings: ScreenSettings): void {
  if (kept.getItem(nameOf(user)) === JSON.stringify(settings)) kept.removeItem(nameOf(user));
}

import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import { api, need } from "../../api/client";
import { type Session, useSession } from "../../parts/session";
import { keepSettings, type ScreenSettings, settingsSent, unsentSettings } from "../../store/settings";

/** How the person has set the screen: known with the session, kept by the server, and until then by this browser. */
export function useSettings(): [ScreenSettings, (change: ScreenSettings) => void] {
  const { session, user } = useSession();
  const client = useQueryClient();
  const [settings, setSettings] = useState(() => unsentSettings(localStorage, user.id) ?? session.settings);
  const sending = useRef(false);
  const send = useCallback(async () => {
    if (sending.current) return;
    sending.current = true;
    // One after another, or an older one could arrive last.
    for (;;) {
      const unsent = unsentSettings(localStorage, user.id);
      const taken =
        unsent && (await need(api.PUT("/api/session/settings/", { body: unsent })).catch(() => null));
      if (!taken) break;
      settingsSent(localStorage, user.id, unsent);
      client.setQueryData<Session>(["session"], (now) => now && { ...now, settings: taken });
    }
    sending.current = false;
  }, [client, user.id]);
  useEffect(() => {
    const online = () => void send();
    online();
    window.addEventListener("online", online);
    return () => window.removeEventListener("online", online);
  }, [send]);
  const change = (part: ScreenSettings) => {
    const next = { ...settings, ...part };
    setSettings(next);
    keepSettings(localStorage, user.id, next);
    void send();
  };
  return [settings, change];
}

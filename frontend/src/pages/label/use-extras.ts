import { useEffect, useState } from "react";

type Extras = typeof import("./extras");

const IDLE_MS = 3000;

/** The panels that are opened seldom: fetched when the first images are there, so that they open without a network. */
export function useExtras(wanted: boolean): { extras: Extras | null; failed: boolean; again: () => void } {
  const [extras, setExtras] = useState<Extras | null>(null);
  const [failed, setFailed] = useState(false);
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    if (extras) return;
    let gone = false;
    const load = () =>
      void import("./extras").then(
        (module) => gone || setExtras(module),
        () => gone || setFailed(true),
      );
    const timer = setTimeout(load, wanted ? 0 : IDLE_MS);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [extras, wanted, turn]);
  return {
    extras,
    failed,
    again: () => {
      setFailed(false);
      setTurn((now) => now + 1);
    },
  };
}

import { useEffect, useState } from "react";
import { grouped } from "../../parts/format";
import type { Queue } from "../../store/queue";

/** How long the image has been looked at, and the pace: for the labeler's eyes alone, and no screen reader's news. */
export function Timer({ queue, image }: { queue: Queue; image: number }) {
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => document.hidden || tick((now) => now + 1), 1000);
    return () => clearInterval(timer);
  }, [image]);
  const seconds = Math.floor(queue.openFor() / 1000);
  const pace = queue.pace();
  return (
    <span
      className="timer"
      aria-hidden
      title="Time on this image, and labels an hour by your last ones. Only you see this; a key takes it away."
    >
      <span>{`${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`}</span>
      <span className="pace">{pace === null ? "" : `${grouped(Math.round(pace))}/h`}</span>
    </span>
  );
}

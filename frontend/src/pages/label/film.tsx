import { memo } from "react";
import type { Project } from "../../api/client";
import { thumbnailUrl } from "../../canvas/picture";
import { colored } from "../../parts/notes";
import type { Entry } from "../../store/entry";

type Props = {
  entries: readonly Entry[];
  index: number;
  categories: Project["categories"];
  go: (index: number) => void;
};

const FRAMES = 12;
const BEFORE = 7;

/** What was labeled just now, and what comes. */
export function Film({ entries, index, categories, go }: Props) {
  const from = Math.max(0, Math.min(index - BEFORE, entries.length - FRAMES));
  return (
    <nav className="film" aria-label="Neighbouring images">
      {entries.slice(from, from + FRAMES).map((entry, n) => (
        <Frame
          key={entry.item.image.id}
          entry={entry}
          color={categories.find((category) => category.name === entry.label)?.color}
          here={from + n === index}
          at={from + n}
          go={go}
        />
      ))}
    </nav>
  );
}

type FrameProps = {
  entry: Entry;
  color: string | undefined;
  here: boolean;
  at: number;
  go: (index: number) => void;
};

const Frame = memo(function Frame({ entry, color, here, at, go }: FrameProps) {
  const mark = entry.error ? "not saved" : (entry.label ?? (entry.skipped ? "skipped" : ""));
  return (
    <button
      className={`frame${here ? " here" : ""}${mark ? " done" : ""}`}
      style={colored(color)}
      onClick={() => go(at)}
      aria-current={here}
      aria-label={`${entry.item.image.name}${mark ? `, ${mark}` : ""}`}
    >
      <img src={thumbnailUrl(entry.item.image.id)} alt="" />
      {mark && <span className="mark">{mark}</span>}
    </button>
  );
});

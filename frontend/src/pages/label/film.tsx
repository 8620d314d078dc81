import { memo } from "react";
import type { Project } from "../../api/client";
import { thumbnailUrl } from "../../api/addresses";
import { Icon } from "../../parts/icon";
import { colored } from "../../parts/notes";
import type { Entry } from "../../store/entry";
import { inShort } from "../../store/labels";

type Props = {
  entries: readonly Entry[];
  index: number;
  categories: Project["categories"];
  go: (index: number) => void;
  /** Whether to mark images that somebody has commented on. */
  comments: boolean;
};

const AROUND = 5;

/** What was labeled just now, and what comes; the one on screen always stands in the middle. */
export function Film({ entries, index, categories, go, comments }: Props) {
  const places = Array.from({ length: 2 * AROUND + 1 }, (_, n) => index - AROUND + n);
  return (
    <nav className="film" aria-label="Neighbouring images">
      {places.map((at) => {
        const entry = entries[at];
        return entry ? (
          <Frame
            key={entry.item.image.id}
            entry={entry}
            color={categories.find((category) => category.name === entry.result?.category)?.color}
            here={at === index}
            commented={comments && entry.item.commented}
            at={at}
            go={go}
          />
        ) : (
          <span key={at} className="no-frame" />
        );
      })}
    </nav>
  );
}

type FrameProps = {
  entry: Entry;
  color: string | undefined;
  here: boolean;
  commented: boolean;
  at: number;
  go: (index: number) => void;
};

const Frame = memo(function Frame({ entry, color, here, commented, at, go }: FrameProps) {
  const mark = entry.conflict
    ? "to decide"
    : entry.error
      ? "not saved"
      : entry.result
        ? inShort(entry.result)
        : entry.skipped
          ? "skipped"
          : "";
  return (
    <button
      className={`frame${here ? " here" : ""}${mark ? " done" : ""}`}
      style={colored(color)}
      onClick={() => go(at)}
      aria-current={here}
      aria-label={`${entry.item.image.name}${mark ? `, ${mark}` : ""}${commented ? ", with comments" : ""}`}
    >
      <img src={thumbnailUrl(entry.item.image.id)} alt="" />
      {mark && <span className="mark">{mark}</span>}
      {commented && (
        <span className="commented">
          <Icon name="comment" size={12} />
        </span>
      )}
    </button>
  );
});

import { type KeyboardEvent, memo, useEffect, useLayoutEffect, useRef, useState } from "react";
import { Icon } from "../../../parts/icon";
import { colored, Dot } from "../../../parts/notes";
import type { BoxDocument, BoxesState } from "../../../store/boxes";
import { isShown, type Origin, originOf, type Region } from "../../../store/regions";
import { score } from "./use-deeds";

const ROW = 34; // pixels of the page
const AROUND = 6; // rows above and below those in sight

const WORDS: Record<Origin, string> = {
  drawn: "drawn",
  predicted: "pre-label",
  accepted: "accepted",
  corrected: "corrected",
  rejected: "rejected",
};

type Props = {
  document: BoxDocument;
  boxes: BoxesState;
  colors: ReadonlyMap<string, string>;
  choose: (region: Region) => void;
};

/** Every box in a list, the newest at the end: also the way to them for whoever does not see the canvas. */
export function Regions({ document, boxes, colors, choose }: Props) {
  const list = useRef<HTMLDivElement>(null);
  const [from, setFrom] = useState(0);
  const [height, setHeight] = useState(400);
  const rows = boxes.regions.filter((region) => isShown(region, boxes.confidence));
  const at = rows.findIndex(({ id }) => id === boxes.selected);
  useLayoutEffect(() => {
    const element = list.current;
    if (!element) return;
    const observer = new ResizeObserver(() => setHeight(element.clientHeight));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    const element = list.current;
    if (!element || at < 0) return;
    const top = at * ROW;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + ROW > element.scrollTop + element.clientHeight)
      element.scrollTop = top + ROW - element.clientHeight;
  }, [at]);
  const keys = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1, Home: -rows.length, End: rows.length }[event.key];
    if (!step || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    event.stopPropagation();
    const next = rows[Math.max(0, Math.min(rows.length - 1, (at < 0 && step > 0 ? -1 : at) + step))];
    if (next) choose(next);
  };
  const first = Math.max(0, Math.floor(from / ROW) - AROUND);
  const last = Math.min(rows.length, Math.ceil((from + height) / ROW) + AROUND);
  return (
    <div
      className="regions"
      ref={list}
      role="listbox"
      aria-label="Boxes"
      aria-activedescendant={at >= first && at < last ? `box-${boxes.selected}` : undefined}
      tabIndex={0}
      onKeyDown={keys}
      onScroll={(event) => setFrom(event.currentTarget.scrollTop)}
    >
      <div className="regions-rows" style={{ height: rows.length * ROW }} role="presentation">
        {rows.slice(first, last).map((region, n) => (
          <Row
            key={region.id}
            region={region}
            place={first + n}
            total={rows.length}
            color={colors.get(region.category)}
            chosen={region.id === boxes.selected}
            hidden={boxes.hidden.has(region.id)}
            locked={boxes.locked.has(region.id)}
            document={document}
            choose={choose}
          />
        ))}
      </div>
    </div>
  );
}

type RowProps = {
  region: Region;
  place: number;
  total: number;
  color: string | undefined;
  chosen: boolean;
  hidden: boolean;
  locked: boolean;
  document: BoxDocument;
  choose: (region: Region) => void;
};

const Row = memo(function Row(props: RowProps) {
  const { region, place, total, color, chosen, hidden, locked, document, choose } = props;
  const origin = originOf(region);
  const { id } = region;
  return (
    <div
      id={`box-${id}`}
      className={`region${chosen ? " chosen" : ""}${hidden ? " unseen" : ""} ${origin}`}
      style={{ ...colored(color), top: place * ROW }}
      role="option"
      aria-selected={chosen}
      aria-posinset={place + 1}
      aria-setsize={total}
      onClick={() => choose(region)}
    >
      <Dot />
      <span className="clip grow">{region.category}</span>{" "}
      <span className="muted small">{WORDS[origin]}</span>{" "}
      <span className="share">{origin !== "drawn" && score(region)}</span>
      <span className="visually-hidden">
        {hidden && " hidden"}
        {locked && " locked"}
      </span>
      <Part
        icon="evidence"
        on={hidden}
        title={hidden ? "Show" : "Hide"}
        act={() => document.toggle("hidden", id)}
      />
      <Part
        icon="lock"
        on={locked}
        title={locked ? "Unlock" : "Lock"}
        act={() => document.toggle("locked", id)}
      />
      <Part icon="bin" on={false} title="Delete" act={() => document.remove(id)} />
    </div>
  );
});

type PartProps = { icon: "evidence" | "lock" | "bin"; on: boolean; title: string; act: () => void };

/** For the mouse and fingers; the keyboard has its own keys for the chosen box. */
function Part({ icon, on, title, act }: PartProps) {
  return (
    <span
      className={`region-part${on ? " on" : ""}`}
      title={title}
      data-act={title}
      aria-hidden
      onClick={(event) => {
        event.stopPropagation();
        act();
      }}
    >
      <Icon name={icon} size={15} />
    </span>
  );
}

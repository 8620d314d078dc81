import { useEffect, useRef } from "react";
import { matteUrl, thumbnailUrl } from "../../api/addresses";
import type { Project } from "../../api/client";
import { colored, Dot } from "../../parts/notes";
import { Sheet } from "../../parts/sheet";
import { inWords } from "../../api/results";
import type { Label } from "../../store/labels";
import { isComment, type Operation, resultOf } from "../../store/outbox";
import { LabeledThumb } from "./labeled-thumb";
import type { Held } from "./use-labeling";

export type Decide = (operation: Operation, mine: boolean) => void;

type Props = { close: () => void; held: Held; categories: Project["categories"]; decide: Decide };

/** What the server did not take, one after another: why, and both versions to choose from. */
export function Conflicts({ close, held, categories, decide }: Props) {
  const panel = useRef<HTMLDivElement>(null);
  const count = held.length;
  // The button that was pressed is gone: the next one to press takes the focus, and after the last one labeling goes on.
  useEffect(() => {
    if (count) panel.current?.querySelector("button")?.focus();
    else close();
  }, [count, close]);
  return (
    <Sheet title={count > 1 ? `${count} to decide` : "To decide"} close={close} broad>
      <div className="stack wide" ref={panel}>
        {held.map((operation) =>
          isComment(operation) ? (
            <Refused key={operation.id} operation={operation} decide={decide} />
          ) : (
            <Conflict key={operation.id} operation={operation} categories={categories} decide={decide} />
          ),
        )}
      </div>
    </Sheet>
  );
}

type OneProps = { operation: Operation; decide: Decide };

function Conflict({ operation, categories, decide }: OneProps & Pick<Props, "categories">) {
  const mine = resultOf(operation) ?? {};
  const current = operation.refusal?.current ?? null;
  const now = current?.result;
  const colorOf = (name: string | undefined) => categories.find((one) => one.name === name)?.color;
  // Boxes and mattes are told apart on the picture: each of the two versions has its own.
  const picture = (label: Label | undefined) =>
    label?.alpha ? (
      <img className="matte-thumb" src={matteUrl(label.alpha)} alt="" />
    ) : (
      <LabeledThumb
        image={operation.image}
        size={operation.size}
        label={label ?? {}}
        categories={categories}
      />
    );
  if (mine.boxes || mine.alpha) {
    return (
      <section className="stack" aria-label={operation.name ?? "An image"}>
        <p className="break">
          <b>{operation.name}</b> {explained(operation)}
        </p>
        <div className="versions">
          <button className="version-choice" onClick={() => decide(operation, true)}>
            {picture(mine)}
            <b className="break">{inWords(mine)}</b>
            <span className="muted small">{current?.mine ? "What I said last" : "Mine"}: send it</span>
          </button>
          <button className="version-choice" onClick={() => decide(operation, false)}>
            {picture(now)}
            <b className="break">{now ? inWords(now) : "Leave it"}</b>
            <span className="muted small">{now ? `${standsAs(current?.mine)}: keep it` : "Drop mine"}</span>
          </button>
        </div>
      </section>
    );
  }
  return (
    <section className="conflict" aria-label={operation.name ?? "An image"}>
      <img src={thumbnailUrl(operation.image)} alt={operation.name ?? ""} />
      <div className="stack">
        <p className="break">{explained(operation)}</p>
        <div className="versions">
          <button
            className="choice"
            style={colored(colorOf(mine.category))}
            onClick={() => decide(operation, true)}
          >
            <Dot />
            <span className="stack close">
              <b className="break">{mine.category}</b>
              <span className="muted small">{current?.mine ? "What I said last" : "Mine"}: send it</span>
            </span>
          </button>
          <button
            className="choice"
            style={colored(colorOf(now?.category))}
            onClick={() => decide(operation, false)}
          >
            <Dot />
            <span className="stack close">
              <b className="break">{now?.category ?? "Leave it"}</b>
              <span className="muted small">{now ? `${standsAs(current?.mine)}: keep it` : "Drop mine"}</span>
            </span>
          </button>
        </div>
      </div>
    </section>
  );
}

function standsAs(mine: boolean | undefined): string {
  return mine ? "Mine, as it stands" : "Somebody else’s, as it stands";
}

function explained({ refusal }: Operation): string {
  const current = refusal?.current;
  if (current?.mine) {
    return "You labeled this image otherwise in another window: which of your two labels is right?";
  }
  if (current) return "In the meantime somebody else’s label came to stand on this image.";
  return "Your earlier label does not stand any more: it was undone, or a reviewer has decided on the image.";
}

function Refused({ operation, decide }: OneProps) {
  return (
    <section className="conflict" aria-label={`Comment on ${operation.name ?? "an image"}`}>
      <img src={thumbnailUrl(operation.image)} alt={operation.name ?? ""} />
      <div className="stack">
        <p className="break">Your comment was not taken: {operation.refusal?.detail}</p>
        <p className="break said note">{(operation.body as { text: string }).text}</p>
        <div className="row">
          <button className="button primary" onClick={() => decide(operation, true)}>
            Send it again
          </button>
          <button className="button" onClick={() => decide(operation, false)}>
            Drop it
          </button>
        </div>
      </div>
    </section>
  );
}

import { type InfiniteData, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { api, type ImageRow, need, type Project, type Schemas } from "../../api/client";
import { grouped, plural } from "../../parts/format";
import { Icon } from "../../parts/icon";
import { Dot, ErrorNote } from "../../parts/notes";
import { Sheet } from "../../parts/sheet";
import type { Keymap } from "../../tools/keys";
import { Key } from "../keys/keycaps";
import { useKeys } from "../keys/use-keys";
import type { Selection } from "./selection";

type Body = Schemas["BulkInputRequest"];
type Wish = Pick<Body, "action" | "category" | "split">;
type Said = { text: string; undo: string | null };
type Pages = InfiniteData<{ images: ImageRow[] }>;

const SPLITS = ["train", "val", "test"] as const;

const MOST = 10_000; // that the server takes one by one
const TOO_MANY = `At most ${grouped(MOST)} images are changed one by one: choose fewer, or all that fit.`;

type Props = {
  project: Project;
  selection: Selection;
  /** Undefined where the list is none of filters. */
  filter?: Record<string, string | string[]>;
  /** There may be skipped images among them. */
  skipped: boolean;
  listKey: unknown[];
  keymap: Keymap;
  /** Something lies over the page. */
  paused: boolean;
};

/** What can be done with the images that are chosen, and the way back from what was done last. */
export function BulkBar({ project, selection, filter, skipped, listKey, keymap, paused }: Props) {
  const client = useQueryClient();
  const [asked, ask] = useState<Wish | null>(null);
  const [busy, setBusy] = useState(false);
  const [said, setSaid] = useState<Said | null>(null);
  const [error, setError] = useState<unknown>(null);
  const { all, ids } = selection;
  const any = all || ids.size > 0;
  const manager = project.role === "manager";
  // Boxes are drawn one image at a time.
  const relabels = project.kind === "classification" ? project.categories : [];

  const send = async (body: Body): Promise<Schemas["BulkAnswer"] | null> => {
    setBusy(true);
    setError(null);
    try {
      const params = { path: { id: project.id } };
      return await need(api.POST("/api/projects/{id}/images/bulk/", { params, body }));
    } catch (problem) {
      setError(problem);
      return null;
    } finally {
      setBusy(false);
    }
  };
  /** The list anew from its beginning; without `whole` only those of other filters. */
  const renew = (whole: boolean) => {
    const images = ["images", project.id];
    client.removeQueries({ queryKey: images, type: "inactive" });
    if (whole) void client.resetQueries({ queryKey: images });
    void client.invalidateQueries({ queryKey: ["project", project.id] });
  };
  const act = async (wish: Wish) => {
    ask(null);
    if (ids.size > MOST) return setError(new Error(TOO_MANY));
    const answer = await send({ ...wish, ...(all ? { filter } : { ids: [...ids] }) });
    if (!answer) return;
    const left = all ? 0 : ids.size - answer.changed;
    const rest = left ? `, ${grouped(left)} left as ${left === 1 ? "it was" : "they were"}` : "";
    const text = `${plural(answer.changed, "image")} ${DONE[wish.action](wish)}${rest}`;
    setSaid({ text, undo: answer.undo });
    if (!all) client.setQueryData<Pages>(listKey, (pages) => pages && changed(pages, ids, wish));
    renew(all);
    selection.clear();
  };
  const undo = async (which: string) => {
    const answer = await send({ action: "undo", undo: which });
    if (!answer) return;
    setSaid({ text: `${plural(answer.changed, "image")} as before`, undo: null });
    renew(true);
  };
  const wish = (next: Wish) => (all ? ask(next) : void act(next));
  const listens = any && !paused && !asked && !busy;
  useKeys({
    screen: "images",
    keymap,
    categories: relabels,
    paused: !listens,
    once: true,
    act: (action) => action === "images_delete" && manager && wish({ action: "delete" }),
    submit: (category) => wish({ action: "relabel", category }),
  });
  useEscape(listens, selection.clear);

  if (!any && !said && !error) return null;
  return (
    <div className="bulk-bar panel" role="region" aria-label="Chosen images" aria-busy={busy}>
      <ErrorNote error={error} />
      {any ? (
        <div className="row between">
          <div className="row tight">
            <b className="number" role="status">
              {busy ? "Changing …" : all ? "All that fit" : `${grouped(ids.size)} chosen`}
            </b>
            {!all && filter && (
              <button className="button small quiet" onClick={selection.everything}>
                Choose all that fit
              </button>
            )}
            <button className="button small quiet" onClick={selection.clear}>
              Clear <kbd>Esc</kbd>
            </button>
          </div>
          <div className="row tight">
            {relabels.map(({ name, color, hotkey }) => (
              <button
                key={name}
                className="button small"
                disabled={busy}
                onClick={() => wish({ action: "relabel", category: name })}
              >
                <Dot color={color} /> {name} {hotkey && <kbd>{hotkey}</kbd>}
              </button>
            ))}
            {manager && (
              <>
                {skipped && (
                  <button
                    className="button small"
                    disabled={busy}
                    title="People will be asked for the skipped ones again"
                    onClick={() => wish({ action: "requeue" })}
                  >
                    <Icon name="repeat" /> Back to the queue
                  </button>
                )}
                <select
                  className="filter"
                  aria-label="Move to a split"
                  value=""
                  disabled={busy}
                  onChange={(event) =>
                    wish({ action: "split", split: event.target.value as (typeof SPLITS)[number] })
                  }
                >
                  <option value="">Move to …</option>
                  {SPLITS.map((split) => (
                    <option key={split}>{split}</option>
                  ))}
                </select>
                <button
                  className="button small"
                  disabled={busy}
                  title="People will get them now and then without knowing, to see how often they are right"
                  onClick={() => wish({ action: "gold" })}
                >
                  Gold
                </button>
                <button className="button small" disabled={busy} onClick={() => wish({ action: "ungold" })}>
                  Not gold
                </button>
                <button className="button small" disabled={busy} onClick={() => wish({ action: "delete" })}>
                  <Icon name="bin" /> Delete <Key action="images_delete" keymap={keymap} />
                </button>
              </>
            )}
          </div>
        </div>
      ) : (
        said && (
          <div className="row between">
            <span role="status">{said.text}.</span>
            <div className="row tight">
              {said.undo && (
                <button className="button small" disabled={busy} onClick={() => void undo(said.undo ?? "")}>
                  <Icon name="undo" /> Undo
                </button>
              )}
              <button className="button quiet icon small" aria-label="Close" onClick={() => setSaid(null)}>
                <Icon name="close" />
              </button>
            </div>
          </div>
        )
      )}
      {asked && (
        <Sheet title="All that fit" close={() => ask(null)}>
          <p>
            Every image that the filters find, also those that were not scrolled to yet, will be{" "}
            {DONE[asked.action](asked)}. {BACK[asked.action] ?? "It can be taken back for seven days."}
          </p>
          <div className="row">
            <button className="button primary" onClick={() => void act(asked)}>
              Go on
            </button>
            <button className="button" onClick={() => ask(null)}>
              Leave them
            </button>
          </div>
        </Sheet>
      )}
    </div>
  );
}

const BACK: Partial<Record<Body["action"], string>> = {
  gold: "Images that have no settled label stay as they are.",
  ungold: "They can be marked again.",
  requeue: "Images that nobody skipped stay as they are.",
};

const DONE: Record<Body["action"], (wish: Wish) => string> = {
  relabel: ({ category }) => `labeled as ${category ?? ""}`,
  split: ({ split }) => `moved to ${split ?? ""}`,
  gold: () => "marked as gold",
  ungold: () => "no longer gold",
  delete: () => "deleted",
  restore: () => "restored",
  requeue: () => "put back into the queue",
  undo: () => "as before",
};

/** The pages that are loaded, as the server has them now: to fetch a thousand pages again would take a minute. */
export function changed(pages: Pages, ids: ReadonlySet<number>, wish: Wish): Pages {
  const row = (image: ImageRow): ImageRow => {
    if (!ids.has(image.id)) return image;
    if (wish.action === "gold") return { ...image, gold: true, status: "done" };
    if (wish.action === "ungold") return { ...image, gold: false };
    if (wish.action === "requeue")
      return image.status === "skipped" ? { ...image, status: "unlabeled" } : image;
    if (wish.action === "relabel") return { ...image, category: wish.category ?? null, status: "done" };
    return { ...image, split: wish.split ?? image.split };
  };
  const rows = (images: ImageRow[]) =>
    wish.action === "delete" ? images.filter((image) => !ids.has(image.id)) : images.map(row);
  return { ...pages, pages: pages.pages.map((page) => ({ ...page, images: rows(page.images) })) };
}

function useEscape(on: boolean, clear: () => void) {
  useEffect(() => {
    if (!on) return;
    const press = (event: KeyboardEvent) => {
      const field = (event.target as Element).matches("input:not([type=checkbox]), textarea, select");
      if (event.key === "Escape" && !field) clear();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  });
}

import { useMemo, useRef, useState } from "react";
import type { Project } from "../../api/client";
import { classesOf, inWords } from "../../api/results";
import { BoxCanvas, type BoxControls } from "../../canvas/box-canvas";
import { MatteCanvas, type MatteControls } from "../../canvas/matte-canvas";
import { MATTE_VIEW } from "../../canvas/matte-views";
import { PLAIN, Picture } from "../../canvas/picture";
import { ErrorNote } from "../../parts/notes";
import { newUuid } from "../../store/uuid";
import { BRUSH } from "../../tools/matte-tool";
import type { ActionOf } from "../../tools/keys";
import { KeysSheet } from "../keys/keys-sheet";
import { Strip, type Tools } from "../keys/strip";
import { useKeymap } from "../keys/use-keymap";
import { useKeys } from "../keys/use-keys";
import { useHandKeys } from "../label/boxes/use-hand-keys";
import { stepped } from "../label/mattes/use-brush";
import { leaveFocus } from "../label/leave-focus";
import { CommentsSheet } from "./comments";
import { Nothing } from "./nothing";
import { SendBack } from "./send-back";
import { Side } from "./side";
import { TopBar } from "./top";
import { useMatteMending } from "./use-matte-mending";
import { useMending } from "./use-mending";
import { type Item, type Of, useReview } from "./use-review";

/** What lies over the screen, and of which image, whatever stands on the screen by then. */
type Open =
  | { what: "help" }
  | { what: "comments"; image: number }
  | { what: "send-back"; item: Item; label: Item["annotations"][number] };
type Props = { project: Project; of: Of; setOf: (of: Of) => void; image?: number };
type Act = ActionOf<"review">;

const BOX_TOOLS: Tools<Act>[number] = [
  { action: "review_select", icon: "pointer" },
  { action: "review_draw", icon: "box" },
];
const MATTE_TOOLS: Tools<Act>[number] = [
  { action: "review_brush", icon: "brush" },
  { action: "review_erase", icon: "eraser" },
  { action: "review_pan", icon: "hand", desktop: true },
  { action: "review_view", icon: "split" },
];
const LOOKS = ["overlay", "grey", "cutout"] as const;
const TOOLS: Tools<Act> = [
  [
    { action: "review_previous", icon: "previous" },
    { action: "review_next", icon: "next" },
  ],
  [{ action: "review_evidence", icon: "evidence" }],
  [{ action: "review_comment", icon: "comment", counts: true }],
  [{ action: "review_help", icon: "keys", desktop: true }],
];

/** The review screen: image, what people said of it, and the verdict; as the labeling screen has it. */
export function ReviewScreen({ project, of, setOf, image: begun }: Props) {
  const review = useReview(project.id, of, begun);
  const { state, busy, decide, undo, go, again } = review;
  const { keymap, ...settings } = useKeymap();
  const [focus, setFocus] = useState({ image: 0, at: 0 });
  const [open, setOpen] = useState<Open | null>(null);
  const [evidence, setEvidence] = useState(true);
  const [commented, setCommented] = useState<ReadonlySet<number>>(new Set());
  const item = state.items[state.index];
  const image = item?.image.id;
  const at = item && focus.image === image ? Math.min(focus.at, item.annotations.length - 1) : 0;
  const label = item?.annotations[at];
  const decided = item && state.decided.get(item.image.id);
  const undecided = item && label && decided === undefined;
  const boxes = project.kind === "detection";
  const view = useRef<BoxControls>(null);
  const mending = useMending(item, label, view);
  const [tool, setTool] = useState<"select" | "draw">("select");
  const [category, setCategory] = useState(project.categories[0]?.name ?? "");
  const colors = useMemo(
    () => new Map(project.categories.map(({ name, color = "" }) => [name, color])),
    [project.categories],
  );
  const mattes = project.kind === "matting";
  const matteView = useRef<MatteControls>(null);
  const matte = useMatteMending(item, label, state.decided);
  const [painting, setPainting] = useState<"brush" | "erase" | "pan">("pan");
  const [brush, setBrush] = useState(BRUSH);
  const [look, setLook] = useState<(typeof LOOKS)[number]>("overlay");
  const seen = useMemo(() => ({ ...MATTE_VIEW, name: look }), [look]);
  useHandKeys(
    mattes ? matte : mending,
    mattes ? matteView : view,
    mending.chosen,
    open !== null || !(boxes || mattes),
  );
  const close = () => setOpen(null);

  const move = (by: number) =>
    item &&
    setFocus({ image: item.image.id, at: (at + by + item.annotations.length) % item.annotations.length });
  const resize = (by: 1 | -1) => () => setBrush((now) => ({ ...now, size: stepped(now.size, by) }));
  const accept = async () => {
    if (!undecided) return;
    matteView.current?.finish();
    const result = mattes ? await matte.mended() : mending.mended();
    if (result === undefined) return; // it could not be sent, and that was said
    if (!result)
      return decide(item, label.uuid, { verdict: "accept" }, `Accepted: ${inWords(label.result)}.`);
    decide(item, label.uuid, { verdict: "accept", result }, `Mended: ${inWords(result)}.`);
  };
  const fix = (category: string) => {
    if (project.kind === "detection") {
      setCategory(category);
      return void mending.recategorise(category);
    }
    if (!undecided) return;
    if (category === label.result.category) return accept();
    decide(item, label.uuid, { verdict: "accept", result: { category } }, `Mended: ${category}.`);
  };
  const deeds: Record<Act, () => unknown> = {
    review_accept: accept,
    review_send_back: () => undecided && setOpen({ what: "send-back", item, label }),
    review_next_label: () => move(1),
    review_previous_label: () => move(-1),
    review_next: () => go(state.index + 1),
    review_previous: () => go(state.index - 1),
    review_evidence: () => setEvidence((shown) => !shown),
    review_comment: () => item && setOpen({ what: "comments", image: item.image.id }),
    review_undo: () => mending.undo() || matte.undo() || undo(),
    review_select: () => setTool("select"),
    review_draw: () => setTool("draw"),
    review_delete_box: mending.remove,
    review_brush: () => setPainting("brush"),
    review_erase: () => setPainting("erase"),
    review_pan: () => setPainting("pan"),
    review_thinner: resize(-1),
    review_thicker: resize(1),
    review_view: () => setLook((now) => LOOKS[(LOOKS.indexOf(now) + 1) % LOOKS.length]!),
    review_help: () => setOpen({ what: "help" }),
  };
  const act = (action: Act) => void deeds[action]();
  useKeys({
    screen: "review",
    keymap,
    categories: project.categories,
    paused: open !== null,
    once: true,
    act,
    submit: fix,
  });
  const before = state.items[state.index - 1];
  const left = state.items.filter((one) => !state.decided.has(one.image.id));
  return (
    <main className="lab reviewing" onMouseDown={leaveFocus}>
      <h1 className="visually-hidden">Review of {project.name}</h1>
      <TopBar project={project} review={review} of={of} setOf={setOf} keymap={keymap} />
      <Strip
        tools={boxes ? [BOX_TOOLS, ...TOOLS] : mattes ? [MATTE_TOOLS, ...TOOLS] : TOOLS}
        keymap={keymap}
        act={act}
        on={{
          review_evidence: evidence,
          review_select: tool === "select",
          review_draw: tool === "draw",
          review_brush: painting === "brush",
          review_erase: painting === "erase",
          review_pan: painting === "pan",
        }}
        off={{ review_previous: state.index === 0, review_next: !item, review_comment: !item }}
        commented={item && (item.commented || commented.has(item.image.id)) ? item.image.id : null}
      />
      {item && boxes ? (
        <BoxCanvas
          image={item.image}
          document={mending.document}
          colors={colors}
          tool={undecided ? tool : "pan"}
          category={category}
          look={PLAIN}
          names={evidence}
          newId={newUuid}
          say={() => {}}
          snap={() => Promise.resolve(null)}
          controls={view}
        />
      ) : item && mattes ? (
        <MatteCanvas
          image={item.image}
          document={evidence ? matte.document : null}
          tool={undecided ? painting : "pan"}
          brush={brush}
          look={PLAIN}
          view={seen}
          say={() => {}}
          controls={matteView}
        />
      ) : item ? (
        <Picture image={item.image} evidence={evidence ? classesOf(item.prediction?.result) : null} />
      ) : (
        <div className="stage">
          {state.phase === "failed" ? (
            <div className="center">
              <ErrorNote error={state.problem} retry={again} />
            </div>
          ) : state.phase === "loading" || state.more ? (
            <p className="center muted late">Fetching images</p>
          ) : (
            <Nothing
              project={project}
              of={of}
              done={state.decided.size}
              left={left.length}
              back={() => left[0] && go(state.items.indexOf(left[0]))}
              again={again}
            />
          )}
        </div>
      )}
      <aside className="side" aria-label="Verdict">
        <Side
          project={project}
          item={item}
          at={at}
          choose={(index) => item && setFocus({ image: item.image.id, at: index })}
          decided={decided}
          problem={state.phase === "failed" ? null : (state.problem ?? matte.problem)}
          again={state.problem ? undefined : matte.again}
          off={!undecided || busy || matte.sending}
          keymap={keymap}
          act={act}
          fix={fix}
          chosen={boxes ? (mending.document?.selected?.category ?? category) : undefined}
          mended={boxes && undecided ? mending.mended() : undecided && matte.changed ? label.result : null}
        />
      </aside>
      <p className="visually-hidden" aria-live="polite">
        {before && state.decided.get(before.image.id)}{" "}
        {item ? `${item.image.name}.` : left.length ? "This is the end." : "Nothing waits."}
      </p>
      {open?.what === "send-back" && (
        <SendBack
          author={open.label.author?.username}
          send={(comment) => {
            close();
            decide(open.item, open.label.uuid, { verdict: "reject", comment }, "Sent back.");
          }}
          close={close}
        />
      )}
      {open?.what === "comments" && (
        <CommentsSheet
          image={open.image}
          said={() => setCommented((now) => new Set(now).add(open.image))}
          close={close}
        />
      )}
      {open?.what === "help" && (
        <KeysSheet screen="review" project={project} keymap={keymap} {...settings} close={close} />
      )}
    </main>
  );
}

import type { ReactNode } from "react";
import { Icon, type IconName } from "../../../parts/icon";
import { Bar } from "../../../parts/notes";
import type { MatteDocument, MatteState } from "../../../store/matte";
import type { Keymap } from "../../../tools/keys";
import { Key, titled } from "../../keys/keycaps";
import type { MatteAction } from "./strip";
import type { MatteDeeds } from "./use-matte-deeds";
import type { Solving, useSolve } from "./use-solve";
import type { Told } from "./use-told";

type Props = {
  document: MatteDocument | null;
  matte: MatteState;
  deeds: MatteDeeds;
  solve: ReturnType<typeof useSolve>;
  told: Told;
  again: () => void;
  hint: string;
  keymap: Keymap;
  act: (action: MatteAction) => void;
};

/**
 * What asks for an answer, or goes on, has one place, beside the image, where it covers nothing and moves nothing. What is
 * said stands there too: below what asks, or else in the place of the hint.
 */
export function MatteBar({ document, matte, deeds, solve, told, again, hint, keymap, act }: Props) {
  const { said, problem } = told;
  const { solving } = solve;
  if (deeds.asks) return <Nothing deeds={deeds} keymap={keymap} />;
  if (matte.proposal) return <Proposed matte={matte} said={said} keymap={keymap} act={act} />;
  if (document && matte.phase === "failed") {
    return (
      <Alert text={matte.problem} said={said}>
        <button className="button small" onClick={again}>
          Try again
        </button>
      </Alert>
    );
  }
  if (problem) {
    return (
      <Alert text={problem} said={said}>
        <button className="button small quiet icon" onClick={told.clear} aria-label="Close">
          <Icon name="close" />
        </button>
      </Alert>
    );
  }
  if (solving && solving.image === document?.image.id)
    return <Solves solving={solving} cancel={() => void solve.cancel()} said={said} />;
  const busy = matte.busy ?? (deeds.looking ? "Looking for an outline" : "");
  const loading = document && matte.phase === "loading" ? "Loading the matte" : "";
  const waits = busy || loading;
  return (
    <div className="box-bar muted small" aria-busy={Boolean(waits)}>
      {waits || said || hint}
      {waits && <Said text={said} />}
    </div>
  );
}

/** Its line is there before it says anything. Screen readers hear it from where all is said. */
function Said({ text }: { text: string }) {
  return (
    <span className="matte-said muted small clip" title={text} aria-hidden>
      {text}
    </span>
  );
}

function Alert({ text, said, children }: { text: string; said: string; children: ReactNode }) {
  return (
    <div className="box-bar" role="alert">
      <span className="grow small break">{text}</span>
      {children}
      {said && <Said text={said} />}
    </div>
  );
}

function Nothing({ deeds, keymap }: Pick<Props, "deeds" | "keymap">) {
  return (
    <div className="box-bar" role="group" aria-label="Nothing is painted">
      <b className="question">Is there nothing in the foreground?</b>
      <button className="button small primary" onClick={() => deeds.submit(false)}>
        Empty <Key action="mattes_submit" keymap={keymap} />
      </button>
      <button className="button small" onClick={deeds.dismiss}>
        Go on painting
      </button>
    </div>
  );
}

function Solves({ solving, cancel, said }: { solving: Solving; cancel: () => void; said: string }) {
  const { job, cancelling } = solving;
  return (
    <div className="box-bar" role="group" aria-label="Solving">
      <span className="grow stack close">
        <span className="small">
          {job && job.state !== "queued" ? "Solving" : "Solving: waits for its turn"}
        </span>
        <Bar value={job?.done ?? 0} total={job?.total ?? 0} label="Solving" />
      </span>
      <button className="button small" onClick={cancel} disabled={!job || cancelling}>
        {cancelling ? "Cancelling" : "Cancel"}
      </button>
      <Said text={said} />
    </div>
  );
}

type ProposedProps = Pick<Props, "matte" | "keymap" | "act"> & { said: string };

function Proposed({ matte, said, keymap, act }: ProposedProps) {
  const { what, choose } = matte.proposal!;
  const answer = (text: string, action: MatteAction, icon: IconName, primary = "") => (
    <button className={`button small ${primary}`} onClick={() => act(action)} title={titled(action, keymap)}>
      <Icon name={icon} /> {text}
    </button>
  );
  return (
    <div className="box-bar" role="group" aria-label={`${what}: a proposal`}>
      {!choose && <b className="grow">{what}</b>}
      {answer(choose ? "Add" : "Accept", "mattes_accept", "accept", "primary")}
      {choose && answer("Subtract", "mattes_subtract", "minus")}
      {answer("Reject", "mattes_reject", "close")}
      <Said text={said} />
    </div>
  );
}

import { useEffect, useRef, useState } from "react";
import { api, type Job, need } from "../../../api/client";
import { followed } from "../../../api/following";
import { solve, upload } from "../../../api/mattes";
import type { Box } from "../../../shapes/fit";
import { cutOut, pixelsIn, UNKNOWN, wholeOf } from "../../../shapes/plane";
import type { MatteDocument } from "../../../store/matte";
import type { MatteDesk } from "../../../store/matte-desk";
import { proposed } from "../../../store/proposed";
import type { Told } from "./use-told";

export type Solving = { image: number; job: Job | null; cancelling: boolean };

/** Has the server solve a trimap, while whoever asked goes on: what it finds is proposed on the image that it is of. */
export function useSolve(desk: MatteDesk, told: Told) {
  const [solving, setSolving] = useState<Solving | null>(null);
  const left = useRef(false);
  useEffect(() => {
    left.current = false;
    return () => {
      left.current = true;
    };
  }, []);

  /** `seen`: the part that is to be solved, null for all. `came`: it is proposed to who looks at the image. */
  const start = async (document: MatteDocument, seen: Box | null, came: () => void) => {
    const { id: image } = document.image;
    const window = seen && pixelsIn(seen, document.image);
    setSolving({ image, job: null, cancelling: false });
    try {
      const file = await desk.file(document, "trimap");
      await upload(file);
      const begun = await solve(image, file.sha256, window);
      const job = await followed(begun, (now) => {
        setSolving((before) => before && { ...before, job: now });
        return !left.current;
      });
      if (job.state === "failed") throw new Error(reasonOf(job));
      if (job.state === "cancelled") told.sayOf(document, "Solving was cancelled.");
      if (job.state === "succeeded" && (await propose(document, job, window)) && told.isHere(document))
        came();
    } catch (error) {
      told.fail(document, error);
    }
    setSolving(null);
  };

  const propose = async (document: MatteDocument, job: Job, window: Box | null): Promise<boolean> => {
    const { alpha, seconds } = job.result as { alpha: string; seconds: number };
    const plane = (await desk.plane(alpha))!;
    const box = window ?? wholeOf(plane);
    const part = window ? cutOut(plane, box) : plane;
    const proposal = { what: "Solve", window: box, part, how: "replace", choose: false } as const;
    const done = await proposed(document, proposal, () => !left.current);
    if (done) told.sayOf(document, `Solved in ${seconds.toFixed(1)} seconds: accept or reject it.`);
    return done;
  };

  const cancel = async () => {
    const id = solving?.job?.id;
    if (id === undefined) return;
    setSolving((now) => now && { ...now, cancelling: true });
    await need(api.POST("/api/jobs/{id}/cancel/", { params: { path: { id } } })).catch((error: unknown) => {
      setSolving((now) => now && { ...now, cancelling: false });
      told.say(error instanceof Error ? error.message : String(error));
    });
  };

  return { solving, start, cancel };
}

/** Why a trimap cannot be solved; empty where it can. */
export function unsolvable(document: MatteDocument): string {
  const { data } = document.planes.trimap;
  if (data.includes(UNKNOWN)) return "";
  return "Paint what is unknown into the trimap first, or make an unknown band around the matte.";
}

function reasonOf({ errors, log }: Job): string {
  return errors.at(-1)?.reason ?? log.trim().split("\n").at(-1) ?? "The job failed.";
}

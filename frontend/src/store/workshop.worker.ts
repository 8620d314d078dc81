/** What takes long over whole planes, in a thread of its own: the page goes on painting. */
import { type Operation, operated } from "../shapes/operations";
import type { Plane } from "../shapes/plane";
import { decodePng, encodePng } from "../shapes/png";
import { sha256 } from "../shapes/sha256";

export type Task =
  | { do: "fetch"; url: string }
  | { do: "decode"; file: Uint8Array }
  | { do: "encode"; plane: Plane }
  | { do: "operate"; plane: Plane; operation: Operation };
/** A PNG, and the name that the server has for it. */
export type MatteFile = { sha256: string; data: Uint8Array };
export type Made = { plane: Plane } | { file: MatteFile };

addEventListener("message", ({ data }: MessageEvent<{ id: number; task: Task }>) => {
  const { id, task } = data;
  made(task).then(
    (done) => {
      const { buffer } = "plane" in done ? done.plane.data : done.file.data;
      postMessage({ id, done }, { transfer: [buffer] });
    },
    (error: unknown) => postMessage({ id, problem: error instanceof Error ? error.message : String(error) }),
  );
});

async function made(task: Task): Promise<Made> {
  switch (task.do) {
    case "fetch":
      return { plane: await decodePng(await fetched(task.url)) };
    case "decode":
      return { plane: await decodePng(task.file) };
    case "encode": {
      const file = await encodePng(task.plane);
      return { file: { sha256: await sha256(file), data: file } };
    }
    case "operate":
      return { plane: operated(task.plane, task.operation) };
  }
}

async function fetched(url: string): Promise<Uint8Array> {
  const answer = await fetch(url).catch(() => null);
  if (!answer) throw new Error("The server does not answer. Check the network, and try again.");
  if (!answer.ok)
    throw new Error(`The server gives no matte here (${answer.status}). Try again, or skip it.`);
  return new Uint8Array(await answer.arrayBuffer());
}

import type { Operation } from "../shapes/operations";
import type { Plane } from "../shapes/plane";
import type { Made, MatteFile, Task } from "./workshop.worker";

export type { MatteFile } from "./workshop.worker";

type Waiting = { done: (made: Made) => void; failed: (error: Error) => void };

function started(): Worker {
  return new Worker(new URL("./workshop.worker.ts", import.meta.url), { type: "module" });
}

let spare: Worker | null = null;

/** Starts a worker that the next workshop takes: it gets ready while the screen is made. */
export function warm(): void {
  spare ??= started();
}

/** A worker for planes, started when it is first needed. What is given to it is copied: the page's own stays as it is. */
export class Workshop {
  private worker: Worker | null = null;
  private last = 0;
  private isLeft = false;
  private readonly waiting = new Map<number, Waiting>();

  /** The matte behind an address. Rejects with what to do about it. */
  async fetch(url: string): Promise<Plane> {
    return planeOf(await this.ask({ do: "fetch", url }));
  }

  async decode(file: Uint8Array): Promise<Plane> {
    return planeOf(await this.ask({ do: "decode", file }));
  }

  async encode({ width, height, data }: Plane): Promise<MatteFile> {
    const plane = { width, height, data: data.slice() };
    const made = await this.ask({ do: "encode", plane }, [plane.data.buffer]);
    if (!("file" in made)) throw new Error("The worker gave no file.");
    return made.file;
  }

  async operate({ width, height, data }: Plane, operation: Operation): Promise<Plane> {
    const plane = { width, height, data: data.slice() };
    return planeOf(await this.ask({ do: "operate", plane, operation }, [plane.data.buffer]));
  }

  /** Ends with what it is doing; asked again, it begins anew. */
  close(): void {
    this.isLeft = true;
    this.rest();
  }

  private ask(task: Task, transfer: Transferable[] = []): Promise<Made> {
    const worker = (this.worker ??= this.start());
    const id = ++this.last;
    this.isLeft = false;
    return new Promise((done, failed) => {
      this.waiting.set(id, { done, failed });
      worker.postMessage({ id, task }, transfer);
    });
  }

  private start(): Worker {
    const worker = spare ?? started();
    spare = null;
    worker.onmessage = ({ data }: MessageEvent<{ id: number; done?: Made; problem?: string }>) => {
      const { id, done, problem } = data;
      const one = this.waiting.get(id);
      this.waiting.delete(id);
      if (done) one?.done(done);
      else one?.failed(new Error(problem));
      if (this.isLeft) this.rest();
    };
    // Its file did not come, or its memory is over: the next task starts another one.
    worker.onerror = () => {
      worker.terminate();
      this.fail("The worker for mattes stopped. Check the network, and try again.");
    };
    return worker;
  }

  private rest(): void {
    if (this.waiting.size) return;
    this.worker?.terminate();
    this.worker = null;
  }

  private fail(problem: string): void {
    this.worker = null;
    const all = [...this.waiting.values()];
    this.waiting.clear();
    all.forEach(({ failed }) => failed(new Error(problem)));
  }
}

function planeOf(made: Made): Plane {
  if (!("plane" in made)) throw new Error("The worker gave no plane.");
  return made.plane;
}

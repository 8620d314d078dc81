/** A file with the group that it belongs to; images of one group are held out together. */
export type Incoming = { file: File; group: string };

/** A file on its way in, and what became of it. */
export type Upload = {
  file: File;
  group: string;
  name: string;
  state: "waiting" | "sending" | "created" | "duplicate" | "rejected" | "failed" | "cancelled";
  reason: string;
  image: number | null;
};

export type UploadAnswer = {
  created: number[];
  duplicates: { name: string; id: number }[];
  rejected: { name: string; reason: string }[];
};

const MOST_FILES = 50;
const MOST_BYTES = 16 * 1024 * 1024;
const AT_ONCE = 3;

/** Cut into requests of at most 50 files and 16 MB, each of one group. */
export function chunks(uploads: readonly Upload[]): Upload[][] {
  const all: Upload[][] = [];
  let bytes = 0;
  for (const upload of uploads) {
    const last = all.at(-1);
    if (
      !last ||
      last.length >= MOST_FILES ||
      bytes + upload.file.size > MOST_BYTES ||
      last[0]?.group !== upload.group
    ) {
      all.push([upload]);
      bytes = upload.file.size;
    } else {
      last.push(upload);
      bytes += upload.file.size;
    }
  }
  return all;
}

/** What the server said of a chunk, put onto its files. It cleans names, so equal ones are told apart by their order. */
export function settle(chunk: readonly Upload[], answer: UploadAnswer): void {
  const base = (name: string) => name.replaceAll("\\", "/").split("/").at(-1) ?? name;
  const take = <T extends { name: string }>(rows: T[], upload: Upload): T | undefined => {
    const at = rows.findIndex((row) => row.name === base(upload.name));
    return at < 0 ? undefined : rows.splice(at, 1)[0];
  };
  const [rejected, duplicates, created] = [[...answer.rejected], [...answer.duplicates], [...answer.created]];
  for (const upload of chunk) {
    const refusal = take(rejected, upload);
    if (refusal) Object.assign(upload, { state: "rejected", reason: refusal.reason });
  }
  for (const upload of chunk.filter((one) => one.state === "sending").reverse()) {
    const known = take(duplicates, upload);
    if (known)
      Object.assign(upload, { state: "duplicate", image: known.id, reason: "is in the project already" });
  }
  for (const upload of chunk)
    if (upload.state === "sending")
      Object.assign(upload, { state: "created", image: created.shift() ?? null });
}

/** Sends files in chunks, a few at once; can be cancelled, and asked again for what failed. */
export class Uploader {
  uploads: Upload[] = [];
  private controller = new AbortController();
  private running = 0;

  constructor(
    private readonly send: (files: Upload[], signal: AbortSignal) => Promise<UploadAnswer>,
    private readonly changed: () => void,
  ) {}

  get busy(): boolean {
    return this.running > 0;
  }

  add(files: readonly Incoming[]): void {
    const fresh = files.map(({ file, group }): Upload => ({
      file,
      group,
      name: file.name,
      state: "waiting",
      reason: "",
      image: null,
    }));
    this.uploads = [...this.uploads, ...fresh];
    void this.run(fresh);
  }

  retry(): void {
    const again = this.uploads.filter((upload) => upload.state === "failed" || upload.state === "cancelled");
    again.forEach((upload) => Object.assign(upload, { state: "waiting", reason: "" }));
    void this.run(again);
  }

  cancel(): void {
    this.controller.abort();
    this.controller = new AbortController();
    for (const upload of this.uploads) if (upload.state === "waiting") upload.state = "cancelled";
    this.changed();
  }

  private async run(uploads: Upload[]): Promise<void> {
    const waiting = chunks(uploads);
    this.changed();
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        for (let chunk = waiting.shift(); chunk; chunk = waiting.shift())
          await this.sendChunk(chunk.filter((one) => one.state === "waiting"));
      }),
    );
  }

  private async sendChunk(chunk: Upload[]): Promise<void> {
    if (!chunk.length) return;
    this.running += 1;
    chunk.forEach((upload) => (upload.state = "sending"));
    this.changed();
    const { signal } = this.controller;
    try {
      settle(chunk, await this.send(chunk, signal));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      chunk.forEach((upload) =>
        Object.assign(upload, signal.aborted ? { state: "cancelled" } : { state: "failed", reason }),
      );
    } finally {
      this.running -= 1;
      this.changed();
    }
  }
}

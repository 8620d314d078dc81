import { describe, expect, it, vi } from "vitest";
import { chunks, Uploader, type UploadAnswer } from "./upload";

const file = (name: string, size = 10, group = "") => ({ file: { name, size } as File, group });
const empty: UploadAnswer = { created: [], duplicates: [], rejected: [] };

describe("uploads", () => {
  it("are cut by number, by size and by group", () => {
    const uploader = new Uploader(
      async () => empty,
      () => {},
    );
    uploader.add(Array.from({ length: 120 }, (_, n) => file(`${n}.jpg`)));
    expect(chunks(uploader.uploads).map((chunk) => chunk.length)).toEqual([50, 50, 20]);
    const large = new Uploader(
      async () => empty,
      () => {},
    );
    large.add([file("a", 10e6), file("b", 10e6), file("c", 1)]);
    expect(chunks(large.uploads).map((chunk) => chunk.length)).toEqual([1, 2]);
    const groups = new Uploader(
      async () => empty,
      () => {},
    );
    groups.add([file("a", 1, "monday"), file("b", 1, "monday"), file("c", 1, "tuesday")]);
    expect(chunks(groups.uploads).map((chunk) => chunk[0]?.group)).toEqual(["monday", "tuesday"]);
  });

  it("show for each file what became of it", async () => {
    const uploader = new Uploader(
      async () => ({
        created: [7],
        duplicates: [{ name: "b.jpg", id: 3 }],
        rejected: [{ name: "c.svg", reason: "SVG is not supported" }],
      }),
      () => {},
    );
    uploader.add([file("folder/a.jpg"), file("b.jpg"), file("c.svg")]);
    await vi.waitFor(() => expect(uploader.busy).toBe(false));
    expect(uploader.uploads.map((upload) => [upload.state, upload.image])).toEqual([
      ["created", 7],
      ["duplicate", 3],
      ["rejected", null],
    ]);
  });

  it("are sent again after a failure, and those alone", async () => {
    let fail = true;
    const sent: string[][] = [];
    const uploader = new Uploader(
      async (files) => {
        sent.push(files.map((one) => one.name));
        if (fail) throw new Error("no network");
        return { ...empty, created: files.map((_, n) => n) };
      },
      () => {},
    );
    uploader.add([file("a.jpg")]);
    await vi.waitFor(() => expect(uploader.uploads[0]?.state).toBe("failed"));
    fail = false;
    uploader.retry();
    await vi.waitFor(() => expect(uploader.uploads[0]?.state).toBe("created"));
    expect(sent).toEqual([["a.jpg"], ["a.jpg"]]);
  });

  it("end when they are cancelled", async () => {
    const uploader = new Uploader(
      (_, signal) =>
        new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("aborted")))),
      () => {},
    );
    uploader.add(Array.from({ length: 300 }, (_, n) => file(`${n}.jpg`)));
    uploader.cancel();
    await vi.waitFor(() =>
      expect(new Set(uploader.uploads.map((upload) => upload.state))).toEqual(new Set(["cancelled"])),
    );
  });
});

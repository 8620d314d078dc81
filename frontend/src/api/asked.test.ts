import { afterEach, expect, test, vi } from "vitest";
import { ask, taken } from "./asked";

const request = (path: string, method = "GET") => new Request(`http://here${path}`, { method });
const answers = (...list: (Response | Error)[]) =>
  vi.stubGlobal("fetch", async () => {
    const next = list.shift();
    if (next instanceof Response) return next;
    throw next;
  });

afterEach(() => vi.unstubAllGlobals());

test("an early answer is taken once, by whoever asks for the same", async () => {
  answers(Response.json({ a: 1 }), Response.json({ b: 2 }));
  void ask("/api/a/?count=5", { method: "POST" });
  void ask("/api/b/");
  expect(await taken(request("/api/a/?count=5"))).toBeNull();
  expect(await taken(request("/api/a/?count=6", "POST"))).toBeNull();
  expect(await (await taken(request("/api/a/?count=5", "POST")))?.json()).toEqual({ a: 1 });
  expect(await taken(request("/api/a/?count=5", "POST"))).toBeNull();
  expect(await (await taken(request("/api/b/")))?.json()).toEqual({ b: 2 });
});

test("of two who ask at once one gets the answer, for its body is read once", async () => {
  answers(Response.json({ a: 1 }));
  void ask("/api/a/");
  const [first, second] = await Promise.all([taken(request("/api/a/")), taken(request("/api/a/"))]);
  expect([first?.ok, second]).toEqual([true, null]);
});

test("what was refused or lost is asked for again", async () => {
  answers(new Response("", { status: 401 }), new TypeError("no network"));
  void ask("/api/a/");
  ask("/api/b/").catch(() => {});
  expect(await taken(request("/api/a/"))).toBeNull();
  expect(await taken(request("/api/b/"))).toBeNull();
});

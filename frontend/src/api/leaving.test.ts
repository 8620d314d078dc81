import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { giveBack, givenBack } from "./leaving";

const kept = new Map<string, string>();
let answer: (() => void)[] = [];
let asked: string[] = [];

beforeEach(() => {
  kept.clear();
  [answer, asked] = [[], []];
  vi.stubGlobal("document", { cookie: "csrftoken=t" });
  vi.stubGlobal("localStorage", {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  });
  vi.stubGlobal("fetch", (path: string) => {
    asked.push(path);
    return new Promise<Response>((resolve) => answer.push(() => resolve(new Response())));
  });
});
afterEach(() => vi.unstubAllGlobals());

test("a page waits for what the pages before it gave away, and asks for it once more", async () => {
  giveBack([7, 8]);
  giveBack([9]);
  const back = givenBack();
  expect(asked.slice(3)).toEqual([7, 8, 9].map((lease) => `/api/assignments/${lease}/release/`));
  let over = false;
  void back!.then(() => (over = true));
  answer.slice(0, 5).forEach((end) => end());
  await new Promise((resolve) => setTimeout(resolve));
  expect(over).toBe(false);
  answer[5]!();
  await back;
});

test("nothing is waited for where nothing was given away, or another page has waited", async () => {
  giveBack([]);
  expect(givenBack()).toBeNull();
  giveBack([7]);
  expect(givenBack()).not.toBeNull();
  expect(givenBack()).toBeNull();
});

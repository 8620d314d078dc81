import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { type Job, Problem } from "./client";
import { followed } from "./following";

const job = (state: string) => ({ id: 1, state }) as Job;
const silence = () => Promise.reject(new Problem(0, "The server does not answer."));
const on = () => true;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it("follows a job to its end, over answers that do not come", async () => {
  const ask = vi
    .fn<(id: number) => Promise<Job>>()
    .mockImplementationOnce(silence)
    .mockResolvedValueOnce(job("running"))
    .mockImplementationOnce(() => Promise.reject(new Problem(502, "The server failed.")))
    .mockResolvedValueOnce(job("succeeded"));
  const seen: string[] = [];
  const end = followed(job("queued"), ({ state }) => Boolean(seen.push(state)), ask);
  await vi.runAllTimersAsync();
  expect((await end).state).toBe("succeeded");
  expect(seen).toEqual(["queued", "queued", "running", "running"]);
});

it("gives up when the server stays silent, and at once when it refuses", async () => {
  const silent = followed(job("queued"), on, silence);
  const said = expect(silent).rejects.toThrow("does not answer");
  await vi.runAllTimersAsync();
  await said;
  const ask = vi.fn(() => Promise.reject(new Problem(404, "There is no such job.")));
  const refused = expect(followed(job("queued"), on, ask)).rejects.toThrow("no such job");
  await vi.runAllTimersAsync();
  await refused;
  expect(ask).toHaveBeenCalledTimes(1);
});

it("asks no more when nobody looks", async () => {
  const ask = vi.fn(() => Promise.resolve(job("running")));
  expect((await followed(job("running"), () => false, ask)).state).toBe("running");
  expect(ask).not.toHaveBeenCalled();
});

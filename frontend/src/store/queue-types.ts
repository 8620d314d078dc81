import type { NextItem } from "../api/client";
import type { Entry } from "./entry";
import type { Label } from "./labels";
import type { Operation } from "./outbox";

/** How many images are asked for at first: the one on screen, and those that wait behind it. */
export const FIRST = 5;

export type QueueState = {
  entries: readonly Entry[];
  index: number;
  /** Labeled or skipped since the page was opened. */
  settled: number;
  phase: "loading" | "ready" | "empty" | "failed";
  problem: string;
  canUndo: boolean;
  canRedo: boolean;
};

export type QueuePorts = {
  /** At most `count` images; `more` says whether the server may have others. */
  fetchNext(count: number): Promise<{ items: NextItem[]; more: boolean }>;
  /** How many submits the server has not heard of: it still hands those images out. */
  unsent(): number;
  /** Resolves when the image is decoded and can be shown at once. `now`: it is waited for. */
  preload(image: number, now: boolean): Promise<void>;
  /** What this person labeled last, on whatever page; null where there is nothing, or no network. */
  lastLabel(): Promise<Label | null>;
  enqueue(operation: Omit<Operation, "id" | "project">): void;
  uuid(): string;
  now(): number;
};

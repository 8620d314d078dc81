import { expect, test } from "vitest";
import { lastDays } from "./days";

test("days without labels have their place, across months and a change of clocks", () => {
  const days = lastDays([{ day: "2026-10-25", labels: 7 }], 32, new Date(2026, 10, 3, 0, 30));
  expect(days).toHaveLength(32);
  expect(new Set(days.map((row) => row.day)).size).toBe(32);
  expect([days[0]?.day, days[31]?.day]).toEqual(["2026-10-03", "2026-11-03"]);
  expect(days.filter((row) => row.labels)).toEqual([{ day: "2026-10-25", labels: 7 }]);
});

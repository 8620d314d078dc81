import { expect, test } from "vitest";
import { asking, askingAttribute, asQuery, attributesAsked, attributeWanted, bounds, range } from "./asked";

test("a filter is set, changed and dropped, and the others stay", () => {
  const asked = new URLSearchParams("status=done&attr=yaw:1..2&attr=pitch:..5");
  expect(asking(asked, "split", "val").toString()).toBe(
    "status=done&attr=yaw%3A1..2&attr=pitch%3A..5&split=val",
  );
  expect(asking(asked, "status", "").get("status")).toBeNull();
  expect(asked.get("status")).toBe("done");
});

test("attributes are asked for side by side", () => {
  const one = askingAttribute(new URLSearchParams(), "yaw", "-10..10");
  const two = askingAttribute(one, "subject", "a:b");
  expect(asQuery(two)).toEqual({ attr: ["yaw:-10..10", "subject:a:b"] });
  expect([...attributesAsked(two)]).toEqual([
    ["yaw", "-10..10"],
    ["subject", "a:b"],
  ]);
  expect(asQuery(askingAttribute(two, "yaw", ""))).toEqual({ attr: ["subject:a:b"] });
});

test("a range may be open on either side, and one value is both of its ends", () => {
  expect(bounds("1..2")).toEqual(["1", "2"]);
  expect(bounds("..2")).toEqual(["", "2"]);
  expect(bounds("-1.5..")).toEqual(["-1.5", ""]);
  expect(bounds("3")).toEqual(["3", "3"]);
  expect(range("", "")).toBe("");
  expect(range("1", "")).toBe("1..");
});

test("an attribute is asked for by its value, where the filter would find it by that", () => {
  const found: [string, unknown, string][] = [
    ["yaw", -12.5, "-12.5"],
    ["glasses", false, "false"],
    ["subject", "a:b", "a:b"],
    ["tile", "1..x", "1..x"],
  ];
  for (const [name, value, wanted] of found) expect(attributeWanted(name, value)).toBe(wanted);
  const none: [string, unknown][] = [
    ["empty", ""],
    ["null", null],
    ["list", [1]],
    ["nested", { a: 1 }],
    ["range", "1..2"],
    ["open", "-3.5.."],
    ["a:b", "colon in the name"],
    ["", "no name"],
    ["long", "x".repeat(201)],
    ["id", 2 ** 60],
  ];
  for (const [name, value] of none) expect(attributeWanted(name, value)).toBeNull();
});

import { describe, expect, it } from "vitest";
import { addressesIn } from "./address-file";

const A = "https://x.example/a.jpg";
const B = "https://x.example/b.jpg";

describe("addresses in a file", () => {
  it.each([
    ["one a line", `${A}\n${B}\n`],
    ["lines of Windows, blank ones, and a mark of the order of bytes", `\ufeff${A}\r\n\r\n  ${B} \r\n`],
    ["a column named url", `id,url,label\n1,${A},x\n2,${B},y`],
    [
      "whatever its case, and behind other addresses",
      `page,Image URL\nhttps://p.example/,${A}\nhttps://p.example/,${B}`,
    ],
    ["semicolons", `name;address\na;${A}\nb;${B}`],
    ["tabs", `name\tlink\na\t${A}\nb\t${B}`],
    ["quotes with commas and line ends in them", `"a note","url"\n"one, ""two""\nthree","${A}"\n"","${B}"`],
    ["no name that helps: the first column with addresses", `n,where\n1,${A}\n2,${B}`],
    ["no head", `1,${A}\n2,${B}`],
    ["no head, the address first", `${A},engaged\n${B},animated`],
    ["a named column without addresses", `image,where\na.jpg,${A}\nb.jpg,${B}`],
    ["each once", `url\n${A}\n${B}\n${A}`],
  ])("%s", (_, text) => {
    expect(addressesIn(text)).toEqual([A, B]);
  });

  it("leaves commas and semicolons in addresses alone", () => {
    const odd = ["https://x.example/w=1,h=2/a.jpg", "https://x.example/b;c.jpg"];
    expect(addressesIn(odd.join("\n"))).toEqual(odd);
    expect(addressesIn(`url\n"${odd[0]}"\n${odd[1]}`)).toEqual(odd);
  });

  it("finds none where there are none", () => {
    expect(addressesIn("")).toEqual([]);
    expect(addressesIn("name,size\na,1\n=cmd()|x,javascript:x")).toEqual([]);
  });

  it("reads ten thousand lines", () => {
    const lines = Array.from({ length: 10_000 }, (_, n) => `${n},"https://x.example/${n}.jpg"`);
    expect(addressesIn(`n,url\n${lines.join("\n")}`)).toHaveLength(10_000);
  });
});

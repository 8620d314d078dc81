const NAMES = /^(image[_ -]?)?(url|uri|address|link|image|src)s?$/i;
const ADDRESS = /^https?:\/\//i;

/**
 * The addresses in a text file: one a line, or a table's column of them: the one whose head says so, else the first that
 * holds any.
 */
export function addressesIn(text: string): string[] {
  const rows = rowsOf(text.replace(/^\ufeff/, ""));
  const head = rows[0] ?? [];
  const named = head.findIndex((cell) => NAMES.test(cell.trim()));
  const holds = (column: number) => rows.some((row) => ADDRESS.test((row[column] ?? "").trim()));
  const widest = rows.reduce((most, row) => Math.max(most, row.length), 0);
  const columns = Array.from({ length: widest }, (_, column) => column);
  const column = named >= 0 && holds(named) ? named : (columns.find(holds) ?? -1);
  const found = rows.map((row) => (row[column] ?? "").trim()).filter((cell) => ADDRESS.test(cell));
  return [...new Set(found)].map((address) => address.replace(/\s/g, "%20"));
}

/** A table's rows, its cells set apart by what stands in its first line most: commas, semicolons or tabs. */
function rowsOf(text: string): string[][] {
  const first = text.split(/\r?\n/, 1)[0] ?? "";
  const count = (mark: string) => first.split(mark).length;
  // An address may hold commas and semicolons: a list of nothing else is no table.
  const mark =
    ADDRESS.test(first.trim()) && !/[,;\t]\s*"?https?:|\t/i.test(first)
      ? separatorBehind(text)
      : [",", ";", "\t"].reduce((a, b) => (count(b) > count(a) ? b : a));
  return cells(text, mark);
}

/** Of a table without a head whose first cell is an address: what stands behind it, in every line as often. */
function separatorBehind(text: string): string {
  const lines = text.split(/\r?\n/).filter(Boolean);
  const fits = (mark: string) => {
    const [first, ...others] = lines.map((line) => line.split(mark).length);
    return (first ?? 0) > 1 && others.length > 0 && others.every((count) => count === first);
  };
  return [",", ";"].find(fits) ?? "\t";
}

/** Quoted cells may hold the mark, line ends, and quotes twice over. */
function cells(text: string, mark: string): string[][] {
  const rows: string[][] = [[]];
  let cell = "";
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const letter = text[at];
    if (quoted && letter === '"' && text[at + 1] === '"') cell += text[at++];
    else if (letter === '"' && (quoted || !cell.trim())) {
      quoted = !quoted;
      if (quoted) cell = "";
    } else if (!quoted && (letter === mark || letter === "\n" || letter === "\r")) {
      rows.at(-1)?.push(cell);
      cell = "";
      if (letter !== mark) rows.push([]);
    } else cell += letter;
  }
  rows.at(-1)?.push(cell);
  return rows.filter((row) => row.some((one) => one.trim()));
}

export type Day = { day: string; labels: number };

/** The last `count` days up to `today` where the browser is, those without labels included. */
export function lastDays(known: Day[], count: number, today: Date): Day[] {
  const labels = new Map(known.map((row) => [row.day, row.labels]));
  return Array.from({ length: count }, (_, n) => {
    const date = new Date(today.getFullYear(), today.getMonth(), today.getDate() - (count - 1 - n));
    const day = [date.getFullYear(), date.getMonth() + 1, date.getDate()]
      .map((part) => String(part).padStart(2, "0"))
      .join("-");
    return { day, labels: labels.get(day) ?? 0 };
  });
}

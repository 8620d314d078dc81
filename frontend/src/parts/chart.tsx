import { useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";

export type Line = { name: string; values: (number | null)[]; color: string };

const HEIGHT = 220;
const STEPS = [1, 2, 5, 10, 20, 50, 100];

type Props = { x: number[]; lines: Line[]; label: string; shares?: boolean };

/**
 * Lines over whole-numbered x; grows with its data without being made anew. Below it their newest values, or those under
 * the pointer. `shares` go from 0 to 1.
 */
export function Chart({ x, lines, label, shares = false }: Props) {
  const holder = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const names = lines.map((line) => `${line.name}${line.color}`).join();
  useEffect(() => {
    const element = holder.current;
    if (!element) return;
    const made = draw(element, x, lines, shares);
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }));
    observer.observe(element);
    const theme = new MutationObserver(() => made.redraw());
    theme.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    return () => {
      observer.disconnect();
      theme.disconnect();
      made.destroy();
      plot.current = null;
    };
    // The data come by the effect below; only other lines make another plot.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [names]);
  useEffect(() => {
    plot.current?.setData([x, ...lines.map((line) => line.values)] as uPlot.AlignedData);
    if (plot.current) showNewest(plot.current);
  }, [x, lines]);
  return <div className="chart" ref={holder} role="img" aria-label={label} />;
}

/** Where no pointer is, the legend would be empty. */
function showNewest(plot: uPlot): void {
  const idx = (plot.data[0]?.length ?? 0) - 1;
  if (idx >= 0 && plot.cursor.idx == null) plot.setLegend({ idx });
}

function draw(element: HTMLElement, x: number[], lines: Line[], shares: boolean): uPlot {
  const style = getComputedStyle(document.documentElement);
  const axis = {
    stroke: () => style.getPropertyValue("--muted"),
    font: `11px ${style.getPropertyValue("--font")}`,
    grid: { stroke: () => style.getPropertyValue("--line"), width: 1 },
    ticks: { show: false },
  };
  const series = lines.map((line) => ({
    label: line.name,
    stroke: line.color,
    width: 2,
    points: { show: (plot: uPlot) => (plot.data[0]?.length ?? 0) < 3, size: 6 },
    value: (_: unknown, value: number | null) => value?.toFixed(3) ?? "–",
  }));
  return new uPlot(
    {
      width: element.clientWidth,
      height: HEIGHT,
      cursor: { y: false },
      hooks: { setCursor: [showNewest] },
      scales: {
        x: { time: false, range: (_, low, high) => [low, Math.max(high, low + 4)] },
        ...(shares && { y: { range: [0, 1] } }),
      },
      axes: [
        { ...axis, incrs: STEPS },
        { ...axis, size: 44 },
      ],
      series: [{ label: "epoch" }, ...series],
    },
    [x, ...lines.map((line) => line.values)] as uPlot.AlignedData,
    element,
  );
}

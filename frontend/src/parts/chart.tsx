import { useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";

export type Line = { name: string; values: (number | null)[]; color: string };

/** Lines over whole-numbered x; grows with its data without being made anew. */
export function Chart({ x, lines, label }: { x: number[]; lines: Line[]; label: string }) {
  const holder = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const names = lines.map((line) => `${line.name}${line.color}`).join();
  useEffect(() => {
    const element = holder.current;
    if (!element) return;
    const style = getComputedStyle(document.documentElement);
    const axis = { stroke: style.getPropertyValue("--muted"), grid: { stroke: style.getPropertyValue("--line"), width: 1 }, ticks: { show: false } };
    const made = new uPlot(
      {
        width: element.clientWidth, height: 200, cursor: { y: false }, scales: { x: { time: false } },
        axes: [{ ...axis, incrs: [1, 2, 5, 10, 20, 50, 100] }, { ...axis, size: 46 }],
        series: [{ label: "epoch" }, ...lines.map((line) => ({ label: line.name, stroke: line.color, width: 2, points: { show: false }, value: (_: unknown, value: number | null) => value?.toFixed(3) ?? "–" }))],
      },
      [x, ...lines.map((line) => line.values)] as uPlot.AlignedData,
      element,
    );
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: 200 }));
    observer.observe(element);
    return () => { observer.disconnect(); made.destroy(); plot.current = null; };
    // The data come by the effect below; only other lines make another plot.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [names]);
  useEffect(() => { plot.current?.setData([x, ...lines.map((line) => line.values)] as uPlot.AlignedData); }, [x, lines]);
  return <div className="chart" ref={holder} role="img" aria-label={label} />;
}

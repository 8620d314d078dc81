import { percent } from "../parts/ui";

export type Metrics = {
  count: number;
  accuracy: number;
  macro_f1: number;
  balanced_accuracy: number;
  unanswered: number;
  per_class: Record<string, { precision: number; recall: number; f1: number; support: number }>;
  confusion: { labels: string[]; matrix: number[][] };
  calibration: { ece: number; bins: { confidence: number; accuracy: number; count: number }[] };
  majority: { accuracy: number; macro_f1: number };
};

export function Figures({ metrics }: { metrics: Metrics }) {
  const figures = [["Macro-F1", percent(metrics.macro_f1, 1)], ["Accuracy", percent(metrics.accuracy, 1)], ["Balanced accuracy", percent(metrics.balanced_accuracy, 1)], ["Calibration error", percent(metrics.calibration.ece, 1)], ["Held-out images", String(metrics.count)]];
  return (
    <div className="stack">
      <div className="row" style={{ gap: 28 }}>{figures.map(([name, value]) => <div key={name}><b className="number" style={{ fontSize: 20 }}>{value}</b><div className="muted small">{name}</div></div>)}</div>
      <p className="muted small">Always answering the most frequent category would reach macro-F1 {percent(metrics.majority.macro_f1, 1)} and accuracy {percent(metrics.majority.accuracy, 1)}.{metrics.unanswered ? ` ${metrics.unanswered} images got no answer (no face), which counts as wrong.` : ""}</p>
    </div>
  );
}

export function PerClass({ metrics }: { metrics: Metrics }) {
  return (
    <div className="scroll"><table><thead><tr><th>Category</th><th className="number">Precision</th><th className="number">Recall</th><th className="number">F1</th><th className="number">Images</th></tr></thead><tbody>
      {Object.entries(metrics.per_class).map(([name, row]) => <tr key={name}><td>{name}</td><td className="number">{percent(row.precision)}</td><td className="number">{percent(row.recall)}</td><td className="number">{percent(row.f1)}</td><td className="number">{row.support}</td></tr>)}
    </tbody></table></div>
  );
}

export function Confusion({ metrics }: { metrics: Metrics }) {
  const { labels, matrix } = metrics.confusion;
  const columns = [...labels, "no answer"];
  return (
    <div className="scroll"><table className="heat"><caption className="muted small" style={{ textAlign: "left" }}>Rows are what people said, columns what the model says.</caption>
      <thead><tr><th />{columns.map((name) => <th key={name} scope="col">{name}</th>)}</tr></thead>
      <tbody>{matrix.map((row, n) => {
        const sum = row.reduce((total, value) => total + value, 0);
        return <tr key={labels[n]}><th scope="row">{labels[n]}</th>{row.map((value, k) => <td key={columns[k]} className="number" style={{ background: value ? `color-mix(in srgb, ${n === k ? "var(--good)" : "var(--bad)"} ${Math.round((value / sum) * 60)}%, var(--panel))` : "var(--bg)" }}>{value}</td>)}</tr>;
      })}</tbody></table></div>
  );
}

/** How often an answer of a given confidence is right; on the diagonal it says what it knows. */
export function Calibration({ metrics }: { metrics: Metrics }) {
  const size = 200;
  const most = Math.max(...metrics.calibration.bins.map((bin) => bin.count), 1);
  return (
    <svg viewBox="-34 -10 250 250" width="250" role="img" aria-label={`Calibration, expected error ${percent(metrics.calibration.ece, 1)}`} style={{ maxWidth: "100%" }}>
      <rect width={size} height={size} fill="none" stroke="var(--line-strong)" />
      <line x1={0} y1={size} x2={size} y2={0} stroke="var(--line-strong)" strokeDasharray="4 4" />
      {metrics.calibration.bins.map((bin) => <circle key={bin.confidence} cx={bin.confidence * size} cy={size - bin.accuracy * size} r={4 + 8 * Math.sqrt(bin.count / most)} fill="var(--accent)" fillOpacity={0.75}><title>{`${bin.count} images at ${percent(bin.confidence)}: ${percent(bin.accuracy)} right`}</title></circle>)}
      {[0, 0.5, 1].map((value) => <g key={value} fontSize="11" fill="var(--muted)"><text x={value * size} y={size + 16} textAnchor="middle">{percent(value)}</text><text x={-6} y={size - value * size + 4} textAnchor="end">{percent(value)}</text></g>)}
      <text x={size / 2} y={size + 34} fontSize="11" fill="var(--muted)" textAnchor="middle">confidence; height is the share that is right</text>
    </svg>
  );
}

import { grouped, percent, plural } from "../../parts/format";
import { Scroll } from "../../parts/scroll";

/** A classification version's figures on the held-out images, as the evaluation writes them. */
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
  const figures: [string, string][] = [
    ["Macro-F1", percent(metrics.macro_f1, 1)],
    ["Accuracy", percent(metrics.accuracy, 1)],
    ["Balanced accuracy", percent(metrics.balanced_accuracy, 1)],
    ["Calibration error", percent(metrics.calibration.ece, 1)],
    ["Held-out images", grouped(metrics.count)],
  ];
  return (
    <div className="stack">
      <FigureRow figures={figures} />
      <p className="muted small number">
        Always answering the most frequent category would reach macro-F1{" "}
        {percent(metrics.majority.macro_f1, 1)} and accuracy {percent(metrics.majority.accuracy, 1)}.
        {metrics.unanswered > 0 &&
          ` ${plural(metrics.unanswered, "image")} got no answer (no face, or no head pose), which counts as wrong.`}
      </p>
    </div>
  );
}

export function FigureRow({ figures }: { figures: readonly (readonly [name: string, value: string])[] }) {
  return (
    <div className="figures">
      {figures.map(([name, value]) => (
        <div key={name} className="figure">
          <b className="number">{value}</b>
          <span className="muted small">{name}</span>
        </div>
      ))}
    </div>
  );
}

/** In the order of the version's categories: an object's own order is the database's. */
export function perClass(metrics: Metrics): [string, Metrics["per_class"][string]][] {
  return metrics.confusion.labels.flatMap((name) => {
    const row = metrics.per_class[name];
    return row ? [[name, row] as [string, typeof row]] : [];
  });
}

export function PerClass({ metrics }: { metrics: Metrics }) {
  return (
    <Scroll label="By category">
      <table>
        <thead>
          <tr>
            <th>Category</th>
            <th className="number">Precision</th>
            <th className="number">Recall</th>
            <th className="number">F1</th>
            <th className="number">Images</th>
          </tr>
        </thead>
        <tbody>
          {perClass(metrics).map(([name, row]) => (
            <tr key={name}>
              <td>{name}</td>
              <td className="number">{percent(row.precision)}</td>
              <td className="number">{percent(row.recall)}</td>
              <td className="number">{percent(row.f1)}</td>
              <td className="number">{grouped(row.support)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

type ConfusionProps = { rows: string[]; columns: string[]; matrix: number[][] };

export function Confusion({ rows, columns, matrix }: ConfusionProps) {
  return (
    <Scroll label="Confusion matrix">
      <table className="heat" aria-describedby="heat-text">
        <thead>
          <tr>
            <td />
            {columns.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {matrix.map((row, n) => (
            <tr key={rows[n]}>
              <th scope="row">{rows[n]}</th>
              {row.map((value, k) => (
                <td key={columns[k]} className="number" style={{ background: heat(value, row, n === k) }}>
                  {value}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

/** A cell's colour: by its share of its row, green where the model is right. */
function heat(value: number, row: number[], right: boolean): string {
  if (!value) return "var(--sunken)";
  const share = value / row.reduce((total, one) => total + one, 0);
  return `color-mix(in srgb, var(${right ? "--good" : "--bad"}) ${Math.round(8 + share * 42)}%, var(--surface))`;
}

const SIZE = 200;

/** How often an answer of a given confidence is right; on the diagonal it says what it knows. */
export function Calibration({ metrics }: { metrics: Metrics }) {
  const { bins, ece } = metrics.calibration;
  const most = Math.max(...bins.map((bin) => bin.count), 1);
  const y = (share: number) => SIZE - share * SIZE;
  return (
    <svg
      className="calibration"
      viewBox="-44 -12 268 256"
      role="img"
      aria-label={`Calibration, expected error ${percent(ece, 1)}`}
    >
      {[0, 0.25, 0.5, 0.75, 1].map((share) => (
        <line key={share} className="grid-line" x1={0} x2={SIZE} y1={y(share)} y2={y(share)} />
      ))}
      <line className="diagonal" x1={0} y1={SIZE} x2={SIZE} y2={0} />
      {bins.map((bin) => (
        <circle
          key={bin.confidence}
          cx={bin.confidence * SIZE}
          cy={y(bin.accuracy)}
          r={4 + 8 * Math.sqrt(bin.count / most)}
        >
          <title>{`${plural(bin.count, "image")} at ${percent(bin.confidence)}: ${percent(bin.accuracy)} right`}</title>
        </circle>
      ))}
      {[0, 0.5, 1].map((share) => (
        <g key={share}>
          <text x={share * SIZE} y={SIZE + 16} textAnchor="middle">
            {percent(share)}
          </text>
          <text x={-8} y={y(share) + 4} textAnchor="end">
            {percent(share)}
          </text>
        </g>
      ))}
      <text x={SIZE / 2} y={SIZE + 36} textAnchor="middle">
        confidence; height: share that is right
      </text>
    </svg>
  );
}

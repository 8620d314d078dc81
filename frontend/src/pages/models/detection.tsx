import { grouped, percent } from "../../parts/format";
import { Scroll } from "../../parts/scroll";
import { Confusion, FigureRow } from "./metrics";

/** A detection version's figures on the held-out images, as the evaluation writes them. */
export type DetectionMetrics = {
  count: number;
  boxes: number;
  map: number;
  map50: number;
  map75: number;
  precision: number;
  recall: number;
  threshold: number;
  best_threshold: number;
  per_class: Record<
    string,
    { ap: number; ap50: number; precision: number; recall: number; f1: number; support: number }
  >;
  confusion: { labels: string[]; matrix: number[][] };
};

export function isDetection(metrics: object): metrics is DetectionMetrics {
  return "map50" in metrics;
}

export function DetectionFigures({ metrics }: { metrics: DetectionMetrics }) {
  const at = percent(metrics.threshold);
  return (
    <div className="stack">
      <FigureRow
        figures={[
          ["mAP 50–95", percent(metrics.map, 1)],
          ["mAP 50", percent(metrics.map50, 1)],
          [`Precision from ${at}`, percent(metrics.precision, 1)],
          [`Recall from ${at}`, percent(metrics.recall, 1)],
          ["Held-out boxes", grouped(metrics.boxes)],
          ["Held-out images", grouped(metrics.count)],
        ]}
      />
      <p className="muted small number">
        Precision and recall count boxes with a score of at least {at} that overlap a true one by half. They
        balance best from {percent(metrics.best_threshold)}.
      </p>
    </div>
  );
}

export function PerBoxCategory({ metrics }: { metrics: DetectionMetrics }) {
  const names = metrics.confusion.labels.filter((name) => metrics.per_class[name]);
  return (
    <Scroll label="By category">
      <table>
        <thead>
          <tr>
            <th>Category</th>
            <th className="number">AP 50–95</th>
            <th className="number">AP 50</th>
            <th className="number">Precision</th>
            <th className="number">Recall</th>
            <th className="number">Boxes</th>
          </tr>
        </thead>
        <tbody>
          {names.map((name) => {
            const row = metrics.per_class[name]!;
            const figure = (value: number) => (row.support ? percent(value) : "–");
            return (
              <tr key={name}>
                <td>{name}</td>
                <td className="number">{figure(row.ap)}</td>
                <td className="number">{figure(row.ap50)}</td>
                <td className="number">{percent(row.precision)}</td>
                <td className="number">{figure(row.recall)}</td>
                <td className="number">{grouped(row.support)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Scroll>
  );
}

/** Rows and columns end with the background: what was missed, and what is not there. */
export function BoxConfusion({ metrics }: { metrics: DetectionMetrics }) {
  const named = metrics.confusion.labels.slice(0, -1);
  return (
    <Confusion
      rows={[...named, "nothing there"]}
      columns={[...named, "missed"]}
      matrix={metrics.confusion.matrix}
    />
  );
}

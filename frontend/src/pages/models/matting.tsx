import { thumbnailUrl } from "../../api/addresses";
import type { Schemas } from "../../api/client";
import { decimal, plural } from "../../parts/format";
import { Scroll } from "../../parts/scroll";
import { Link } from "react-router";

type Errors = Record<"mse" | "sad" | "grad" | "conn", number>;
type Unknown = { [Name in keyof Errors as `${Name}_unknown`]?: number };

/** A matting version's figures on the held-out images, as the evaluation writes them; less is better. */
export type MattingMetrics = Errors & Unknown & { count: number; failed: number; empty: Errors };

export const MATTING_ERRORS: readonly { name: keyof Errors | keyof Unknown; text: string }[] = [
  { name: "mse", text: "MSE, 10⁻³" },
  { name: "sad", text: "SAD, thousands" },
  { name: "grad", text: "Gradient, thousands" },
  { name: "conn", text: "Connectivity, thousands" },
  { name: "mse_unknown", text: "MSE, 10⁻³, unknown region" },
  { name: "sad_unknown", text: "SAD, thousands, unknown region" },
  { name: "grad_unknown", text: "Gradient, thousands, unknown region" },
  { name: "conn_unknown", text: "Connectivity, thousands, unknown region" },
];

export function isMatting(metrics: object): metrics is MattingMetrics {
  return "sad" in metrics;
}

const COLUMNS = MATTING_ERRORS.slice(0, 4) as readonly { name: keyof Errors; text: string }[];

export function MattingFigures({ metrics }: { metrics: MattingMetrics }) {
  const rows: [string, (name: keyof Errors) => number | undefined][] = [
    ["The whole image", (name) => metrics[name]],
    ["Within the unknown region", (name) => metrics[`${name}_unknown`]],
    ["An empty matte, the whole image", (name) => metrics.empty[name]],
  ];
  return (
    <div className="stack">
      <Scroll label="Errors">
        <table>
          <thead>
            <tr>
              <td />
              {COLUMNS.map(({ name, text }) => (
                <th key={name} className="number">
                  {text}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(([text, of]) => (
              <tr key={text}>
                <td className="row-name">{text}</td>
                {COLUMNS.map(({ name }) => (
                  <td key={name} className="number">
                    {decimal(of(name))}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      <p className="muted small number">
        Means over {plural(metrics.count, "held-out image")}, at their own resolution; less is better.
        {metrics.failed > 0 && ` ${plural(metrics.failed, "image")} got no answer, which counts as empty.`}
      </p>
    </div>
  );
}

type Evaluated = Schemas["EvaluatedImage"];

/** A held-out image, its true matte and the predicted one. */
export function MatteVerdict({ project, row }: { project: number; row: Evaluated }) {
  const pictures = [
    [thumbnailUrl(row.image), "the image"],
    [`/api/mattes/${row.true_alpha}/`, "what people said"],
    [`/api/mattes/${row.alpha}/`, "what the model says"],
  ] as const;
  return (
    <Link className="tile" to={`/projects/${project}/images/${row.image}`}>
      <span className="three-mattes">
        {pictures.map(([address, text]) => (
          <span key={text} className="thumb-frame">
            <img src={address} alt={text} loading="lazy" />
          </span>
        ))}
      </span>
      <span className="tile-text muted small number">{row.category}</span>
    </Link>
  );
}

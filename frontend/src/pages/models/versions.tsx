import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useNavigate } from "react-router";
import type { ModelVersion, Project } from "../../api/client";
import { modelsQuery } from "../../api/queries";
import { modelName, when } from "../../parts/format";
import { Empty, ErrorNote, Skeleton, State } from "../../parts/notes";
import { Scroll } from "../../parts/scroll";
import { HEADLINES } from "./headlines";

const NONE: Record<Project["kind"], string> = {
  classification:
    "Label images of at least two categories, then train: the version appears here, measured on held-out images. Where images came with a head pose, a rule can pre-label them before anything is learned.",
  detection:
    "Draw boxes on a few dozen images, then train: the version appears here, measured on held-out images.",
  matting:
    "Cut out a few dozen images, then train: the version appears here, measured on held-out images. A packaged model can pre-label people before anything is learned.",
};

export function Versions({ project }: { project: Project }) {
  const navigate = useNavigate();
  const [chosen, setChosen] = useState<number[]>([]);
  const { data, error, refetch, isPending } = useQuery(modelsQuery(project.id));
  const [a, b] = chosen;
  const compare = () => void navigate(`/projects/${project.id}/models/compare?a=${a}&b=${b}`);
  const choose = (id: number) =>
    setChosen((now) => (now.includes(id) ? now.filter((one) => one !== id) : [...now.slice(-1), id]));
  if (data?.results.length === 0) {
    return <Empty icon="models" title="No version yet" text={NONE[project.kind]} />;
  }
  return (
    <section className="panel stack">
      <div className="row between">
        <h2>Versions</h2>
        <button className="button small" disabled={chosen.length !== 2} onClick={compare} title="Choose two">
          Compare two
        </button>
      </div>
      <ErrorNote error={error} retry={() => void refetch()} />
      {isPending && <Skeleton />}
      {data && (
        <Scroll label="Versions">
          <table>
            <thead>
              <tr>
                <th>
                  <span className="visually-hidden">Compare</span>
                </th>
                <th>Version</th>
                <th>Stage</th>
                {HEADLINES[project.kind].map(({ name, text }) => (
                  <th key={name} className="number">
                    {text}
                  </th>
                ))}
                <th className="number">Held out</th>
                <th>Data</th>
                <th>Made</th>
              </tr>
            </thead>
            <tbody>
              {data.results.map((model) => (
                <Row
                  key={model.id}
                  model={model}
                  project={project}
                  chosen={chosen.includes(model.id)}
                  choose={() => choose(model.id)}
                />
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
    </section>
  );
}

type RowProps = { model: ModelVersion; project: Project; chosen: boolean; choose: () => void };

function Row({ model, project, chosen, choose }: RowProps) {
  const figure = (name: string) => model.metrics[name] as number | undefined;
  return (
    <tr>
      <td>
        <input
          type="checkbox"
          checked={chosen}
          onChange={choose}
          aria-label={`Compare ${modelName(model)}`}
        />
      </td>
      <td className="keep">
        <Link to={`/projects/${project.id}/models/${model.id}`}>{modelName(model)}</Link>
      </td>
      <td>
        <State state={model.stage} />
      </td>
      {HEADLINES[project.kind].map(({ name, show }) => (
        <td key={name} className="number keep">
          {show(figure(name))}
        </td>
      ))}
      <td className="number">{figure("count") ?? "–"}</td>
      <td>{model.snapshot ? <code title={model.snapshot}>{model.snapshot.slice(0, 8)}</code> : "–"}</td>
      <td className="muted small keep">{when(model.created)}</td>
    </tr>
  );
}

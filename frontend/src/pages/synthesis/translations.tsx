import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useNavigate } from "react-router";
import { api, need, type Project } from "../../api/client";
import { modelName } from "../../parts/format";
import { Empty, ErrorNote, Skeleton, State } from "../../parts/notes";
import { type BatchDetail, batchesQuery, synthesisOptionsQuery, titleOf } from "./queries";

/** What was made of a batch of renders. */
export function Translations({ batch, project }: { batch: BatchDetail; project: Project }) {
  const { data } = useQuery(batchesQuery(project.id));
  const rows = data?.results.filter(({ source }) => source === batch.id) ?? [];
  if (!rows.length) return null;
  return (
    <section className="panel stack">
      <h2>Translations</h2>
      <ul className="list">
        {rows.map((one) => (
          <li key={one.id} className="row">
            <Link to={`/projects/${project.id}/synthesis/${one.id}`}>{titleOf(one)}</Link>
            {one.model_version && <span className="muted">by {modelName(one.model_version)}</span>}
            <State state={one.state} />
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Which version translates the batch. */
export function TranslateForm({ batch, project }: { batch: BatchDetail; project: Project }) {
  const navigate = useNavigate();
  const client = useQueryClient();
  const { data, error } = useQuery(synthesisOptionsQuery(project.id));
  const versions = data?.generators.filter(({ translates }) => translates) ?? [];
  const [chosen, setChosen] = useState(0);
  const [refused, setRefused] = useState<unknown>(null);
  const version = chosen || versions[0]?.id;
  const submit = async () => {
    setRefused(null);
    try {
      const params = { path: { id: batch.id } };
      const body = { model_version: version! };
      const made = await need(api.POST("/api/synthesis/batches/{id}/translate/", { params, body }));
      void client.invalidateQueries({ queryKey: ["synthesis", project.id] });
      void navigate(`/projects/${project.id}/synthesis/${made.id}`);
    } catch (problem) {
      setRefused(problem);
    }
  };
  if (!data) return error ? <ErrorNote error={error} /> : <Skeleton lines={2} />;
  if (!versions.length) {
    return (
      <Empty
        icon="models"
        title="Nothing translates yet"
        text="Train a CycleGAN or a Pix2Pix on renders and your photographs first."
      >
        <Link className="button primary" to={`/projects/${project.id}/models`}>
          Models
        </Link>
      </Empty>
    );
  }
  return (
    <div className="stack">
      <p>
        Every picture as the version makes it look like a photograph. Boxes carry over; what moved or vanished
        is flagged.
      </p>
      <label className="field">
        <span>Version</span>
        <select value={version} onChange={(event) => setChosen(Number(event.target.value))}>
          {versions.map((one) => (
            <option key={one.id} value={one.id}>
              {modelName(one)}, {one.stage}
              {one.kid !== null ? `, KID ${one.kid.toFixed(3)}` : ""}
            </option>
          ))}
        </select>
      </label>
      <ErrorNote error={refused} />
      <div className="row end">
        <button className="button primary" onClick={() => void submit()}>
          Translate
        </button>
      </div>
    </div>
  );
}
